"""Spans on one time axis for an SVG: lengths in percent of its width.

Long gaps between the spans are shortened, so that the spans stay visible.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from workspaces.present.builds.descriptions import duration_text

MAX_DURATION = timedelta(days=1)  # longer spans are implausible and not drawn
MIN_GAP = timedelta(seconds=30)  # gaps that are longer, and longer than a third of all spans, are shortened
GAP_SHARE = 0.06  # share of the width for a shortened gap
MIN_BAR_PERCENT = 0.6  # of the width, so that the shortest span is visible
TICK_STEPS_S = (
    0.1,
    0.2,
    0.5,
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14400,
)  # between two ticks
MAX_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something with a start and an end."""

    group: str
    name: str
    start: datetime
    end: datetime
    note: str = ""
    failed: bool = False
    is_stage: bool = False  # it covers the others of its group
    is_separate: bool = False  # it is not part of the start
    label: str = ""  # if the name alone is unclear

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.end - self.start

    @property
    def is_implausible(self) -> bool:
        """Whether it is too long to be drawn with the others."""
        return self.duration > MAX_DURATION


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The bar of a span."""

    x: str
    width: str
    kind: str  # whole, part, apart or bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A vertical line with a label: the time since the start, or the length of a shortened gap."""

    x: str
    label: str
    anchor: str  # start middle end
    is_gap: bool


class Axis:
    """Map times to percent of the width, for one or more plausible spans."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.active = merge_spans(spans)
        work = sum((ended - begun for begun, ended in self.active), timedelta())
        gaps = [after[0] - before[1] for before, after in zip(self.active, self.active[1:], strict=False)]
        self.is_cut = [gap > MIN_GAP and gap > work / 3 for gap in gaps]
        self.gaps = gaps
        drawn = work + sum((gap for gap, cut in zip(gaps, self.is_cut, strict=True) if not cut), timedelta())
        self.scale = (100 * (1 - GAP_SHARE * sum(self.is_cut))) / max(
            drawn.total_seconds(), 0.001
        )  # percent per second

    def position(self, moment: datetime) -> float:
        """Return the position of a time in percent."""
        where = 0.0
        for index, (begun, ended) in enumerate(self.active):
            if moment <= ended:
                return where + max((moment - begun).total_seconds(), 0) * self.scale
            where += (ended - begun).total_seconds() * self.scale
            if index < len(self.gaps):
                where += 100 * GAP_SHARE if self.is_cut[index] else self.gaps[index].total_seconds() * self.scale
        return 100.0


def merge_spans(spans: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """Return the periods that the spans cover, in order."""
    periods: list[tuple[datetime, datetime]] = []
    for span in sorted(spans, key=lambda span: span.start):
        if periods and span.start <= periods[-1][1]:
            periods[-1] = (periods[-1][0], max(periods[-1][1], span.end))
        else:
            periods.append((span.start, span.end))
    return periods


def make_bar(span: Span, axis: Axis) -> Bar:
    """Return the bar of a span."""
    x, end = axis.position(span.start), axis.position(span.end)
    width = max(end - x, MIN_BAR_PERCENT)
    kind = "bad" if span.failed else "whole" if span.is_stage else "apart" if span.is_separate else "part"
    return Bar(x=f"{min(x, 100 - width):.2f}%", width=f"{width:.2f}%", kind=kind)


def make_scale(axis: Axis) -> tuple[Tick, ...]:
    """Return the ticks of an axis: round numbers of seconds, or the shortened gaps if there are any."""
    length = axis.active[-1][1] - axis.active[0][0]
    return tuple(make_gap_ticks(axis) if any(axis.is_cut) else make_ticks(axis, length))


def make_ticks(axis: Axis, length: timedelta) -> list[Tick]:
    """Return ticks at round numbers of seconds."""
    seconds = length.total_seconds()
    step = next((step for step in TICK_STEPS_S if seconds / step <= MAX_TICKS), seconds / MAX_TICKS) or 1
    return [
        make_tick(index * step * axis.scale, duration_text(timedelta(seconds=index * step)) if index else _("0 s"))
        for index in range(int(seconds / step) + 1)
    ]


def make_gap_ticks(axis: Axis) -> list[Tick]:
    """Return a tick for each shortened gap, with its length."""
    ticks = []
    for (_begun, ended), gap, cut in zip(axis.active, axis.gaps, axis.is_cut, strict=False):
        if cut:
            label = _("%(span)s later") % {"span": duration_text(gap)}
            ticks.append(make_tick(axis.position(ended) + 100 * GAP_SHARE / 2, label, is_gap=True))
    return ticks


def make_tick(x: float, label: str, *, is_gap: bool = False) -> Tick:
    """Return a tick whose label stays within the chart."""
    anchor = "start" if x < 8 else "end" if x > 92 else "middle"
    return Tick(x=f"{x:.2f}%", label=label, anchor=anchor, is_gap=is_gap)
