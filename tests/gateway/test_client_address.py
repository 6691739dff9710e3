"""Test client addresses behind proxies."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from pytest_django.fixtures import Settings

from coder_portal.env import parse_networks
from workspaces.gateway.client_address import client_address


def from_client(remote: str, forwarded: str = "") -> str:
    """Return the client address of a request with this remote address and X-Forwarded-For header."""
    return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded))


def test_client_address_ignores_forwarded_header_without_trusted_proxies(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = []
    assert from_client("203.0.113.5", "198.51.100.7") == "203.0.113.5"


def test_client_address_is_taken_from_header_of_trusted_proxy(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", "198.51.100.7") == "198.51.100.7"


def test_client_address_is_last_untrusted_hop_in_forwarded_header(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.2") == "198.51.100.7"


def test_client_address_is_trusted_proxy_itself_without_header(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1") == "10.0.0.1"


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("198.51.100.7:51234", "198.51.100.7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:DB8:0::7", "2001:db8::7"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("[::ffff:198.51.100.7]:8080", "198.51.100.7"),
        ("fe80::1%eth0", "fe80::1"),
        ("fe80::1%<script>", "fe80::1"),
        (" 198.51.100.7\t", "198.51.100.7"),
    ],
)
def test_client_address_is_canonical_address_of_hop(settings: Settings, hop: str, address: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", hop) == address


@pytest.mark.parametrize(
    "hop",
    [
        "unknown",
        "_hidden",
        "client.example",
        "198.51.100.7:",
        "198.51.100.7:http",
        "198.51.100.7:123456",
        "198.51.100",
        "0198.51.100.7",
        "[198.51.100.7]",
        "[2001:db8::7",
        "[2001:db8::7]443",
        "[2001:db8::7]:x",
        "2001:db8::7::",
        "<script>alert(1)</script>",
        '"198.51.100.7"',
    ],
)
def test_client_address_is_proxy_that_wrote_hop_without_address(settings: Settings, hop: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", f"198.51.100.9, {hop}, 10.0.0.2") == "10.0.0.2"


@pytest.mark.parametrize("remote", ["10.0.0.1", "::ffff:10.0.0.1"])
@pytest.mark.parametrize("proxy", ["10.0.0.2", "10.0.0.2:3128", "::ffff:10.0.0.2"])
def test_trusted_proxy_is_recognized_in_every_notation(settings: Settings, remote: str, proxy: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client(remote, f"198.51.100.7, {proxy}") == "198.51.100.7"


def test_empty_elements_of_forwarded_header_are_skipped(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", ",198.51.100.7, ,") == "198.51.100.7"


def test_hop_to_the_left_of_untrusted_client_is_ignored(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert from_client("10.0.0.1", "10.0.0.9, 198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("remote", ["", "unix"])
def test_client_address_is_empty_for_connection_without_address(settings: Settings, remote: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("0.0.0.0/0")]
    assert from_client(remote, "198.51.100.7") == ""


@pytest.mark.parametrize("value", ["::ffff:10.0.0.0/104", "10.0.0.0/8"])
def test_trusted_proxies_in_ipv4_mapped_notation_are_ipv4_networks(value: str) -> None:
    assert parse_networks(value) == [ip_network("10.0.0.0/8")]
