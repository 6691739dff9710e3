"""The people of the demo world, its two organizations and its provisioners."""

from datetime import timedelta
from typing import Any

from coder_simulator.prebuilds import PREBUILDS_USERNAME
from coder_simulator.state import Organization, User
from coder_simulator.world import DEFAULT_TAGS, World

GPU_TAGS = {**DEFAULT_TAGS, "pool": "gpu"}
UNSERVED_TAGS = {**DEFAULT_TAGS, "datacenter": "berlin-1"}  # no provisioner has these tags

PEOPLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    # username, name, fields; `days` since the person joined; the e-mail address is NAME@example.com
    ("admin", "Ada Lindqvist", {"roles": ("owner",), "avatar_url": "/emojis/1f331.png", "days": 900}),
    ("alice", "Alice Martin", {"avatar_url": "/emojis/1f98a.png", "days": 610}),
    ("bob", "Bob Castellanos", {"days": 605}),
    ("tina", "Tina Okafor", {"roles": ("template-admin",), "days": 880}),
    ("axel", "Axel Brandt", {"roles": ("auditor",), "days": 420}),
    ("uma", "Uma Patel", {"roles": ("user-admin",), "days": 700}),
    ("siobhan", "Siobhán O'Neill", {"days": 540}),
    ("layla", "ليلى حداد", {"days": 300}),
    ("kenji", "佐藤 健二", {"avatar_url": "/emojis/1f427.png", "days": 365}),
    ("priya", "Priya Raghunathan", {"days": 210}),
    ("diego", "Diego Aragão", {"quota": 25, "days": 95}),
    (
        "francisca-montenegro-vasconcelos",
        "Francisca Maria da Conceição Montenegro de Vasconcelos e Albuquerque",
        {"days": 33},
    ),
)
RESEARCHERS = ("admin", "tina", "layla", "priya", "alice")
PREBUILDS_ID = "c42fdf75-3097-471c-8c33-fb52454d81c0"  # Coder's constant


def add_people(world: World) -> tuple[Organization, dict[str, User]]:
    """Add organizations, provisioners and people; return the second organization and users by username."""
    now = world.now()
    founded_at = now - timedelta(days=901)
    icons = {"coder": "/emojis/1f680.png", "research": "/emojis/1f4da.png"}
    world.add_organization(
        "coder",
        display_name="Engineering",
        description="Product and platform teams",
        icon=icons["coder"],
        is_default=True,
        created_at=founded_at,
    )
    research = world.add_organization(
        "research",
        display_name="Research",
        description="Language and speech technology",
        icon=icons["research"],
        created_at=founded_at + timedelta(days=400),
    )
    for number in (1, 2, 3):
        world.add_provisioner(f"provisioner-{number}")
    world.add_provisioner("gpu-provisioner", GPU_TAGS)
    users = {username: _add_person(world, username, name, **special) for username, name, special in PEOPLE}
    for username in RESEARCHERS:
        users[username].organizations.append(research)
        research.members.append(users[username])
    return research, users


def add_prebuilds_user(world: World) -> User:
    """Add the account that owns prebuilt workspaces (2.36); it cannot sign in and is no member."""
    account = world.add_user(PREBUILDS_USERNAME, id=PREBUILDS_ID, name="Prebuilds", password="", login_type="none")
    world.organization.members.remove(account)
    return account


def _add_person(world: World, username: str, name: str, *, days: int, **fields: Any) -> User:
    now = world.now()
    last_seen_at = now - timedelta(minutes=days % 50, hours=days % 7)
    return world.add_user(
        username, name=name, created_at=now - timedelta(days=days), last_seen_at=last_seen_at, **fields
    )
