"""The page that confirms an action on many workspaces: how many can, why the others cannot, and what it costs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.present.names import join_names

# By action: what the daily cost of the workspaces' latest builds says about it.
COST_TEXTS = {
    "delete": gettext_noop("This saves %(cost)d credits per day."),
    "stop": gettext_noop("This saves up to %(cost)d credits per day."),
    "start": gettext_noop("Stopped, they cost %(cost)d credits per day. They cost more while they run."),
}
SEARCH_NOTE = gettext_noop("Workspaces that no longer match your search are skipped.")
# By action: what the person should know before.
WARNINGS = {
    "delete": gettext_noop("The workspaces and their data are deleted. This cannot be undone."),
    "stop": gettext_noop("Everything that runs in them ends."),
    "restart": gettext_noop("Everything that runs in them ends."),
    "update": gettext_noop("Running workspaces are restarted. Everything that runs in them ends."),
    "cancel": gettext_noop("A canceled build can leave a workspace in a failed state."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkButton:
    """The button of an action below a list. The others are in its menu."""

    action: str
    icon: str
    title: str  # marked for translation
    is_frequent: bool = False

    @property
    def label(self) -> str:
        """The title in the active language."""
        return _(self.title)


BULK_BUTTONS = (
    BulkButton(action="start", icon="play", title=gettext_noop("Start"), is_frequent=True),
    BulkButton(action="stop", icon="square", title=gettext_noop("Stop"), is_frequent=True),
    BulkButton(action="restart", icon="rotate-cw", title=gettext_noop("Restart"), is_frequent=True),
    BulkButton(action="update", icon="circle-arrow-up", title=gettext_noop("Update"), is_frequent=True),
    BulkButton(action="extend", icon="alarm-clock", title=gettext_noop("Extend…")),
    BulkButton(action="autostart", icon="circle-play", title=gettext_noop("Autostart…")),
    BulkButton(action="ttl", icon="hourglass", title=gettext_noop("Time until shutdown (TTL)…")),
    BulkButton(action="autoupdates", icon="refresh-cw", title=gettext_noop("Automatic updates…")),
    BulkButton(action="favorite", icon="star", title=gettext_noop("Add favorite")),
    BulkButton(action="unfavorite", icon="star", title=gettext_noop("Remove favorite")),
    BulkButton(action="dormant", icon="moon", title=gettext_noop("Make dormant")),
    BulkButton(action="activate", icon="sun", title=gettext_noop("Activate")),
    BulkButton(action="cancel", icon="x", title=gettext_noop("Cancel builds")),
    BulkButton(action="delete", icon="trash-2", title=gettext_noop("Delete…")),
)


class ConfirmedRow(Protocol):
    """A workspace of a selection."""

    @property
    def owner(self) -> str:
        """The owner's username."""

    @property
    def name(self) -> str:
        """The workspace's name."""

    @property
    def daily_cost(self) -> int:
        """The daily cost of its latest build."""

    @property
    def favorite(self) -> bool:
        """Whether it is a favorite of the person."""

    @property
    def reason(self) -> str:
        """Why the action is not possible; "" if it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonGroup:
    """The workspaces for which the action is not possible for one reason."""

    reason: str
    count: int
    names: str  # some of them


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkPage:
    """An action on many workspaces, to be confirmed."""

    key: str
    action: str
    title: str  # with the number of workspaces
    count: int  # for which it is possible
    names: str  # some of them
    favorites: int  # of these
    groups: tuple[ReasonGroup, ...]  # the largest first
    cost: str  # a sentence, or ""
    warning: str  # a sentence, or ""
    note: str  # which workspaces are skipped; "" for ticked ones


def make_bulk_page(key: str, action: str, title: str, rows: Sequence[ConfirmedRow], *, has_criteria: bool) -> BulkPage:
    """Return the page of a selection. `has_criteria`: it is all that matched a search."""
    possible = [row for row in rows if not row.reason]
    cost = sum(row.daily_cost for row in possible)
    return BulkPage(
        key=key,
        action=action,
        title=title,
        count=len(possible),
        names=names_text(possible),
        favorites=sum(row.favorite for row in possible),
        groups=tuple(reason_groups(rows)),
        cost=_(COST_TEXTS[action]) % {"cost": cost} if cost and action in COST_TEXTS else "",
        warning=_(WARNINGS[action]) if action in WARNINGS else "",
        note=_(SEARCH_NOTE) if has_criteria else "",
    )


def reason_groups(rows: Sequence[ConfirmedRow]) -> Iterable[ReasonGroup]:
    """Yield the reasons against the action with their workspaces, the most frequent first."""
    for reason, count in Counter(row.reason for row in rows if row.reason).most_common():
        yield ReasonGroup(reason=reason, count=count, names=names_text([row for row in rows if row.reason == reason]))


def names_text(rows: Sequence[ConfirmedRow]) -> str:
    """Return the names of the first workspaces with their owners, and how many more there are."""
    return join_names([f"{row.owner}/{row.name}" for row in rows if row.name])
