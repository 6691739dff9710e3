"""Test what a person reads when Coder refuses a build."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize(
    ("transition", "before", "text"),
    [
        ("stop", "running", "web is already stopping."),
        ("start", "stopped", "web is already starting."),
    ],
)
def test_second_of_two_requests_says_which_build_is_in_progress(
    alice: Client, coder: SimulatedCoder, transition: str, before: str, text: str
) -> None:
    web = coder.place("web", before)
    path = f"/workspaces/{web.id}/builds/"
    alice.post(path, {"transition": transition})
    body = {"message": "A workspace build is already active.", "detail": "A workspace build is already active."}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=409, body=body)
    response = alice.post(path, {"transition": transition}, headers=htmx_headers(f"tr#w-{web.id}"))
    message = Html(response).one("hx-partial", hx_target="#messages").text
    assert response.status_code == 409
    assert "already active" not in message
    assert text in message or "is already waiting in the queue" in message


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_refused_update_names_parameter_and_reason_and_links_form(
    alice: Client, coder: SimulatedCoder, version: str
) -> None:
    web = coder.place("web", "stopped", template="dev")
    reason = "Value must be a valid option; the value must be defined as one of options"
    body: dict[str, object] = {"message": 'Unable to validate parameter "region"', "detail": reason}
    if version == "2.36":
        validations = [{"field": "region", "detail": reason}]
        body = {"message": "Unable to validate parameters", "validations": validations}
    coder.server.add_fault("answer", path="/builds$", method="POST", status=400, body=body)
    response = alice.post(
        f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=htmx_headers(f"tr#w-{web.id}")
    )
    message = Html(response).one("hx-partial", hx_target="#messages")
    assert f"Coder rejected the value of “region”: {reason}. Nothing was changed." in message.text
    assert message.one("a").get("href").startswith(f"/workspaces/{web.id}/parameters/")
    assert "Unable to validate" not in message.text
