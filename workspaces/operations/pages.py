"""Page models of operations: title, progress and result, for the pages and the event streams."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.models import Item, Operation
from workspaces.present.page_models import Tone
from workspaces.present.times import Moment, make_moment

OVERDUE_AFTER = timedelta(seconds=30)  # how long a due step may wait for a worker before the page reports it

# By phase or outcome: tone, icon, label, detail. The phases without "ing" request a build; "requested" ones wait for
# Coder to accept it.
ITEM_STATES: dict[str, tuple[Tone, str, str, str]] = {
    "stop": ("busy", "hourglass", gettext_noop("Requested"), gettext_noop("The workspace stops, then starts again.")),
    "stop requested": (
        "busy",
        "hourglass",
        gettext_noop("Stop requested"),
        gettext_noop("Next, the workspace starts."),
    ),
    "stopping": ("busy", "loader-circle", gettext_noop("Stopping"), gettext_noop("Next, the workspace starts.")),
    "start": ("busy", "hourglass", gettext_noop("Stopped"), gettext_noop("Next, the workspace starts.")),
    "start requested": ("busy", "hourglass", gettext_noop("Start requested"), ""),
    "starting": ("busy", "loader-circle", gettext_noop("Starting"), gettext_noop("The workspace is starting.")),
    "done": ("ok", "circle-check", gettext_noop("Done"), ""),
    "failed": ("bad", "circle-x", gettext_noop("Failed"), ""),
    "canceled": ("off", "circle-slash", gettext_noop("Canceled"), ""),
}
TITLES = {"restart": gettext_noop("Restart %(what)s"), "update": gettext_noop("Update %(what)s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One workspace of an operation."""

    workspace: UUID
    owner: str
    name: str
    state: str  # a phase or an outcome
    tone: Tone
    icon: str
    label: str
    detail: str
    parameters_query: str  # of the form that shows the values again; "" unless Coder refused one of them
    overdue_since: Moment | None  # when the next step became due, if no worker has taken it for too long


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPage:
    """One operation, as its own page and the list of operations show it."""

    id: UUID
    title: str
    items: tuple[ItemLine, ...]
    read_at: Moment = field(repr=False, compare=False)  # when it was read; two pages are equal without it
    started: Moment
    ended: Moment | None
    canceling: bool
    has_failures: bool  # whether an item failed or was canceled
    uses_session_token: bool  # whether it acts with the session's token and ends with the session

    @property
    def refresh_s(self) -> int:
        """After how many seconds the page refreshes; 0 if it does not."""
        return 0 if self.ended else 2

    @property
    def summary(self) -> ItemLine:
        """The item that represents the operation in a list: one in progress, else one that failed, else the first."""
        ranks = {"busy": 0, "bad": 1, "off": 2}
        return min(self.items, key=lambda item: ranks.get(item.tone, 3))


def operation_page(operation: Operation, items: Sequence[Item], now: datetime, zone: ZoneInfo) -> OperationPage:
    """Return the page model of an operation. `now` is aware; times are shown in `zone`."""
    return OperationPage(
        id=operation.id,
        title=operation_title(operation, items),
        items=tuple(item_line(item, now, zone) for item in items),
        read_at=make_moment(now, now, zone),
        started=make_moment(operation.created_at, now, zone),
        ended=make_moment(operation.ended_at, now, zone) if operation.ended_at else None,
        canceling=operation.canceled_at is not None and operation.ended_at is None,
        has_failures=any(item.outcome in {Item.Outcome.FAILED, Item.Outcome.CANCELED} for item in items),
        uses_session_token=bool(operation.fingerprint),
    )


def operation_title(operation: Operation, items: Sequence[Item]) -> str:
    """Return the title, with the name of the workspace or the number of workspaces."""
    count = ngettext("%(n)d workspace", "%(n)d workspaces", len(items)) % {"n": len(items)}
    return _(TITLES[operation.kind]) % {"what": items[0].name if len(items) == 1 else count}


def display_state(item: Item) -> str:
    """Return the key of ITEM_STATES: while Coder has not accepted a build, it is only requested."""
    accepted = {"stopping": "stop requested", "starting": "start requested"}
    return item.outcome or (item.phase if item.build else accepted.get(item.phase, item.phase))


def item_line(item: Item, now: datetime, zone: ZoneInfo) -> ItemLine:
    """Return the line of one workspace."""
    state = item.outcome or item.phase
    tone, icon, label, detail = ITEM_STATES[display_state(item)]
    leased = item.leased_until is not None and item.leased_until > now
    overdue = not item.ended_at and not leased and now - item.next_at > OVERDUE_AFTER
    return ItemLine(
        workspace=item.workspace,
        owner=item.owner,
        name=item.name,
        state=state,
        tone=tone,
        icon=icon,
        label=_(label),
        detail=item.message or (_(detail) if detail else ""),
        parameters_query=urlencode({"version": item.version, "item": item.pk}) if item.ended_at and item.values else "",
        overdue_since=make_moment(item.next_at, now, zone) if overdue else None,
    )
