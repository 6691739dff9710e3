"""Test the addresses that enter response headers and links."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.coder.addresses import clean_url, clean_wildcard_host, origin_of, parse_web_address

HOSTILE_URLS = [
    "",
    "coder.example.com",
    "//coder.example.com",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://coder.example.com",
    "https://",
    "https:///path",
    "https://coder.example.com; script-src *",
    "https://coder.example.com;script-src",
    "https://coder.example.com,https://evil.example",
    "https://coder.example.com https://evil.example",
    "https://coder.example.com\thttps://evil.example",
    "https://coder.example.com\r\nSet-Cookie: a=b",
    "https://coder.example.com\n",
    "\nhttps://coder.example.com",
    " https://coder.example.com",
    "https://coder.example.com\u2028x",
    "https://'unsafe-inline'",
    "https://coder.example.com'unsafe-inline'",
    'https://coder.example.com"',
    "https://*",
    "https://*.example.com",
    "https://coder.example.com:*",
    "https://coder.example.com:0",
    "https://coder.example.com:65536",
    "https://coder.example.com:8o80",
    "https://coder.example.com:１２",
    "https://user@coder.example.com",
    "https://user:password@coder.example.com",
    "https://coder.example.com@evil.example",
    "https://coder.example.com\\@evil.example",
    "https://coder.example.com?x",
    "https://coder.example.com#x",
    "https://coder.example.com/a;b",
    "https://coder.example.com/a b",
    "https://coder.example.com/ü",
    "https://coder..example.com",
    "https://.coder.example.com",
    "https://-coder.example.com",
    "https://faß.example",  # Punycode of 2003 makes it "fass.example", which is another host in browsers
    "https://co\u00adder.example.com",
    "https://coder\u3002example.com",
    "https://" + "a" * 64 + ".example.com",
    "https://" + "a." * 127 + "com",
    "https://999.1.1.1",
    "https://1.2.3",
    "https://[::1",
    "https://::1",
    "https://[::1]x",
    "https://[::1]x:3",
    "https://[::1%25eth0]",
    "https://[::g]",
    "https://[1.2.3.4]",
    "https://[v1.x]",
]


@pytest.mark.parametrize("text", HOSTILE_URLS)
def test_text_that_is_no_web_address_has_no_url_and_no_origin(text: str) -> None:
    assert (clean_url(text), origin_of(text)) == ("", "")


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://coder.example.com", "https://coder.example.com"),
        ("HTTPS://Coder.Example.COM:443/", "https://coder.example.com"),
        ("http://coder.example.com:80", "http://coder.example.com"),
        ("http://coder.example.com:", "http://coder.example.com"),
        ("http://coder.example.com:443/coder", "http://coder.example.com:443"),
        ("https://coder.example.com:7080/a/b/", "https://coder.example.com:7080"),
        ("http://coder_server:7080", "http://coder_server:7080"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://192.0.2.1:3000", "http://192.0.2.1:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("http://[2001:DB8:0:0::1]", "http://[2001:db8::1]"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ("https://Bücher.example/", "https://xn--bcher-kva.example"),
        ("https://coder.example.com.", "https://coder.example.com."),
    ],
)
def test_origin_is_scheme_host_and_port_as_browsers_write_them(text: str, origin: str) -> None:
    assert origin_of(text) == origin


def test_long_host_is_refused_without_work() -> None:
    started = time.process_time()
    assert origin_of("https://" + "é" * 300_000) == ""
    assert time.process_time() - started < 1


def test_clean_url_keeps_path_without_slash_at_end() -> None:
    assert clean_url("https://Coder.example.com/a/~b%20c/") == "https://coder.example.com/a/~b%20c"


@given(
    st.one_of(st.text(), st.text(max_size=30).map("https://{}".format), st.text(max_size=9).map("http://a:{}".format))
)
def test_origin_of_any_text_is_one_source_of_a_policy_or_empty(text: str) -> None:
    origin = origin_of(text)
    assert origin.isascii()
    assert not set(origin) & set(" \t\r\n;,'\"*@?#\\")
    assert origin_of(origin) == origin


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("localhost", True),
        ("[::1]", True),
        ("192.0.2.1", False),
        ("[2001:db8::1]", False),
        ("localhost.example.com", False),
        ("0.0.0.0", False),
    ],
)
def test_loopback_is_recognized_by_host(host: str, is_loopback: bool) -> None:
    assert parse_web_address(f"http://{host}:8000").is_loopback is is_loopback


@pytest.mark.parametrize("host", ["*.apps.example.com", "*-apps.example.com", "*.apps.example.com:8443", "*--x.a.b"])
def test_wildcard_host_is_kept(host: str) -> None:
    assert clean_wildcard_host(host) == host


@pytest.mark.parametrize(
    "host",
    [
        "",
        "*",
        "*.",
        "apps.example.com",
        "*.*.example.com",
        "*.apps.example.com/",
        "*.apps.example.com/path",
        "*.apps.example.com:0",
        "*.apps.example.com:99999",
        "*.user@evil.example",
        "*.apps.example.com; script-src *",
        "*.apps.example.com\n",
        "*/evil.example/.a.b",
        "*?.example.com",
    ],
)
def test_text_that_is_no_wildcard_host_is_empty(host: str) -> None:
    assert clean_wildcard_host(host) == ""
