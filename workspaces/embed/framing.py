"""Whether a frame has buttons, and the sites that may show it. Pure.

The browser compares `frame-ancestors` with every page around a frame, and a page cannot change what it compares. So a
response with buttons names exact origins only, and one that names wildcards has no buttons, whatever the request says
about its page: one sub-domain that was taken over must not press buttons.
"""

from dataclasses import dataclass

from workspaces.embed.origins import AllowedOrigins, policy_sources, referrer_origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Framing:
    """How a response may be framed."""

    origin: str  # of the page around the frame, if it is one of the exact origins; "" if it is not known
    has_actions: bool
    sources: tuple[str, ...]  # of `frame-ancestors`


def decide_framing(allowed: AllowedOrigins, *, referrer: str, own_origin: str, wants_none: bool) -> Framing:
    """Return how the response to a request of a frame may be framed.

    `referrer`: the header Referer, which names the page around the frame when the frame loads, and `own_origin`, the
    portal's, after a form or a reload in the frame. `wants_none`: the address asks for a frame without buttons, which
    the portal adds to the addresses in such a frame.
    """
    origin = referrer_origin(referrer)
    match = allowed.match(origin)
    # With wildcards alone there are no buttons, also where one of them includes the portal itself.
    is_own = origin == own_origin and (match != "wildcard" or bool(allowed.exact))
    has_actions = not wants_none and (match == "exact" or is_own or not (match or allowed.wildcards))
    return Framing(
        origin=origin if match == "exact" else "",
        has_actions=has_actions,
        sources=("'self'", *policy_sources(allowed, with_wildcards=not has_actions)),
    )
