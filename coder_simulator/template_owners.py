"""Count the owners of each template's workspaces; Coder also counts them once an hour only."""

from collections import defaultdict
from datetime import timedelta

from coder_simulator.records import OwnerCounts
from coder_simulator.world import World

MAX_AGE = timedelta(hours=1)


def count_owners(world: World) -> dict[str, int]:
    """Return the number of owners by template id, as counted in the last hour."""
    if world.owner_counts is None or world.owner_counts.collected_at + MAX_AGE <= world.now():
        owners: defaultdict[str, set[str]] = defaultdict(set)
        for workspace in world.workspaces.list_all():
            owners[workspace.template.id].add(workspace.owner.id)
        world.owner_counts = OwnerCounts(world.now(), {template: len(found) for template, found in owners.items()})
    return world.owner_counts.counts
