"""A rule: in which state an action makes sense, and the check whether it is possible."""

from collections.abc import Callable
from dataclasses import dataclass

from workspaces.actions.context import ActionContext, known_status
from workspaces.coder.types import Workspace


@dataclass(frozen=True, slots=True)
class Rule:
    """The rule of one action."""

    is_applicable: Callable[[Workspace], bool]  # whether the action makes sense in the workspace's state
    check: Callable[[ActionContext], str]  # returns the reason against it, or ""


def has_status(*statuses: str) -> Callable[[Workspace], bool]:
    """Return a function that tells whether a workspace has one of these statuses."""
    return lambda workspace: known_status(workspace) in statuses


def exists(workspace: Workspace) -> bool:
    """Return whether the workspace has not been deleted."""
    return known_status(workspace) != "deleted"
