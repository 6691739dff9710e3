"""What may stand in an address."""


class CoderName:
    """A name as Coder allows it: letters and digits, single hyphens between them.

    Longer than Coder's 32 is let through, so that Coder says "not there" and not the URLconf.
    """

    regex = "[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*"

    def to_python(self, value: str) -> str:
        """From the address."""
        return value

    def to_url(self, value: str) -> str:
        """Into the address."""
        return value
