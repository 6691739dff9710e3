"""A small world for tests: an owner, two members, and templates with the plan that a test needs."""

from typing import Any

from coder_simulator.state import Template
from coder_simulator.version_plans import (
    AgentPlan,
    AppPlan,
    BuildPlan,
    ResourcePlan,
    RichParameter,
    ScriptPlan,
    VersionPlan,
)
from coder_simulator.world import World

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS

AGENT = AgentPlan(
    name="main",
    apps=(AppPlan(slug="ide", display_name="IDE", url="http://localhost:1", healthcheck_url="http://localhost:1/up"),),
    scripts=(ScriptPlan(display_name="Startup", script="echo hello", duration_seconds=3, log=("hello", "done")),),
    connect_seconds=2,
)
POD = ResourcePlan(type="kubernetes_pod", name="pod", daily_cost=10, agents=(AGENT,))
DISK = ResourcePlan(type="kubernetes_pvc", name="home", daily_cost=3, transitions=frozenset({"start", "stop"}))
SIZE = RichParameter(name="size", default_value="small")


def add_people(world: World) -> None:
    """Add the organization, three provisioners and the users."""
    world.add_organization("coder", display_name="Coder", is_default=True)
    for number in (1, 2, 3):
        world.add_provisioner(f"provisioner-{number}")
    world.add_user("ada", roles=("owner",))
    world.add_user("alice")
    world.add_user("bob")


def add_template(world: World, name: str = "dev", plan: VersionPlan | None = None, **settings: Any) -> Template:
    """Add a template whose builds take two seconds, with a pod and a disk."""
    ada = world.find_user("ada")
    assert ada is not None
    build_plan = BuildPlan(duration_seconds=2)
    plan = plan or VersionPlan(
        parameters=(SIZE,), resources=(POD, DISK), start=build_plan, stop=build_plan, delete=build_plan
    )
    return world.add_template(name, created_by=ada, plan=plan, **settings)
