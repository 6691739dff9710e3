"""Events that carry fragments of a page, which htmx swaps into their targets."""

from workspaces.live.streams import encode_event


def hx_partial(target: str, html: str, swap: str = "outerMorph") -> str:
    """Return an `<hx-partial>` that replaces the element at the CSS selector `target`."""
    return f'<hx-partial hx-target="{target}" hx-swap="{swap}">{html}</hx-partial>'


def fragments_event(*partials: str) -> bytes:
    """Return the event that carries partials."""
    return encode_event("fragments", "".join(partials))


def states_event(*partials: str) -> bytes:
    """Return the event that carries partials of workspaces' states. See `add_read_time`."""
    return encode_event("states", "".join(partials))


def add_read_time(event: bytes, read_ms: int) -> bytes:
    """Add the time at which the state was read (ms since 1970): browsers compare it with that of a response."""
    return b"id: %d\n" % read_ms + event
