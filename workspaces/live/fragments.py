"""Pieces of a page, as htmx puts them in their places."""

from workspaces.live.streams import encode_event


def hx_partial(target: str, html: str, swap: str = "outerMorph") -> str:
    """A piece of a page that htmx puts in the place of `target`, a selector."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


def fragments_event(*partials: str) -> bytes:
    """The event that carries pieces of the page."""
    return encode_event("fragments", "".join(partials))


def states_event(*partials: str) -> bytes:
    """The event that carries pieces that show how workspaces are, without when they were so: see `dated`."""
    return encode_event("states", "".join(partials))


def add_read_time(event: bytes, read_ms: int) -> bytes:
    """An event with when what it shows was read, in ms since 1970: a browser may hold it against an answer."""
    return b"id: %d\n" % read_ms + event
