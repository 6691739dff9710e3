"""A small world for tests of a client: every text of a person or a template tries to be more than text.

It holds only what a real Coder accepts: names of workspaces, users, templates, versions, agents and apps are letters,
digits and hyphens, here as long as possible; display names and descriptions have limits; no text has a null character.
"""

from datetime import timedelta
from typing import Any

from coder_simulator.seed import seed_workspace
from coder_simulator.state import Template, User
from coder_simulator.version_plans import VersionPlan
from coder_simulator.world import World
from coder_simulator.worlds import hostile_plans as plans
from coder_simulator.worlds.hostile_plans import LONG_NAME, hostile, hostile_name

HOUR_MS = 3_600_000
WEEKDAYS = "CRON_TZ=Europe/Dublin 30 9 * * 1-5"


def build(world: World) -> None:
    """Add the people, templates and workspaces."""
    world.wildcard_host = "*.apps.localhost"
    world.debug_mode = True
    world.banners = [hostile("banner")]
    world.add_organization(
        "coder",
        display_name=hostile_name("organization"),
        description=hostile("organization-description"),
        icon=plans.URL_THAT_RUNS,
        is_default=True,
    )
    world.add_provisioner("provisioner-1")
    admin = _add_user(world, "admin", roles=("owner",))
    alice, other = _add_user(world, "alice"), _add_user(world, LONG_NAME)
    hostile_template = _add_template(world, admin, "hostile", plans.SMALL_PLAN)
    version = world.add_version(hostile_template, "v2", plans.PLAN, message=hostile("version-message"))
    hostile_template.active_version = version
    second = world.add_organization(LONG_NAME, display_name=hostile_name("second-org"), icon=plans.URL_WITH_DATA)
    hanging = _add_template(world, admin, "hanging", plans.HANGING_PLAN, organization=second)
    deprecated = _add_template(
        world, admin, LONG_NAME, plans.SMALL_PLAN, deprecation_message=hostile("deprecation-message")
    )
    _add_running(world, alice, other, hostile_template)
    _add_idle(world, alice, hostile_template)
    common: dict[str, Any] = {"built_hours_ago": 0.01, "used_hours_ago": 5.0}
    seed_workspace(world, owner=alice, template=hanging, name="starting", status="starting", **common)
    seed_workspace(world, owner=alice, template=hanging, name="pending", status="pending", **common)
    seed_workspace(world, owner=other, template=deprecated, name=LONG_NAME)


def _add_user(world: World, username: str, roles: tuple[str, ...] = ()) -> User:
    return world.add_user(
        username,
        name=hostile_name("user", plans.REAL_NAME_BYTES),
        roles=roles,
        avatar_url=plans.URL_THAT_RUNS,
        created_at=world.now() - timedelta(days=400),
    )


def _add_template(world: World, author: User, name: str, plan: VersionPlan, **fields: Any) -> Template:
    template = world.add_template(
        name,
        created_by=author,
        plan=plan,
        display_name=hostile_name("template"),
        description=hostile_name("description", plans.DESCRIPTION_BYTES),
        icon=plans.ICON_THAT_BREAKS_OUT,
        default_ttl_ms=8 * HOUR_MS,
        created_at=world.now() - timedelta(days=300),
        **fields,
    )
    template.active_version.message = hostile("version-message")
    for durations in template.durations_ms.values():
        durations += [4000.0, 8000.0]
    return template


def _add_running(world: World, alice: User, other: User, template: Template) -> None:
    """Add running workspaces whose agents are ready, failed to start, or do not connect."""
    shared_with = {other.id: "use"} if world.modern else {}
    seed_workspace(
        world, owner=alice, template=template, name="web", autostart_schedule=WEEKDAYS, shared_with=shared_with
    )
    for state in ("start_error", "start_timeout", "shutdown_error", "timeout", "disconnected"):
        seed_workspace(world, owner=alice, template=template, name=state.replace("_", "-"), agent_state=state)


def _add_idle(world: World, alice: User, template: Template) -> None:
    """Add workspaces that do not run: outdated, failed, canceled, dormant, deleted."""
    first = template.versions[0]
    seed_workspace(world, owner=alice, template=template, name="outdated", status="stopped", version=first)
    seed_workspace(world, owner=alice, template=template, name="failed", status="failed", error=hostile("job-error"))
    seed_workspace(
        world,
        owner=alice,
        template=template,
        name="not-deleted",
        status="failed",
        transition="delete",
        error=hostile("deletion-error"),
    )
    seed_workspace(world, owner=alice, template=template, name="canceled", status="canceled")
    now, days = world.now(), timedelta(days=3)
    dormant: dict[str, Any] = {"dormant_at": now - days, "deleting_at": now + days}
    seed_workspace(world, owner=alice, template=template, name="dormant", status="stopped", **dormant)
    seed_workspace(world, owner=alice, template=template, name="deleted", status="deleted")
