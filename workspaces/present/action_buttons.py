"""Decisions as buttons: the primary action of a row, the menu of the others, or the reason why there are none."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.decisions import Decision, primary_action
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """The button of an action: see page_models.Action."""

    label: str  # marked for translation
    icon: str
    url_name: str
    field: str = ""
    value: str = ""


# By action, in the order of the menu.
BUTTONS: Mapping[str, Button] = {
    "start": Button(label=gettext_noop("Start"), icon="play", url_name="builds", field="transition", value="start"),
    "stop": Button(label=gettext_noop("Stop"), icon="square", url_name="builds", field="transition", value="stop"),
    "restart": Button(
        label=gettext_noop("Restart"), icon="rotate-cw", url_name="builds", field="transition", value="restart"
    ),
    "update": Button(
        label=gettext_noop("Update and start"),
        icon="circle-arrow-up",
        url_name="builds",
        field="transition",
        value="update",
    ),
    "retry": Button(
        label=gettext_noop("Retry"), icon="refresh-cw", url_name="builds", field="transition", value="retry"
    ),
    "cancel": Button(label=gettext_noop("Cancel build"), icon="x", url_name="cancel"),
    "activate": Button(label=gettext_noop("Activate"), icon="sun", url_name="dormant", field="dormant", value="false"),
    "dormant": Button(
        label=gettext_noop("Make dormant"), icon="moon", url_name="dormant", field="dormant", value="true"
    ),
    "delete": Button(label=gettext_noop("Delete…"), icon="trash-2", url_name="delete"),
}
RETRY_LABELS = {
    "start": gettext_noop("Retry start"),
    "stop": gettext_noop("Retry stop"),
    "delete": gettext_noop("Retry delete"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButtons:
    """The buttons of a workspace."""

    primary_action: Action | None
    menu_actions: tuple[Action, ...]
    note: str  # why there are none


def make_action_buttons(
    workspace: Workspace, decisions: Mapping[str, Decision], *, has_operation: bool = False
) -> ActionButtons:
    """Return the buttons of a workspace. If all actions are refused for one reason, it is the note.

    During an operation, which takes the next step itself, no action but a cancel is primary.
    """
    primary = primary_action(decisions, workspace)
    menu = [name for name in BUTTONS if name != primary and name in decisions and decisions[name].applicable]
    reasons = {decisions[name].reason for name in menu}
    if primary is None and len(reasons) == 1 and reasons != {""}:
        return ActionButtons(primary_action=None, menu_actions=(), note=reasons.pop())
    if primary and primary != "cancel" and has_operation:
        menu.insert(0, primary)
        primary = None
    return ActionButtons(
        primary_action=make_action(primary, workspace, decisions) if primary else None,
        menu_actions=tuple(make_action(name, workspace, decisions) for name in menu),
        note="",
    )


def make_action(name: str, workspace: Workspace, decisions: Mapping[str, Decision]) -> Action:
    """Return an action as a button."""
    button = BUTTONS[name]
    return Action(
        name=name,
        label=action_label(name, workspace),
        icon=button.icon,
        allowed=decisions[name].allowed,
        reason=decisions[name].reason,
        danger=name == "delete" or (name == "retry" and workspace.latest_build.transition == "delete"),
        url_name=button.url_name,
        field=button.field,
        value=button.value,
    )


def make_allowed_action(name: str, workspace: Workspace, decisions: Mapping[str, Decision]) -> Action | None:
    """Return an action as a button; None if it is not allowed."""
    return make_action(name, workspace, decisions) if decisions[name].allowed else None


def action_label(name: str, workspace: Workspace) -> str:
    """Return the label of an action; for an update and a retry, it says what they do to this workspace."""
    build = workspace.latest_build
    if name == "update" and build.status == "running":
        return _("Update and restart")
    if name == "retry" and build.transition in RETRY_LABELS:
        return _(RETRY_LABELS[build.transition])
    return _(BUTTONS[name].label)
