"""The filters of the staff table. Each is declared once: its name in the address, its texts and its condition.

They judge compact rows, so they say the same about a workspace in the table and before a bulk action writes to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.fleet.rows import FleetRow
from workspaces.present.statuses import status_label

HOUR_S = 3600
DAY_S = 24 * HOUR_S
MAX_NUMBER = 100_000  # of days, hours or cost

Unit = Literal["", "days", "hours", "number"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterContext:
    """What the conditions depend on besides the row."""

    now: int  # s since 1970, by Coder's clock
    suspended: frozenset[UUID] = frozenset()  # owners
    versions_behind: Mapping[UUID, int] = field(default_factory=dict)  # by version: how many are newer, to the active


type Condition = Callable[[FleetRow, int, FilterContext], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter with a number, or one that is on or off (`unit` is "")."""

    key: str
    label: str  # marked for translation; %(n)d is the number
    condition: Condition
    unit: Unit = ""
    choices: tuple[int, ...] = ()  # numbers that the page offers
    field_label: str = ""  # of the field for another number

    def text(self, number: int) -> str:
        """Return the label with its number."""
        if self.unit == "days":
            return _(self.label) % {"span": ngettext("%(n)d day", "%(n)d days", number) % {"n": number}}
        if self.unit == "hours":
            return _(self.label) % {"span": hours_text(number)}
        return _(self.label) % {"n": number} if self.unit else _(self.label)


def hours_text(hours: int) -> str:
    """Return a number of hours in words, as days from two days on."""
    if hours % 24 == 0 and hours > 24:
        return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def is_idle(row: FleetRow, days: int, context: FilterContext) -> bool:
    """Return whether it was last used, or created without any use, this many days ago."""
    used = row.last_used if row.last_used is not None else row.created
    return used is not None and context.now - used >= days * DAY_S


def runs_for(row: FleetRow, days: int, context: FilterContext) -> bool:
    """Return whether it has been running for more than this many days."""
    return row.running_since is not None and context.now - row.running_since > days * DAY_S


def failed_within(row: FleetRow, hours: int, context: FilterContext) -> bool:
    """Return whether its latest build failed and began within this many hours."""
    return row.status == "failed" and row.build_at is not None and context.now - row.build_at <= hours * HOUR_S


def deleted_within(row: FleetRow, days: int, context: FilterContext) -> bool:
    """Return whether Coder deletes it within this many days."""
    return row.deletes is not None and row.deletes - context.now <= days * DAY_S


def is_never_started(row: FleetRow, _number: int, _context: FilterContext) -> bool:
    """Return whether no build has ever succeeded: its only one failed, was canceled or is still queued."""
    return row.build_number == 1 and row.status in {"failed", "canceled", "pending"}


FILTERS: Mapping[str, Filter] = {
    each.key: each
    for each in (
        Filter(
            key="idle",
            label=gettext_noop("Idle for %(span)s"),
            condition=is_idle,
            unit="days",
            choices=(7, 30, 90),
            field_label=gettext_noop("Idle for at least (days)"),
        ),
        Filter(
            key="unlimited",
            label=gettext_noop("Running without autostop"),
            condition=lambda row, _number, _context: row.status == "running" and row.stops is None,
        ),
        Filter(
            key="running",
            label=gettext_noop("Running for more than %(span)s"),
            condition=runs_for,
            unit="days",
            choices=(1, 7, 30),
            field_label=gettext_noop("Running for more than (days)"),
        ),
        Filter(
            key="failed",
            label=gettext_noop("Failed in the last %(span)s"),
            condition=failed_within,
            unit="hours",
            choices=(24, 168),
            field_label=gettext_noop("Failed in the last (hours)"),
        ),
        Filter(
            key="unhealthy",
            label=gettext_noop("Unhealthy"),
            condition=lambda row, _number, _context: bool(row.health),
        ),
        Filter(
            key="outdated",
            label=gettext_noop("Outdated"),
            condition=lambda row, _number, _context: row.outdated,
        ),
        Filter(
            key="behind",
            label=gettext_noop("Outdated by at least %(n)d versions"),
            condition=lambda row, number, context: context.versions_behind.get(row.version_id, 0) >= number,
            unit="number",
            field_label=gettext_noop("Outdated by at least (versions)"),
        ),
        Filter(
            key="dormant",
            label=gettext_noop("Dormant"),
            condition=lambda row, _number, _context: row.dormant_since is not None,
        ),
        Filter(
            key="deleting",
            label=gettext_noop("Will be deleted within %(span)s"),
            condition=deleted_within,
            unit="days",
            choices=(7, 30),
            field_label=gettext_noop("Will be deleted within (days)"),
        ),
        Filter(
            key="cost",
            label=gettext_noop("Daily cost of at least %(n)d"),
            condition=lambda row, number, _context: row.daily_cost >= number,
            unit="number",
            field_label=gettext_noop("Daily cost of at least"),
        ),
        Filter(key="unstarted", label=gettext_noop("Never started"), condition=is_never_started),
        Filter(
            key="suspended",
            label=gettext_noop("Owner is suspended"),
            condition=lambda row, _number, context: row.owner_id in context.suspended,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """A value of a row that can be filtered by, and grouped by."""

    key: str
    label: str  # marked for translation
    value: Callable[[FleetRow], str]
    is_offered: bool = True  # to group by; else only links use it
    has_field: bool = False  # a field among the filters; it is never empty

    def text(self, value: str) -> str:
        """Return a value as the page shows it."""
        if self.key == "status":
            return status_label(value)
        return value or _("None")


ATTRIBUTES: Mapping[str, Attribute] = {
    each.key: each
    for each in (
        Attribute(key="owner", label=gettext_noop("Owner"), value=lambda row: row.owner),
        Attribute(key="template", label=gettext_noop("Template"), value=lambda row: row.template, has_field=True),
        # Where several templates have one name.
        Attribute(
            key="template-id",
            label=gettext_noop("Template ID"),
            value=lambda row: str(row.template_id),
            is_offered=False,
        ),
        Attribute(key="version", label=gettext_noop("Version"), value=lambda row: f"{row.template} {row.version}"),
        Attribute(key="organization", label=gettext_noop("Organization"), value=lambda row: row.organization),
        Attribute(key="status", label=gettext_noop("Status"), value=lambda row: row.status, has_field=True),
        Attribute(key="error", label=gettext_noop("Error"), value=lambda row: row.error_kind),
    )
}


@dataclass(frozen=True, slots=True)
class Test:
    """A filter of an address, ready to judge rows."""

    __test__ = False  # no test of pytest

    key: str
    matches: Callable[[FleetRow], bool]


def make_test(key: str, values: Sequence[str], context: FilterContext) -> Test:
    """Return the test of a filter or an attribute; one with several values matches any of them."""
    if key in ATTRIBUTES:
        value, wanted = ATTRIBUTES[key].value, frozenset(values)
        return Test(key, lambda row: value(row) in wanted)
    condition, number = FILTERS[key].condition, int(values[-1] or 0)
    return Test(key, lambda row: condition(row, number, context))


def make_words_test(words: Sequence[str]) -> Test:
    """Return the test for words: each is part of the name, the owner or the template, in any case of letters."""
    folded = [word.casefold() for word in words]

    def matches(row: FleetRow) -> bool:
        text = f"{row.owner}/{row.name} {row.template}".casefold()
        return all(word in text for word in folded)

    return Test("words", matches)
