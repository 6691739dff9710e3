"""Test the staff table of all workspaces."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html

VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


def names(page: Html) -> list[str]:
    """Return the names of the shown workspaces, in order."""
    return [link.text for link in page.all("a", class_="name")]


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    client = Client()
    sign_in(client, "admin")
    coder.clear_requests()
    return client


@VERSIONS
def test_table_shows_workspaces_of_everybody(admin: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("theirs", owner="bob")
    assert names(Html(admin.get("/staff/workspaces/"))) == ["web", "theirs"]
