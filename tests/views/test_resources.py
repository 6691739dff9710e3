"""Test the resources of a workspace and their sensitive metadata, which is revealed one value at a time on request."""

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.gateway import snapshots

SECRET = "hunter2"  # the value of "secret" in the template of the recordings
BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


def reveal_fields(workspace: Workspace, key: str = "secret") -> dict[str, str]:
    """Return the form fields that request one metadata value of the pod."""
    (pod,) = (
        resource
        for resource in workspace.latest_build.resources
        if any(item.key == "secret" for item in resource.plan.metadata)
    )
    return {"resource": pod.id, "key": key, "next": "/@alice/web/"}


@BOTH_VERSIONS
def test_resource_cards_show_kind_cost_and_metadata(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    section = Html(alice.get("/@alice/web/")).one("section", id="resources")
    cards = {card.one("h3").text: card for card in section.all("li", class_="resource")}
    assert cards["dev"].all("span", class_="subtext")[0].text == "Kubernetes pod"
    assert cards["dev"].one("span", class_="resource-cost").text == "12 credits per day"
    assert [(fact.one("dt").text, fact.one("dd").text) for fact in cards["home"].one("dl").all("div")] == [
        ("size", "20Gi")
    ]
    assert section.one("h2", id="h-resources").text == "Resources 15 credits per day"


@BOTH_VERSIONS
def test_sensitive_metadata_is_on_no_page_before_it_is_revealed(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/")
    responses = [
        alice.get("/@alice/web/"),
        alice.get("/@alice/web/", headers=headers),
        alice.get("/workspaces/"),
        alice.get(f"/workspaces/{web.id}/agents/"),
        alice.get(f"/workspaces/{web.id}/advice/"),
        alice.get("/@alice/web/settings/"),
        alice.get("/@alice/web/parameters/"),
        alice.post(f"/workspaces/{web.id}/builds/", {"transition": "stop"}, headers=headers),
    ]
    assert not [response for response in responses if SECRET in response.getvalue().decode()]
    (button,) = Html(responses[0]).one("section", id="resources").one("div", class_="secret-value").all("button")
    assert button.text.split() == ["Show", "secret"]


@BOTH_VERSIONS
def test_reveal_fragment_returns_requested_value_with_one_upstream_call(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    response = alice.post(
        f"/workspaces/{web.id}/reveal/", reveal_fields(web), headers=htmx_headers("dd", page_path="/@alice/web/")
    )
    assert Html(response).one("code").text == SECRET
    assert response.headers["Cache-Control"] == "private, no-store"
    assert coder.request_lines(ignore=()) == [f"GET /workspaces/{web.id}"]


def test_reveal_without_htmx_returns_page_and_value_is_not_cached(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    path = f"/workspaces/{web.id}/reveal/"
    page = Html(alice.post(path, reveal_fields(web)))
    assert page.one("p", class_="quote").text == SECRET
    coder.server.add_fault("refuse", path="/api/v2/")
    assert SECRET not in alice.post(path, reveal_fields(web)).content.decode()
    saved_pages = [snapshots.STORE.get_recent(*each) for each in snapshots.STORE.entries()]
    assert SECRET not in repr(saved_pages)


@pytest.mark.parametrize("key", ["cpu", "nothing", ""])
def test_reveal_rejects_key_that_is_not_sensitive_metadata(alice: Client, coder: SimulatedCoder, key: str) -> None:
    web = coder.place("web", template="dev")
    response = alice.post(f"/workspaces/{web.id}/reveal/", reveal_fields(web, key), headers=htmx_headers("dd"))
    assert response.status_code in {404, 422}
    assert SECRET not in response.content.decode()


def test_reveal_is_denied_to_user_without_access_to_workspace(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    bob = Client()
    sign_in(bob, "bob")
    response = bob.post(f"/workspaces/{web.id}/reveal/", reveal_fields(web), follow=True)
    assert "You do not have permission to do this in Coder." in Html(response).one("div", id="messages").text
    assert SECRET not in response.content.decode()


def test_reveal_returns_503_and_keeps_page_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    coder.server.add_fault("bad_gateway", path="/api/v2/")
    response = alice.post(f"/workspaces/{web.id}/reveal/", reveal_fields(web), headers=htmx_headers("dd"))
    assert (response.status_code, response.headers["HX-Reswap"]) == (503, "none")
    assert "Coder has been unreachable since" in response.content.decode()


def test_reveal_rejects_get(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    assert alice.get(f"/workspaces/{web.id}/reveal/", reveal_fields(web)).status_code == 405
