"""Path converters of the URLs."""

from workspaces.coder.scalars import NAME


class CoderName:
    """A name in Coder's format: letters and digits, with single hyphens between them.

    Names longer than Coder's limit of 32 match too, so that they get the same 404 as unknown names.
    """

    regex = NAME

    def to_python(self, value: str) -> str:
        """Return the name as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it is."""
        return value
