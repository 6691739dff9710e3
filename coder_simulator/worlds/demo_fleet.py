"""Add a fleet to the demo world: thousands of workspaces of many owners, in believable proportions of states.

The fleet is the same for the same number: names, owners, versions and states come from a seeded generator, times are
relative to the server's start.
"""

from datetime import timedelta
from random import Random
from typing import Any

from coder_simulator.state import Template, TemplateVersion, User, Workspace
from coder_simulator.world import World
from coder_simulator.worlds import demo_fleet_states as states
from coder_simulator.worlds.demo_fleet_names import PROJECTS, PURPOSES
from coder_simulator.worlds.demo_fleet_people import add_people
from coder_simulator.worlds.demo_fleet_states import BuildError, StateKind
from coder_simulator.worlds.demo_fleet_templates import add_templates
from coder_simulator.worlds.demo_logs import failing_lines
from coder_simulator.worlds.demo_seed import Company, mark_never_used, set_app_unhealthy
from coder_simulator.worlds.demo_usage import add_usage

SEED = 2036
PEOPLE_SHARE = 0.06  # 120 owners of 2,000 workspaces
LEFT_RUNNING_SHARE = 0.02  # 40 of 2,000
CONCURRENT_STARTS = 2  # how many of those the owner starts again at the moment when somebody stops them
MORE_PROVISIONERS = 6
VERSION_WEIGHTS = (55, 27, 12, 6)  # of the active version, the one before it, and so on
SCHEDULES = (
    "CRON_TZ=Europe/Dublin {minute} 8 * * 1-5",
    "CRON_TZ=America/New_York {minute} 9 * * 1-5",
    "CRON_TZ=Asia/Kolkata {minute} 10 * * 1-5",
    "CRON_TZ=Europe/Berlin {minute} 7 * * 1,2,3,4",
)
REGIONS = ("eu-west", "eu-west", "us-east", "ap-south", "ap-northeast")


def add_fleet(world: World, number: int) -> None:
    """Add `number` workspaces with their owners, templates and provisioners to the demo world."""
    rng = Random(SEED)  # noqa: S311 - sample data that is the same each time, no secret
    research = next(o for o in world.organizations.values() if o.name == "research")
    add_templates(world, research)
    for index in range(MORE_PROVISIONERS):
        world.add_provisioner(f"provisioner-{index + 4}")
    owners = add_people(world, max(round(number * PEOPLE_SHARE), 8), rng, research)
    fleet = _Fleet(_company_of(world), rng, owners)
    left_running = round(number * LEFT_RUNNING_SHARE)
    workspaces = [fleet.add_workspace(states.LEFT_RUNNING) for _ in range(left_running)]
    world.concurrent_starts |= {w.id for w in workspaces[:CONCURRENT_STARTS]}
    kinds = (*states.RUNNING_KINDS, *states.RESTING_KINDS)
    weights = [kind.weight for kind in kinds]
    workspaces += [fleet.add_workspace(kind) for kind in rng.choices(kinds, weights, k=number - left_running)]
    world.workspaces.add_all(workspaces)
    add_usage(world, rng, workspaces)


def _company_of(world: World) -> Company:
    people = {user.username: user for user in world.users.values()}
    return Company(world, people, {template.name: template for template in world.templates.values()})


class _Fleet:
    """The owners of the fleet, of whom the first have the most workspaces, and the names that they use."""

    def __init__(self, company: Company, rng: Random, owners: list[User]) -> None:
        self.company = company
        self.rng = rng
        self.owners = owners
        self._weights = [1 / (1 + index / 20) for index in range(len(owners))]
        self._names: set[tuple[str, str]] = set()

    def add_workspace(self, kind: StateKind) -> Workspace:
        """Add a workspace in a state, with a random owner, template, version and history."""
        rng, now = self.rng, self.company.world.now()
        template = self._template(kind)
        owner = self._owner(kind, template)
        name, version = self._name(owner), self._version(template)
        age = rng.uniform(*kind.built)
        agent_state = rng.choice(kind.agents)
        error = rng.choice(states.ERRORS[template.name]) if kind.status == "failed" else None
        workspace = self.company.add_workspace(
            owner.username,
            name,
            template.name,
            version.name,
            status=kind.status,
            agent_state="ready" if agent_state == "app" else agent_state,
            built_hours_ago=age,
            used_hours_ago=max(rng.uniform(*kind.used), 0.0),
            age_hours=age + rng.uniform(1, 200) * 24,
            previous_transitions=rng.choice(kind.previous),
            reason=rng.choice(kind.reasons),
            parameters=self._parameters(version),
            indexed=False,
            **self._options(kind, template),
            **(self._failure(error, owner, name) if error else {}),
        )
        if kind.dormant:
            workspace.dormant_at = now - timedelta(days=rng.uniform(*kind.dormant))
        if kind.deleting:
            workspace.deleting_at = now + timedelta(days=rng.uniform(*kind.deleting))
        if kind.never_used:
            mark_never_used(workspace)
        if agent_state == "app":
            set_app_unhealthy(workspace, "code-server")
        if error and error.resource:
            text = error.text.format(owner=owner.username, name=name)
            self.company.end_log_with_error(workspace, *failing_lines(error.resource, text, error.line))
        return workspace

    def _template(self, kind: StateKind) -> Template:
        names = [name for name in states.TEMPLATE_WEIGHTS if name in kind.templates]
        weights = [states.TEMPLATE_WEIGHTS[name] for name in names]
        return self.company.templates[self.rng.choices(names, weights)[0]]

    def _owner(self, kind: StateKind, template: Template) -> User:
        """Return a member of the template's organization; who is suspended has no running workspaces."""
        while True:
            owner = self.rng.choices(self.owners, self._weights)[0]
            may_run = owner.status == "active" or kind.status != "running"
            if template.organization in owner.organizations and may_run:
                return owner

    def _version(self, template: Template) -> TemplateVersion:
        """Return the active version or an earlier one."""
        active = template.versions.index(template.active_version)
        earlier = template.versions[: active + 1][::-1]
        return self.rng.choices(earlier, VERSION_WEIGHTS[: len(earlier)])[0]

    def _name(self, owner: User) -> str:
        base = f"{self.rng.choice(PROJECTS)}-{self.rng.choice(PURPOSES)}"
        name, number = base, 2
        while (owner.id, name) in self._names:
            name, number = f"{base}-{number}", number + 1
        self._names.add((owner.id, name))
        return name

    def _parameters(self, version: TemplateVersion) -> dict[str, str]:
        rng = self.rng
        values = {
            "region": rng.choice(REGIONS),
            "cpu": rng.choice(("2", "4", "4", "8", "16")),
            "project": f"{rng.choice(('FIN', 'WEB', 'PLAT', 'OPS'))}-{rng.randrange(10, 900)}",
            "team": rng.choice(PROJECTS),
        }
        names = {parameter.name for parameter in version.plan.parameters}
        return {name: value for name, value in values.items() if name in names}

    def _options(self, kind: StateKind, template: Template) -> dict[str, Any]:
        """Return the settings that start and stop the workspace."""
        rng = self.rng
        options: dict[str, Any] = {"automatic_updates": rng.choices(("never", "always"), (85, 15))[0]}
        if kind.autostop:
            options["deadline_in_hours"] = rng.uniform(*kind.autostop)
        elif kind.status == "running":
            options["ttl_ms"] = None
        if template.allow_user_autostart and rng.random() < kind.schedule_share:
            options["autostart_schedule"] = rng.choice(SCHEDULES).format(minute=rng.randrange(0, 60, 5))
        return options

    def _failure(self, error: BuildError, owner: User, name: str) -> dict[str, Any]:
        text = error.text.format(owner=owner.username, name=name)
        if not error.resource:
            return {"error": text, "error_code": error.code if self.company.world.modern else ""}
        return {"error": f"terraform apply: exit status 1: Error: {text}"}
