"""The additional templates of the demo world's fleet, whose workspaces are several versions behind."""

from dataclasses import replace
from datetime import timedelta

from coder_simulator.state import Organization, Template
from coder_simulator.version_plans import VersionPlan
from coder_simulator.world import World

HOUR_MS = 3_600_000
VERSIONS = (
    # (name, age in days, message), the oldest first
    ("v3.2.0", 210, "Initial commit"),
    ("v3.3.0", 120, "Upgrade the base image to Ubuntu 24.04 (#204)"),
    ("v3.4.0", 55, "Add the metrics app (#221)"),
    ("v3.5.0", 9, "Use images from the internal registry (#236)"),
)
NODE_SERVICE, DATA_SCIENCE = "node-service", "data-science"


def add_templates(world: World, research: Organization) -> None:
    """Add a template to each organization, with four versions and the plan of the template "kubernetes"."""
    kubernetes = next(t for t in world.templates.values() if t.name == "kubernetes")
    node_service = _add_template(world, NODE_SERVICE, "Node.js service", "/icon/blocks.svg", kubernetes)
    node_service.description = "A pod with Node.js, a database and the tools of the platform team."
    data_science = _add_template(world, DATA_SCIENCE, "Data science", "/icon/notebook.svg", kubernetes)
    data_science.description = "Python with JupyterLab and access to the data lake."
    data_science.organization = research


def _add_template(world: World, name: str, display_name: str, icon: str, like: Template) -> Template:
    plan: VersionPlan = replace(like.active_version.plan, presets=())
    now, (first, *later) = world.now(), VERSIONS
    template = world.add_template(
        name,
        created_by=like.created_by,
        plan=plan,
        version_name=first[0],
        display_name=display_name,
        icon=icon,
        created_at=now - timedelta(days=first[1]),
        default_ttl_ms=8 * HOUR_MS,
    )
    template.active_version.message = first[2]
    for version_name, days, message in later:
        moment = now - timedelta(days=days)
        template.active_version = world.add_version(template, version_name, plan, created_at=moment, message=message)
        template.updated_at = moment
    return template
