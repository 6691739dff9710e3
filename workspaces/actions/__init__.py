"""For every action on a workspace: yes, or the reason why not.

The table is that of Coder's own dashboards, 2.19 and 2.36, with their faults mended: what Coder would refuse
is refused here, with the reason. What Coder alone can know (a quota, a template that forbids autostart) is
left to Coder.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from workspaces.actions import builds, settings
from workspaces.actions.cases import Case, Dialect, Rights, Rule, must_update
from workspaces.coder.types import Workspace

__all__ = ["Decision", "Dialect", "Rights", "decide", "fitting", "must_update", "primary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether an action can be done now."""

    allowed: bool
    reason: str  # why not, a whole sentence; "" where it is allowed
    fits: bool  # it makes sense in this status: worth a place in a menu, if only with the reason


RULES: Mapping[str, Rule] = {**builds.RULES, **settings.RULES}

PRIMARY = {
    "pending": ("cancel",),
    "starting": ("cancel",),
    "running": ("stop",),
    "stopping": ("cancel",),
    "stopped": ("start", "update"),
    "canceled": ("start", "update", "stop"),
    "failed": ("retry", "update"),
}


def decide(
    workspace: Workspace, rights: Rights, dialect: Dialect, names: Iterable[str] = RULES
) -> Mapping[str, Decision]:
    """For each action, or for those that are named, its decision. The names are Coder's where it has some."""
    case = Case(workspace=workspace, rights=rights, dialect=dialect)
    decisions = {}
    for name in names:
        makes_sense, rule = RULES[name]
        reason = rule(case)
        decisions[name] = Decision(allowed=not reason, reason=reason, fits=makes_sense(workspace))
    return decisions


def fitting(workspace: Workspace, names: Iterable[str]) -> list[str]:
    """Those of the actions that make sense in its status, whether they can be done or not."""
    return [name for name in names if RULES[name][0](workspace)]


def primary(decisions: Mapping[str, Decision], workspace: Workspace) -> str | None:
    """The one action that stands beside a workspace; the rest goes into its menu."""
    wanted = PRIMARY.get(workspace.latest_build.status, ())
    if workspace.dormant_at:
        wanted = ("activate", *wanted)
    return next((name for name in wanted if name in decisions and decisions[name].allowed), None)
