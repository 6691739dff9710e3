"""The hostile world holds only what a real Coder accepts, in each of the fields that Coder's database validates."""

import re
from collections.abc import Iterator

import pytest

from coder_simulator.version_plans import VersionPlan
from coder_simulator.world import World
from coder_simulator.worlds import hostile

NAME = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*")
VERSION_NAME = re.compile(r"[a-zA-Z0-9]+(?:[_.-][a-zA-Z0-9]+)*")
SLUG = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
TERRAFORM_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
DISPLAY_NAME = re.compile(r"\S(?:.*\S)?")


@pytest.fixture(scope="module", params=["2.19", "2.36"])
def world(request: pytest.FixtureRequest) -> World:
    """Return the world of a licensed server."""
    world = World(version=request.param, licensed=True)
    hostile.build(world)
    return world


def plans(world: World) -> Iterator[VersionPlan]:
    """Yield the plan of each version."""
    yield from (version.plan for version in world.versions.values())


def size(text: str) -> int:
    """Return the length in bytes, which Coder limits."""
    return len(text.encode())


def test_names_have_the_format_that_coder_requires(world: World) -> None:
    names = [user.username for user in world.users.values()]
    names += [template.name for template in world.templates.values()]
    names += [organization.name for organization in world.organizations.values()]
    names += [workspace.name for workspace in world.workspaces.list_with_deleted()]
    assert [name for name in names if size(name) > 32 or not NAME.fullmatch(name)] == []
    assert max(map(size, names)) == 32
    versions = [version.name for version in world.versions.values()]
    assert [name for name in versions if size(name) > 64 or not VERSION_NAME.fullmatch(name)] == []


def test_names_of_resources_agents_and_apps_have_the_format_that_provisioner_requires(world: World) -> None:
    resources = [resource for plan in plans(world) for resource in plan.resources]
    identifiers = [text for resource in resources for text in (resource.type, resource.name)]
    assert [text for text in identifiers if not TERRAFORM_NAME.fullmatch(text)] == []
    agents = [agent for resource in resources for agent in resource.agents]
    slugs = [agent.name for agent in agents] + [app.slug for agent in agents for app in agent.apps]
    assert [slug for slug in slugs if not SLUG.fullmatch(slug)] == []
    assert all(size(port.process_name) <= 15 for agent in agents for port in agent.ports)


def test_display_names_and_descriptions_are_within_limits(world: World) -> None:
    agents = [agent for plan in plans(world) for resource in plan.resources for agent in resource.agents]
    limited = [template.display_name for template in world.templates.values()]
    limited += [organization.display_name for organization in world.organizations.values()]
    limited += [text for agent in agents for app in agent.apps for text in (app.display_name, app.group)]
    assert [text for text in limited if text and (size(text) > 64 or not DISPLAY_NAME.fullmatch(text))] == []
    assert all(size(template.description) < 128 for template in world.templates.values())
    assert all(size(user.name) <= 128 and user.name.strip() == user.name for user in world.users.values())
    assert all(size(app.tooltip) <= 2048 for agent in agents for app in agent.apps)


def test_no_text_has_null_character(world: World) -> None:
    texts = [repr(plan) for plan in plans(world)]
    texts += [repr(build.job.error) for build in world.builds.values()]
    assert [text for text in texts if "\\x00" in text] == []
