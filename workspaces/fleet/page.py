"""The page model of the staff table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.auth.staff import StaffRights
from workspaces.coder.clock import CLOCK
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.text import sanitize_text
from workspaces.fleet.columns import COLUMNS, Cell, CellContext, Column
from workspaces.fleet.controls import (
    ChoiceField,
    FilterLink,
    FleetHeader,
    GroupChoice,
    NumberField,
    make_chips,
    make_choice_fields,
    make_filter_links,
    make_group_choices,
    make_headers,
    make_number_fields,
)
from workspaces.fleet.filters import ATTRIBUTES, FILTERS
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.searches import SavedQuery
from workspaces.fleet.selecting import (
    Group,
    Selection,
    count_running,
    group_rows,
    sort_rows,
    total_cost,
)
from workspaces.fleet.store import FleetState
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.page_models import Link, Status, etag_of
from workspaces.present.statuses import STATUS_DISPLAY, status_label
from workspaces.present.times import Moment, make_moment

PROGRESS_REFRESH_S = 1  # while a reading is in progress; the page then has no stream
IDLE_REFRESH_S = 60
# The search form has fields for these. Another search begins on its first page.
FORM_PARAMETERS = frozenset({"q", "group", "open", "page", *(key for key, each in FILTERS.items() if each.field_label)})
MAX_WATCHED = 25  # rows of a page, as many as a token may watch
MAX_OPEN_ROWS = 50  # of a group on a page; a link leads to all of them


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetLine:
    """One row of the table."""

    id: UUID
    owner: str
    name: str
    status: Status
    cells: tuple[tuple[Column, Cell], ...]
    in_transition: bool
    can_select: bool = False  # whether actions on selected workspaces are for the person
    checksum: str = ""  # changes with anything that the row shows


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """One group: its values, and its rows if it is open."""

    text: str
    count: int
    running: int
    daily_cost: int
    is_open: bool
    toggle_query: str
    filter_query: str  # all of its rows, without groups
    hidden_rows: int  # of an open group
    lines: tuple[FleetLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a reading is."""

    read: int
    total: int | None
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPage:
    """All that the page shows."""

    query: FleetQuery
    errors: tuple[str, ...]
    headers: tuple[FleetHeader, ...]
    lines: tuple[FleetLine, ...]
    groups: tuple[GroupLine, ...]
    group_choices: tuple[GroupChoice, ...]
    filter_links: tuple[FilterLink, ...]
    number_fields: tuple[NumberField, ...]
    choice_fields: tuple[ChoiceField, ...]
    chips: tuple[Link, ...]
    hidden_parameters: tuple[tuple[str, str], ...]  # of the search form: all but what it has fields for
    count: int  # of the workspaces that match
    running: int
    daily_cost: int
    total: int | None  # all workspaces, as Coder counts
    first: int
    last: int
    page: int
    num_pages: int
    previous_query: str
    next_query: str
    is_partial: bool
    progress: Progress | None
    note: str
    read_error: str
    read_at: Moment
    refresh_s: int  # while there is no stream
    columns: tuple[Column, ...]
    other_columns: tuple[Column, ...]
    rights: StaffRights
    searches: tuple[SavedQuery, ...] = ()

    @property
    def live_query(self) -> str:
        """The query string of the stream: the rows to watch, those in transition first, and the columns."""
        lines = [*self.lines, *(line for group in self.groups for line in group.lines)]
        watched = sorted(lines, key=lambda line: not line.in_transition)[:MAX_WATCHED]
        if not watched:
            return ""
        watch = ",".join(f"{line.id}:{line.checksum}" for line in watched)
        columns = ",".join(header.column.key for header in self.headers)
        ticks = {"ticks": "1"} if self.rights.change_workspaces else {}
        return "?" + urlencode({"watch": watch, "columns": columns, **ticks})

    @property
    def table_url(self) -> str:
        """The URL of the page."""
        return reverse("workspaces:staff_workspaces") + self.query.address().removesuffix("?")

    @property
    def selection_parameters(self) -> tuple[tuple[str, str], ...]:
        """The part of the address that decides which workspaces match."""
        return tuple(self.query.selection().parameters())

    @property
    def selectable_count(self) -> int:
        """How many workspaces "all that match" are; 0 while not all are known."""
        return 0 if self.is_partial or self.errors or self.count < 2 else self.count

    @property
    def address(self) -> str:
        """The query string of the page."""
        return self.query.address()

    @property
    def export_query(self) -> str:
        """The query string of an export of what is shown."""
        return replace(self.query, page=1, opened=(), group="").address()


def make_fleet_page(
    state: FleetState,
    selection: Selection,
    query: FleetQuery,
    *,
    errors: Sequence[str],
    context: CellContext,
    columns: Sequence[Column],
    page_size: int,
    rights: StaffRights,
    known: frozenset[str],
    searches: tuple[SavedQuery, ...] = (),
) -> FleetPage:
    """Return the page. `known`: the keys of the filters whose counts are known."""
    rows = sort_rows(selection.rows, query.sort)
    by_cost = query.sort[:1] in {("daily-cost",), ("-daily-cost",)}
    groups = group_rows(rows, query.group, by_cost=by_cost) if query.group else []
    items: Sequence[FleetRow] | Sequence[Group] = groups if query.group else rows
    num_pages = max(1, -(-len(items) // page_size))
    page = min(query.page, num_pages)
    start = (page - 1) * page_size
    shown = items[start : start + page_size]
    is_partial = not state.is_complete
    shown_columns = [column for column in columns if column.key != query.group]
    choice_fields = tuple(make_choice_fields(query, selection.value_counts))
    form_parameters = FORM_PARAMETERS | {each.key for each in choice_fields}
    return FleetPage(
        query=query,
        errors=tuple(errors),
        headers=tuple(make_headers(query, shown_columns)),
        lines=tuple(
            make_line(row, shown_columns, context, can_select=rights.change_workspaces)
            for row in shown
            if isinstance(row, FleetRow)
        ),
        groups=tuple(
            make_group_line(group, query, shown_columns, context, can_select=rights.change_workspaces)
            for group in shown
            if isinstance(group, Group)
        ),
        group_choices=tuple(make_group_choices(query)),
        filter_links=tuple(make_filter_links(query, selection.counts, known)),
        number_fields=tuple(make_number_fields(query)),
        choice_fields=choice_fields,
        chips=tuple(make_chips(query)),
        hidden_parameters=tuple((name, value) for name, value in query.parameters() if name not in form_parameters),
        count=len(rows),
        running=count_running(rows),
        daily_cost=total_cost(rows),
        total=state.count,
        first=start + 1 if shown else 0,
        last=start + len(shown),
        page=page,
        num_pages=num_pages,
        previous_query=replace(query, page=page - 1).address() if page > 1 else "",
        next_query=replace(query, page=page + 1).address() if page < num_pages else "",
        is_partial=is_partial,
        progress=make_progress(state) if state.is_reading else None,
        note=make_note(state),
        read_error=read_error_text(state),
        read_at=make_moment(state.read_at, context.now - CLOCK.offset, context.zone),
        refresh_s=PROGRESS_REFRESH_S if state.is_reading else IDLE_REFRESH_S,
        columns=tuple(columns),
        other_columns=tuple(column for column in COLUMNS.values() if column not in columns),
        rights=rights,
        searches=searches,
    )


def make_progress(state: FleetState) -> Progress:
    """Return how far the reading in progress is."""
    total = state.count
    return Progress(
        read=state.read_rows,
        total=total,
        percent=min(100, 100 * state.read_rows // total) if total else 0,
    )


def make_note(state: FleetState) -> str:
    """Return why figures are not those of all workspaces; "" if they are."""
    if state.is_complete:
        return ""
    if state.is_limited:
        return _("There are more workspaces than the portal can load. Narrow the search with Coder’s filters.")
    if state.is_reading:
        return _("Not all workspaces are loaded yet: order, counts, and exports are partial.")
    if state.error is None and state.count is not None:
        missing = state.count - len(state.rows)
        return ngettext(
            "%(n)d workspace could not be loaded, because the list changed in the meantime. Refresh the list.",
            "%(n)d workspaces could not be loaded, because the list changed in the meantime. Refresh the list.",
            abs(missing),
        ) % {"n": abs(missing)}
    return ""


def read_error_text(state: FleetState) -> str:
    """Return why the last reading failed; "" if it did not."""
    if state.error is None:
        return ""
    message = error_message_for(state.error, write=False)
    return " ".join([message.description, _("The table shows what was loaded before."), message.next_step])


def make_line(row: FleetRow, columns: Sequence[Column], context: CellContext, *, can_select: bool) -> FleetLine:
    """Return a row of the table."""
    line = FleetLine(
        id=row.id,
        owner=row.owner,
        name=row.name,
        status=make_fleet_status(row),
        cells=tuple((column, column.cell(row, context)) for column in columns),
        in_transition=row.status in IN_TRANSITION,
        can_select=can_select,
    )
    shown = (line.status, line.name, line.owner, [(column.key, cell) for column, cell in line.cells])
    return replace(line, checksum=etag_of(shown))


def make_fleet_status(row: FleetRow) -> Status:
    """Return the status of a row."""
    _label, tone, icon = STATUS_DISPLAY.get(row.status, ("", "off", "circle-question-mark"))
    return Status(
        key=row.status if row.status in STATUS_DISPLAY else "unknown",
        label=status_label(row.status),
        tone="warn" if row.health else tone,
        icon=icon,
        tooltip=row.health or (sanitize_text(row.status) if row.status not in STATUS_DISPLAY else ""),
    )


def make_group_line(
    group: Group, query: FleetQuery, columns: Sequence[Column], context: CellContext, *, can_select: bool
) -> GroupLine:
    """Return a group, with its first rows if it is open."""
    is_open = group.value in query.opened
    opened = tuple(value for value in query.opened if value != group.value)
    toggled = replace(query, opened=opened if is_open else (*opened, group.value))
    shown = group.rows[:MAX_OPEN_ROWS] if is_open else ()
    return GroupLine(
        text=ATTRIBUTES[query.group].text(group.value),
        count=len(group.rows),
        running=group.running,
        daily_cost=group.daily_cost,
        is_open=is_open,
        toggle_query=toggled.address(),
        filter_query=replace(query.with_filter(query.group, [group.value]), group="").address(),
        hidden_rows=len(group.rows) - len(shown) if is_open else 0,
        lines=tuple(make_line(row, columns, context, can_select=can_select) for row in shown),
    )
