"""The people of the demo world's fleet: developers with their names, roles and times of their last visit."""

from datetime import timedelta
from itertools import product
from random import Random

from coder_simulator.state import Organization, User
from coder_simulator.world import World
from coder_simulator.worlds.demo_fleet_names import FIRST_NAMES, LAST_NAMES

EXTRA_ROLES: tuple[tuple[str, ...], ...] = (("template-admin",), ("template-admin",), ("auditor",), ("user-admin",))
STATUSES = (
    # (status, share of the people, days since the last visit: at least, at most)
    ("active", 0.86, 0.0, 25.0),
    ("dormant", 0.09, 95.0, 300.0),
    ("suspended", 0.05, 20.0, 200.0),
)
RESEARCH_SHARE = 0.2


def add_people(world: World, number: int, rng: Random, research: Organization) -> list[User]:
    """Add this many people; the first one and a fifth of the others are members of the second organization, too."""
    names = [*product(FIRST_NAMES, LAST_NAMES)]
    rng.shuffle(names)
    people = []
    for index, (first, last) in enumerate(names[:number]):
        roles = EXTRA_ROLES[index] if index < len(EXTRA_ROLES) else ()
        person = _add_person(world, rng, first, last, roles)
        if index == 0 or rng.random() < RESEARCH_SHARE:
            person.organizations.append(research)
            research.members.append(person)
        people.append(person)
    return people


def _add_person(world: World, rng: Random, first: str, last: str, roles: tuple[str, ...]) -> User:
    weights = [share for _, share, *_ in STATUSES]
    status, _, at_least, at_most = STATUSES[0] if roles else rng.choices(STATUSES, weights)[0]
    now = world.now()
    return world.add_user(
        f"{first}-{last}",
        name=f"{first.title()} {last.title()}",
        roles=roles,
        status=status,
        created_at=now - timedelta(days=rng.uniform(at_most + 1, 880)),
        last_seen_at=now - timedelta(days=rng.uniform(at_least, at_most)),
    )
