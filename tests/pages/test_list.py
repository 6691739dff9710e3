"""The list of workspaces."""

from django.test import Client

from tests.pages.html import Html
from tests.portal import SimulatedCoder


def names(page: Html) -> list[str]:
    """The names of the workspaces that a page lists, in its order."""
    return [link.text for link in page.all("a", class_="name")]


def test_one_sees_ones_own_workspaces_and_nobody_elses(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("theirs", owner="bob")
    assert names(Html(alice.get("/workspaces/"))) == ["web"]
    assert coder.last("GET /workspaces")["query"] == {"q": "owner:me", "limit": "25", "offset": "0"}
