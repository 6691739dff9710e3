"""Compute the daily cost of workspaces and users' budgets (credits)."""

from coder_simulator.state import Build, User, Workspace
from coder_simulator.world import World


def daily_cost_of(build: Build) -> int:
    """Return the daily cost of a build's resources after it succeeded (credits)."""
    return sum(r.daily_cost for r in build.version.plan.resources if build.transition in r.transitions)


def consumed_credits(world: World, owner: User, *, exclude: Workspace | None = None) -> int:
    """Return the daily cost of a user's workspaces (credits), without `exclude`."""
    counted = (w for w in world.workspaces.owned_by(owner) if w is not exclude)
    return sum(w.latest_build.daily_cost for w in counted)


def budget_of(world: World, owner: User) -> int:
    """Return a user's daily budget (credits); -1: none, as without a license."""
    return owner.quota if world.licensed else -1
