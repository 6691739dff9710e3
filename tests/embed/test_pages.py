"""Test the pages in frames: their content, who may frame them, their errors, and their calls to Coder."""

import re
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from pytest_django.fixtures import Settings

from tests.embed.conftest import INTRANET, SUBDOMAIN, Load, frame_ancestors
from tests.portal import FakeClock, SimulatedCoder
from tests.views.html import Html
from workspaces.embed.host_script import HOST_SCRIPT
from workspaces.embed.origins import AllowedOrigins
from workspaces.urls import embed_patterns

pytestmark = pytest.mark.django_db

LIST, CARD = "/embed/workspaces/", "/embed/@alice/web/"
SAMPLE_ARGUMENTS = {
    "workspace_id": "5f2c0e9a-7d41-4b63-9c1e-000000000001",
    "template_id": "5f2c0e9a-7d41-4b63-9c1e-000000000001",
    "owner": "alice",
    "name": "web",
    "digits": "aabbcc",
    "digest": HOST_SCRIPT.digest,
}


def embed_urls() -> list[str]:
    """Return the address of each URL below /embed/."""
    names = [f"workspaces:{pattern.name}" for pattern in embed_patterns]
    kwargs = [{name: SAMPLE_ARGUMENTS[name] for name in pattern.pattern.converters} for pattern in embed_patterns]
    return [reverse(name, kwargs=arguments) for name, arguments in zip(names, kwargs, strict=True)]


def rows(response: HttpResponse) -> list[Html]:
    """Return the workspaces of a list."""
    return Html(response).all("li", class_="frame-row")


@pytest.mark.parametrize("method", ["get", "post"])
def test_embed_addresses_do_not_exist_without_allowed_origins(
    alice: Client, settings: Settings, method: str, coder: SimulatedCoder
) -> None:
    settings.EMBED_ALLOWED_ORIGINS = AllowedOrigins()
    statuses = {url: getattr(alice, method)(url).status_code for url in embed_urls()}
    assert {url: status for url, status in statuses.items() if status not in {404, 405}} == {}
    assert 404 in statuses.values()
    assert coder.request_lines() == []


def test_only_embed_pages_may_be_framed(alice: Client, load: Load, coder: SimulatedCoder) -> None:
    coder.place("web")
    for path in (LIST, CARD):
        response = load(path)
        assert frame_ancestors(response) == ["'self'", INTRANET]
        assert "X-Frame-Options" not in response.headers
    for path in ("/workspaces/", "/@alice/web/", "/login/", "/embed/login/", "/account/"):
        response = load(path)
        assert frame_ancestors(response) == ["'none'"], path
        assert response.headers["X-Frame-Options"] == "DENY", path


@pytest.mark.parametrize("site", [f"{INTRANET}.evil.test", "https://evil.test", "null"])
def test_policy_of_a_frame_names_no_other_site(load: Load, site: str) -> None:
    response = load(LIST, site)
    assert frame_ancestors(response) == ["'self'", INTRANET, "https://*.example.org"]
    assert Html(response).all("form") == []


def test_list_has_status_name_stop_and_buttons_with_one_call(load: Load, coder: SimulatedCoder) -> None:
    running, stopped = coder.place("web"), coder.place("api", "stopped")
    html = Html(load(LIST))
    assert coder.request_lines() == ["GET /workspaces"]
    shown = html.all("li", class_="frame-row")
    assert [row.get("data-workspace") for row in shown] == [str(running.id), str(stopped.id)]
    assert "Running" in shown[0].text
    assert re.search(r"Stops (today|tomorrow) at \d\d:\d\d", shown[0].text)
    buttons = [(each.get("formaction"), each.get("name"), each.get("value")) for each in html.all("button")]
    assert buttons == [
        (f"/embed/workspaces/{running.id}/favorite/", "favorite", "true"),
        (f"/embed/workspaces/{running.id}/extend/", "hours", "1"),
        (f"/embed/workspaces/{running.id}/builds/", "transition", "stop"),
        (f"/embed/workspaces/{stopped.id}/favorite/", "favorite", "true"),
        (f"/embed/workspaces/{stopped.id}/builds/", "transition", "start"),
    ]
    assert html.one("base").get("target") == "_blank"
    assert html.one("form", id="act").get("target") == "_self"
    assert "2 workspaces" in html.one("p", class_="frame-footer").text


@pytest.mark.parametrize("path", [f"{LIST}?actions=none", LIST])
def test_frame_without_actions_has_no_form_and_no_csrf_token(
    alice: Client, load: Load, coder: SimulatedCoder, path: str
) -> None:
    coder.place("web")
    response = load(path, INTRANET if "none" in path else SUBDOMAIN)
    html = Html(response)
    assert (html.all("form"), html.all("button"), html.all("input")) == ([], [], [])
    assert frame_ancestors(response) == ["'self'", INTRANET, "https://*.example.org"]
    assert html.one("body").get("data-url") == f"{LIST}?actions=none"
    assert html.one("section", id="frame").get("data-live").endswith("?actions=none")


def test_list_shows_first_workspaces_of_search(load: Load, coder: SimulatedCoder) -> None:
    for name in ("one", "two", "three"):
        coder.place(name)
    assert len(rows(load(f"{LIST}?limit=2"))) == 2
    request = coder.last_request("GET /workspaces")
    assert (request["query"]["limit"], request["query"]["q"]) == ("2", "owner:me")
    response = load(f"{LIST}?q=owner:me+name:two")
    assert len(rows(response)) == 1
    assert Html(response).one("p", class_="frame-footer").one("a").get("href") == "/workspaces/?scope=mine&q=name%3Atwo"


def test_list_has_chosen_columns(load: Load, coder: SimulatedCoder) -> None:
    coder.place("web")
    html = Html(load(f"{LIST}?columns=name,stops,secret"))
    assert html.all("span", class_="frame-status") == []
    assert [button.get("name") for button in html.all("button")] == ["hours"]


@pytest.mark.parametrize(
    "query", ["theme=pink&density=9&accent=red&limit=0&actions=some", "accent=%23aabbccdd&limit=x", "unknown=1"]
)
def test_unknown_parameter_values_are_ignored(load: Load, coder: SimulatedCoder, query: str) -> None:
    coder.place("web")
    html = Html(load(f"{LIST}?{query}"))
    assert html.one("html").get("data-theme") == ""
    assert len(html.all("link", rel="stylesheet")) == 2
    assert html.one("body").get("data-url") == LIST


def test_look_is_that_of_address(load: Load, coder: SimulatedCoder) -> None:
    html = Html(load(f"{LIST}?theme=dark&density=compact&accent=%23A0f"))
    assert html.one("html").get("data-theme") == "dark"
    assert "frame-compact" in html.one("body").get("class")
    assert html.all("link", rel="stylesheet")[-1].get("href") == "/embed/accent/aa00ff.css"


def test_invalid_search_is_an_error_in_the_frame(load: Load, coder: SimulatedCoder) -> None:
    html = Html(load(f"{LIST}?q=bad:search:here"))
    assert "Coder does not accept this search." in html.one("section", id="frame").text


def test_card_has_apps_that_open_a_tab(load: Load, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    html = Html(load(CARD))
    assert sorted(coder.request_lines()) == ["GET /applications/host", "GET /users/alice/workspace/web"]
    assert html.one("h1").text.strip().startswith("web")
    assert html.one("div", class_="frame-apps").all("a")
    assert html.all("button", data_copy="") == []


def test_missing_workspace_is_an_error_in_the_frame(load: Load) -> None:
    response = load("/embed/@alice/nothing/")
    assert response.status_code == 404
    assert frame_ancestors(response) == ["'self'", INTRANET]
    assert Html(response).one("h1").text == "Page not found"


def test_signed_out_frame_has_a_button_that_opens_the_sign_in_in_a_tab(client: Client, coder: SimulatedCoder) -> None:
    response: Any = client.get(LIST, headers={"Referer": f"{INTRANET}/"})
    html = Html(response)
    assert response.status_code == 200
    assert html.one("a", id="sign-in").get("href") == "/login/?next=/embed/login/"
    assert html.one("base").get("target") == "_blank"
    assert html.all("form") == []
    assert frame_ancestors(response) == ["'self'", INTRANET]


def test_sign_in_from_a_frame_ends_on_a_page_that_says_so(alice: Client) -> None:
    assert Html(alice.get("/embed/login/")).one("h1").text == "You are signed in"


def test_rejected_token_shows_the_sign_in_in_the_frame(load: Load, coder: SimulatedCoder) -> None:
    coder.server.add_fault("signed_out")
    response = load(LIST)
    assert Html(response).one("a", id="sign-in").text == "Sign in"
    assert frame_ancestors(response) == ["'self'", INTRANET]


def test_last_rows_are_shown_with_the_time_since_when_coder_is_unreachable(
    load: Load, coder: SimulatedCoder, settings: Settings, fake_clock: FakeClock
) -> None:
    coder.place("web")
    load(LIST)
    coder.server.add_fault("refuse")
    response = load(LIST)
    html = Html(response)
    assert response.status_code == 503
    assert len(rows(response)) == 1
    assert re.search(r"Coder has been unreachable since \d\d:\d\d", html.one("div", id="frame-messages").text)


def test_rows_kept_from_a_frame_with_buttons_have_none_on_a_sub_domain(load: Load, coder: SimulatedCoder) -> None:
    coder.place("web")
    load(LIST)
    coder.server.add_fault("refuse")
    response = load(LIST, SUBDOMAIN)
    assert len(rows(response)) == 1
    assert Html(response).all("form") + Html(response).all("button") == []


def test_accent_is_a_style_sheet(client: Client) -> None:
    response = client.get("/embed/accent/aa00ff.css")
    assert response.headers["Content-Type"].startswith("text/css")
    assert response.content.decode().startswith(":root{--accent:light-dark(#")
    assert client.get("/embed/accent/red.css").content == b""


def test_embed_patterns_are_all_those_of_the_portal() -> None:
    names = {pattern.name for pattern in embed_patterns}
    reverse_names = {key for key in get_resolver("workspaces.urls").reverse_dict if isinstance(key, str)}
    assert {name for name in reverse_names if name.startswith("embed")} == names
