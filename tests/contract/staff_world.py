"""The world in which the staff calls were recorded: its users, templates and workspaces, with their recorded ids."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from coder_simulator.seed import seed_workspace
from coder_simulator.sessions import create_token, token_value
from coder_simulator.state import User
from coder_simulator.world import World
from coder_simulator.worlds import contract
from tests.contract.recordings import CONTRACT_FOLDER, load_recording

RECORDED_AT = datetime.fromisoformat("2026-11-28T17:52:30Z")
RUNNING: dict[str, dict[str, tuple[list[str], str, int, list[str], int]]] = {
    # running workspaces by version and owner, in the order of lists: names of the recordings; the letter and number of
    # generated names; names of the recordings; the number of generated names
    "2.19": {
        "alice": (["dev-00000", "dev-00003", "dev-00006"], "e", 97, ["fixed", "notes"], 1),
        "bob": ([], "b", 100, [], 0),
        "tina": ([], "b", 97, ["dev-00287"], 4),
    },
    "2.36": {
        "alice": (["acc86921-dev", "acc87081-new"], "b", 97, ["dev-00006", "dev-00294"], 4),
        "bob": ([], "b", 100, [], 0),
        "tina": ([], "b", 95, ["dev-00281"], 6),
    },
}
OTHERS = {"2.19": ("failed",) * 2, "2.36": ("failed",) * 4 + ("stopped",)}


def load(version: str, name: str) -> Any:
    """Return the body of a recorded staff answer."""
    return load_recording(CONTRACT_FOLDER / "recorded" / version / "staff" / f"{name}.json")["response"]["body"]


def build(world: World) -> None:
    """Fill the world as it was when the calls were recorded; its clock stands still."""
    world.clock.set(RECORDED_AT)
    world.clock.freeze()
    contract.build(world)
    world.enterprise_build = False
    _take_organization_id(world)
    _take_users(world)
    _take_templates(world)
    _add_workspaces(world)


def tokens(world: World) -> dict[str, str]:
    """Return a token of each user that is in use already, so that no request of it changes the user."""
    found = {}
    for user in world.users.values():
        token = create_token(world, user)
        token.last_used = world.now()
        found[user.username] = token_value(token)
    return found


def _take_organization_id(world: World) -> None:
    (organization,) = world.organizations.values()
    (organization.id,) = load(world.version, "users-admin")["users"][0]["organization_ids"]
    world.organizations = {organization.id: organization}


def _take_users(world: World) -> None:
    for recorded in load(world.version, "users-admin")["users"]:
        user = _user(world, recorded["username"])
        user.id = recorded["id"]
        user.created_at, user.updated_at, user.last_seen_at = (
            datetime.fromisoformat(recorded[name]) for name in ("created_at", "updated_at", "last_seen_at")
        )
    world.users = {user.id: user for user in world.users.values()}


def _take_templates(world: World) -> None:
    templates = {template.name: template for template in world.templates.values()}
    for recorded in load(world.version, "templates-admin"):
        template = templates[recorded["name"]]
        template.id, template.active_version.id = recorded["id"], recorded["active_version_id"]
        template.created_at, template.updated_at = (
            datetime.fromisoformat(recorded[name]) for name in ("created_at", "updated_at")
        )
        template.durations_ms = {
            kind: [stats["P50"]] * 90 + [stats["P95"]] * 10 if stats["P50"] is not None else []
            for kind, stats in recorded["build_time_stats"].items()
        }
    world.templates = {template.id: template for template in world.templates.values()}
    world.versions = {version.id: version for version in world.versions.values()}


def _add_workspaces(world: World) -> None:
    dev = next(t for t in world.templates.values() if t.name == "dev")
    durations = {kind: list(spans) for kind, spans in dev.durations_ms.items()}
    alice = _user(world, "alice")
    named = chain.from_iterable(
        ((_user(world, owner), name, "running") for name in _names(*places))
        for owner, places in RUNNING[world.version].items()
    )
    others = ((alice, f"other-{number}", status) for number, status in enumerate(OTHERS[world.version]))
    for owner, name, status in chain(named, others):
        seed_workspace(
            world, owner=owner, template=dev, name=name, status=status, agent_state="timeout", previous_transitions=()
        )
    dev.durations_ms = durations
    favorite = world.workspaces.find_by_name(alice, "dev-00006")
    if favorite:
        alice.favorites.add(favorite)
    checks = load_recording(CONTRACT_FOLDER / "recorded" / world.version / "staff" / "authcheck-staff-alice.json")[
        "request"
    ]["body"]["checks"]
    for username in ("alice", "bob"):
        _take_workspace_id(world, username, checks[f"workspace-update-of-{username}"]["object"]["resource_id"])


def _take_workspace_id(world: World, username: str, workspace_id: str) -> None:
    """Give the owner's first workspace a recorded id."""
    workspace = world.workspaces.owned_by(_user(world, username))[0]
    world.workspaces.remove(workspace)
    workspace.id = workspace_id
    world.workspaces.add(workspace)


def _names(first: list[str], letter: str, generated: int, middle: list[str], last: int) -> Iterator[str]:
    yield from first
    yield from (f"{letter}-{number:03d}" for number in range(generated))
    yield from middle
    yield from (f"z-{number:03d}" for number in range(last))


def _user(world: World, username: str) -> User:
    user = world.find_user(username)
    assert user is not None
    return user
