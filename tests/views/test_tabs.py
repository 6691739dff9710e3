"""Test the tabs of a workspace's page: their addresses, their calls to Coder, and what htmx gets of them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
BY_NAME = "GET /users/alice/workspace/web"
# By tab: the last part of its address, and the calls of its page beside that for the workspace.
TABS = {
    "Overview": ("", ()),
    "Builds": ("builds/", ("GET /workspaces/{id}/builds", "GET /workspaces/{id}/timings")),
    "Settings": ("settings/", ("GET /templates/{template}",)),
    "Parameters": (
        "parameters/",
        ("GET /templateversions/{version}/rich-parameters", "GET /workspacebuilds/{build}/parameters"),
    ),
}
EACH_TAB = pytest.mark.parametrize("tab", TABS)


def expected_calls(workspace: Any, tab: str, version: str) -> list[str]:
    """Return the calls of a tab, sorted, with that for the workspace."""
    ids = {
        "id": workspace.id,
        "template": workspace.template.id,
        "version": workspace.latest_build.version.id,
        "build": workspace.latest_build.id,
    }
    dynamic = tab == "Parameters" and version == "2.36"
    evaluation = ["POST /templateversions/{version}/dynamic-parameters/evaluate".format(**ids)] if dynamic else []
    return sorted([BY_NAME, *(call.format(**ids) for call in TABS[tab][1]), *evaluation])


def panel_headers(tab: str = "") -> Mapping[str, str]:
    """Return the headers of htmx for a request of the panel."""
    return htmx_headers("div#panel", page_path=f"/@alice/web/{tab}")


@BOTH_VERSIONS
@EACH_TAB
def test_tab_takes_its_calls_and_no_other(alice: Client, coder: SimulatedCoder, version: str, tab: str) -> None:
    web = coder.place("web")
    response = alice.get(f"/@alice/web/{TABS[tab][0]}")
    page = Html(response)
    assert sorted(coder.request_lines()) == expected_calls(web, tab, version)
    (current,) = [each for each in page.one("nav", id="tabs").all("a") if each.get("aria-current")]
    assert (current.text, current.get("aria-current")) == (tab, "page")
    assert page.one("h1").text == "web"


@EACH_TAB
def test_header_is_sent_after_one_call(alice: Client, coder: SimulatedCoder, tab: str) -> None:
    coder.place("web")
    response = alice.get(f"/@alice/web/{TABS[tab][0]}")
    if isinstance(response, StreamingHttpResponse):
        chunks: Iterator[bytes] = iter(response.streaming_content)
        beginning = next(chunks).decode()
        calls = coder.request_lines()
        b"".join(chunks)
    else:
        beginning, calls = response.content.decode(), coder.request_lines()
    assert calls == [BY_NAME]
    assert 'id="tabs"' in beginning


def test_calls_of_builds_tab_run_in_parallel(
    alice: Client, coder: SimulatedCoder, require_concurrent_requests: Callable[..., None]
) -> None:
    coder.place("web")
    require_concurrent_requests("/builds$", "/timings$")
    assert len(Html(alice.get("/@alice/web/builds/")).all("section", id="history")) == 1


@BOTH_VERSIONS
@EACH_TAB
def test_panel_brings_bar_header_and_title_with_it(
    alice: Client, coder: SimulatedCoder, version: str, tab: str
) -> None:
    web = coder.place("web")
    response = alice.get(f"/@alice/web/{TABS[tab][0]}", headers=panel_headers())
    fragment = Html(response)
    assert sorted(coder.request_lines()) == expected_calls(web, tab, version)
    assert [partial.get("hx-target") for partial in fragment.all("hx-partial")] == [
        "#tabs",
        f"#w-{web.id}",
        "#freshness",
        "#messages",
    ]
    title = fragment.one("title").text
    assert title == ("web · Coder Portal" if tab == "Overview" else f"web · {tab} · Coder Portal")
    assert int(response.headers["Portal-Read"]) > 0


@EACH_TAB
def test_refresh_of_header_takes_one_call_on_each_tab(alice: Client, coder: SimulatedCoder, tab: str) -> None:
    web = coder.place("web")
    path = f"/@alice/web/{TABS[tab][0]}"
    response = alice.get(path, headers=htmx_headers(f"section#w-{web.id}", page_path=path))
    assert coder.request_lines() == [BY_NAME]
    assert response.content.decode().strip().startswith(f'<section id="w-{web.id}"')
    assert len(Html(response).one("hx-partial", hx_target="#overview").all("dl", class_="fact-list")) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("settings/", "/@alice/web/settings/"),
        ("builds/?page=2", "/@alice/web/builds/?page=2"),
        ("timings/", "/@alice/web/builds/"),
        ("parameters/?version=x&param.a=b", "/@alice/web/parameters/?version=x&param.a=b"),
    ],
)
def test_old_address_redirects_to_tab(alice: Client, coder: SimulatedCoder, old: str, new: str) -> None:
    web = coder.place("web")
    assert alice.get(f"/workspaces/{web.id}/{old}").headers["Location"] == new


def test_old_address_of_deleted_workspace_redirects_to_its_builds(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "deleted")
    location = alice.get(f"/workspaces/{web.id}/builds/").headers["Location"]
    assert location == "/@alice/web/builds/?include_deleted=1"
    assert len(Html(alice.get(location)).all("section", id="history")) == 1


@EACH_TAB
def test_tab_of_renamed_workspace_redirects_to_new_name(alice: Client, coder: SimulatedCoder, tab: str) -> None:
    web = coder.place("web")
    alice.post(f"/workspaces/{web.id}/rename/", {"name": "other"})
    path = TABS[tab][0]
    assert alice.get(f"/@alice/web/{path}").headers["Location"] == f"/@alice/other/{path}"


@pytest.mark.parametrize("headers", [{}, panel_headers()], ids=["page", "panel"])
@pytest.mark.parametrize(
    ("tab", "fault", "text"),
    [
        ("Builds", "(builds|timings)$", "The builds could not be loaded."),
        ("Builds", "/timings$", "The build timeline could not be loaded."),
        ("Builds", "/builds$", "The build history could not be loaded."),
        ("Parameters", "/rich-parameters$", "The parameters could not be loaded."),
    ],
)
def test_panel_says_what_could_not_be_loaded(
    alice: Client, coder: SimulatedCoder, tab: str, fault: str, text: str, headers: Mapping[str, str]
) -> None:
    coder.place("web")
    coder.server.add_fault("error", path=fault)
    response = alice.get(f"/@alice/web/{TABS[tab][0]}", headers=headers)
    assert response.status_code == 200
    (notice,) = [each for each in Html(response).all("p", class_="notice") if text in each.text]
    assert "Coder reported an internal error." in notice.text
    assert notice.one("a").text == "Try again"


def test_button_of_header_extends_by_an_hour_and_answers_with_header(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", deadline_in_hours=3)
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/builds/")
    response = alice.post(f"/workspaces/{web.id}/extend/", {"hours": "1"}, headers=headers)
    assert "in 4 h" in Html(response).one("section", id=f"w-{web.id}").text
    assert "Deadline changed." in Html(response).one("hx-partial", hx_target="#messages").text


@pytest.mark.parametrize("uses_htmx", [True, False], ids=["htmx", "page"])
def test_refused_button_of_header_answers_with_message_on_its_page(
    alice: Client, coder: SimulatedCoder, *, uses_htmx: bool
) -> None:
    web = coder.place("web", deadline_in_hours=1)
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/builds/") if uses_htmx else {}
    data = {"hours": "-1", "next": "/@alice/web/builds/"}
    response = alice.post(f"/workspaces/{web.id}/extend/", data, headers=headers)
    if uses_htmx:
        assert response.status_code == 422
        messages = Html(response).one("hx-partial", hx_target="#messages")
    else:
        assert response.headers["Location"] == "/@alice/web/builds/"
        messages = Html(alice.get(response.headers["Location"])).one("div", id="messages")
    assert messages.one("p", class_="error").text


def test_header_offers_hour_less_only_where_coder_accepts_it(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("short", deadline_in_hours=1)
    coder.place("long", deadline_in_hours=5)
    disabled = {
        name: "disabled"
        in dict(Html(alice.get(f"/@alice/{name}/")).one("button", id="stop-earlier").element.attributes)
        for name in ("short", "long")
    }
    assert disabled == {"short": True, "long": False}


def test_header_menu_has_presets_with_their_moments(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=3)
    menu = Html(alice.get("/@alice/web/settings/")).one("div", id="stop-menu")
    labels = [button.text for button in menu.all("button")]
    assert [label.split(" at ")[0].rsplit(" ", 1)[0] for label in labels[:2]] == ["+1 hour", "+4 hours"]
    assert all(" at " in label for label in labels)
    assert menu.one("a").get("href") == "/@alice/web/settings/#set-extend"


@BOTH_VERSIONS
def test_way_in_is_primary_and_stop_is_quiet_while_running(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    actions = Html(alice.get("/@alice/web/")).one("section", class_="workspace").one("div", class_="row-actions")
    assert actions.one("a", id="way-in").get("class").startswith("btn-primary")
    quiet = [button.text for button in actions.all("button", class_="btn-quiet")]
    assert quiet[:2] == ["Stop", "Restart"]
    assert [button.text for button in actions.all("button", class_="btn-primary")] == []


def test_start_is_primary_while_stopped(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    actions = Html(alice.get("/@alice/web/")).one("section", class_="workspace").one("div", class_="row-actions")
    assert [button.text for button in actions.all("button", class_="btn-primary")] == ["Start"]
    assert actions.all("a", id="way-in") == []


@BOTH_VERSIONS
def test_open_menu_has_apps_and_ssh_command(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    menu = Html(alice.get(f"/workspaces/{web.id}/open/", headers=htmx_headers("div#row-menu"))).one(
        "div", id="open_menu"
    )
    assert "Terminal" in [link.one("bdi").text for link in menu.all("a")]
    assert [button.one("code").text.split()[0] for button in menu.all("button", class_="icon-copy")] == ["ssh"]
