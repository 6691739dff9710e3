"""Test the settings with schedules: their choices, contradictions and preview."""

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from tests.views.test_settings import BOTH_VERSIONS, save_setting, settings_url


@pytest.fixture
def web(coder: SimulatedCoder, alice: Client) -> Workspace:
    """Return a running workspace of Alice; Coder's request log is empty."""
    return coder.place("web", template="dev", deadline_in_hours=3)


@BOTH_VERSIONS
def test_empty_ttl_is_refused_and_deadline_stays(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    deadline = web.latest_build.deadline
    response = save_setting(alice, web, "ttl", {"ttl_hours": "", "ttl_minutes": ""})
    assert response.status_code == 422
    assert (web.latest_build.deadline, deadline is not None) == (deadline, True)
    assert not [request for request in coder.request_lines() if request.startswith("PUT")]


@BOTH_VERSIONS
def test_saved_ttl_off_says_what_running_workspace_does(alice: Client, web: Workspace, version: str) -> None:
    web.latest_build.max_deadline = web.latest_build.deadline
    text = Html(save_setting(alice, web, "ttl", {"ttl": "never"})).one("hx-partial", hx_target="#messages").text
    if version == "2.19":
        assert "Autostop is off." in text
    else:
        assert "Autostop is off from the next start. The running workspace stops" in text


@BOTH_VERSIONS
def test_default_ttl_is_saved_with_the_value_that_was_shown(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    page = Html(alice.get(settings_url(web)))
    assert "Template’s default: 8 hours" in page.one("section", id="set-ttl").text
    shown = page.one("input", name="ttl_default").get("value")
    save_setting(alice, web, "ttl", {"ttl": "default", "ttl_default": shown})
    assert coder.last_request(f"PUT /workspaces/{web.id}/ttl")["body"] == {"ttl_ms": 8 * 3_600_000}


@BOTH_VERSIONS
def test_cron_is_saved_in_time_zone_of_form(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    save_setting(alice, web, "autostart", {"schedule": "30 9 * * 1", "timezone": "Asia/Tokyo"})
    body = coder.last_request(f"PUT /workspaces/{web.id}/autostart")["body"]
    assert body == {"schedule": "CRON_TZ=Asia/Tokyo 30 9 * * 1"}


def test_contradicting_schedule_shows_error_and_next_starts_without_javascript(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    fields = {"days": "1", "time": "08:00", "schedule": "30 9 * * 1"}
    response = alice.post(f"/workspaces/{web.id}/autostart/", fields)
    assert "Clear the other one." in Html(response).one("div", id="id_schedule_error").text
    other = alice.post(f"/workspaces/{web.id}/autostart/", {"days": "1", "time": "08:00", "timezone": "Mars"})
    assert Html(other).one("p", id="next-starts-weekly").text == ""
    page = Html(alice.get(settings_url(web)))
    assert page.one("p", id="next-starts-weekly").text.count(" at ") == 3  # of the suggestion
    assert not [request for request in coder.request_lines() if not request.startswith("GET")]


def test_preview_says_next_three_starts_on_allowed_days(alice: Client) -> None:
    query = {"schedule": "0 9 * * *", "timezone": "UTC", "allowed": ["1"], "preview": "next"}
    page = Html(alice.get("/workspaces/autostart/", query, headers=htmx_headers("p#next")))
    text = page.one("p", id="next").text
    assert text.startswith("Next starts: ")
    assert len([part for part in text.split(",") if "Monday" in part or "09:00" in part]) >= 3
    assert Html(alice.get("/workspaces/autostart/", {"schedule": "nonsense"})).one("p").text == ""
