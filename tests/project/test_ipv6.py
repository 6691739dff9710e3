"""Test a portal whose address is IPv6, in a process of its own."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from coder_portal import local_portal
from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder
from tests.server import free_port, run_portal


@pytest.fixture
def portal_url(coder: SimulatedCoder, tmp_path: Path) -> Iterator[str]:
    """Run a portal at http://[::1] and return its URL."""
    try:
        free_port("::1")
    except OSError:
        pytest.skip("this machine has no IPv6 loopback")
    with run_portal(coder.url, tmp_path, host="[::1]") as url:
        yield url


def test_portal_at_ipv6_loopback_signs_in_and_reports_health(portal_url: str, coder: SimulatedCoder) -> None:
    with httpx.Client(base_url=portal_url, trust_env=False, timeout=30) as browser:
        assert browser.get("/readyz").json() == {"database": "ok", "coder": "ok"}
        assert browser.get("/metrics").status_code == 200
        token = re.search('name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/login/").text)
        assert token
        form = {"email": "alice@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        answer = browser.post("/login/", data=form, headers={"Origin": portal_url})
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/workspaces/")
        assert browser.get("/workspaces/").status_code == 200
        assert browser.get("/login/", headers={"Host": "[::1]"}).status_code == 200
        assert browser.get("/login/", headers={"Host": "[::2]"}).status_code == 400


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://[::1]", "http://[::1]:8000"),
        ("http://[0::1]:8000/portal", "http://[::1]:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("https://portal.example.com", "http://127.0.0.1:8000"),
        ("nonsense", "http://127.0.0.1:8000"),
    ],
)
def test_local_portal_listens_on_loopback_address_of_portal_url(url: str, address: str) -> None:
    assert local_portal.listening_address({"PORTAL_URL": url}, 8000).origin == address
