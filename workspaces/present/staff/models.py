"""The page model of a part: facts, a chart, and the table of its figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from workspaces.present.page_models import Tone

MAX_OPEN_ROWS = 6
CHART_HEIGHT = 100.0  # of the drawing, in its own units


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A fact in a few words."""

    label: str
    value: str
    tone: Tone = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartColumn:
    """A column of a chart."""

    label: str  # what it says: the day and the number
    height: float

    @property
    def y(self) -> float:
        """The upper end."""
        return CHART_HEIGHT - self.height


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffPart:
    """A part of the overview."""

    name: str  # as in its URL
    title: str
    facts: tuple[Fact, ...] = ()
    chart: tuple[ChartColumn, ...] = ()
    headers: tuple[str, ...] = ()
    is_numeric: bool = False  # all but the first column are numbers
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""  # why there is nothing, or what the figures leave out

    @property
    def hides_table(self) -> bool:
        """Whether the table is closed at first: a chart says the same, or the facts say most of it."""
        return bool(self.chart) or (bool(self.facts) and len(self.rows) > MAX_OPEN_ROWS)


def make_chart(values: Sequence[tuple[str, int]]) -> tuple[ChartColumn, ...]:
    """Return a chart of labels and values; nothing without a value above zero."""
    highest = max((value for _label, value in values), default=0)
    if highest <= 0:
        return ()
    return tuple(
        ChartColumn(label=f"{label}: {value}", height=round(max(0, value) / highest * CHART_HEIGHT, 2))
        for label, value in values
    )
