"""Count workspaces by state for GET /deployment/stats; Coder also counts at intervals only."""

from datetime import timedelta

from coder_simulator.state import Stats
from coder_simulator.world import World

STATS_AGE = timedelta(seconds=30)
KINDS = ("pending", "building", "running", "failed", "stopped")
BUILDING = frozenset({"starting", "stopping", "deleting", "canceling"})


def collect(world: World) -> Stats:
    """Count the workspaces of a world by state."""
    counts = dict.fromkeys(KINDS, 0)
    for workspace in world.workspaces.everyone():
        status = workspace.latest_build.status
        kind = "building" if status in BUILDING else status
        if kind in counts:
            counts[kind] += 1
    return Stats(world.now(), counts)
