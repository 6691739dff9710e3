"""Test the row of one workspace."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.samples import (
    NEW,
    NOW,
    OLD,
    OWNER,
    READER,
    SITE_OWNER,
    STATUSES,
    hours,
    recorded_body,
    viewer,
    workspace,
)
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.decisions import decide, primary_action
from workspaces.present.action_buttons import BUTTONS
from workspaces.present.page_models import Row
from workspaces.present.workspace_list.rows import make_row

AVAILABLE_PROVISIONERS = {"count": 3, "available": 3, "most_recently_seen": None}
NO_PROVISIONER = {"count": 3, "available": 0, "most_recently_seen": None}


def row_of(status: str = "running", **changes: Any) -> Row:
    """Return the row of a workspace with this status and these changes."""
    return make_row(workspace(status, **changes), viewer())


def badge_keys(row: Row) -> list[str]:
    """Return the keys of the row's badges."""
    return [badge.key for badge in row.badges]


# ---- the status


@pytest.mark.parametrize(
    ("status", "word", "tone"),
    [
        ("pending", "Pending", "busy"),
        ("starting", "Starting", "busy"),
        ("running", "Running", "ok"),
        ("stopping", "Stopping", "busy"),
        ("stopped", "Stopped", "off"),
        ("failed", "Failed", "bad"),
        ("canceling", "Canceling", "busy"),
        ("canceled", "Canceled", "off"),
        ("deleting", "Deleting", "warn"),
        ("deleted", "Deleted", "off"),
    ],
)
def test_status_has_word_tone_and_icon(status: str, word: str, tone: str) -> None:
    badge = row_of(status).status
    assert (badge.key, badge.label, badge.tone) == (status, word, tone)
    assert badge.icon


def test_settled_statuses_have_distinct_icons() -> None:
    icons = [row_of(status).status.icon for status in ("running", "stopped", "failed", "canceled", "deleted")]
    assert len(set(icons)) == len(icons)


def test_unknown_status_is_shown_with_coders_word_in_hint_and_no_actions() -> None:
    row = row_of("frozen")
    assert (row.status.key, row.status.label, row.status.tone) == ("unknown", "Unknown", "off")
    assert "“frozen”" in row.status.tooltip
    assert row.primary_action is None
    assert row.menu_actions == ()
    assert "“frozen”" in row.note


def test_running_workspace_with_disconnected_agent_shows_warning() -> None:
    row = row_of(agents=[{"status": "disconnected", "name": "main"}])
    assert (row.status.key, row.status.tone) == ("running", "warn")
    assert row.status.tooltip == "Agent main is disconnected"
    assert badge_keys(row) == ["unhealthy"]
    assert row.badges[0].tone == "bad"


@pytest.mark.parametrize("status", STATUSES)
def test_row_is_in_transition_only_for_transitional_statuses(status: str) -> None:
    expected = status in {"pending", "starting", "stopping", "canceling", "deleting"}
    assert row_of(status).in_transition is expected


# ---- the line


@pytest.mark.parametrize(
    ("status", "changes", "line"),
    [
        ("running", {"build_deadline": hours(6.5)}, "stops today at 18:30"),
        ("running", {"build_deadline": hours(-1)}, "was scheduled to stop today at 11:00"),
        ("running", {"build_deadline": None}, ""),
        ("running", {"build_deadline": "0001-01-01T00:00:00Z"}, ""),
        ("running", {"build_deadline": hours(6.5), "dormant_at": hours(-1)}, ""),
        ("stopped", {"next_start_at": hours(5 * 24 - 2.5)}, "starts on Monday at 09:30"),
        ("stopped", {"next_start_at": hours(-1)}, ""),
        ("stopped", {"next_start_at": hours(1), "dormant_at": hours(-1)}, ""),
        ("stopped", {}, ""),
        ("stopped", {"dormant_at": hours(-1), "deleting_at": hours(72)}, "will be deleted on Saturday at 12:00"),
        ("running", {"dormant_at": hours(-1), "deleting_at": hours(72)}, "will be deleted on Saturday at 12:00"),
        ("starting", {"job_started_at": hours(-0.5)}, "since today at 11:30"),
        ("stopping", {"job_started_at": hours(-0.5)}, "since today at 11:30"),
        ("starting", {"job_started_at": None}, ""),
        ("deleted", {"deleting_at": hours(-1)}, ""),
    ],
)
def test_line_shows_next_event_with_absolute_time(status: str, changes: dict[str, Any], line: str) -> None:
    row = row_of(status, **changes)
    assert row.summary == line
    assert (row.summary_time is None) is (line == "")


def test_line_time_includes_zone_and_relative_time() -> None:
    at = row_of(build_deadline=hours(6.5)).summary_time
    assert at is not None
    assert (at.full, at.relative) == ("today at 18:30, Europe/Dublin", "in 7 h")


SECOND: dict[str, Any] = {"job_queue_position": 2, "job_queue_size": 3}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (SECOND | {"build_matched_provisioners": AVAILABLE_PROVISIONERS}, "position 2 of 3 in the build queue"),
        (SECOND | {"build_matched_provisioners": None}, "position 2 of 3 in the build queue"),
        ({"job_queue_size": 0, "build_matched_provisioners": AVAILABLE_PROVISIONERS}, "waiting for a provisioner"),
        ({"job_queue_size": 3, "build_matched_provisioners": NO_PROVISIONER}, "no provisioner is available"),
    ],
)
def test_pending_line_shows_queue_position_or_missing_provisioner(changes: dict[str, Any], line: str) -> None:
    assert row_of("pending", **changes).summary == line


def test_pending_row_has_badge_only_when_no_provisioner_is_available() -> None:
    assert badge_keys(row_of("pending", build_matched_provisioners=NO_PROVISIONER)) == ["no-provisioner"]
    assert badge_keys(row_of("pending", build_matched_provisioners=AVAILABLE_PROVISIONERS)) == []


def test_job_error_is_shown_on_one_line() -> None:
    row = row_of("failed", job_error="terraform apply:\n  exit status 1\n\n\tInsufficient quota")
    assert row.summary == "terraform apply: exit status 1 Insufficient quota"


def test_long_job_error_is_truncated() -> None:
    row = row_of("failed", job_error="x" * 1000)
    assert len(row.summary) == 160
    assert row.summary.endswith("x…")


# ---- badges


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, []),
        ({"outdated": True}, ["outdated"]),
        ({"outdated": True, "template_require_active_version": True}, ["must-update"]),
        ({"outdated": True, "automatic_updates": "always"}, ["must-update"]),
        ({"automatic_updates": "always"}, []),
        ({"dormant_at": hours(-1)}, ["dormant"]),
        ({"dormant_at": hours(-1), "deleting_at": hours(72)}, ["deleted-soon", "dormant"]),
        ({"dormant_at": hours(-1), "deleting_at": hours(15 * 24)}, ["dormant"]),
        ({"is_prebuild": True}, ["prebuild"]),
        ({"build_has_external_agent": True}, ["external"]),
        (
            {"shared_with": [{"id": "50aa833d-5b69-4caa-a563-431cecfb60b9", "actor_type": "user", "name": "bob"}]},
            ["shared"],
        ),
        ({"shared_with": None}, []),
    ],
)
def test_badges_are_sorted_by_urgency(changes: dict[str, Any], expected: list[str]) -> None:
    assert badge_keys(row_of("stopped", **changes)) == expected


@pytest.mark.parametrize(
    ("days_left", "word"),
    [(72, "Deletion in 3 days"), (24, "Deletion in 1 day"), (3, "Deletion today"), (-5, "Deletion today")],
)
def test_deletion_badge_counts_remaining_days(days_left: float, word: str) -> None:
    assert row_of("stopped", dormant_at=hours(-1), deleting_at=hours(days_left)).badges[0].label == word


def test_shared_badge_hint_lists_users() -> None:
    actors = [
        {"id": "50aa833d-5b69-4caa-a563-431cecfb60b9", "actor_type": "user", "name": name} for name in ("bob", "tina")
    ]
    assert row_of(shared_with=actors).badges[0].tooltip == "Shared with bob, tina."


def test_row_names_the_owner_where_it_is_another_person() -> None:
    assert (row_of().names_owner, row_of(owner_id=workspace().id).names_owner) == (False, True)


def test_deleted_workspace_has_no_badges() -> None:
    assert badge_keys(row_of("deleted", outdated=True, dormant_at=hours(-1), deleting_at=hours(-1))) == []


# ---- actions


def test_primary_action_is_separate_and_unavailable_action_has_reason() -> None:
    row = make_row(workspace(dormant_at=hours(-1)), viewer(capabilities=OLD))
    assert row.primary_action is not None
    assert (row.primary_action.name, row.primary_action.url_name) == ("activate", "dormant")
    (restart,) = (action for action in row.menu_actions if action.name == "restart")
    assert restart.allowed is False
    assert restart.reason == "The workspace is dormant. Activate it first."
    assert row.note == ""


def test_reader_row_has_no_actions_and_shows_reason_as_note() -> None:
    row = make_row(workspace(), viewer(READER))
    assert row.primary_action is None
    assert row.menu_actions == ()
    assert row.note == "You can view this workspace, but not change it."


def test_row_offers_nothing_when_rights_are_unknown() -> None:
    row = make_row(workspace(), replace(viewer(), rights={}))
    assert row.primary_action is None
    assert not row.can_favorite


def test_pending_row_explains_missing_cancel_in_old_coder() -> None:
    row = make_row(workspace("pending"), viewer(capabilities=OLD))
    assert (row.primary_action, row.menu_actions) == (None, ())
    assert "cannot cancel a queued build" in row.note


@pytest.mark.parametrize("status", ["canceling", "deleted"])
def test_canceling_and_deleted_rows_have_no_actions_and_no_note(status: str) -> None:
    row = row_of(status)
    assert (row.primary_action, row.menu_actions, row.note) == (None, (), "")


@pytest.mark.parametrize(
    ("status", "changes", "name", "label", "posts"),
    [
        ("stopped", {}, "start", "Start", ("builds", "transition", "start")),
        ("running", {}, "stop", "Stop", ("builds", "transition", "stop")),
        ("running", {}, "restart", "Restart", ("builds", "transition", "restart")),
        ("running", {"outdated": True}, "update", "Update and restart", ("builds", "transition", "update")),
        ("stopped", {"outdated": True}, "update", "Update and start", ("builds", "transition", "update")),
        ("failed", {"transition": "start"}, "retry", "Retry start", ("builds", "transition", "retry")),
        ("failed", {"transition": "stop"}, "retry", "Retry stop", ("builds", "transition", "retry")),
        ("failed", {"transition": "delete"}, "retry", "Retry delete", ("builds", "transition", "retry")),
        ("failed", {"transition": "thaw"}, "retry", "Retry", ("builds", "transition", "retry")),
        ("pending", {}, "cancel", "Cancel build", ("cancel", "", "")),
        ("stopped", {}, "dormant", "Make dormant", ("dormant", "dormant", "true")),
        ("stopped", {"dormant_at": hours(-1)}, "activate", "Activate", ("dormant", "dormant", "false")),
    ],
)
def test_action_has_label_url_field_and_value(
    status: str, changes: dict[str, Any], name: str, label: str, posts: tuple[str, str, str]
) -> None:
    row = row_of(status, **changes)
    offered = {action.name: action for action in (row.primary_action, *row.menu_actions) if action}
    action = offered[name]
    assert (action.label, action.allowed) == (label, True)
    assert (action.url_name, action.field, action.value) == posts
    assert action.transition == (posts[2] if posts[1] == "transition" else "")


def test_retry_is_marked_as_danger_only_for_delete() -> None:
    dangers = {}
    for transition in ("start", "stop", "delete"):
        first = row_of("failed", transition=transition).primary_action
        assert first is not None
        dangers[transition] = first.danger
    assert dangers == {"start": False, "stop": False, "delete": True}


def test_favorite_is_disabled_with_reason_for_other_users_workspace() -> None:
    row = make_row(workspace(favorite=False, owner_name="bob"), viewer(SITE_OWNER))
    assert not row.can_favorite
    assert row.favorite_reason == "Only bob can favorite this workspace."
    assert make_row(workspace(favorite=True), viewer(OWNER)).can_favorite


# ---- template, name, icon and last use


def test_template_uses_display_name_or_name() -> None:
    row = row_of(template_name="dev", template_display_name="")
    assert (row.template, row.letter) == ("dev", "D")
    assert row_of(template_display_name="بيئة التطوير").letter == "ب"


def test_names_are_passed_on_unchanged() -> None:
    row = row_of(name="a" * 32, template_display_name="سطح المكتب <b>")
    assert (row.name, row.template) == ("a" * 32, "سطح المكتب <b>")


def test_workspaces_of_same_template_have_same_hue() -> None:
    hues = {row_of(template_name=f"template-{n}").hue for n in range(50)}
    assert hues == set(range(8))
    assert row_of(template_name="dev").hue == row_of("stopped", template_name="dev").hue


@pytest.mark.parametrize(
    ("icon", "url"),
    [
        ("/icon/k8s.png", "https://coder.example.com/icon/k8s.png"),
        ("/emojis/1f680.png", "https://coder.example.com/emojis/1f680.png"),
        ("/icon/terminal.svg", "https://coder.example.com/icon/terminal.svg?monochrome"),
        ("https://coder.example.com/icon/aws.svg", "https://coder.example.com/icon/aws.svg?whiteWithColor"),
        ("/icon/jupyter.svg", "https://coder.example.com/icon/jupyter.svg?blackWithColor"),
        ("/icon/terminal.svg?blackWithColor", "https://coder.example.com/icon/terminal.svg?blackWithColor"),
        ("/elsewhere/terminal.svg", "https://coder.example.com/elsewhere/terminal.svg"),
        ("https://coder.example.com/icon/k8s.png", "https://coder.example.com/icon/k8s.png"),
        ("https://coder.example.com.evil.example/x.png", ""),
        ("https://elsewhere.example/x.png", ""),
        ("//elsewhere.example/x.png", ""),
        ("/\\elsewhere.example/x.png", ""),
        ("data:image/svg+xml,x", ""),
        ("", ""),
    ],
)
def test_icon_is_loaded_only_from_coder(icon: str, url: str) -> None:
    assert row_of(template_icon=icon).icon_url == url


@pytest.mark.parametrize(
    ("used", "relative"),
    [(hours(-0.05), "in the last 5 minutes"), (hours(-0.5), "30 min ago"), (hours(-24 * 40), "40 days ago")],
)
@pytest.mark.parametrize("status", ["running", "stopped"])
def test_last_use_is_shown_as_long_ago_as_it_is(used: Any, relative: str, status: str) -> None:
    row = row_of(status, last_used_at=used)
    assert row.last_used is not None
    assert row.last_used.relative == relative


def test_row_stays_the_same_while_workspace_is_in_use() -> None:
    assert row_of(last_used_at=hours(-0.01)).checksum == row_of(last_used_at=hours(-0.03)).checksum


@pytest.mark.parametrize("used", ["0001-01-01T00:00:00Z", "1900-01-01T00:00:00Z"])
def test_last_use_is_empty_when_workspace_was_never_used(used: str) -> None:
    row = row_of(last_used_at=used)
    assert row.last_used is None


# ---- cache key


def test_equal_rows_are_same_cache_key() -> None:
    assert {row_of(): "html"}[row_of()] == "html"
    assert row_of().checksum == row_of().checksum


def test_row_is_equal_when_only_hidden_data_changes() -> None:
    assert row_of(build_daily_cost=7) == row_of(build_daily_cost=8)
    later = make_row(workspace(build_deadline=hours(6.9)), viewer(now=NOW + timedelta(seconds=90)))
    assert later == row_of(build_deadline=hours(6.9))


@pytest.mark.parametrize("changes", [{"name": "other"}, {"favorite": True}, {"outdated": True}])
def test_row_version_changes_with_shown_data(changes: dict[str, Any]) -> None:
    assert row_of(**changes).checksum != row_of().checksum


def test_row_differs_by_language() -> None:
    assert make_row(workspace(), viewer(language="de")) != make_row(workspace(), viewer(language="en"))


# ---- recorded responses


@pytest.mark.parametrize(("version", "capabilities"), [("2.19", OLD), ("2.36", NEW)])
def test_line_shows_recorded_job_error(version: str, capabilities: CoderCapabilities) -> None:
    body = recorded_body("get-failed", version)
    row = row_of("failed", job_error=body["latest_build"]["job"]["error"])
    assert row.summary == "terraform apply: exit status 1: Error: Insufficient quota in region eu-west"


@pytest.mark.parametrize("capabilities", [OLD, NEW], ids=["2.19", "2.36"])
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("more", [{}, {"outdated": True}, {"dormant_at": hours(-1)}])
def test_row_offers_exactly_allowed_actions(status: str, more: dict[str, Any], capabilities: CoderCapabilities) -> None:
    web = workspace(status, **more)
    row = make_row(web, viewer(capabilities=capabilities))
    offered = [action for action in (row.primary_action, *row.menu_actions) if action]
    decisions = decide(web, OWNER, capabilities)
    assert (row.primary_action.name if row.primary_action else None) == primary_action(decisions, web)
    allowed = {name for name, decision in decisions.items() if decision.allowed and decision.applicable}
    assert {action.name for action in offered if action.allowed} == allowed & set(BUTTONS)
