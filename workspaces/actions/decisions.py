"""Decide for every action whether it is possible now, or why not.

The rules are those of Coder's own dashboards, 2.19 and 2.36, with their faults fixed: the portal refuses what Coder
would refuse, with the reason. What only Coder knows (a quota, a template that forbids autostart) is left to Coder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workspaces.actions import builds, settings
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import ActionContext, Rights
from workspaces.actions.rules import Rule
from workspaces.coder.types import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an action is possible now."""

    allowed: bool
    reason: str  # why not, a whole sentence; "" if it is allowed
    applicable: bool  # to this status: menus show it, disabled and with the reason where it is not allowed


RULES: Mapping[str, Rule] = {**builds.RULES, **settings.RULES}

# By status: the actions of which the first allowed one stands beside the workspace.
PRIMARY_ACTIONS = {
    "pending": ("cancel",),
    "starting": ("cancel",),
    "running": ("stop",),
    "stopping": ("cancel",),
    "stopped": ("start", "update"),
    "canceled": ("start", "update", "stop"),
    "failed": ("retry", "update"),
}


def decide(
    workspace: Workspace, rights: Rights, capabilities: CoderCapabilities, names: Iterable[str] = RULES
) -> Mapping[str, Decision]:
    """Return the decisions by name of the action: for the named actions, or for all. The names are Coder's."""
    context = ActionContext(workspace=workspace, rights=rights, capabilities=capabilities)
    decisions = {}
    for name in names:
        rule = RULES[name]
        reason = rule.check(context)
        decisions[name] = Decision(allowed=not reason, reason=reason, applicable=rule.is_applicable(workspace))
    return decisions


def find_reasons(
    workspace: Workspace, rights: Rights, capabilities: CoderCapabilities, names: Iterable[str]
) -> tuple[str, ...]:
    """Return the reasons against the named actions, in order; "" for one that is allowed. For many workspaces."""
    context = ActionContext(workspace=workspace, rights=rights, capabilities=capabilities)
    return tuple([RULES[name].check(context) for name in names])


def applicable_actions(workspace: Workspace, names: Iterable[str]) -> list[str]:
    """Return the named actions that apply to the workspace's status, allowed or not."""
    return [name for name in names if RULES[name].is_applicable(workspace)]


def primary_action(decisions: Mapping[str, Decision], workspace: Workspace) -> str | None:
    """Return the action that stands beside a workspace; None if no candidate is allowed."""
    names = PRIMARY_ACTIONS.get(workspace.latest_build.status, ())
    if workspace.dormant_at:
        names = ("activate", *names)
    return next((name for name in names if name in decisions and decisions[name].allowed), None)
