"""Requests through nginx with the documented lines: forms and uploads arrive, and nginx enforces the limits itself."""

from collections.abc import Iterator

import httpx
import pytest

from tests import nginx
from tests.external_services.browsers import ALICE, post_form
from tests.live.test_proxy import run_portal_behind_proxy
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("http")  # one worker runs the portals


@pytest.fixture(scope="module")
def address(coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a portal behind nginx and return its URL."""
    nginx.require_nginx()
    with run_portal_behind_proxy(coders["2.36"].url, tmp_path_factory.mktemp("nginx"), "") as url:
        yield url


@pytest.fixture
def alice(address: str, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Return a browser session of Alice at nginx."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as browser:
        browser.get("/login/")
        assert post_form(browser, "/login/", **ALICE).status_code == 302
        yield browser


def test_form_with_a_large_file_is_read_behind_nginx(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    fields = {"csrfmiddlewaretoken": alice.cookies["coder_portal_csrf"], "name": "renamed"}
    response = alice.post(f"/workspaces/{web.id}/rename/", data=fields, files={"file": b"a" * 900_000})
    assert response.status_code == 302
    assert coder.last_request(f"PATCH /workspaces/{web.id}")["body"] == {"name": "renamed"}


def test_chunked_form_is_read_behind_nginx(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    body = f"csrfmiddlewaretoken={alice.cookies['coder_portal_csrf']}&name=renamed".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    parts = (body[start : start + 10] for start in range(0, len(body), 10))
    response = alice.post(f"/workspaces/{web.id}/rename/", content=parts, headers=headers)
    assert response.status_code == 302


def test_nginx_itself_refuses_too_large_bodies_and_headers(address: str) -> None:
    too_large = httpx.post(f"{address}/login/", content=b"a" * 1_100_000, trust_env=False, timeout=30)
    too_long = httpx.get(f"{address}/healthz", headers={"X-Long": "a" * 20_000}, trust_env=False, timeout=30)
    assert [(response.status_code, response.headers["server"][:5]) for response in (too_large, too_long)] == [
        (413, "nginx"),
        (400, "nginx"),
    ]
