"""Test the build history: as a fragment of the workspace page, and as pages."""

from typing import Any

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


def workspace_with_builds(coder: SimulatedCoder, builds: int = 4, status: str = "stopped", **fields: Any) -> Workspace:
    """Create a workspace with this number of builds; its status is that of the last one."""
    previous_transitions = tuple("stop" if number % 2 else "start" for number in range(builds - 1))
    return coder.place("web", status, previous_transitions=previous_transitions, **fields)


def history_url(workspace: Workspace) -> str:
    """Return the URL of the build history."""
    return f"/@{workspace.owner.username}/{workspace.name}/builds/"


def build_numbers(page: Html) -> list[str]:
    """Return the numbers of the builds on the page, in order."""
    return [build.get("data-build") for build in page.all("li", class_="build")]


def build_text(page: Html, number: int) -> str:
    """Return the title of the build with this number."""
    return build_line(page, number).one("div", class_="build-title").all("p")[0].text


def build_line(page: Html, number: int) -> Html:
    """Return the list item of the build with this number."""
    return page.one("li", data_build=str(number))


@BOTH_VERSIONS
def test_history_shows_action_reason_and_initiator_of_each_build(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, reason="autostop")
    page = Html(alice.get(history_url(web)))
    assert build_numbers(page) == ["4", "3", "2", "1"]
    assert [build_text(page, number) for number in (4, 3, 2, 1)] == [
        "Stopped by autostop #4",
        "Started by alice #3",
        "Stopped by alice #2",
        "Created by alice #1",
    ]
    assert build_line(page, 4).one("bdi").text == "v1"


@BOTH_VERSIONS
def test_failed_build_is_highlighted_with_first_line_of_error(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, status="failed", error="\n\x1b[31mno space left\x1b[0m\nmore of it")
    build = build_line(Html(alice.get(history_url(web))), 4)
    assert "bad" in build.get("class").split()
    assert build.one("div", class_="build-title").all("p")[0].text == "Start requested by alice #4"
    assert build.one("p", class_="build-error").text == "no space left"


@BOTH_VERSIONS
def test_history_has_pages_of_25_and_requests_one_extra_build(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, 60)
    first_page = Html(alice.get(history_url(web)))
    assert coder.last_request(f"GET /workspaces/{web.id}/builds")["query"] == {"limit": "26", "offset": "0"}
    assert build_numbers(first_page) == [str(number) for number in range(60, 35, -1)]
    (older_link,) = first_page.one("nav", class_="pagination").all("a")
    assert older_link.get("href") == f"{history_url(web)}?page=2"
    last_page = Html(alice.get(history_url(web), {"page": "3"}))
    assert build_numbers(last_page) == [str(number) for number in range(10, 0, -1)]
    (newer_link,) = last_page.one("nav", class_="pagination").all("a")
    assert newer_link.get("href") == f"{history_url(web)}?page=2"


def test_history_page_past_oldest_build_shows_notice(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder)
    assert "No older builds." in Html(alice.get(history_url(web), {"page": "9"})).one("main").text


def test_history_fragment_appends_older_builds_in_place(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, 60)
    headers = htmx_headers("section#history", page_path="/@alice/web/")
    fragment = Html(alice.get(history_url(web), headers=headers))
    older_link = fragment.one("a", id="older")
    assert (older_link.get("hx-get"), older_link.get("href")) == (
        f"{history_url(web)}?upto=2",
        f"{history_url(web)}?page=2",
    )
    fragment = Html(alice.get(history_url(web), {"upto": "3"}, headers=headers))
    assert build_numbers(fragment) == [str(number) for number in range(60, 0, -1)]
    assert fragment.all("a", id="older") == []
    assert fragment.one("section").get("hx-get") == f"/workspaces/{web.id}/builds/?upto=3"


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=1000001", "upto=9", "upto=1e3"])
def test_history_shows_newest_builds_for_invalid_query(alice: Client, coder: SimulatedCoder, query: str) -> None:
    web = workspace_with_builds(coder)
    assert build_numbers(Html(alice.get(f"{history_url(web)}?{query}"))) == ["4", "3", "2", "1"]


@BOTH_VERSIONS
def test_history_links_to_other_version_at_its_last_start(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = workspace_with_builds(coder, 5, "running", version=old)
    web.latest_build.version = new
    page = Html(alice.get(history_url(web)))
    row = build_line(page, 5)
    assert [each.text for each in row.one("div", class_="build-version").all("bdi")] == [old.name, new.name]
    links = {number: build_line(page, number).one("div", class_="build-version").all("a") for number in (5, 4, 3, 2, 1)}
    assert {number: [link.get("href") for link in elements] for number, elements in links.items()} == {
        5: [],
        4: [],
        3: [f"/@alice/web/parameters/?version={old.id}"],
        2: [],
        1: [],
    }


@BOTH_VERSIONS
def test_history_links_versions_only_for_admin_if_active_version_is_required(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = coder.new_version("plain")
    web = workspace_with_builds(coder, 3, "running", version=old)
    web.latest_build.version = new
    monkeypatch.setattr(web.template, "require_active_version", True)
    monkeypatch.setattr(coder.server.world, "licensed", True)
    page = Html(alice.get(history_url(web)))
    assert coder.request_lines().count("POST /authcheck") == 1
    assert build_line(page, 1).one("div", class_="build-version").all("a") == []
    admin = Client()
    sign_in(admin, "admin")
    assert len(build_line(Html(admin.get(history_url(web))), 1).one("div", class_="build-version").all("a")) == 1


@BOTH_VERSIONS
def test_history_offers_cancel_for_build_in_progress(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, 2, "starting", template="hang")
    page = Html(alice.get(history_url(web)))
    assert (
        len(page.one("section", id="history").all("button", formaction=f"/builds/{web.latest_build.id}/cancel/")) == 1
    )
    fragment = Html(alice.get(history_url(web), headers=htmx_headers("section#history", page_path="/@alice/web/")))
    assert fragment.one("li", data_build="2").one("button").get("hx-target") == f"#w-{web.id}"


@BOTH_VERSIONS
def test_history_offers_no_actions_to_reader(alice: Client, coder: SimulatedCoder) -> None:
    old, new = coder.new_version("plain")
    web = workspace_with_builds(coder, 3, "running", version=old)
    web.latest_build.version = new
    reader = Client()
    sign_in(reader, "tina")
    page = Html(reader.get(history_url(web)))
    assert build_numbers(page) == ["3", "2", "1"]
    assert page.one("section", id="history").all("button") == []
    assert [link for link in page.one("main").all("a") if "version=" in link.get("href")] == []


@BOTH_VERSIONS
def test_history_of_deleted_workspace_remains_available(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder, 3, "deleted", reason="autodelete")
    page = Html(alice.get(history_url(web), {"include_deleted": "1"}))
    assert build_text(page, 3) == "Deleted because it was dormant for too long #3"
    tabs = [tab.get("href") for tab in page.one("nav", id="tabs").all("a")]
    assert tabs == ["/@alice/web/?include_deleted=1", "/@alice/web/builds/?include_deleted=1"]


def test_history_fragment_shows_coder_error_in_place(alice: Client, coder: SimulatedCoder) -> None:
    web = workspace_with_builds(coder)
    coder.server.add_fault("error", path="/builds$")
    response = alice.get(history_url(web), headers=htmx_headers("section#history", page_path="/@alice/web/"))
    section = Html(response).one("section", id="history")
    assert response.status_code == 200
    assert "Coder reported an internal error." in section.text
    assert section.one("a").get("href") == history_url(web)


def test_history_of_other_users_workspace_returns_404(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", owner="bob")
    assert alice.get(history_url(web)).status_code == 404
