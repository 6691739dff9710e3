"""The world in which the staff calls were recorded: its users, templates and workspaces, with their recorded ids."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

from coder_simulator.records import Notification, OwnerCounts
from coder_simulator.seed import seed_workspace
from coder_simulator.sessions import create_token, token_value
from coder_simulator.state import Job, User
from coder_simulator.world import World
from coder_simulator.worlds import contract
from tests.contract.recordings import CONTRACT_FOLDER, load_recording

RECORDED_URL = "http://127.0.0.1:3236"
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
FIRST_VALUES: dict[str, list[dict[str, str]]] = {
    # parameter values of the first workspaces; a team is a value of version v3
    "2.19": [{"cpu": "2", "project": "ABC-1", "region": "eu-west"}, {"cpu": "8"}, {"cpu": "8"}],
    "2.36": [
        {"cpu": "2", "project": "ABC-1", "region": "eu-west", "team": "core"},
        {"cpu": "8", "project": "ABC-1", "region": "eu-west", "team": "core"},
        *[{"cpu": "8", "team": "core"}] * 2,
        *[{"cpu": "8"}] * 4,
    ],
}
VALUES = {"cpu": "4", "project": "ABC-123", "region": "us-east"}
OTHERS = {
    # templates and statuses of Alice's other workspaces, newest first
    "2.19": (("hang", "failed"), ("broken", "failed")),
    "2.36": (("hang", "failed"), *[("broken", "failed")] * 3, ("plain", "stopped")),
}
JOBS = {"2.19": 393, "2.36": 426}  # builds and imports of versions
NEWEST = "dev-00006"  # the name of the workspace with the newest build


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
    _take_users(world, load(world.version, "users-admin")["users"])
    _take_templates(world)
    _take_provisioners(world)
    _add_workspaces(world)
    _take_notifications(world)


def build_audited(world: World) -> None:
    """Fill the world of the audit log that was generated on a server of its own."""
    world.clock.set(RECORDED_AT)
    world.clock.freeze()
    contract.build(world)
    recorded = load(world.version, "audit-generated-no-limit-admin")["audit_logs"]
    (organization,) = world.organizations.values()
    organization.id = recorded[0]["organization_id"]
    world.organizations = {organization.id: organization}
    _take_users(world, [recorded[0]["user"]])


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


def _take_users(world: World, users: list[dict[str, Any]]) -> None:
    for recorded in users:
        user = _user(world, recorded["username"])
        user.id = recorded["id"]
        user.created_at, user.updated_at, user.last_seen_at = (
            datetime.fromisoformat(recorded[name]) for name in ("created_at", "updated_at", "last_seen_at")
        )
    world.users = {user.id: user for user in world.users.values()}


def _take_templates(world: World) -> None:
    templates = {template.name: template for template in world.templates.values()}
    users: dict[str, int] = {}
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
        users[template.id] = recorded["active_user_count"]
    world.owner_counts = OwnerCounts(world.now(), users)
    world.templates = {template.id: template for template in world.templates.values()}
    world.versions = {version.id: version for version in world.versions.values()}


def _add_workspaces(world: World) -> None:
    templates = {template.name: template for template in world.templates.values()}
    durations = {template: template.durations_ms for template in templates.values()}
    for template in templates.values():
        template.durations_ms = {"start": [], "stop": [], "delete": []}
    values = chain(FIRST_VALUES[world.version], repeat({}))
    running = [(owner, name) for owner, places in RUNNING[world.version].items() for name in _names(*places)]
    missing = JOBS[world.version] - len(world.versions) - len(running) - len(OTHERS[world.version])
    for (owner, name), special in zip(running, values, strict=False):
        seed_workspace(
            world,
            owner=_user(world, owner),
            template=templates["dev"],
            version=templates["dev"].versions[2 if "team" in special else 0],
            name=name,
            agent_state="timeout",
            parameters={**VALUES, **special},
            age_hours=5,
            built_hours_ago=2 if name == NEWEST else 3.5 if special else 3,
            previous_transitions=("start",) * (missing if name == NEWEST else 0),
        )
    for number, (template_name, status) in enumerate(OTHERS[world.version]):
        other = seed_workspace(
            world,
            owner=_user(world, "alice"),
            template=templates[template_name],
            name=f"other-{number}",
            status=status,
            error="canceled" if template_name == "hang" else "",
            age_hours=9,
            built_hours_ago=4 + number,
            previous_transitions=(),
        )
        if template_name == "hang":
            other.latest_build.job.canceled_at = other.latest_build.job.started_at
    for template, spans in durations.items():
        template.durations_ms = spans
    for number, job in enumerate([*_import_jobs(world), *(build.job for build in world.builds.values())]):
        job.worker_id = world.provisioners[number % 3].id
    favorite = world.workspaces.find_by_name(_user(world, "alice"), "dev-00006")
    if favorite:
        _user(world, "alice").favorites.add(favorite)
    recording = load_recording(CONTRACT_FOLDER / "recorded" / world.version / "staff" / "authcheck-staff-alice.json")
    for username in ("alice", "bob"):
        check = recording["request"]["body"]["checks"][f"workspace-update-of-{username}"]
        _take_workspace_id(world, username, check["object"]["resource_id"])


def _import_jobs(world: World) -> Iterator[Job]:
    """Yield the jobs of the templates' versions, moved to a time before all builds."""
    for version in world.versions.values():
        version.job.created_at = version.job.completed_at = RECORDED_AT - timedelta(days=1)
        yield version.job


def _take_provisioners(world: World) -> None:
    """Give the provisioners their recorded ids, names and times, in the order in which they were created."""
    recorded = sorted(load(world.version, "provisionerdaemons-admin"), key=lambda each: str(each["created_at"]))
    for daemon, each in zip(world.provisioners, recorded, strict=True):
        daemon.id, daemon.name = each["id"], each["name"]
        daemon.created_at = datetime.fromisoformat(each["created_at"])


def _take_notifications(world: World) -> None:
    if not world.modern:
        return
    for user in world.users.values():
        path = CONTRACT_FOLDER / "recorded" / world.version / "staff" / f"inbox-{user.username}.json"
        recorded = load_recording(path)["response"]["body"]["notifications"] if path.exists() else []
        world.notifications += [_create_notification(user, each) for each in recorded]


def _create_notification(user: User, recorded: dict[str, Any]) -> Notification:
    return Notification(
        user=user,
        created_at=datetime.fromisoformat(recorded["created_at"]),
        actions=tuple((action["label"], action["url"].removeprefix(RECORDED_URL)) for action in recorded["actions"]),
        targets=tuple(recorded["targets"]),
        **{name: recorded[name] for name in ("id", "template_id", "title", "content", "icon", "read_at")},
    )


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
