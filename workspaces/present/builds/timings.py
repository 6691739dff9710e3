"""The timings of a build: its stages and steps on one time axis, and a comparison with earlier builds."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from statistics import median
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.coder.build_types import ConnectionTiming, ProvisionerTiming, ScriptTiming, Timings
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.charts import MAX_DURATION, Axis, Bar, Span, Tick, make_bar, make_scale
from workspaces.present.builds.descriptions import duration_text, run_time
from workspaces.schedule import nonzero_time

STAGES = {
    "init": gettext_noop("Preparing"),
    "plan": gettext_noop("Planning"),
    "graph": gettext_noop("Building the graph"),
    "apply": gettext_noop("Applying"),
}
ACTIONS = {
    "create": gettext_noop("created"),
    "read": gettext_noop("read"),
    "update": gettext_noop("updated"),
    "delete": gettext_noop("destroyed"),
}
SCRIPTS = {
    "start": gettext_noop("Startup scripts"),
    "stop": gettext_noop("Shutdown scripts"),
    "cron": gettext_noop("Scheduled scripts"),
}
RESULTS = {
    "timed_out": gettext_noop("timed out"),
    "pipes_left_open": gettext_noop("left pipes open"),
}
MAX_RESOURCES = 12  # of a stage: the longest; the others are one row
MAX_COMPARED = 10  # earlier builds
MIN_COMPARED = 3  # for a meaningful median
MEDIANS = {
    "start": gettext_noop("Median of this workspace’s previous %(n)d successful starts: %(usual)s."),
    "stop": gettext_noop("Median of this workspace’s previous %(n)d successful stops: %(usual)s."),
    "delete": gettext_noop("Median of this workspace’s previous %(n)d successful deletions: %(usual)s."),
}
TOLERANCE = 0.15  # share of the median by which a usual build may differ


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingRow:
    """One line of the timeline."""

    label: str
    duration: str
    note: str  # the action, or how it ended
    failed: bool
    bar: Bar | None  # None if it took implausibly long


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingGroup:
    """A stage with its steps, or a single step."""

    row: TimingRow
    steps: tuple[TimingRow, ...]
    is_open: bool  # a step failed, or is the longest one


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTimings:
    """The timings of a build."""

    workspace_id: UUID
    owner: str
    name: str
    build_number: int
    groups: tuple[TimingGroup, ...]
    ticks: tuple[Tick, ...]
    duration_text: str  # a sentence with the comparison; "" until the build ends
    ready_text: str  # when agents and startup scripts were done, after the build; or ""
    longest_text: str
    pending: tuple[str, ...]  # sentences about parts that have not ended
    is_running: bool


def make_build_timings(build: WorkspaceBuild, timings: Timings, others: Sequence[WorkspaceBuild]) -> BuildTimings:
    """Return the timings of a build. `others` are builds of the same workspace."""
    spans = [*provisioner_spans(timings), *connection_spans(timings), *script_spans(timings)]
    drawn = [span for span in spans if not span.is_implausible]
    axis = Axis(drawn) if drawn else None
    longest = longest_step(drawn)
    return BuildTimings(
        workspace_id=build.workspace_id,
        owner=build.workspace_owner_name,
        name=build.workspace_name,
        build_number=build.build_number,
        groups=tuple(
            make_group(list(within), axis, longest) for _group, within in groupby(spans, key=lambda span: span.group)
        ),
        ticks=make_scale(axis) if axis else (),
        duration_text=duration_comparison(build, others),
        ready_text=ready_text(build, drawn) if build.transition == "start" and not any(pending_texts(timings)) else "",
        longest_text=longest_text(longest),
        pending=tuple(pending_texts(timings)),
        is_running=build.job.completed_at is None,
    )


def make_group(spans: Sequence[Span], axis: Axis | None, longest: Span | None) -> TimingGroup:
    """Return the group of spans that stand together. Several steps without a stage of their own get one."""
    stage, steps = spans[0], spans[1:]
    if not stage.is_stage:
        stage, steps = (cover_span(spans), spans) if steps else (with_group(stage), steps)
    return TimingGroup(
        row=make_timing_row(stage, axis),
        steps=tuple(make_timing_row(span, axis) for span in steps),
        is_open=any(span.failed or span is longest for span in steps),
    )


def with_group(span: Span) -> Span:
    """Return the only step of a group, labeled with the group."""
    return replace(span, label=_("%(stage)s: %(step)s") % {"stage": span.group, "step": span.label or span.name})


def cover_span(spans: Sequence[Span]) -> Span:
    """Return a stage from the first start to the last end of its steps, as far as these are plausible."""
    covered = [span for span in spans if not span.is_implausible] or spans
    first = covered[0]
    start, end = min(span.start for span in covered), max(span.end for span in covered)
    return Span(group=first.group, name=first.group, start=start, end=end, is_stage=True)


def make_timing_row(span: Span, axis: Axis | None) -> TimingRow:
    """Return the line of a span."""
    return TimingRow(
        label=span.label or span.name,
        duration=duration_text(span.duration),
        note=span.note,
        failed=span.failed,
        bar=make_bar(span, axis) if axis and not span.is_implausible else None,
    )


def time_bounds(timing: ProvisionerTiming | ConnectionTiming | ScriptTiming) -> tuple[datetime, datetime] | None:
    """Return start and end; None if one is missing or the end is before the start."""
    started, ended = nonzero_time(timing.started_at), nonzero_time(timing.ended_at)
    return (started, ended) if started and ended and ended >= started else None


def provisioner_spans(timings: Timings) -> Iterator[Span]:
    """Yield the stages in order, each with the resources that took longest."""
    timed = [(timing, at) for timing in timings.provisioner_timings or () if (at := time_bounds(timing))]
    stages = sorted(timed, key=lambda each: each[1][0])
    order = dict.fromkeys(timing.stage for timing, _at in stages)
    for stage in order:
        within = [(timing, at) for timing, at in stages if timing.stage == stage]
        group = _(STAGES[stage]) if stage in STAGES else stage
        start, end = min(at[0] for _timing, at in within), max(at[1] for _timing, at in within)
        yield Span(group=group, name=group, start=start, end=end, is_stage=True)
        named = [(timing, at) for timing, at in within if timing.resource]
        longest = sorted(named, key=lambda each: each[1][0] - each[1][1])[:MAX_RESOURCES]
        for timing, at in (each for each in named if each in longest):
            action = _(ACTIONS[timing.action]) if timing.action in ACTIONS else timing.action
            yield Span(group=group, name=sanitize_text(timing.resource), start=at[0], end=at[1], note=action)
        if rest := [at for each, at in named if (each, at) not in longest]:
            name = ngettext("%(n)d more", "%(n)d more", len(rest)) % {"n": len(rest)}
            yield Span(group=group, name=name, start=min(at[0] for at in rest), end=max(at[1] for at in rest))


def connection_spans(timings: Timings) -> Iterator[Span]:
    """Yield how long each agent took to connect."""
    for timing in timings.agent_connection_timings or ():
        if at := time_bounds(timing):
            name = timing.workspace_agent_name
            yield Span(group=_("Connecting"), name=name, start=at[0], end=at[1])


def script_spans(timings: Timings) -> Iterator[Span]:
    """Yield the scripts by what triggers them: a start, a stop, a schedule."""
    timings_by_stage = sorted(
        timings.agent_script_timings or (),
        key=lambda each: list(SCRIPTS).index(each.stage) if each.stage in SCRIPTS else 9,
    )
    for stage, within in groupby(timings_by_stage, key=lambda each: each.stage):
        group = _(SCRIPTS[stage]) if stage in SCRIPTS else stage
        for timing in within:
            if at := time_bounds(timing):
                failed = timing.exit_code != 0 or timing.status == "timed_out"
                name = sanitize_text(timing.display_name) or timing.workspace_agent_name
                yield Span(
                    group=group,
                    name=name,
                    label=_("%(script)s on %(agent)s") % {"script": name, "agent": timing.workspace_agent_name},
                    start=at[0],
                    end=at[1],
                    note=script_result_text(timing),
                    failed=failed,
                    is_separate=stage != "start",
                )


def script_result_text(timing: ScriptTiming) -> str:
    """Return how a script ended; "" if it succeeded."""
    if timing.status in RESULTS:
        return _(RESULTS[timing.status])
    return _("exit code %(code)d") % {"code": timing.exit_code} if timing.exit_code else ""


def pending_texts(timings: Timings) -> Iterator[str]:
    """Yield a sentence for each part that has started and not ended."""
    for timing in timings.agent_connection_timings or ():
        if nonzero_time(timing.started_at) and not nonzero_time(timing.ended_at):
            yield _("Agent %(name)s has not connected yet.") % {"name": timing.workspace_agent_name}


def duration_comparison(build: WorkspaceBuild, others: Sequence[WorkspaceBuild]) -> str:
    """Return how long it took, compared with the median of the workspace's earlier builds of the same transition."""
    length = run_time(build)
    if length is None:
        return ""
    took = {"took": duration_text(length)}
    earlier = [each for each in others if each.build_number < build.build_number and each.job.status == "succeeded"]
    durations = [
        span for each in earlier if each.transition == build.transition and (span := run_time(each)) is not None
    ]
    compared = durations[:MAX_COMPARED]
    if len(compared) < MIN_COMPARED or build.job.status != "succeeded" or build.transition not in MEDIANS:
        return _("Took %(took)s.") % took
    usual = timedelta(seconds=median(span.total_seconds() for span in compared))
    if abs(length - usual) <= usual * TOLERANCE:
        text = _("Took %(took)s, about as long as usual.")
    elif length > usual:
        text = _("Took %(took)s, longer than usual.")
    else:
        text = _("Took %(took)s, less than usual.")
    return f"{text % took} {_(MEDIANS[build.transition]) % {'n': len(compared), 'usual': duration_text(usual)}}"


def ready_text(build: WorkspaceBuild, spans: Sequence[Span]) -> str:
    """Return how long it took until all agents were connected and their startup scripts had ended; or ""."""
    started, ended = nonzero_time(build.job.started_at), nonzero_time(build.job.completed_at)
    start_spans = [span for span in spans if not span.is_separate]
    ready = max((span.end for span in start_spans), default=None)
    if (
        any(span.failed for span in start_spans)
        or not started
        or not ended
        or not ready
        or not ready > ended
        or ready - started >= MAX_DURATION
    ):
        return ""
    return _("Agents were ready %(time)s after the build started.") % {"time": duration_text(ready - started)}


def longest_step(spans: Sequence[Span]) -> Span | None:
    """Return what took longest, stages aside; None if nothing stands out."""
    single = [
        span for span in spans if not span.is_stage and not span.is_separate and span.duration > timedelta(seconds=1)
    ]
    return max(single, key=lambda span: span.duration) if len(single) > 1 else None


def longest_text(longest: Span | None) -> str:
    """Return the sentence that names the longest step; "" if there is none."""
    if longest is None:
        return ""
    step = {"name": longest.label or longest.name, "stage": longest.group, "took": duration_text(longest.duration)}
    return _("Longest step: %(name)s (%(stage)s), %(took)s.") % step
