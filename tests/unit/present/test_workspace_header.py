"""Test the header of a workspace page: its times and the reasons that need attention."""

import json
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.unit.samples import (
    NEW,
    NOW,
    OLD,
    OWNER,
    READER,
    RECORDED,
    SITE_OWNER,
    STATUSES,
    hours,
    recorded_body,
    viewer,
    workspace,
)
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Notice, OngoingOperation
from workspaces.present.workspace.header import Header, make_header
from workspaces.present.workspace_list.rows import make_row

NO_PROVISIONER = {"count": 0, "available": 0, "most_recently_seen": None}


def header_of(
    status: str = "running", rights: Rights = OWNER, capabilities: CoderCapabilities = NEW, **changes: Any
) -> Header:
    """Return the header of a workspace with this status and these changes."""
    return make_header(workspace(status, **changes), viewer(rights, capabilities))


def notice_of(status: str, key: str, **changes: Any) -> Notice:
    """Return the only notice with this key."""
    (notice,) = [candidate for candidate in header_of(status, **changes).notices if candidate.key == key]
    return notice


def notice_keys(header: Header) -> list[str]:
    """Return the keys of the header's notices."""
    return [notice.key for notice in header.notices]


def suggested_action(notice: Notice) -> str:
    """Return the name of the notice's action, or ""."""
    assert notice.action is None or notice.action.allowed
    return notice.action.name if notice.action else ""


@pytest.mark.parametrize("status", ["running", "stopped", "starting", "stopping"])
def test_healthy_workspace_has_no_reasons(status: str) -> None:
    assert header_of(status).notices == ()


def test_header_contains_row_of_list() -> None:
    assert header_of("failed").row == make_row(workspace("failed"), viewer())


# ---- the latest build


@pytest.mark.parametrize(
    ("transition", "title"),
    [
        ("start", "The start failed"),
        ("stop", "The stop failed"),
        ("delete", "The deletion failed"),
        ("thaw", "The latest build failed"),
    ],
)
def test_failed_build_shows_full_error_with_retry_and_log(transition: str, title: str) -> None:
    notice = notice_of("failed", "failed", transition=transition, job_error="line one\nline two")
    assert (notice.title, notice.quote, notice.tone) == (title, "line one\nline two", "bad")
    assert (suggested_action(notice), notice.link) == ("retry", "log")


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"job_error_code": "INSUFFICIENT_QUOTA"}, "would exceed their quota of credits per day"),
        ({"job_error": "insufficient quota"}, "would exceed their quota of credits per day"),
        ({"job_error_code": "REQUIRED_TEMPLATE_VARIABLES"}, "The template lacks a value"),
        ({"job_error_code": "SOMETHING_NEW"}, "Error code: SOMETHING_NEW."),
        ({"job_error_code": "SOMETHING_NEW", "job_error": ""}, "Error code: SOMETHING_NEW."),
    ],
)
def test_failure_code_is_explained_in_words(changes: dict[str, Any], text: str) -> None:
    assert text in notice_of("failed", "failed", **{"job_error": "boom"} | changes).text


def test_failed_deletion_suggests_leaving_resources_behind() -> None:
    assert "orphan its resources" in notice_of("failed", "failed", transition="delete", job_error="no").text


def test_failure_without_error_refers_to_log() -> None:
    assert "log" in notice_of("failed", "failed", job_error="").text


@pytest.mark.parametrize(
    ("position", "size", "title", "text"),
    [
        (1, 3, "Position 1 of 3 in the build queue", ""),
        (2, 3, "Position 2 of 3 in the build queue", ""),
        (3, 3, "Position 3 of 3 in the build queue", ""),
        (0, 0, "The build is waiting for a provisioner", "It starts soon."),
    ],
)
def test_pending_build_shows_queue_position_and_offers_cancel(position: int, size: int, title: str, text: str) -> None:
    notice = notice_of("pending", "queue", job_queue_position=position, job_queue_size=size)
    assert (notice.title, notice.text, suggested_action(notice)) == (title, text, "cancel")


def test_pending_build_without_provisioner_shows_no_queue_position() -> None:
    header = header_of("pending", job_queue_position=1, job_queue_size=1, build_matched_provisioners=NO_PROVISIONER)
    assert notice_keys(header) == ["no-provisioner"]
    assert suggested_action(header.notices[0]) == "cancel"


@pytest.mark.parametrize(
    ("matched", "text"),
    [
        (NO_PROVISIONER, "No provisioner of this Coder deployment matches the template."),
        ({**NO_PROVISIONER, "count": 2}, "None of the matching provisioners is responding."),
        (
            {**NO_PROVISIONER, "count": 2, "most_recently_seen": hours(-3)},
            "The last one was seen today at 09:00.",
        ),
    ],
)
def test_missing_provisioner_is_explained(matched: dict[str, Any], text: str) -> None:
    assert text in notice_of("pending", "no-provisioner", build_matched_provisioners=matched).text


def test_deleted_workspace_shows_only_when_and_by_whom_it_was_deleted() -> None:
    header = header_of(
        "deleted", outdated=True, dormant_at=hours(-1), build_initiator_name="tina", job_completed_at=hours(-2)
    )
    assert notice_keys(header) == ["deleted"]
    assert "tina deleted the workspace today at 10:00." in header.notices[0].text


# ---- blocked autostart

SCHEDULED: dict[str, Any] = {"autostart_schedule": "CRON_TZ=Europe/Dublin 30 9 * * 1-5", "next_start_at": hours(21)}


@pytest.mark.parametrize(
    ("status", "changes", "expected"),
    [
        ("stopped", {}, []),
        ("stopped", {"next_start_at": None}, ["autostart"]),
        ("running", {"next_start_at": None}, ["autostart"]),
        ("starting", {"next_start_at": None}, []),
        ("stopped", {"next_start_at": None, "autostart_schedule": None}, []),
        ("stopped", {"next_start_at": None, "dormant_at": hours(-1)}, ["dormant"]),
        ("failed", {}, ["failed", "autostart"]),
        ("canceled", {"transition": "start"}, ["autostart"]),
        ("canceled", {"transition": "stop"}, []),
    ],
)
def test_blocked_autostart_is_reported_unless_another_reason_covers_it(
    status: str, changes: dict[str, Any], expected: list[str]
) -> None:
    assert notice_keys(header_of(status, **SCHEDULED | changes)) == expected


# ---- agents


def test_missing_provisioner_reason_lists_required_tags() -> None:
    tags = {"owner": "", "scope": "organization", "gpu": "a100", "zone": "eu"}
    no_provisioner = {"count": 0, "available": 0, "most_recently_seen": None}
    notice = notice_of("pending", "no-provisioner", build_matched_provisioners=no_provisioner, job_tags=tags)
    assert "Required tags: gpu=a100, zone=eu." in notice.text
    untagged = notice_of(
        "pending", "no-provisioner", build_matched_provisioners=no_provisioner, job_tags={"scope": "organization"}
    )
    assert "tags" not in untagged.text


def test_disconnected_agent_offers_restart_and_help_link() -> None:
    agents = [{"status": "disconnected", "name": "main", "troubleshooting_url": "https://example.com/help"}]
    notice = notice_of("running", "disconnected", agents=agents)
    assert (suggested_action(notice), notice.url) == ("restart", "https://example.com/help")
    assert suggested_action(notice_of("running", "disconnected", agents=agents, capabilities=OLD)) == "restart"


def test_only_one_of_several_agents_in_trouble_offers_restart() -> None:
    agents = [{"status": "disconnected", "name": "one"}, {"status": "timeout", "name": "two"}]
    assert [suggested_action(notice) for notice in header_of(agents=agents).notices] == ["restart", ""]


def test_failed_startup_script_offers_no_restart() -> None:
    notice = notice_of("running", "start_error", agents=[{"status": "connected", "lifecycle_state": "start_error"}])
    assert suggested_action(notice) == ""


# ---- dormancy, deletion, autostop, updates


def test_dormant_workspace_offers_activate() -> None:
    notice = notice_of("stopped", "dormant", dormant_at=hours(-1))
    assert (notice.tone, suggested_action(notice)) == ("warn", "activate")


def test_dormant_workspace_shows_deletion_time() -> None:
    notice = notice_of("stopped", "dormant", dormant_at=hours(-1), deleting_at=hours(72))
    assert notice.tone == "bad"
    assert notice.text == "Coder deletes the workspace on Saturday at 12:00 unless it is activated before then."


def test_deletion_is_shown_for_workspace_that_is_not_dormant() -> None:
    assert notice_of("stopped", "dormant", deleting_at=hours(72)).title == "This workspace will be deleted"


@pytest.mark.parametrize("status", ["deleting", "failed"])
def test_outdated_reason_is_hidden_during_or_after_failed_deletion(status: str) -> None:
    assert "outdated" not in notice_keys(header_of(status, transition="delete", outdated=True))


@pytest.mark.parametrize("capabilities", [OLD, NEW], ids=["2.19", "2.36"])
@pytest.mark.parametrize(("status", "primary"), [("running", ""), ("stopped", "start")])
def test_optional_update_is_button_and_no_notice(capabilities: CoderCapabilities, status: str, primary: str) -> None:
    header = header_of(status, outdated=True, capabilities=capabilities)
    assert "outdated" not in notice_keys(header)
    assert header.actions.update
    assert header.actions.update.name == "update"
    assert "update" not in [action.name for action in header.actions.quiet]
    assert (header.actions.primary.name if header.actions.primary else "") == primary


def test_deadline_within_the_hour_is_marked_and_can_be_moved() -> None:
    header = header_of(build_deadline=hours(0.5), build_max_deadline=hours(30))
    assert (header.stops_soon, header.can_shorten, header.can_lengthen) == (True, False, True)
    assert [preset.label for preset in header.presets][:2] == ["+1 hour", "+4 hours"]
    assert not header_of(build_deadline=hours(2)).stops_soon


def test_required_update_is_shown_as_warning() -> None:
    notice = notice_of("stopped", "must-update", outdated=True, template_require_active_version=True)
    assert (notice.tone, suggested_action(notice)) == ("warn", "update")


def test_update_is_explained_by_template_or_by_automatic_updates() -> None:
    by_template = notice_of("stopped", "must-update", outdated=True, template_require_active_version=True)
    by_workspace = notice_of("stopped", "must-update", outdated=True, automatic_updates="always")
    assert by_template.text == "The template requires the active version."
    assert by_workspace.text == "Automatic updates are on: the next start uses the active version."


@pytest.mark.parametrize("status", STATUSES)
def test_reader_is_offered_no_action_in_reasons(status: str) -> None:
    changes: dict[str, Any] = {"outdated": True, "dormant_at": hours(-1), "deleting_at": hours(1)}
    header = header_of(status, READER, agents=[{"status": "disconnected"}], **changes)
    assert [notice.action for notice in header.notices] == [None] * len(header.notices)


def test_most_urgent_reason_is_first() -> None:
    header = header_of(
        "failed", outdated=True, dormant_at=hours(-1), agents=[{"status": "disconnected"}], rights=SITE_OWNER
    )
    assert notice_keys(header) == ["failed", "dormant"]
    assert all(notice.icon and notice.title and (notice.text or notice.quote) for notice in header.notices)


# ---- times and facts


def test_header_shows_deadline_and_latest_deadline() -> None:
    header = header_of(build_deadline=hours(6.5), build_max_deadline=hours(30))
    assert header.deadline is not None
    assert header.max_deadline is not None
    assert header.deadline.short == "today at 18:30"
    assert header.max_deadline.short == "tomorrow at 18:00"


@pytest.mark.parametrize("changes", [{"status": "stopped"}, {"dormant_at": hours(-1)}, {"build_deadline": None}])
def test_stopped_dormant_or_manual_workspace_has_no_deadline(changes: dict[str, Any]) -> None:
    assert header_of(**({"build_deadline": hours(6)} | changes)).deadline is None


def test_header_shows_autostart_next_start_and_ttl_in_words() -> None:
    header = header_of(
        "stopped",
        autostart_schedule="CRON_TZ=Europe/Dublin 30 9 * * 1-5",
        next_start_at=hours(21.5),
        ttl_ms=28_800_000,
    )
    assert header.autostart == "Monday to Friday at 09:30, Europe/Dublin"
    assert header.next_start is None  # the summary says it
    assert header.row.summary == "starts tomorrow at 09:30"
    assert header.ttl == "8 hours"


@pytest.mark.parametrize(
    "changes", [{"status": "failed"}, {"status": "canceled", "transition": "start"}, {"dormant_at": hours(-1)}]
)
def test_next_start_is_hidden_when_autostart_will_not_happen(changes: dict[str, Any]) -> None:
    assert header_of(**{"status": "stopped", **SCHEDULED, **changes}).next_start is None


def test_workspace_without_schedule_has_no_schedule_words() -> None:
    header = header_of("stopped", autostart_schedule=None, next_start_at=None, ttl_ms=None)
    assert (header.autostart, header.next_start, header.ttl) == ("", None, "")


def test_header_links_to_coder_dashboard() -> None:
    assert header_of(name="web-api").coder_url == "https://coder.example.com/@alice/web-api"


def test_header_refreshes_sooner_while_build_is_in_progress() -> None:
    assert (header_of("starting").refresh_s, header_of("running").refresh_s) == (5, 30)


# ---- recorded workspaces


def recorded_workspaces(version: str) -> list[Any]:
    """Return the JSON of every complete workspace in the recordings of this version."""
    answers = (json.loads(path.read_text())["response"]["body"] for path in (RECORDED / version).rglob("*.json"))
    return [body for body in answers if isinstance(body, dict) and "latest_build" in body]


@pytest.mark.parametrize(("version", "capabilities"), [("2.19", OLD), ("2.36", NEW)])
def test_every_recorded_workspace_has_header(version: str, capabilities: CoderCapabilities) -> None:
    workspaces = recorded_workspaces(version)
    assert len(workspaces) > 10
    for body in workspaces:
        web = msgspec.convert(body, Workspace)
        header = make_header(web, viewer(capabilities=capabilities))
        assert header.row.status.key == web.latest_build.status
        assert header.row.status.label != "Unknown"
        assert header.last_built.full.endswith("Europe/Dublin")


def test_recorded_queued_build_is_next_in_queue() -> None:
    web = msgspec.convert(recorded_body("get-queued"), Workspace)
    (queue,) = make_header(web, viewer(now=NOW)).notices
    assert (queue.key, queue.title) == ("queue", "Position 1 of 1 in the build queue")


@pytest.mark.parametrize(
    ("phase", "status", "text"),
    [
        ("stop", "running", "The workspace stops, then starts again."),
        ("stopping", "running", "The stop was requested. Next, the workspace starts."),
        ("stopping", "stopping", "The workspace is stopping. Next, it starts."),
        ("stopping", "stopped", "The workspace has stopped. Next, it starts."),
        ("starting", "stopped", "The workspace has stopped. The start was requested."),
        ("starting", "starting", "The workspace has stopped and is starting."),
    ],
)
def test_operation_notice_says_what_holds_for_the_workspace(phase: str, status: str, text: str) -> None:
    web = workspace(status)
    work = OngoingOperation(operation_id=UUID(int=1), kind="restart", phase=phase)
    notice = next(each for each in make_header(web, viewer(operations={web.id: work})).notices if each.operation_id)
    assert notice.text == f"{text} You can close this page."
