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
from workspaces.present.times import Moment, make_moment


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


type Detail = Callable[[Mapping[str, Any], datetime, ZoneInfo], str]


def no_detail(_body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return "": the label says all."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionText:
    """What the audit log says of an action: a label, and a detail of what was sent."""

    label: str  # marked for translation
    detail: Detail = no_detail  # of the audited fields of the call's body


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


def told(
    row: Recorded, now: datetime, zone: ZoneInfo, *, operation: bool, texts: Mapping[str, ActionText]
) -> ChangeTold:
    """A row as somebody in this zone reads it now (aware).

    `operation`: its operation is still there. `texts`: by action.
    """
    tone, icon, word = OUTCOMES.get(row.outcome, ("off", "circle-slash", row.outcome))
    text = texts.get(row.action)
    return ChangeTold(
        at=make_moment(row.at, now, zone),
        action=_(text.label) if text else row.action,
        detail=detail(row, text.detail if text else no_detail, now, zone),
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


def detail(row: Recorded, of_action: Detail, now: datetime, zone: ZoneInfo) -> str:
    """What was asked for, beside the action itself."""
    asked: Mapping[str, Any] = row.details
    parts = [of_action(asked, now, zone), more(asked)]
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


def port_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the agent and port, and the level at which the port is shared."""
    words = [f"{body.get('agent_name', '')}:{body.get('port', '')}", str(body.get("share_level", ""))]
    return " ".join(word for word in words if word)


def deadline_detail(body: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """Return the requested deadline; "" if it cannot be read."""
    try:
        return make_moment(datetime.fromisoformat(str(body.get("deadline"))), now, zone).full
    except ValueError:
        return ""


# The actions that are not the change of a setting, by their name in `Call.action`.
ACTION_TEXTS: Mapping[str, ActionText] = {
    "create": ActionText(label=gettext_noop("Created")),
    "start": ActionText(label=gettext_noop("Start")),
    "stop": ActionText(label=gettext_noop("Stop")),
    "delete": ActionText(label=gettext_noop("Delete")),
    "cancel": ActionText(label=gettext_noop("Cancel the build")),
    "favorite": ActionText(label=gettext_noop("Favorite")),
    "unfavorite": ActionText(label=gettext_noop("No longer a favorite")),
    "activate": ActionText(label=gettext_noop("Activate")),
    "share port": ActionText(label=gettext_noop("Share a port"), detail=port_detail),
    "unshare port": ActionText(label=gettext_noop("Share a port no longer"), detail=port_detail),
    "create token": ActionText(label=gettext_noop("Make a token for the operation")),
    "delete token": ActionText(label=gettext_noop("End the token of the operation")),
}
