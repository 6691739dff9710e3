"""A row of the record in words: what was done, with what, and what Coder answered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.present.page_models import Tone
from workspaces.present.times import Moment, moment
from workspaces.schedule import ttl_text


class Recorded(Protocol):
    """A row, as far as its words depend on it."""

    @property
    def at(self) -> datetime:
        """When, aware."""

    @property
    def action(self) -> str:
        """In Coder's words."""

    @property
    def workspace(self) -> UUID | None:
        """Which, where it was about one that there is."""

    @property
    def owner(self) -> str:
        """Whose."""

    @property
    def name(self) -> str:
        """As it was called."""

    @property
    def address(self) -> str:
        """From where."""

    @property
    def details(self) -> Any:
        """What was asked for."""

    @property
    def outcome(self) -> str:
        """What became of it."""

    @property
    def status(self) -> int | None:
        """Of Coder's answer."""

    @property
    def message(self) -> str:
        """Of Coder's refusal."""

    @property
    def operation(self) -> UUID | None:
        """To which it belongs."""


ACTIONS = {
    "create": gettext_noop("Created"),
    "start": gettext_noop("Start"),
    "stop": gettext_noop("Stop"),
    "delete": gettext_noop("Delete"),
    "cancel": gettext_noop("Cancel the build"),
    "favorite": gettext_noop("Favorite"),
    "unfavorite": gettext_noop("No longer a favorite"),
    "rename": gettext_noop("Rename"),
    "ttl": gettext_noop("Autostop"),
    "autostart": gettext_noop("Autostart"),
    "autoupdates": gettext_noop("Automatic updates"),
    "dormant": gettext_noop("Make dormant"),
    "activate": gettext_noop("Activate"),
    "extend": gettext_noop("Move the deadline"),
    "usage": gettext_noop("Count as used"),
    "share port": gettext_noop("Share a port"),
    "unshare port": gettext_noop("Share a port no longer"),
    "create token": gettext_noop("Make a token for the operation"),
    "delete token": gettext_noop("End the token of the operation"),
}
OUTCOMES: dict[str, tuple[Tone, str, str]] = {
    "done": ("ok", "circle-check", gettext_noop("Done")),
    "refused": ("bad", "circle-x", gettext_noop("Refused")),
    "lost": ("warn", "triangle-alert", gettext_noop("Answer lost")),
    "away": ("off", "circle-slash", gettext_noop("Coder not reached")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeTold:
    """One change."""

    at: Moment
    action: str
    detail: str  # "" where the action says it all
    workspace: UUID | None
    owner: str
    name: str
    address: str
    tone: Tone
    icon: str
    word: str
    status: int | None
    message: str
    operation: UUID | None  # where it can be looked at still


def told(row: Recorded, now: datetime, zone: ZoneInfo, *, operation: bool) -> ChangeTold:
    """A row as somebody in this zone reads it now (aware). `operation`: its operation is still there."""
    tone, icon, word = OUTCOMES.get(row.outcome, ("off", "circle-slash", row.outcome))
    action = ACTIONS.get(row.action)
    return ChangeTold(
        at=moment(row.at, now, zone),
        action=_(action) if action else row.action,
        detail=detail(row, now, zone),
        workspace=row.workspace,
        owner=row.owner,
        name=row.name,
        address=row.address,
        tone=tone,
        icon=icon,
        word=_(word),
        status=row.status,
        message=message(row),
        operation=row.operation if operation else None,
    )


def message(row: Recorded) -> str:
    """What there is to say of the answer."""
    if row.outcome == "lost":
        return _("Coder may have done it: its answer did not arrive. %(why)s") % {"why": row.message}
    return row.message


def detail(row: Recorded, now: datetime, zone: ZoneInfo) -> str:
    """What was asked for, beside the action itself."""
    asked: Mapping[str, Any] = row.details
    said = OF[row.action](asked, now, zone) if row.action in OF else ""
    parts = [said, more(asked)]
    if follows := asked.get("on_success"):
        parts.append(_("then a start"))
        parts.append(more(follows))
    return ", ".join(part for part in parts if part)


def more(asked: Mapping[str, Any]) -> str:
    """What a build was given besides: of parameters the names."""
    parts = []
    if names := asked.get("parameters"):
        parts.append(_("with values of %(names)s") % {"names": ", ".join(map(str, names))})
    if asked.get("orphan"):
        parts.append(_("without deleting what it has made"))
    if asked.get("log_level"):
        parts.append(_("with debug output"))
    return ", ".join(parts)


def port(asked: Mapping[str, Any]) -> str:
    """A port and what may be done with it."""
    words = [f"{asked.get('agent_name', '')}:{asked.get('port', '')}", str(asked.get("share_level", ""))]
    return " ".join(word for word in words if word)


def deadline(asked: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """The deadline that was asked for."""
    try:
        return moment(datetime.fromisoformat(str(asked.get("deadline"))), now, zone).full
    except ValueError:
        return ""


OF: dict[str, Callable[[Mapping[str, Any], datetime, ZoneInfo], str]] = {
    "rename": lambda asked, now, zone: _("to %(name)s") % {"name": asked.get("name", "")},
    "ttl": lambda asked, now, zone: ttl_text(asked.get("ttl_ms")) or _("off"),
    "autostart": lambda asked, now, zone: str(asked.get("schedule") or _("off")),
    "autoupdates": lambda asked, now, zone: str(asked.get("automatic_updates", "")),
    "extend": deadline,
    "usage": lambda asked, now, zone: str(asked.get("app_name", "")),
    "share port": lambda asked, now, zone: port(asked),
    "unshare port": lambda asked, now, zone: port(asked),
}
