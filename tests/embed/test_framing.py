"""Test which frames have buttons, and that those with buttons name exact origins only."""

from itertools import product

import pytest

from workspaces.embed.framing import Framing, decide_framing
from workspaces.embed.origins import AllowedOrigins, parse_allowed_origins

PORTAL = "https://portal.example.com"
INTRANET, SUBDOMAIN = "https://intranet.example.com", "https://wiki.example.org"
EXACT = parse_allowed_origins(INTRANET)
BOTH = parse_allowed_origins(f"{INTRANET}, https://*.example.org")


def framing(allowed: AllowedOrigins, referrer: str, *, wants_none: bool = False) -> Framing:
    return decide_framing(allowed, referrer=referrer, own_origin=PORTAL, wants_none=wants_none)


@pytest.mark.parametrize(
    ("allowed", "referrer", "origin", "has_actions"),
    [
        (EXACT, f"{INTRANET}/news", INTRANET, True),
        (EXACT, "", "", True),
        (EXACT, f"{PORTAL}/embed/workspaces/", "", True),
        (BOTH, f"{INTRANET}/", INTRANET, True),
        (BOTH, f"{SUBDOMAIN}/", "", False),
        (BOTH, f"{PORTAL}/embed/workspaces/", "", True),
        (BOTH, "", "", False),
        (BOTH, "https://intranet.example.com.evil.test/", "", False),
        (BOTH, "null", "", False),
    ],
)
def test_frame_has_buttons_on_exact_origins(
    allowed: AllowedOrigins, referrer: str, origin: str, *, has_actions: bool
) -> None:
    result = framing(allowed, referrer)
    assert (result.origin, result.has_actions) == (origin, has_actions)


@pytest.mark.parametrize("allowed", [EXACT, BOTH])
def test_frame_has_no_buttons_if_its_address_asks_for_none(allowed: AllowedOrigins) -> None:
    assert not framing(allowed, f"{INTRANET}/", wants_none=True).has_actions


def test_policy_names_wildcards_only_for_frames_without_buttons() -> None:
    referrers = ("", "null", f"{INTRANET}/", f"{SUBDOMAIN}/", f"{PORTAL}/embed/", "https://evil.test/")
    for referrer, wants_none in product(referrers, (True, False)):
        result = framing(BOTH, referrer, wants_none=wants_none)
        assert result.sources == ("'self'", INTRANET, *(() if result.has_actions else ("https://*.example.org",)))


def test_portal_below_a_wildcard_is_a_page_of_a_sub_domain() -> None:
    own = decide_framing(
        parse_allowed_origins("https://*.example.com"), referrer=f"{PORTAL}/", own_origin=PORTAL, wants_none=False
    )
    assert not own.has_actions


def test_frame_keeps_its_buttons_where_a_wildcard_includes_the_portal() -> None:
    own = decide_framing(
        parse_allowed_origins(f"{INTRANET}, https://*.example.com"),
        referrer=f"{PORTAL}/embed/workspaces/",
        own_origin=PORTAL,
        wants_none=False,
    )
    assert own == Framing(origin="", has_actions=True, sources=("'self'", INTRANET))
