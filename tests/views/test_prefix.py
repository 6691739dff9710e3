"""Test the running portal under a path prefix of another site."""

import re
from collections.abc import Iterator

import httpx
import pytest

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder
from tests.server import run_portal
from tests.views.html import Html

pytestmark = pytest.mark.xdist_group("browser")  # runs collectstatic too, one process at a time


@pytest.fixture(scope="module")
def address(coders: dict[str, SimulatedCoder], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a portal that lives under /coder-portal/."""
    with run_portal(coders["2.36"].url, tmp_path_factory.mktemp("portal"), prefix="/coder-portal") as url:
        yield url


@pytest.fixture
def visitor(address: str, coder: SimulatedCoder) -> Iterator[httpx.Client]:
    """Somebody's browser before it."""
    with httpx.Client(base_url=address, trust_env=False, timeout=30) as client:
        yield client


def test_sign_in_list_and_action_stay_under_prefix(visitor: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    host = str(visitor.base_url).removesuffix("/coder-portal/")
    page = Html(visitor.get("/login/").text)
    fields = {"csrfmiddlewaretoken": page.all("input", name="csrfmiddlewaretoken")[0].get("value")}
    entered = visitor.post("/login/", data={**fields, "email": "alice@example.com", "password": PASSWORD})
    assert entered.headers["Location"] == "/coder-portal/workspaces/"
    cookies = {cookie.name: cookie.path for cookie in visitor.cookies.jar}
    assert cookies == {"coder_portal_session": "/coder-portal/", "coder_portal_csrf": "/coder-portal/"}

    answer = visitor.get("/workspaces/")
    listed = Html(answer.text)
    ours = re.findall(r'(?:href|src|action|formaction|hx-get|hx-post)="(/[^"]*)"', answer.text)
    assert [address for address in ours if not address.startswith("/coder-portal/")] == []
    assert {visitor.get(host + address).status_code for address in ours if "/static/" in address} == {200}

    (stop,) = listed.all("button", value="stop")
    form = listed.one("form", id="act")
    fields = {field.get("name"): field.get("value") for field in form.all("input")}
    assert fields["next"] == "/coder-portal/workspaces/"
    stopped = visitor.post(host + stop.get("formaction"), data={**fields, "transition": "stop"})
    assert stopped.headers["Location"] == "/coder-portal/workspaces/"
    assert web.latest_build.transition == "stop"


def test_portal_answers_with_and_without_prefix_in_request_path(visitor: httpx.Client) -> None:
    host = str(visitor.base_url).removesuffix("/coder-portal/")
    assert [httpx.get(host + path, trust_env=False).text for path in ("/healthz", "/coder-portal/healthz")] == [
        "ok\n"
    ] * 2


def test_forwarded_header_with_underscores_is_ignored(visitor: httpx.Client, coder: SimulatedCoder) -> None:
    visitor.post("/login/", data={"email": "a@example.com", "password": "x"})  # refused: the CSRF token is missing
    page = Html(visitor.get("/login/").text)
    fields = {"csrfmiddlewaretoken": page.all("input", name="csrfmiddlewaretoken")[0].get("value")}
    sent = {**fields, "email": "alice@example.com", "password": PASSWORD}
    visitor.post("/login/", data=sent, headers={"X_Forwarded_For": "198.51.100.4"})
    assert coder.last_request("POST /users/login")["headers"]["x-forwarded-for"] == "127.0.0.1"
