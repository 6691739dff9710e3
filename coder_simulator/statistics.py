"""How many workspaces are in which state: counted now and then, as Coder does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coder_simulator.world import World

STATS_AGE = timedelta(seconds=30)
KINDS = ("pending", "building", "running", "failed", "stopped")
BUILDING = frozenset({"starting", "stopping", "deleting", "canceling"})


@dataclass(frozen=True, slots=True)
class Stats:
    """The counts of one moment."""

    collected_at: datetime
    counts: dict[str, int]


def collect(world: "World") -> Stats:
    """Count a world's workspaces."""
    counts = dict.fromkeys(KINDS, 0)
    for workspace in world.workspaces.everyone():
        status = workspace.latest_build.status
        kind = "building" if status in BUILDING else status
        if kind in counts:
            counts[kind] += 1
    return Stats(world.now(), counts)
