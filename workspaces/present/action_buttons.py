"""Decisions as buttons: the one that stands in the row, the rest of the menu, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.decisions import Decision, primary_action
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Action

BUTTON_ACTIONS = ("start", "stop", "restart", "update", "retry", "cancel", "activate", "dormant", "delete")

# By action: its icon, and what its button posts where.
BUTTONS = {
    "start": ("play", "builds", "transition", "start"),
    "stop": ("square", "builds", "transition", "stop"),
    "restart": ("rotate-cw", "builds", "transition", "restart"),
    "update": ("circle-arrow-up", "builds", "transition", "update"),
    "retry": ("refresh-cw", "builds", "transition", "retry"),
    "cancel": ("x", "cancel", "", ""),
    "activate": ("sun", "dormant", "dormant", "false"),
    "dormant": ("moon", "dormant", "dormant", "true"),
    "delete": ("trash-2", "delete", "", ""),
}


LABELS = {
    "start": gettext_noop("Start"),
    "stop": gettext_noop("Stop"),
    "restart": gettext_noop("Restart"),
    "update": gettext_noop("Update and start"),
    "retry": gettext_noop("Retry"),
    "cancel": gettext_noop("Cancel"),
    "activate": gettext_noop("Activate"),
    "dormant": gettext_noop("Make dormant"),
    "delete": gettext_noop("Delete…"),
}
RETRIES = {
    "start": gettext_noop("Retry start"),
    "stop": gettext_noop("Retry stop"),
    "delete": gettext_noop("Retry delete"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionButtons:
    """What a person can do with a workspace now."""

    primary_action: Action | None
    menu_actions: tuple[Action, ...]
    note: str


def make_action_buttons(
    workspace: Workspace, decisions: Mapping[str, Decision], *, has_operation: bool = False
) -> ActionButtons:
    """The buttons of a workspace. Where all that makes sense is refused for one reason, it is said once.

    While the portal is `at_work` on it, nothing but a cancel stands out: the next step is the portal's.
    """
    first = primary_action(decisions, workspace)
    rest = [name for name in BUTTON_ACTIONS if name != first and name in decisions and decisions[name].applicable]
    reasons = {decisions[name].reason for name in rest}
    if first is None and len(reasons) == 1 and reasons != {""}:
        return ActionButtons(primary_action=None, menu_actions=(), note=reasons.pop())
    if first and first != "cancel" and has_operation:
        rest.insert(0, first)
        first = None
    return ActionButtons(
        primary_action=make_action(first, workspace, decisions) if first else None,
        menu_actions=tuple(make_action(name, workspace, decisions) for name in rest),
        note="",
    )


def make_action(name: str, workspace: Workspace, decisions: Mapping[str, Decision]) -> Action:
    """One action as a button."""
    icon, address, field, value = BUTTONS[name]
    return Action(
        name=name,
        label=action_label(name, workspace),
        icon=icon,
        allowed=decisions[name].allowed,
        reason=decisions[name].reason,
        danger=name == "delete" or (name == "retry" and workspace.latest_build.transition == "delete"),
        url_name=address,
        field=field,
        value=value,
    )


def make_allowed_action(name: str, workspace: Workspace, decisions: Mapping[str, Decision]) -> Action | None:
    """The action that helps, where it can be done."""
    return make_action(name, workspace, decisions) if decisions[name].allowed else None


def action_label(name: str, workspace: Workspace) -> str:
    """What stands on the button: for an update and a retry, what it comes to."""
    build = workspace.latest_build
    if name == "update" and build.status == "running":
        return _("Update and restart")
    if name == "retry" and build.transition in RETRIES:
        return _(RETRIES[build.transition])
    return _(LABELS[name])
