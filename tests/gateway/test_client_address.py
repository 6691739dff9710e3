"""Test client addresses behind proxies, and validation of the `next` URL."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory
from django.urls import set_script_prefix
from pytest_django.fixtures import Settings

from workspaces.gateway.client_address import client_address
from workspaces.views.navigation import next_url


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
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "",
        "/%0d%0aX: y\r\n",
    ],
)
def test_next_url_outside_portal_is_replaced_by_workspace_list(url: str) -> None:
    request = RequestFactory().get("/login/", {"next": url})
    assert next_url(request) == "/workspaces/"


def test_next_url_keeps_path_and_query() -> None:
    request = RequestFactory().get("/login/", {"next": "/workspaces/?q=status%3Arunning&page=2"})
    assert next_url(request) == "/workspaces/?q=status%3Arunning&page=2"


def test_next_url_outside_script_prefix_is_replaced_by_workspace_list() -> None:
    set_script_prefix("/coder-portal/")
    try:
        request = RequestFactory().get("/login/", {"next": "/other-app/"})
        assert next_url(request) == "/coder-portal/workspaces/"
    finally:
        set_script_prefix("/")
