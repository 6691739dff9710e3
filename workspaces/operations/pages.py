"""Operations in words: what is being done, how far it is, how it ended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.models import Item, Operation
from workspaces.present.page_models import Tone
from workspaces.present.times import Moment, moment

IDLE = timedelta(seconds=30)  # after which a step that is due and that nobody takes is worth a word

# By phase or outcome: tone, icon, word, and a sentence.
STATES: dict[str, tuple[Tone, str, str, str]] = {
    "stop": ("busy", "hourglass", gettext_noop("Waiting"), gettext_noop("It is stopped next.")),
    "stopping": ("busy", "loader-circle", gettext_noop("Stopping"), gettext_noop("It is started when it has stopped.")),
    "start": ("busy", "hourglass", gettext_noop("Stopped"), gettext_noop("It is started next.")),
    "starting": ("busy", "loader-circle", gettext_noop("Starting"), gettext_noop("This is the last step.")),
    "done": ("ok", "circle-check", gettext_noop("Done"), ""),
    "failed": ("bad", "circle-x", gettext_noop("Failed"), ""),
    "canceled": ("off", "circle-slash", gettext_noop("Canceled"), ""),
}
TITLES = {"restart": gettext_noop("Restart of %(what)s"), "update": gettext_noop("Update of %(what)s")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemTold:
    """One workspace of an operation."""

    workspace: UUID
    owner: str
    name: str
    key: str  # a phase, or an outcome
    tone: Tone
    icon: str
    word: str
    text: str
    idle_since: Moment | None  # its next step is due since then, and no worker has taken it


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationTold:
    """One operation."""

    id: UUID
    title: str
    items: tuple[ItemTold, ...]
    snapshot: Moment = field(repr=False, compare=False)  # of when it is; what it shows is no other for that
    begun: Moment
    ended: Moment | None
    canceling: bool
    fails: int  # items that did not come to their end
    borrows: bool  # it acts with the token of the session that began it, and ends with that one

    @property
    def refresh_s(self) -> int:
        """In how many seconds to look again; 0: never."""
        return 0 if self.ended else 2

    @property
    def whole(self) -> ItemTold:
        """What stands for all of it in a list: what is under way, else what has not come to its end, else the first."""
        ranks = {"busy": 0, "bad": 1, "off": 2}
        return min(self.items, key=lambda item: ranks.get(item.tone, 3))


def told(operation: Operation, items: Sequence[Item], now: datetime, zone: ZoneInfo) -> OperationTold:
    """An operation as somebody in this zone reads it now (aware)."""
    return OperationTold(
        id=operation.id,
        title=title(operation, items),
        items=tuple(item_told(item, now, zone) for item in items),
        snapshot=moment(now, now, zone),
        begun=moment(operation.created_at, now, zone),
        ended=moment(operation.ended_at, now, zone) if operation.ended_at else None,
        canceling=operation.canceled_at is not None and operation.ended_at is None,
        fails=sum(item.outcome in {Item.Outcome.FAILED, Item.Outcome.CANCELED} for item in items),
        borrows=bool(operation.fingerprint),
    )


def title(operation: Operation, items: Sequence[Item]) -> str:
    """What it is called."""
    several = ngettext("%(n)d workspace", "%(n)d workspaces", len(items)) % {"n": len(items)}
    return _(TITLES[operation.kind]) % {"what": items[0].name if len(items) == 1 else several}


def item_told(item: Item, now: datetime, zone: ZoneInfo) -> ItemTold:
    """One workspace of it."""
    key = item.outcome or item.phase
    tone, icon, word, text = STATES[key]
    idle = not item.ended_at and not (item.leased_until and item.leased_until > now) and now - item.next_at > IDLE
    return ItemTold(
        workspace=item.workspace,
        owner=item.owner,
        name=item.name,
        key=key,
        tone=tone,
        icon=icon,
        word=_(word),
        text=item.said or (_(text) if text else ""),
        idle_since=moment(item.next_at, now, zone) if idle else None,
    )
