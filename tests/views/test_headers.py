"""Test that nothing that Coder sends can change a response header beyond the place that it is meant for."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.coder.test_addresses import HOSTILE_URLS
from tests.conftest import reset_portal_state
from tests.portal import SimulatedCoder
from workspaces.gateway import connection

pytestmark = pytest.mark.django_db


def image_sources(client: Client, coder: SimulatedCoder, settings: Settings, dashboard_url: str) -> list[str]:
    """Return the sources of images in the policy of a page, and check that the page does not link to the URL."""
    settings.CODER_PUBLIC_URL = ""
    coder.server.add_fault("answer", path="/buildinfo$", body={"version": "v2.36.0", "dashboard_url": dashboard_url})
    connection.REPORTED_URL.refresh().result()
    response = client.get("/login/")
    policy = [directive.split() for directive in response.headers["Content-Security-Policy"].split(";")]
    assert {name for name, *_ in policy} == {*settings.SECURE_CSP}
    return next(sources for name, *sources in policy if name == "img-src")


@pytest.mark.parametrize("url", HOSTILE_URLS)
def test_hostile_dashboard_url_neither_enters_policy_nor_links(
    client: Client, coder: SimulatedCoder, settings: Settings, url: str
) -> None:
    assert image_sources(client, coder, settings, url) == ["'self'", coder.url]
    assert connection.public_url() == coder.url


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://Coder.example.com:8443/some/path/", "https://coder.example.com:8443"),
        ("http://[::1]:3000", "http://[::1]:3000"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example"),
    ],
)
def test_dashboard_url_enters_policy_as_origin(
    client: Client, coder: SimulatedCoder, settings: Settings, url: str, source: str
) -> None:
    assert image_sources(client, coder, settings, url) == ["'self'", source]


def test_hostile_address_in_cache_enters_no_policy(client: Client, coder: SimulatedCoder, settings: Settings) -> None:
    settings.CODER_PUBLIC_URL = "https://coder.example.com; script-src *"
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "img-src 'self';" in policy
    assert "script-src *" not in policy


@pytest.mark.parametrize("host", ["*.user@evil.example", "*/evil.example/.a", "*.apps.example.com; x", "*\n.a"])
def test_hostile_host_of_apps_counts_as_none(
    alice: Client, coder: SimulatedCoder, settings: Settings, host: str
) -> None:
    coder.server.add_fault("answer", path="/applications/host$", body={"host": host})
    assert connection.get_app_host(connection.anonymous_client(), "fingerprint") == ""
    reset_portal_state()
