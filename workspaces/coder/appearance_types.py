"""Types of the response that tells how Coder's own pages look, as frozen dataclasses with Coder's field names."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Banner:
    """A banner on Coder's pages. Its color is not read: the portal's have enough contrast in both themes."""

    enabled: bool = False
    message: str = ""  # Markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """The part of the appearance that the portal shows (chapter Enterprise)."""

    announcement_banners: tuple[Banner, ...] | None = None
    service_banner: Banner | None = None  # the only one, in older versions
