"""Credits: what workspaces cost a day, and what a person has consumed of the budget."""

from coder_simulator.state import Build, User, Workspace
from coder_simulator.world import World


def cost_of(build: Build) -> int:
    """Return what the resources of a build cost a day, once it has ended well (credits)."""
    return sum(r.daily_cost for r in build.version.plan.resources if build.transition in r.transitions)


def consumed(world: World, owner: User, *, other_than: Workspace | None = None) -> int:
    """Return what a person's workspaces cost a day (credits), without `other_than`."""
    kept = (w for w in world.workspaces.owned_by(owner) if w is not other_than)
    return sum(w.latest_build.daily_cost for w in kept)


def budget(world: World, owner: User) -> int:
    """Return a person's budget a day (credits); -1: none, as without a licence."""
    return owner.quota if world.licensed else -1
