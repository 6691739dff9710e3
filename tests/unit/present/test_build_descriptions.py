"""Test the description, durations and history days of builds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.unit.samples import DUBLIN, NOW, hours, viewer, workspace
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.descriptions import (
    build_title,
    duration_text,
    first_error_line,
    make_job_status,
    queue_time,
    run_time,
)
from workspaces.present.builds.history import day_label, make_history


def build(
    transition: str = "start", reason: str = "initiator", job: str = "succeeded", **changes: Any
) -> WorkspaceBuild:
    """Return a build by alice."""
    facts = {f"build_{name}": value for name, value in {"build_number": 7, "reason": reason, **changes}.items()}
    return workspace(transition=transition, job_status=job, **facts).latest_build


@pytest.mark.parametrize(
    ("transition", "reason", "words"),
    [
        ("start", "initiator", "Started by alice"),
        ("stop", "initiator", "Stopped by alice"),
        ("delete", "initiator", "Deleted by alice"),
        ("start", "autostart", "Started by autostart"),
        ("stop", "autostop", "Stopped by autostop"),
        ("stop", "dormancy", "Stopped due to inactivity"),
        ("delete", "autodelete", "Deleted because it was dormant for too long"),
        ("start", "dashboard", "Started by alice in Coder’s dashboard"),
        ("stop", "cli", "Stopped by alice with the CLI"),
        ("start", "ssh_connection", "Started because alice connected over SSH"),
        ("start", "vscode_connection", "Started because alice connected with VS Code"),
        ("start", "jetbrains_connection", "Started because alice connected with a JetBrains IDE"),
        ("stop", "task_auto_pause", "Stopped because its task was idle"),
        ("stop", "task_manual_pause", "Stopped by alice, who paused its task"),
        ("start", "task_resume", "Started by alice, who resumed its task"),
        ("start", "full_moon", "Started by alice: full_moon"),
        ("hibernate", "initiator", "hibernate by alice"),
    ],
)
def test_build_reason_is_worded_and_unknown_reason_is_shown_verbatim(transition: str, reason: str, words: str) -> None:
    assert build_title(build(transition, reason)) == words


@pytest.mark.parametrize("job", ["pending", "running", "canceling", "canceled", "failed"])
def test_build_that_did_not_succeed_is_not_described_as_done(job: str) -> None:
    assert build_title(build("stop", "autostop", job)) == "Stop requested by autostop"
    assert build_title(build("start", "cli", job)) == "Start requested by alice with the CLI"


def test_first_build_is_described_as_creation_only_when_it_succeeds() -> None:
    assert build_title(build(build_number=1)) == "Created by alice"
    assert build_title(build(job="failed", build_number=1)) == "Creation requested by alice"


@pytest.mark.parametrize("job", ["pending", "running", "succeeded", "canceling", "canceled", "failed", "lost"])
def test_every_job_status_has_label_and_icon(job: str) -> None:
    status = make_job_status(build(job=job).job)
    assert (status.key, bool(status.label), bool(status.icon)) == (job, True, True)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "under 0.1 s"),
        (0.048, "under 0.1 s"),
        (0.31, "0.3 s"),
        (0.97, "1 s"),
        (41.4, "41 s"),
        (59.7, "1 min"),
        (125, "2 min 5 s"),
        (3599.8, "1 h"),
        (3780, "1 h 3 min"),
        (90000, "25 h"),
    ],
)
def test_duration_is_rounded_to_readable_units(seconds: float, words: str) -> None:
    assert duration_text(timedelta(seconds=seconds)) == words


def test_queue_time_is_separate_from_run_time() -> None:
    moments: dict[str, Any] = {"created_at": hours(-1), "started_at": hours(-0.9), "completed_at": hours(-0.5)}
    latest_build = workspace(**{f"job_{name}": at for name, at in moments.items()}).latest_build
    assert (queue_time(latest_build), run_time(latest_build)) == (timedelta(minutes=6), timedelta(minutes=24))


def test_clock_that_goes_backwards_gives_zero_durations() -> None:
    moments: dict[str, Any] = {"created_at": hours(-1), "started_at": hours(-2), "completed_at": hours(-3)}
    latest_build = workspace(**{f"job_{name}": at for name, at in moments.items()}).latest_build
    assert (queue_time(latest_build), run_time(latest_build)) == (timedelta(0), timedelta(0))


def test_pending_build_has_no_durations() -> None:
    latest_build = workspace("pending", job_started_at=None, job_completed_at=None).latest_build
    assert (queue_time(latest_build), run_time(latest_build)) == (None, None)


def test_error_summary_is_first_non_empty_line() -> None:
    assert first_error_line("\n \n\x1b[1mError:\x1b[0m no space\r\nleft") == "Error: no space"
    assert first_error_line("") == ""


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 25), "Today"),
        (date(2026, 11, 24), "Yesterday"),
        (date(2026, 11, 23), "Monday, November 23"),
        (date(2025, 12, 31), "Wednesday, December 31, 2025"),
    ],
)
def test_history_day_is_worded_as_heading(day: date, words: str) -> None:
    assert day_label(day, viewer()) == words


def test_history_groups_builds_by_local_day_of_viewer() -> None:
    summer = datetime(2026, 7, 1, 23, 30, tzinfo=UTC)  # 00:30 on the next day in Dublin
    web = workspace(build_created_at=summer)
    days = make_history(
        web, [web.latest_build], viewer(zone=DUBLIN), may_choose_version=False, first_page=1, page=1
    ).days
    assert [(day.iso, day.entries[0].created.short) for day in days] == [("2026-07-02", "00:30")]
    assert viewer().now == NOW
