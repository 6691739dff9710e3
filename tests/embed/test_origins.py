"""Test which origins the setting EMBED_ALLOWED_ORIGINS can name, and which ones match it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.embed.origins import AllowedOrigins, parse_allowed_origins, referrer_origin

INTRANET = "https://intranet.example.com"
ALLOWED = parse_allowed_origins(
    f"{INTRANET}, https://bücher.example:8443, http://127.0.0.1:8900, https://*.example.org"
)


@pytest.mark.parametrize(
    ("value", "exact", "wildcards"),
    [
        ("", (), ()),
        (f"{INTRANET}/", (INTRANET,), ()),
        ("HTTPS://Intranet.Example.COM:443", (INTRANET,), ()),
        (f"{INTRANET},{INTRANET}:443", (INTRANET,), ()),
        ("http://localhost:8900 , http://127.0.0.1", ("http://localhost:8900", "http://127.0.0.1"), ()),
        ("https://bücher.example", ("https://xn--bcher-kva.example",), ()),
        ("https://*.Example.com", (), ("https://*.example.com",)),
        ("https://*.bücher.example:8443", (), ("https://*.xn--bcher-kva.example:8443",)),
    ],
)
def test_setting_is_normalized(value: str, exact: tuple[str, ...], wildcards: tuple[str, ...]) -> None:
    assert parse_allowed_origins(value) == AllowedOrigins(exact=exact, wildcards=wildcards)


@pytest.mark.parametrize(
    "value",
    [
        "*",
        "https://*",
        "https://*.com",
        "https://*.*.example.com",
        "https://in*.example.com",
        "https://intranet.*",
        "https://*.10.0.0.1",
        "*.example.com",
        "intranet.example.com",
        "http://intranet.example.com",
        "http://*.example.com",
        "http://localhost.example.com",
        "https://user:secret@intranet.example.com",
        "https://intranet.example.com/news",
        "https://intranet.example.com?a",
        "https://intranet.example.com; script-src *",
        "https://intranet.example.com script.example.com",
        "https://intranet.example.com:99999",
        "https://in_tranet.example.com",
        "http://[::1]:8900",
        "null",
        "'self'",
        "data:text/html,x",
        "https://faß.example",  # "fass.example" is another host
        "https://*.faß.example",
        "https://intra\u00adnet.example.com",
        "https://intranet\u3002example.com",
        "https://ok.example.com, *",
    ],
)
def test_setting_that_allows_too_much_or_nothing_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match=r"^(has|is) ") as caught:
        parse_allowed_origins(value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("origin", "match"),
    [
        (INTRANET, "exact"),
        ("https://INTRANET.example.com", "exact"),
        (f"{INTRANET}:443", "exact"),
        ("https://xn--bcher-kva.example:8443", "exact"),
        ("http://127.0.0.1:8900", "exact"),
        ("https://a.example.org", "wildcard"),
        ("https://a.b.example.org", "wildcard"),
        ("https://example.org", ""),
        ("https://aexample.org", ""),
        ("https://a.example.org:8443", ""),
        ("http://a.example.org", ""),
        ("https://a.example.org.evil.test", ""),
        ("https://intranet.example.com.evil.test", ""),
        ("https://evil.test/https://intranet.example.com", ""),
        ("https://intranet.example.com@evil.test", ""),
        ("https://intranet.example.com:8443", ""),
        ("http://intranet.example.com", ""),
        ("https://intranet.example.com.", ""),
        ("https://intranet.example.com/", ""),
        ("https://bücher.example", ""),
        ("https://xn--bcher-kva.example", ""),
        ("http://127.0.0.1:8901", ""),
        ("http://localhost:8900", ""),
        ("https://*.example.org", ""),
        ("https://intra\u00adnet.example.com", ""),
        ("https://intra\u200bnet.example.com", ""),
        ("https://\uff49ntranet.example.com", ""),
        ("null", ""),
        ("", ""),
        ("about:blank", ""),
    ],
)
def test_origin_matches_setting_exactly_or_below_a_wildcard(origin: str, match: str) -> None:
    assert ALLOWED.match(origin) == match


@given(st.text(max_size=60))
def test_any_text_is_parsed_or_refused_and_matches_nothing_else(text: str) -> None:
    assert ALLOWED.match(f"{INTRANET}{text}") in {"exact", ""}
    assert not AllowedOrigins().match(text)
    try:
        origins = parse_allowed_origins(text)
    except ValueError:
        return
    assert not any(character in source for source in origins.exact + origins.wildcards for character in " ;,'\n")


@pytest.mark.parametrize(
    ("referrer", "origin"),
    [
        (f"{INTRANET}/news?id=1#top", INTRANET),
        (f"{INTRANET}:443/", INTRANET),
        ("https://user:word@intranet.example.com/", ""),
        ("https://[broken/", ""),
        ("about:blank", ""),
        ("", ""),
    ],
)
def test_referrer_has_origin(referrer: str, origin: str) -> None:
    assert referrer_origin(referrer) == origin
