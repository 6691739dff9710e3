"""Path converters of the URLs."""


class CoderName:
    """A name in Coder's format: letters and digits, with single hyphens between them.

    Names longer than Coder's limit of 32 match too, so that they get the same 404 as unknown names.
    """

    regex = "[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"

    def to_python(self, value: str) -> str:
        """Return the name as it is."""
        return value

    def to_url(self, value: str) -> str:
        """Return the name as it is."""
        return value
