"""Seed a world with thousands of workspaces, to test programs with many rows."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice

from coder_simulator.seed import seed_workspace
from coder_simulator.state import User
from coder_simulator.world import World

ADJECTIVES = ("amber", "azure", "coral", "crimson", "emerald", "golden", "indigo", "ivory", "jade", "scarlet", "silver")
ANIMALS = (
    "badger",
    "crane",
    "dolphin",
    "falcon",
    "heron",
    "lynx",
    "otter",
    "panda",
    "raven",
    "salmon",
    "tiger",
    "wren",
)
STATUSES = ("running", "stopped", "running", "stopped", "running", "stopped", "failed", "stopped", "running", "stopped")
PER_PERSON = 25


def add_workspaces(world: World, number: int) -> None:
    """Add a number of workspaces in the existing templates, and their owners."""
    templates = [t for t in world.templates.values() if not t.deleted]
    owners = _add_users(world, -(-number // PER_PERSON))
    workspaces = []
    for index, (owner, name) in enumerate(islice(_names(owners), number)):
        workspace = seed_workspace(
            world,
            owner=owner,
            template=templates[index % len(templates)],
            name=name,
            status=STATUSES[index % len(STATUSES)],
            age_hours=24 + index % 2000,
            built_hours_ago=1 + index % 7,
            previous_transitions=(),
            indexed=False,
        )
        workspaces.append(workspace)
    world.workspaces.add_all(workspaces)


def _add_users(world: World, number: int) -> list[User]:
    joined = world.now() - timedelta(days=400)
    return [
        world.add_user(
            f"person-{n:04d}", name=f"{ADJECTIVES[n % 11].title()} {ANIMALS[n % 12].title()}", created_at=joined
        )
        for n in range(1, number + 1)
    ]


def _names(owners: list[User]) -> Iterator[tuple[User, str]]:
    for rounds, (first, second) in enumerate(cycle((f, s) for f in ADJECTIVES for s in ANIMALS), 1):
        for owner in owners:
            yield owner, f"{first}-{second}-{rounds}"
