"""Spans on one time axis, as an SVG draws them: lengths in per cent of its width, heights in px.

Long stretches in which nothing happened are cut short, so that what did is to be seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from workspaces.present.builds.descriptions import span_words

ROW, AXIS = 38, 26  # px
LONG = timedelta(days=1)  # no part of a build takes longer; what claims to is not drawn
QUIET = timedelta(seconds=30)  # a stretch without anything that is longer, and longer than a third of the rest, is cut
CUT = 0.06  # of the width that a cut takes
NARROWEST = 0.6  # per cent, so that the shortest is to be seen
LABEL = 44  # letters of a name; the table has it whole
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)  # s between two ticks
TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took from one moment to another."""

    group: str
    name: str
    begun: datetime
    ended: datetime
    note: str = ""
    bad: bool = False
    whole: bool = False  # it stands for all others of its group
    apart: bool = False  # it is no part of the start
    label: str = ""  # what the chart calls it, where the name says too little beside the others

    @property
    def length(self) -> timedelta:
        """How long it took."""
        return self.ended - self.begun

    @property
    def absurd(self) -> bool:
        """Whether it cannot be drawn beside the others."""
        return self.length > LONG


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of the chart."""

    y: int
    x: str
    width: str
    label: str
    title: str
    took: str
    kind: str  # whole, part, apart or bad


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A line through the chart with its words: so many seconds from the beginning, or what was cut."""

    x: str
    words: str
    anchor: str  # start middle end
    cut: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """All of it."""

    height: int
    base: int  # where the axis lies
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    words: str  # for those who do not see it


class Axis:
    """Moments to per cent of the width."""

    def __init__(self, spans: Sequence[Span]) -> None:
        self.busy = merged(spans)
        work = sum((ended - begun for begun, ended in self.busy), timedelta())
        gaps = [after[0] - before[1] for before, after in zip(self.busy, self.busy[1:], strict=False)]
        self.cuts = [gap > QUIET and gap > work / 3 for gap in gaps]
        self.gaps = gaps
        drawn = work + sum((gap for gap, cut in zip(gaps, self.cuts, strict=True) if not cut), timedelta())
        self.scale = (100 * (1 - CUT * sum(self.cuts))) / max(drawn.total_seconds(), 0.001)  # per cent a second

    def at(self, moment: datetime) -> float:
        """Where a moment lies."""
        where = 0.0
        for index, (begun, ended) in enumerate(self.busy):
            if moment <= ended:
                return where + max((moment - begun).total_seconds(), 0) * self.scale
            where += (ended - begun).total_seconds() * self.scale
            if index < len(self.gaps):
                where += 100 * CUT if self.cuts[index] else self.gaps[index].total_seconds() * self.scale
        return 100.0


def merged(spans: Sequence[Span]) -> list[tuple[datetime, datetime]]:
    """The stretches in which something went on, in their order."""
    found: list[tuple[datetime, datetime]] = []
    for span in sorted(spans, key=lambda span: span.begun):
        if found and span.begun <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], span.ended))
        else:
            found.append((span.begun, span.ended))
    return found


def chart(spans: Sequence[Span]) -> Chart:
    """The chart of at least one span; none of them absurd."""
    axis = Axis(spans)
    base = ROW * len(spans)
    begun, ended = axis.busy[0][0], axis.busy[-1][1]
    words = _("%(n)d parts, from the first to the last in %(took)s. The table below has the same figures.")
    return Chart(
        height=base + AXIS,
        base=base,
        bars=tuple(bar(span, axis, ROW * index) for index, span in enumerate(spans)),
        ticks=tuple(cuts(axis) if any(axis.cuts) else ticks(axis, ended - begun)),
        words=words % {"n": len(spans), "took": span_words(ended - begun)},
    )


def bar(span: Span, axis: Axis, y: int) -> Bar:
    """One row."""
    x, until = axis.at(span.begun), axis.at(span.ended)
    width = max(until - x, NARROWEST)
    kind = "bad" if span.bad else "whole" if span.whole else "apart" if span.apart else "part"
    name = span.label or span.name
    return Bar(
        y=y,
        x=f"{min(x, 100 - width):.2f}%",
        width=f"{width:.2f}%",
        label=name if len(name) <= LABEL else f"{name[: LABEL - 1]}…",
        title=name,
        took=span_words(span.length),
        kind=kind,
    )


def ticks(axis: Axis, length: timedelta) -> list[Tick]:
    """Lines at round numbers of seconds."""
    seconds = length.total_seconds()
    step = next((step for step in STEPS if seconds / step <= TICKS), seconds / TICKS) or 1
    return [
        tick(index * step * axis.scale, span_words(timedelta(seconds=index * step)) if index else _("0 s"))
        for index in range(int(seconds / step) + 1)
    ]


def cuts(axis: Axis) -> list[Tick]:
    """Where the axis is cut, with how long nothing happened there."""
    found = []
    for (_begun, ended), gap, cut in zip(axis.busy, axis.gaps, axis.cuts, strict=False):
        if cut:
            words = _("%(span)s later") % {"span": span_words(gap)}
            found.append(tick(axis.at(ended) + 100 * CUT / 2, words, cut=True))
    return found


def tick(x: float, words: str, *, cut: bool = False) -> Tick:
    """One line; its words stay within the chart."""
    anchor = "start" if x < 8 else "end" if x > 92 else "middle"
    return Tick(x=f"{x:.2f}%", words=words, anchor=anchor, cut=cut)
