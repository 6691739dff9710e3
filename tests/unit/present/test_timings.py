"""Test build timings: stages with their steps on one time axis, and a comparison."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import NOW, recorded_body, workspace
from workspaces.coder.build_types import ConnectionTiming, ProvisionerTiming, ScriptTiming, Timings
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.charts import Axis, Span, make_bar, make_scale
from workspaces.present.builds.timings import MAX_RESOURCES, BuildTimings, TimingRow, make_build_timings

NEVER = datetime(1, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    """Return the time this many seconds after the start of the build."""
    return NOW + timedelta(seconds=seconds)


def resource_timing(resource: str, start_s: float, end_s: float, stage: str = "apply") -> ProvisionerTiming:
    """Return the timing of a resource, from `start_s` to `end_s` seconds after the start of the build."""
    return ProvisionerTiming(
        job_id=uuid4(),
        started_at=after(start_s),
        ended_at=after(end_s),
        stage=stage,
        source="kubernetes",
        action="create",
        resource=resource,
    )


def script_timing(start_s: float, end_s: float, **fields: Any) -> ScriptTiming:
    """Return the timing of a script, from `start_s` to `end_s` seconds after the start of the build."""
    facts: dict[str, Any] = {"exit_code": 0, "stage": "start", "status": "ok", "display_name": "Startup"} | fields
    agent = {"workspace_agent_id": uuid4(), "workspace_agent_name": "main"}
    return ScriptTiming(started_at=after(start_s), ended_at=after(end_s), **(facts | agent))


def connection_timing(start: datetime, end: datetime) -> ConnectionTiming:
    """Return the timing of an agent's connection."""
    return ConnectionTiming(
        started_at=start, ended_at=end, stage="connect", workspace_agent_id=uuid4(), workspace_agent_name="main"
    )


def build(number: int = 1, took_s: float = 40.0, **changes: Any) -> WorkspaceBuild:
    """Return a successful start that took `took_s` seconds."""
    latest = workspace().latest_build
    job = replace(latest.job, status="succeeded", started_at=NOW, completed_at=after(took_s))
    facts: dict[str, Any] = {"build_number": number, "job": job} | changes
    return replace(latest, **facts)


def timings_page(timings: Timings, current: WorkspaceBuild | None = None, *earlier: WorkspaceBuild) -> BuildTimings:
    """Return the timings of a build, compared with the earlier builds."""
    return make_build_timings(current or build(), timings, earlier)


def rows_of(page: BuildTimings) -> list[TimingRow]:
    """Return all lines of the timeline, from the top."""
    return [row for group in page.groups for row in (group.row, *group.steps)]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_timings_list_stages_resources_connection_and_scripts(version: str) -> None:
    timings = msgspec.convert(recorded_body("timings-agent", version), Timings)
    page = timings_page(timings)
    resources = ["data.coder_workspace.me", "kubernetes_pod.dev", "kubernetes_persistent_volume_claim.home"]
    assert [(group.row.label, [step.label for step in group.steps]) for group in page.groups] == [
        ("Planning", resources),
        ("Applying", resources),
        ("Connecting: main", []),
        ("Startup scripts: Startup on main", []),
    ]
    assert all(row.bar for row in rows_of(page))


def test_unfinished_connection_is_reported_as_waiting_instead_of_part() -> None:
    page = timings_page(Timings(agent_connection_timings=(connection_timing(NOW, NEVER),)))
    assert (page.groups, page.ticks) == ((), ())
    assert page.pending == ("Agent main has not connected yet.",)


@pytest.mark.parametrize("timing", [connection_timing(NEVER, NEVER), connection_timing(after(9), after(3))])
def test_timings_with_zero_start_or_end_before_start_are_omitted(timing: ConnectionTiming) -> None:
    page = timings_page(Timings(agent_connection_timings=(timing,)))
    assert (page.groups, page.ticks, page.pending) == ((), (), ())


def test_many_resources_show_longest_and_combine_others_in_one_line() -> None:
    timings = tuple(resource_timing(f"thing.{number}", 0, number + 1) for number in range(400))
    page = timings_page(Timings(provisioner_timings=timings))
    names = [row.label for row in rows_of(page)]
    assert len(names) == 1 + MAX_RESOURCES + 1
    assert names[-1] == "388 more"
    assert {"thing.399", "thing.388"} <= set(names)
    assert "thing.387" not in names


def test_failed_script_shows_exit_code_or_time_limit() -> None:
    page = timings_page(
        Timings(
            agent_script_timings=(
                script_timing(0, 3, exit_code=2, status="exit_failure"),
                script_timing(0, 9, status="timed_out"),
            )
        )
    )
    (group,) = page.groups
    assert group.is_open
    assert [(step.note, step.failed) for step in group.steps] == [("exit code 2", True), ("timed out", True)]


def test_stop_and_cron_scripts_are_listed_apart_after_startup_scripts() -> None:
    scripts = (script_timing(50, 51, stage="cron"), script_timing(60, 61, stage="stop"), script_timing(0, 3))
    page = timings_page(Timings(agent_script_timings=scripts))
    assert [row.bar.kind for row in rows_of(page) if row.bar] == ["part", "apart", "apart"]
    assert [row.label.split(":")[0] for row in rows_of(page)] == [
        "Startup scripts",
        "Shutdown scripts",
        "Scheduled scripts",
    ]


@pytest.mark.parametrize(
    ("took_s", "text"),
    [
        (41, "Took 41 s, about as long as usual."),
        (80, "Took 1 min 20 s, longer than usual."),
        (10, "Took 10 s, less than usual."),
    ],
)
def test_start_duration_is_compared_with_median_of_earlier_starts(took_s: float, text: str) -> None:
    earlier = [build(number, took) for number, took in ((8, 500.0), (6, 40.0), (4, 39.0), (3, 41.0), (2, 40.0))]
    median = "Median of this workspace’s previous 4 successful starts: 40 s."
    assert timings_page(Timings(), build(7, took_s), *earlier).duration_text == f"{text} {median}"


def test_median_uses_only_last_ten_successful_builds_of_same_transition() -> None:
    failed = replace(build(1).job, status="failed")
    earlier = [build(30 - number, 40.0) for number in range(1, 11)]
    earlier += [build(15, 999.0), build(14, 1.0, transition="stop"), build(13, 1.0, job=failed)]
    assert "previous 10 successful starts: 40 s." in timings_page(Timings(), build(30, 40.0), *earlier).duration_text


def test_duration_is_not_compared_with_fewer_than_three_earlier_builds() -> None:
    assert timings_page(Timings(), build(3), build(2), build(1)).duration_text == "Took 40 s."


def test_running_build_has_no_duration() -> None:
    running = replace(build().job, status="running", completed_at=None)
    page = timings_page(Timings(), build(job=running))
    assert (page.is_running, page.duration_text) == (True, "")


def test_agent_ready_time_is_shown_for_start_but_not_for_stop() -> None:
    timings = Timings(
        agent_connection_timings=(connection_timing(after(40), after(45)),),
        agent_script_timings=(script_timing(45, 62),),
    )
    assert timings_page(timings).ready_text == "Agents were ready 1 min 2 s after the build started."
    assert timings_page(timings, build(transition="stop")).ready_text == ""


@pytest.mark.parametrize(
    "timings",
    [
        Timings(),
        Timings(provisioner_timings=(resource_timing("pod.dev", 0, 39),)),
        Timings(agent_script_timings=(script_timing(50, 60, stage="cron"),)),
        Timings(agent_script_timings=(script_timing(300_000, 300_001),)),
        Timings(agent_script_timings=(script_timing(41, 50, exit_code=1),)),
        Timings(
            agent_script_timings=(script_timing(41, 50),),
            agent_connection_timings=(connection_timing(after(40), NEVER),),
        ),
    ],
    ids=["no timings", "the build alone", "by the clock", "days later", "a script failed", "one has not connected"],
)
def test_agent_ready_time_is_omitted_when_unknown_or_not_after_build(timings: Timings) -> None:
    assert timings_page(timings).ready_text == ""


def test_longest_step_is_named_and_its_stage_is_open() -> None:
    timings = Timings(
        provisioner_timings=(
            resource_timing("data.me", 0, 1, "plan"),
            resource_timing("disk.home", 1, 3),
            resource_timing("pod.dev", 1, 10),
        )
    )
    page = timings_page(timings)
    assert page.longest_text == "Longest step: pod.dev (Applying), 9 s."
    assert [(group.row.label, group.is_open) for group in page.groups] == [("Planning", False), ("Applying", True)]


def test_steps_without_stage_get_one_that_covers_them() -> None:
    scripts = (script_timing(5, 8, display_name="Clone"), script_timing(6, 9, display_name="Install"))
    (group,) = timings_page(Timings(agent_script_timings=scripts)).groups
    assert (group.row.label, group.row.duration) == ("Startup scripts", "4 s")
    assert [step.label for step in group.steps] == ["Clone on main", "Install on main"]
    assert group.row.bar
    assert group.row.bar.width == "100.00%"


def parse_percent(text: str) -> float:
    """Return the number of a CSS percentage."""
    return float(text.removesuffix("%"))


moments = st.floats(0, 200_000, allow_nan=False)


@given(st.lists(st.tuples(moments, moments), min_size=1, max_size=30))
def test_bars_and_ticks_stay_within_axis_for_any_spans(pairs: list[tuple[float, float]]) -> None:
    spans = [Span(group="g", name="n", start=after(min(pair)), end=after(max(pair))) for pair in pairs]
    axis = Axis(spans)
    ticks = make_scale(axis)
    for bar in (make_bar(span, axis) for span in spans):
        assert parse_percent(bar.x) >= 0
        assert parse_percent(bar.x) + parse_percent(bar.width) <= 100.02
        assert parse_percent(bar.width) > 0
    assert all(0 <= parse_percent(tick.x) <= 100.02 for tick in ticks)
    assert len(ticks) <= 31


def test_axis_cuts_and_labels_long_gap() -> None:
    spans = [
        Span(group="a", name="build", start=after(0), end=after(10)),
        Span(group="b", name="connect", start=after(310), end=after(320)),
    ]
    axis = Axis(spans)
    first, second = (make_bar(span, axis) for span in spans)
    assert parse_percent(first.width) == pytest.approx(parse_percent(second.width), abs=0.1)
    assert [(tick.label, tick.is_gap) for tick in make_scale(axis)] == [("5 min later", True)]


def test_ticks_are_at_round_seconds() -> None:
    axis = Axis([Span(group="a", name="build", start=after(0), end=after(43))])
    assert [tick.label for tick in make_scale(axis)] == ["0 s", "10 s", "20 s", "30 s", "40 s"]


def test_step_lasting_days_is_listed_without_bar() -> None:
    page = timings_page(Timings(agent_connection_timings=(connection_timing(after(0), after(200_000)),)))
    assert [(row.label, row.bar) for row in rows_of(page)] == [("Connecting: main", None)]
    assert page.ticks == ()
