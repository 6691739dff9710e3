"""What a workspace is made of, and its sensitive facts: each is told only to whoever asks for that one."""

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx, sign_in
from tests.views.html import Html
from workspaces.gateway import snapshots

SECRET = "hunter2"  # what the template of the recordings calls so
BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])


def asked_for(web: Workspace, key: str = "secret") -> dict[str, str]:
    """The fields that ask for one fact about its pod."""
    (pod,) = (each for each in web.latest_build.resources if any(one.key == "secret" for one in each.plan.metadata))
    return {"resource": pod.id, "key": key, "next": "/@alice/web/"}


@BOTH
def test_each_resource_says_what_it_is_and_what_is_known_of_it(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    part = Html(alice.get("/@alice/web/")).one("section", id="resources")
    cards = {card.one("h3").text: card for card in part.all("li", class_="resource")}
    assert cards["dev"].all("span", class_="sub")[0].text == "Kubernetes pod"
    assert cards["dev"].one("span", class_="cost").text == "12 credits a day"
    assert [(fact.one("dt").text, fact.one("dd").text) for fact in cards["home"].one("dl").all("div")] == [
        ("size", "20Gi")
    ]
    assert part.one("h2", id="h-resources").text == "Resources 15 credits a day"


@BOTH
def test_a_sensitive_fact_is_on_no_page_until_it_is_asked_for(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    headers = htmx(f"section#w-{web.id}", at="/@alice/web/")
    pages = [
        alice.get("/@alice/web/"),
        alice.get("/@alice/web/", headers=headers),
        alice.get("/workspaces/"),
        alice.get(f"/workspaces/{web.id}/agents/"),
        alice.get(f"/workspaces/{web.id}/advice/"),
        alice.get(f"/workspaces/{web.id}/settings/"),
        alice.get("/@alice/web/parameters/"),
        alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=headers),
    ]
    assert not [page for page in pages if SECRET in page.content.decode()]
    (button,) = Html(pages[0]).one("section", id="resources").one("div", class_="secret").all("button")
    assert button.text.split() == ["Show", "secret"]


@BOTH
def test_the_one_that_is_asked_for_is_told_in_its_place(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    answer = alice.post(f"/workspaces/{web.id}/reveal/", asked_for(web), headers=htmx("dd", at="/@alice/web/"))
    assert Html(answer).one("code").text == SECRET
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert coder.asked(ignore="") == [f"GET /workspaces/{web.id}"]


def test_without_scripts_it_is_a_page_of_its_own_that_is_kept_nowhere(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    path = f"/workspaces/{web.id}/reveal/"
    page = Html(alice.post(path, asked_for(web)))
    assert page.one("p", class_="quote").text == SECRET
    coder.server.fault("refuse", path="/api/v2/")
    assert SECRET not in alice.post(path, asked_for(web)).content.decode()
    assert SECRET not in repr(vars(snapshots))


@pytest.mark.parametrize("key", ["cpu", "nothing", ""])
def test_what_is_no_sensitive_fact_is_not_told_so(alice: Client, coder: SimulatedCoder, key: str) -> None:
    web = coder.place("web", template="dev")
    answer = alice.post(f"/workspaces/{web.id}/reveal/", asked_for(web, key), headers=htmx("dd"))
    assert answer.status_code in {404, 422}
    assert SECRET not in answer.content.decode()


def test_somebody_who_may_not_see_the_workspace_is_told_nothing(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    bob = Client()
    sign_in(bob, "bob")
    answer = bob.post(f"/workspaces/{web.id}/reveal/", asked_for(web), follow=True)
    assert "Coder does not let you do this." in Html(answer).one("div", id="messages").text
    assert SECRET not in answer.content.decode()


def test_while_coder_is_away_the_page_stays_and_says_so(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    coder.server.fault("bad_gateway", path="/api/v2/")
    answer = alice.post(f"/workspaces/{web.id}/reveal/", asked_for(web), headers=htmx("dd"))
    assert (answer.status_code, answer.headers["HX-Reswap"]) == (503, "none")
    assert "Coder cannot be reached since" in answer.content.decode()


def test_a_secret_is_asked_for_by_post_alone(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    assert alice.get(f"/workspaces/{web.id}/reveal/", asked_for(web)).status_code == 405
