"""An entry of the audit log as a line: the action, its details, and Coder's response."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.coder.text import sanitize_text
from workspaces.present.agents.connections import LEVELS
from workspaces.present.page_models import Tone
from workspaces.present.statuses import status_label
from workspaces.present.times import Moment, make_moment


class AuditRecord(Protocol):
    """An entry, as far as its line depends on it."""

    @property
    def at(self) -> datetime:
        """The time, aware."""

    @property
    def username(self) -> str:
        """The name of the person."""

    @property
    def action(self) -> str:
        """The name of the action: `Call.action`."""

    @property
    def workspace(self) -> UUID | None:
        """The workspace's id, if there is one."""

    @property
    def owner(self) -> str:
        """The workspace's owner."""

    @property
    def name(self) -> str:
        """The workspace's name at that time."""

    @property
    def address(self) -> str:
        """The client's address."""

    @property
    def details(self) -> Any:
        """The audited fields of the request's body."""

    @property
    def outcome(self) -> str:
        """done, refused, lost or away."""

    @property
    def status(self) -> int | None:
        """The HTTP status of Coder's response."""

    @property
    def message(self) -> str:
        """Coder's error message."""

    @property
    def operation(self) -> UUID | None:
        """The operation's id, if it belongs to one."""


type Detail = Callable[[Mapping[str, Any], datetime, ZoneInfo], str]


def no_detail(_body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return "": the label says all."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionText:
    """What the audit log says of an action: a label, and a detail of what was sent."""

    label: str  # marked for translation
    detail: Detail = no_detail  # of the audited fields of the call's body
    before: Detail | None = None  # of their values before the write; None: as `detail`


OUTCOMES: dict[str, tuple[Tone, str, str]] = {
    "done": ("ok", "circle-check", gettext_noop("Accepted")),
    "refused": ("bad", "circle-x", gettext_noop("Rejected")),
    "lost": ("warn", "triangle-alert", gettext_noop("Outcome unknown")),
    "away": ("off", "circle-slash", gettext_noop("Coder unreachable")),
}


UNREADABLE_LABEL = gettext_noop("Unreadable response")  # of something that is not Coder: "away" with a status


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the audit log."""

    at: Moment
    username: str
    action: str
    detail: str  # "" if the action says all
    before: str  # the value before the write; "" if it is not known
    workspace_id: UUID | None
    owner: str
    name: str
    address: str
    tone: Tone
    icon: str
    outcome_label: str
    status: int | None
    message: str
    operation_id: UUID | None
    has_operation: bool  # whether its operation has a page for the viewer: it is theirs, and not deleted yet


def make_audit_line(
    row: AuditRecord, now: datetime, zone: ZoneInfo, *, has_operation: bool, texts: Mapping[str, ActionText]
) -> AuditLine:
    """Return an entry as a line for a viewer in this zone. `now` is aware.

    `has_operation`: its operation has a page for the viewer. `texts`: by action.
    """
    tone, icon, label = OUTCOMES.get(row.outcome, ("off", "circle-slash", row.outcome))
    if row.outcome == "away" and row.status is not None:
        label = UNREADABLE_LABEL
    text = texts.get(row.action)
    return AuditLine(
        at=make_moment(row.at, now, zone),
        username=row.username,
        action=_(text.label) if text else row.action,
        detail=sanitize_text(detail_text(row, text.detail if text else no_detail, now, zone)),
        before=sanitize_text(before_text(row, text, now, zone)) if text else "",
        workspace_id=row.workspace,
        owner=row.owner,
        name=row.name,
        address=row.address,
        tone=tone,
        icon=icon,
        outcome_label=_(label),
        status=row.status,
        message=sanitize_text(message_text(row)),
        operation_id=row.operation,
        has_operation=has_operation,
    )


def message_text(row: AuditRecord) -> str:
    """Return the message about Coder's response."""
    if row.outcome == "lost":
        return _("Coder may have done this, but its response was lost. %(why)s") % {"why": row.message}
    return row.message


def detail_text(row: AuditRecord, action_detail: Detail, now: datetime, zone: ZoneInfo) -> str:
    """Return the details of the request."""
    body: Mapping[str, Any] = row.details
    parts = [action_detail(body, now, zone), build_options_text(body), frame_text(body)]
    if next_build := body.get("on_success"):
        parts.append(_("followed by a start"))
        parts.append(build_options_text(next_build))
    return ", ".join(part for part in parts if part)


def before_text(row: AuditRecord, text: ActionText, now: datetime, zone: ZoneInfo) -> str:
    """Return the value that the write replaced; "" if it is not known."""
    values = row.details.get("before")
    return (text.before or text.detail)(values, now, zone) if isinstance(values, Mapping) else ""


def build_options_text(body: Mapping[str, Any]) -> str:
    """Return the options of a build; of parameters only the names."""
    parts = []
    if names := body.get("parameters"):
        parts.append(_("with parameters %(names)s") % {"names": ", ".join(map(str, names))})
    if body.get("orphan"):
        parts.append(_("with orphaned resources"))
    if body.get("log_level"):
        parts.append(_("with debug output"))
    return ", ".join(parts)


def frame_text(body: Mapping[str, Any]) -> str:
    """Return the page in whose frame the button was; "" for a page of the portal."""
    origin = body.get("frame")
    if not origin:
        return ""
    return _("from a frame") if origin == "unknown" else _("from a frame on %(origin)s") % {"origin": origin}


def port_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the agent and port, and the level at which the port is shared."""
    parts = [f"{body.get('agent_name', '')}:{body.get('port', '')}", level_text(str(body.get("share_level", "")))]
    return ", ".join(word for word in parts if word)


def export_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the file and the number of its rows."""
    rows = body.get("rows", 0)
    count = ngettext("%(n)d workspace", "%(n)d workspaces", rows) % {"n": rows}
    return ", ".join(filter(None, [str(body.get("file", "")), count]))


def audit_export_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the file and the number of its entries."""
    rows = body.get("rows", 0)
    count = ngettext("%(n)d entry", "%(n)d entries", rows) % {"n": rows}
    return ", ".join(filter(None, [str(body.get("file", "")), count]))


def announcement_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the text of an announcement, and for whom it is."""
    return ", ".join(filter(None, [str(body.get("text", "")), str(body.get("audience", ""))]))


def frame_detail(body: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the origin of the pages that a person has allowed to show their workspaces."""
    return str(body.get("origin", ""))


def level_text(level: str) -> str:
    """Return the label of a share level of ports; an unknown one as it is."""
    return _(LEVELS[level]) if level in LEVELS else level


def deadline_detail(body: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> str:
    """Return the requested deadline; "" if it cannot be read."""
    try:
        deadline = datetime.fromisoformat(str(body.get("deadline")))
    except ValueError:
        return ""
    return make_moment(deadline, now, zone).short if deadline.tzinfo else ""


def build_before(values: Mapping[str, Any], _now: datetime, _zone: ZoneInfo) -> str:
    """Return the status and the template version that a build replaced."""
    names = {"status": status_label(str(values.get("status", ""))), "version": values.get("template_version", "")}
    return _("%(status)s, version %(version)s") % names


# The actions that are not the change of a setting, by their name in `Call.action`.
ACTION_TEXTS: Mapping[str, ActionText] = {
    "create": ActionText(label=gettext_noop("Create workspace")),
    "start": ActionText(label=gettext_noop("Start"), before=build_before),
    "stop": ActionText(label=gettext_noop("Stop"), before=build_before),
    "delete": ActionText(label=gettext_noop("Delete"), before=build_before),
    "cancel": ActionText(label=gettext_noop("Cancel build")),
    "favorite": ActionText(label=gettext_noop("Add favorite")),
    "unfavorite": ActionText(label=gettext_noop("Remove favorite")),
    "activate": ActionText(label=gettext_noop("Activate")),
    "share port": ActionText(label=gettext_noop("Share port"), detail=port_detail),
    "unshare port": ActionText(label=gettext_noop("Stop sharing port"), detail=port_detail),
    "export": ActionText(label=gettext_noop("Export workspaces"), detail=export_detail),
    "export audit": ActionText(label=gettext_noop("Export audit log"), detail=audit_export_detail),
    "create announcement": ActionText(label=gettext_noop("Create announcement"), detail=announcement_detail),
    "change announcement": ActionText(label=gettext_noop("Change announcement"), detail=announcement_detail),
    "delete announcement": ActionText(label=gettext_noop("Delete announcement"), detail=announcement_detail),
    "allow frame": ActionText(label=gettext_noop("Allow frames on a site"), detail=frame_detail),
    "create token": ActionText(label=gettext_noop("Create token for an operation")),
    "delete token": ActionText(label=gettext_noop("Revoke token of an operation")),
}
