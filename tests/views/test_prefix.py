"""Test the running portal under a path prefix of another site."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import httpx
import pytest

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder
from tests.server import run_portal
from tests.views.html import Html

pytestmark = pytest.mark.xdist_group("prefix")  # one worker runs the portal


@pytest.fixture(scope="module")
def portal_url(coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the URL of a portal under the prefix /coder-portal/."""
    with run_portal(coders["2.36"].url, tmp_path_factory.mktemp("portal"), prefix="/coder-portal") as url:
        yield url


@pytest.fixture
def browser(portal_url: str, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Return an HTTP client of the portal."""
    with httpx.Client(base_url=portal_url, trust_env=False, timeout=30) as client:
        yield client


def test_sign_in_list_and_action_stay_under_prefix(browser: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    host = str(browser.base_url).removesuffix("/coder-portal/")
    page = Html(browser.get("/login/").text)
    fields = {"csrfmiddlewaretoken": page.all("input", name="csrfmiddlewaretoken")[0].get("value")}
    sign_in_response = browser.post("/login/", data={**fields, "email": "alice@example.com", "password": PASSWORD})
    assert sign_in_response.headers["Location"] == "/coder-portal/workspaces/"
    cookies = {cookie.name: cookie.path for cookie in browser.cookies.jar}
    assert cookies == {"coder_portal_session": "/coder-portal/", "coder_portal_csrf": "/coder-portal/"}

    response = browser.get("/workspaces/")
    list_page = Html(response.text)
    urls = re.findall(r'(?:href|src|action|formaction|hx-get|hx-post)="(/[^"]*)"', response.text)
    assert [url for url in urls if not url.startswith("/coder-portal/")] == []
    assert {browser.get(host + url).status_code for url in urls if "/static/" in url} == {200}

    (button,) = list_page.all("button", name="transition", value="stop")
    form = list_page.one("form", id="act")
    fields = {field.get("name"): field.get("value") for field in form.all("input")}
    assert fields["next"] == "/coder-portal/workspaces/"
    stop_response = browser.post(
        urljoin(f"{host}/coder-portal/workspaces/", button.get("formaction")), data={**fields, "transition": "stop"}
    )
    assert stop_response.headers["Location"] == "/coder-portal/workspaces/"
    assert web.latest_build.transition == "stop"


def test_portal_answers_with_and_without_prefix_in_request_path(browser: httpx.Client) -> None:
    host = str(browser.base_url).removesuffix("/coder-portal/")
    statuses = [
        httpx.get(host + path, trust_env=False, timeout=30).status_code for path in ("/login/", "/coder-portal/login/")
    ]
    assert statuses == [200, 200]
    probes = [
        httpx.get(host + path, trust_env=False, timeout=30).json() for path in ("/healthz", "/coder-portal/healthz")
    ]
    assert [probe["portal"] for probe in probes] == ["ok", "ok"]


def test_forwarded_header_with_underscores_is_ignored(browser: httpx.Client, coder: SimulatedCoder) -> None:
    browser.post("/login/", data={"email": "a@example.com", "password": "x"})  # refused: the CSRF token is missing
    page = Html(browser.get("/login/").text)
    fields = {"csrfmiddlewaretoken": page.all("input", name="csrfmiddlewaretoken")[0].get("value")}
    form_data = {**fields, "email": "alice@example.com", "password": PASSWORD}
    browser.post("/login/", data=form_data, headers={"X_Forwarded_For": "198.51.100.4"})
    assert coder.last_request("POST /users/login")["headers"]["x-forwarded-for"] == "127.0.0.1"
