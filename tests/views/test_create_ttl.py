"""Test the time until shutdown of a new workspace."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder
from tests.views.create_form import create_form_url, form_values
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
CREATE = "POST /users/alice/workspaces"
PLAIN_FORM = {"name": "notes"}


@BOTH_VERSIONS
def test_default_ttl_is_shown_and_left_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(create_form_url(coder, "plain")))
    assert "Template’s default: 8 hours" in page.one("details", id="folded").text
    alice.post(create_form_url(coder, "plain"), form_values(page) | PLAIN_FORM)
    assert "ttl_ms" not in coder.last_request(CREATE)["body"]
    assert coder.request_lines()[-1] == CREATE


@BOTH_VERSIONS
def test_ttl_never_is_switched_off_after_creation(alice: Client, coder: SimulatedCoder) -> None:
    alice.post(create_form_url(coder, "plain"), PLAIN_FORM | {"ttl": "never"})
    (workspace,) = coder.server.world.workspaces.list_with_deleted()
    assert coder.last_request(f"PUT /workspaces/{workspace.id}/ttl")["body"] == {"ttl_ms": None}
    assert workspace.ttl_ms is None


@BOTH_VERSIONS
def test_ttl_that_stays_on_after_creation_is_said(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("answer", method="PUT", path="/ttl$", status=500, body={"message": "no"})
    response = alice.post(create_form_url(coder, "plain"), PLAIN_FORM | {"ttl": "never"}, follow=True)
    text = Html(response).one("div", id="messages").text
    assert "notes is created, but its time until shutdown is the template’s default." in text
