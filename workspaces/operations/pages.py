"""Page models of operations: title, progress and result, for the pages and the event streams."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext_lazy

from workspaces.models import Item
from workspaces.operations.kinds import KINDS
from workspaces.operations.slices import IN_LINE, RETRYABLE, OperationSlice
from workspaces.operations.write_machine import READY, SENT, WAITING
from workspaces.present.page_models import Tone
from workspaces.present.times import Moment, make_moment

OVERDUE_AFTER = timedelta(seconds=30)  # how long a due step may wait for a worker before the page reports it

# By phase or outcome: tone, icon, label, detail. The phases without "ing" request a build; "requested" ones wait for
# Coder to accept it.
ITEM_STATES: dict[str, tuple[Tone, str, str, str]] = {
    IN_LINE: ("busy", "hourglass", gettext_noop("Requested"), ""),
    READY: ("busy", "hourglass", gettext_noop("Requested"), ""),
    SENT: ("busy", "hourglass", gettext_noop("Sent"), gettext_noop("Coder has not responded yet.")),
    WAITING: ("busy", "loader-circle", gettext_noop("In progress"), ""),
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
    "skipped": ("off", "circle-slash", gettext_noop("Skipped"), ""),
    "refused": ("bad", "circle-x", gettext_noop("Rejected"), ""),
    "failed": ("bad", "circle-x", gettext_noop("Failed"), ""),
    "canceled": ("off", "circle-slash", gettext_noop("Canceled"), ""),
}
# The numbers of items by outcome, in the order of the summary.
COUNT_TEXTS: dict[str, tuple[Tone, object]] = {
    "failed": ("bad", ngettext_lazy("%(n)d failed", "%(n)d failed", "n")),
    "refused": ("bad", ngettext_lazy("%(n)d rejected", "%(n)d rejected", "n")),
    "done": ("ok", ngettext_lazy("%(n)d done", "%(n)d done", "n")),
    "skipped": ("off", ngettext_lazy("%(n)d skipped", "%(n)d skipped", "n")),
    "canceled": ("off", ngettext_lazy("%(n)d canceled", "%(n)d canceled", "n")),
    "": ("busy", ngettext_lazy("%(n)d in progress", "%(n)d in progress", "n")),
    IN_LINE: ("off", ngettext_lazy("%(n)d waiting", "%(n)d waiting", "n")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """One workspace of an operation."""

    id: UUID
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
class ItemCount:
    """How many items have an outcome."""

    key: str
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """An operation as a line of a list."""

    tone: Tone
    icon: str
    label: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPage:
    """One operation, as its own page and the list of operations show it."""

    id: UUID
    title: str
    items: tuple[ItemLine, ...]  # of this page
    counts: tuple[ItemCount, ...]
    total: int
    ended_count: int
    page: int
    num_pages: int
    read_at: Moment = field(repr=False, compare=False)  # when it was read; two pages are equal without it
    started: Moment
    ended: Moment | None
    canceling: bool
    has_failures: bool  # whether an item failed, was refused or was canceled
    undo_title: str  # of the operation that reverts what is done; "" if nothing does
    uses_session_token: bool  # whether it acts with the session's token and ends with the session

    @property
    def refresh_s(self) -> int:
        """After how many seconds the page refreshes; 0 if it does not."""
        return 0 if self.ended else 2

    @property
    def is_single(self) -> bool:
        """Whether it concerns one workspace."""
        return self.total == 1

    @property
    def summary(self) -> Summary:
        """The operation as a line of a list: its workspace's state, or the numbers of several workspaces."""
        if len(self.items) == 1 and self.is_single:
            item = self.items[0]
            return Summary(tone=item.tone, icon=item.icon, label=item.label, detail=item.detail)
        unsuccessful = {"failed", "refused"} & {count.key for count in self.counts}
        state = "failed" if unsuccessful else "done"
        tone, icon, label, _detail = ITEM_STATES[state if self.ended else WAITING]
        return Summary(tone=tone, icon=icon, label=_(label), detail=", ".join(count.text for count in self.counts))


def operation_page(part: OperationSlice, now: datetime, zone: ZoneInfo) -> OperationPage:
    """Return the page model of an operation. `now` is aware; times are shown in `zone`."""
    operation, counts = part.operation, part.counts
    kind = KINDS[operation.kind]
    done = counts.get(Item.Outcome.DONE, 0)
    name = part.items[0].name if part.total == 1 and part.items else ""
    return OperationPage(
        id=operation.id,
        title=kind.make_title(part.total, name),
        items=tuple(item_line(item, operation.kind, now, zone) for item in part.items),
        counts=tuple(
            ItemCount(key=key, tone=tone, text=str(text % {"n": counts[key]}))  # type: ignore[operator]  # lazy plural
            for key, (tone, text) in COUNT_TEXTS.items()
            if counts.get(key)
        ),
        total=part.total,
        ended_count=part.total - counts.get("", 0) - counts.get(IN_LINE, 0),
        page=part.page,
        num_pages=part.num_pages,
        read_at=make_moment(now, now, zone),
        started=make_moment(operation.created_at, now, zone),
        ended=make_moment(operation.ended_at, now, zone) if operation.ended_at else None,
        canceling=operation.canceled_at is not None and operation.ended_at is None,
        has_failures=any(counts.get(outcome) for outcome in RETRYABLE),
        undo_title=KINDS[kind.undo].make_title(done, name) if kind.undo and done and operation.ended_at else "",
        uses_session_token=bool(operation.fingerprint),
    )


def display_state(item: Item) -> str:
    """Return the key of ITEM_STATES: while Coder has not accepted a build, it is only requested."""
    accepted = {"stopping": "stop requested", "starting": "start requested"}
    phase = item.phase if item.build else accepted.get(item.phase, item.phase)
    return item.outcome or (IN_LINE if item.in_line else phase)


def item_line(item: Item, kind: str, now: datetime, zone: ZoneInfo) -> ItemLine:
    """Return the line of one workspace."""
    state = display_state(item)
    tone, icon, label, detail = ITEM_STATES[state]
    if state == WAITING:
        label = KINDS[kind].progress
    leased = item.leased_until is not None and item.leased_until > now
    overdue = not item.ended_at and not item.in_line and not leased and now - item.next_at > OVERDUE_AFTER
    return ItemLine(
        id=item.pk,
        workspace=item.workspace,
        owner=item.owner,
        name=item.name,
        state=item.outcome or item.phase,
        tone=tone,
        icon=icon,
        label=_(label),
        detail=item.message or (_(detail) if detail else ""),
        parameters_query=urlencode({"version": item.version, "item": item.pk}) if item.ended_at and item.values else "",
        overdue_since=make_moment(item.next_at, now, zone) if overdue else None,
    )
