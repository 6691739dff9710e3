"""Count workspaces by state for GET /deployment/stats; Coder also counts at intervals only."""

from datetime import timedelta

from coder_simulator.state import DeploymentStats
from coder_simulator.world import World

STATS_AGE = timedelta(seconds=30)
STATES = ("pending", "building", "running", "failed", "stopped")
BUILDING_STATUSES = frozenset({"starting", "stopping", "deleting", "canceling"})


def collect_stats(world: World) -> DeploymentStats:
    """Count the workspaces of a world by state."""
    counts = dict.fromkeys(STATES, 0)
    for workspace in world.workspaces.list_all():
        status = workspace.latest_build.status
        state = "building" if status in BUILDING_STATUSES else status
        if state in counts:
            counts[state] += 1
    return DeploymentStats(world.now(), counts)
