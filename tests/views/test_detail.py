"""The page of one workspace."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx, sign_in
from tests.views.html import Html


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_it_names_the_workspace_its_status_and_its_facts(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev", deadline_in_hours=30)
    page = Html(alice.get("/@alice/web/"))
    head = page.one("section", id=f"w-{web.id}")
    assert (head.get("data-workspace"), head.get("data-status")) == (web.id, "running")
    assert head.one("h1").one("bdi").text == "web"
    facts = {fact.one("dt").text: fact.one("dd").text for fact in head.one("dl", class_="facts").all("div")}
    assert facts["Template"].startswith("Dev on Kubernetes v1")
    assert facts["Owner"].startswith("alice")
    assert "in 1 d" in facts["Stops"]
    assert facts["Latest build"].startswith("Number 2")


def test_it_costs_one_call(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.get("/@alice/web/")
    assert coder.asked(ignore="") == ["GET /users/alice/workspace/web"]


def test_as_a_fragment_it_is_its_head_alone(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    answer = alice.get("/@alice/web/", headers=htmx(f"section#w-{web.id}", at="/@alice/web/"))
    assert answer.content.decode().strip().startswith(f'<section id="w-{web.id}"')


def test_it_leads_to_the_same_workspace_in_coder(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(alice.get("/@alice/web/"))
    assert page.one("div", class_="do").one("a", target="_blank").get("href") == "https://coder.example.com/@alice/web"


def test_the_address_with_an_id_leads_to_the_one_with_a_name(alice: Client, coder: SimulatedCoder) -> None:
    web, gone = coder.place("web"), coder.place("gone", "deleted")
    assert alice.get(f"/workspaces/{web.id}/").headers["Location"] == "/@alice/web/"
    assert alice.get(f"/workspaces/{gone.id}/").headers["Location"] == "/@alice/gone/?include_deleted=1"


def test_a_deleted_workspace_is_shown_to_whoever_asks_for_deleted_ones(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("gone", "deleted")
    assert alice.get("/@alice/gone/").status_code == 404
    page = Html(alice.get("/@alice/gone/", {"include_deleted": "1"}))
    assert page.one("article").one("h2").text == "This workspace has been deleted"


def test_a_failed_build_is_said_in_coders_words_with_the_way_to_try_again(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "failed", error="Insufficient quota in region eu-west")
    page = Html(alice.get("/@alice/web/"))
    assert "Insufficient quota in region eu-west" in page.one("article").text
    (retry,) = page.all("button", value="retry")
    assert retry.get("name") == "transition"


def test_an_agent_that_does_not_connect_is_a_reason_to_look_at(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev", agent="timeout")
    page = Html(alice.get("/@alice/web/"))
    assert page.one("article").one("a").get("href") == "https://example.com/help"


def test_what_is_not_there_and_what_is_not_yours_look_the_same(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", owner="bob")
    answers = [alice.get(path) for path in ("/@bob/web/", "/@bob/nothing/", "/@nobody/nothing/", "/nothing/")]
    mains = {Html(answer).one("main").text for answer in answers}
    assert {answer.status_code for answer in answers} == {404}
    assert len(mains) == 1
    assert "This does not exist, or it is not yours to see." in mains.pop()


@pytest.mark.parametrize("path", ["/@alice/..%2f..%2fbuildinfo/", "/@alice/a..b/", "/@a%00/web/", "/@alice/web%2F/"])
def test_an_address_that_no_workspace_can_have_reaches_no_call(alice: Client, coder: SimulatedCoder, path: str) -> None:
    assert alice.get(path).status_code == 404
    assert coder.asked() == []


def test_a_name_of_32_letters_is_shown_whole(alice: Client, coder: SimulatedCoder) -> None:
    name = "a-name-of-thirty-two-letters-xyz"
    coder.place(name)
    assert Html(alice.get(f"/@alice/{name}/")).one("h1").one("bdi").text == name


def test_staff_see_somebody_elses_workspace_and_may_act_on_it_but_not_star_it(
    alice: Client, coder: SimulatedCoder
) -> None:
    coder.place("web")
    admin = Client()
    sign_in(admin, "admin")
    head = Html(admin.get("/@alice/web/")).one("section", class_="workspace")
    assert [button.get("value") for button in head.all("button", name="transition")] == ["stop", "restart"]
    assert head.all("button", class_="star") == []
    assert "Only alice can star this workspace." in head.text


def test_every_moment_at_the_head_is_said_with_its_zone(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", deadline_in_hours=3)
    head = Html(alice.get("/@alice/web/")).one("section", data_status="running")
    assert head.one("span", class_="line").text.endswith(", UTC")
    assert all(fact.text.endswith(", UTC") for fact in head.all("span", class_="sub") if " at " in fact.text)


def test_what_ends_a_build_is_no_louder_than_the_status(alice: Client, coder: SimulatedCoder) -> None:
    coder.occupied()
    coder.queued(coder.place("web", "stopped"))
    head = Html(alice.get("/@alice/web/")).one("section", data_status="pending")
    assert [button.text for button in head.all("button", class_="main")] == []
    assert "Cancel web" in [button.text for button in head.all("button", class_="quiet")]
