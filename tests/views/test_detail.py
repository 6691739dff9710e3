"""Test the page of one workspace."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, create_token, htmx_headers, sign_in
from tests.views.html import Html


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_workspace_page_shows_name_status_and_facts(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", deadline_in_hours=3)
    page = Html(alice.get("/@alice/web/"))
    head = page.one("section", id=f"w-{web.id}")
    assert (head.get("data-workspace"), head.get("data-status")) == (web.id, "running")
    assert head.one("h1").one("bdi").text == "web"
    facts = {fact.one("dt").text: fact.one("dd").text for fact in page.one("dl", class_="fact-list").all("div")}
    assert facts["Template"].startswith("Dev on Kubernetes v1")
    assert facts["Owner"].startswith("alice")
    assert "in 3 h" in head.one("div", class_="stop-time").text
    assert facts["Autostop"].startswith("8 hours after each start")
    assert facts["Latest build"].startswith("#2")


def test_workspace_page_makes_one_coder_call(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.get("/@alice/web/")
    assert coder.request_lines() == ["GET /users/alice/workspace/web"]


def test_workspace_fragment_starts_with_head_section(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    response = alice.get("/@alice/web/", headers=htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/"))
    assert response.content.decode().strip().startswith(f'<section id="w-{web.id}"')


def test_workspace_page_links_to_workspace_in_coder(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(alice.get("/@alice/web/"))
    (link,) = [each for each in page.one("section", class_="workspace").all("a") if each.text == "Open in Coder"]
    assert link.get("href") == "https://coder.example.com/@alice/web"


def test_id_url_redirects_to_name_url(alice: Client, coder: SimulatedCoder) -> None:
    web, gone = coder.place("web"), coder.place("gone", "deleted")
    assert alice.get(f"/workspaces/{web.id}/").headers["Location"] == "/@alice/web/"
    assert alice.get(f"/workspaces/{gone.id}/").headers["Location"] == "/@alice/gone/?include_deleted=1"


def test_deleted_workspace_is_shown_only_with_include_deleted(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("gone", "deleted")
    assert alice.get("/@alice/gone/").status_code == 404
    page = Html(alice.get("/@alice/gone/", {"include_deleted": "1"}))
    assert page.one("article").one("h2").text == "This workspace was deleted"


def test_failed_build_shows_coder_error_and_retry_button(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "failed", error="Insufficient quota in region eu-west")
    page = Html(alice.get("/@alice/web/"))
    assert "Insufficient quota in region eu-west" in page.one("article").text
    assert page.one("article").all("p")[0].text.startswith("3 h ago ")
    (button,) = page.all("button", value="retry")
    assert button.get("name") == "transition"


def test_agent_timeout_notice_links_to_template_help(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev", agent_state="timeout")
    page = Html(alice.get("/@alice/web/"))
    assert page.one("article").one("a").get("href") == "https://example.com/help"


def test_missing_and_inaccessible_workspaces_show_same_404_page(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob")
    responses = [alice.get(path) for path in ("/@bob/web/", "/@bob/nothing/", "/@nobody/nothing/", "/nothing/")]
    texts = {Html(response).one("main").text for response in responses}
    assert {response.status_code for response in responses} == {404}
    assert len(texts) == 1
    assert "This page does not exist, or you do not have access to it." in texts.pop()


@pytest.mark.parametrize("path", ["/@alice/..%2f..%2fbuildinfo/", "/@alice/a..b/", "/@a%00/web/", "/@alice/web%2F/"])
def test_invalid_workspace_url_returns_404_without_coder_call(alice: Client, coder: SimulatedCoder, path: str) -> None:
    assert alice.get(path).status_code == 404
    assert coder.request_lines() == []


def test_workspace_name_of_32_letters_is_shown_in_full(alice: Client, coder: SimulatedCoder) -> None:
    name = "a-name-of-thirty-two-letters-xyz"
    coder.place(name)
    assert Html(alice.get(f"/@alice/{name}/")).one("h1").one("bdi").text == name


def test_staff_can_act_on_other_users_workspace_but_not_favorite_it(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    admin = Client()
    sign_in(admin, "admin")
    head = Html(admin.get("/@alice/web/")).one("section", class_="workspace")
    assert [button.get("value") for button in head.all("button", name="transition")] == ["stop", "restart"]
    assert head.all("button", class_="btn-star") == []
    assert "Only alice can favorite this workspace." in head.text


def test_workspace_page_names_time_zone_once(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=3)
    page = Html(alice.get("/@alice/web/"))
    assert "Times in UTC" in page.one("header").text
    assert " at " in page.one("main").text
    assert "UTC" not in page.one("main").text


def test_cancel_is_secondary_button_for_pending_build(alice: Client, coder: SimulatedCoder) -> None:
    coder.occupy_provisioners()
    coder.start_queued_build(coder.place("web", "stopped"))
    head = Html(alice.get("/@alice/web/")).one("section", data_status="pending")
    assert [button.text for button in head.all("button", class_="btn-primary")] == []
    assert "Cancel build web" in [button.get("aria-label") for button in head.all("button", class_="btn-quiet")]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("path", ["", "delete/", "parameters/", "builds/1/", "builds/1/log.txt", "builds/1/timings/"])
@pytest.mark.parametrize("owner", ["bob", "nobody"])
def test_workspace_of_owner_who_may_not_be_read_is_not_found(
    alice: Client, coder: SimulatedCoder, owner: str, path: str
) -> None:
    coder.place("theirs", owner="bob")
    response = alice.get(f"/@{owner}/theirs/{path}")
    page = Html(response)
    assert (response.status_code, page.one("h1").text) == (404, "Page not found")
    assert "username" not in page.one("main").text


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("number", [-1, -(2**31), 2**31])
def test_build_number_that_no_url_can_hold_makes_response_unreadable(
    alice: Client, coder: SimulatedCoder, number: int
) -> None:
    web = coder.place("web")
    headers = {"Coder-Session-Token": create_token(coder)}
    body = coder.server.http.get(f"/api/v2/workspaces/{web.id}", headers=headers).json()
    body["latest_build"]["build_number"] = number
    coder.server.add_fault("answer", path="/workspace/web$", body=body)
    response = alice.get("/@alice/web/")
    assert response.status_code == 503
    assert "cannot be read" in response.content.decode()
