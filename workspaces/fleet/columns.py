"""The columns of the staff table: their texts, their order and what an export has of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.fleet.rows import FleetRow, error_cause
from workspaces.present.builds.descriptions import duration_text
from workspaces.present.statuses import status_label, status_order
from workspaces.present.times import Moment, make_moment, relative_text
from workspaces.schedule import ttl_text

MIN_SECONDS, MAX_SECONDS = -62_135_596_800, 253_402_300_799  # years 1 to 9999; a float has them not exactly


@dataclass(frozen=True, slots=True, kw_only=True)
class CellContext:
    """Who looks, and when."""

    now: datetime  # aware, by Coder's clock
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What one cell shows."""

    text: str
    subtext: str = ""
    title: str = ""  # a tooltip
    moment: Moment | None = None  # shown instead of the text


EMPTY = Cell(text="")
type MakeCell = Callable[[FleetRow, CellContext], Cell]
type Value = Callable[[FleetRow], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `value` is what it is sorted by and exported as; None sorts last."""

    key: str
    title: str  # marked for translation
    value: Value
    cell: MakeCell
    is_time: bool = False
    is_number: bool = False
    sort_value: Value | None = None  # where it differs from `value`
    newest_first: bool = False  # the first click on its header shows the largest value first

    @property
    def label(self) -> str:
        """The title in the active language."""
        return _(self.title)

    @property
    def sort_key(self) -> Value:
        """The function whose result a row is sorted by; None sorts last."""
        return self.sort_value or self.value


def to_datetime(seconds: int) -> datetime:
    """Return a time in s since 1970; the nearest one that Python has."""
    return datetime.fromtimestamp(max(MIN_SECONDS, min(MAX_SECONDS, seconds)), UTC)


def text_column(key: str, title: str, value: Callable[[FleetRow], str]) -> Column:
    """Return a column of texts, sorted without regard to case."""
    return Column(
        key=key,
        title=title,
        value=value,
        cell=lambda row, _context: Cell(text=value(row), title=value(row)),
        sort_value=lambda row: value(row).casefold() or None,
    )


def time_column(key: str, title: str, value: Callable[[FleetRow], int | None], *, never: str = "") -> Column:
    """Return a column of times; `never` is shown for none."""

    def cell(row: FleetRow, context: CellContext) -> Cell:
        seconds = value(row)
        if seconds is None:
            return Cell(text=_(never)) if never else EMPTY
        at = make_moment(to_datetime(seconds), context.now, context.zone)
        return Cell(text=at.relative, moment=at, subtext=at.short)

    return Column(key=key, title=title, value=value, cell=cell, is_time=True, newest_first=True)


def number_column(
    key: str, title: str, value: Callable[[FleetRow], int | None], text: Callable[[int], str] = str
) -> Column:
    """Return a column of numbers."""

    def cell(row: FleetRow, _context: CellContext) -> Cell:
        number = value(row)
        return EMPTY if number is None else Cell(text=text(number))

    return Column(key=key, title=title, value=value, cell=cell, is_number=True, newest_first=True)


def status_cell(row: FleetRow, _context: CellContext) -> Cell:
    """Return the status."""
    return Cell(text=status_label(row.status), title=row.health)


def template_cell(row: FleetRow, _context: CellContext) -> Cell:
    """Return the template, with the version and whether a newer one is active."""
    subtext = _("%(version)s, outdated") % {"version": row.version} if row.outdated else row.version
    return Cell(text=row.template, subtext=subtext, title=row.template)


def running_cell(row: FleetRow, context: CellContext) -> Cell:
    """Return for how long a workspace has been running."""
    if row.running_since is None:
        return EMPTY
    at = make_moment(to_datetime(row.running_since), context.now, context.zone)
    return Cell(text=span_text(int(context.now.timestamp()) - row.running_since), title=at.full)


def stops_cell(row: FleetRow, context: CellContext) -> Cell:
    """Return when a running workspace stops."""
    if row.status == "running" and row.stops is None:
        return Cell(text=_("no autostop"))
    return time_column("", "", lambda each: each.stops).cell(row, context)


def error_cell(row: FleetRow, _context: CellContext) -> Cell:
    """Return the cause of a failure; the tooltip has the whole line."""
    return Cell(text=error_cause(row.error), title=row.error)


def agents_cell(row: FleetRow, _context: CellContext) -> Cell:
    """Return how many agents are connected."""
    if not row.agents:
        return EMPTY
    return Cell(text=_("%(connected)d of %(all)d connected") % {"connected": row.connected_agents, "all": row.agents})


def span_text(seconds: int) -> str:
    """Return a duration in one unit: "40 min", "5 h", "12 days"."""
    return relative_text(timedelta(seconds=max(0, min(seconds, 10**11)))).removeprefix("in ")


def updates_text(row: FleetRow) -> str:
    """Return whether the workspace is updated on start."""
    return _("always") if row.always_updates else _("never")


COLUMNS: Mapping[str, Column] = {
    each.key: each
    for each in (
        Column(
            key="status",
            title=gettext_noop("Status"),
            value=lambda row: row.status,
            cell=status_cell,
            sort_value=lambda row: status_order(row.status),
        ),
        text_column("name", gettext_noop("Workspace"), lambda row: row.name),
        text_column("owner", gettext_noop("Owner"), lambda row: row.owner),
        Column(
            key="template",
            title=gettext_noop("Template"),
            value=lambda row: row.template,
            cell=template_cell,
            sort_value=lambda row: (row.template.casefold(), row.version.casefold()),
        ),
        text_column("organization", gettext_noop("Organization"), lambda row: row.organization),
        text_column("version", gettext_noop("Version"), lambda row: row.version),
        text_column("health", gettext_noop("Health"), lambda row: row.health),
        Column(
            key="agents",
            title=gettext_noop("Agents"),
            value=lambda row: row.connected_agents if row.agents else None,
            cell=agents_cell,
            is_number=True,
        ),
        time_column("created", gettext_noop("Created"), lambda row: row.created),
        time_column("used", gettext_noop("Last used"), lambda row: row.last_used, never=gettext_noop("never")),
        Column(
            key="running-for",
            title=gettext_noop("Running for"),
            value=lambda row: row.running_since,
            cell=running_cell,
            is_time=True,
        ),
        Column(key="stops", title=gettext_noop("Stops"), value=lambda row: row.stops, cell=stops_cell, is_time=True),
        time_column("next-start", gettext_noop("Next start"), lambda row: row.next_start),
        time_column("dormant-since", gettext_noop("Dormant since"), lambda row: row.dormant_since),
        time_column("deletes", gettext_noop("Will be deleted"), lambda row: row.deletes),
        number_column("ttl", gettext_noop("Time until shutdown"), lambda row: row.ttl_ms, ttl_text),
        text_column("updates", gettext_noop("Automatic updates"), updates_text),
        number_column("daily-cost", gettext_noop("Daily cost"), lambda row: row.daily_cost),
        text_column("build", gettext_noop("Latest build"), lambda row: row.build_title),
        time_column("build-at", gettext_noop("Build requested"), lambda row: row.build_at),
        number_column(
            "build-time",
            gettext_noop("Build time"),
            lambda row: row.build_s,
            lambda seconds: duration_text(timedelta(seconds=max(0, min(seconds, 10**9)))),
        ),
        Column(
            key="error",
            title=gettext_noop("Error"),
            value=lambda row: row.error,
            cell=error_cell,
            sort_value=lambda row: error_cause(row.error).casefold() or None,
        ),
    )
}
DEFAULT_COLUMNS = ("status", "name", "owner", "template", "used", "stops", "daily-cost", "error")
FIXED_COLUMNS = ("status", "name")  # a row without them could not be recognized


def chosen_columns(keys: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns that a person has chosen, in their order; the default ones without a choice."""
    known = [key for key in dict.fromkeys(keys) if key in COLUMNS]
    if not known:
        known = list(DEFAULT_COLUMNS)
    missing = [key for key in FIXED_COLUMNS if key not in known]
    return tuple(COLUMNS[key] for key in [*missing, *known])
