"""A company to try the portal on: a dozen people, eight templates, workspaces in every state.

Transient states (starting, canceling, a queue, a connecting agent) last because their templates have jobs that do
not end or agents that do not connect; all other workspaces start, stop and connect as usual. All times are relative to
the server's start.
"""

from random import Random

from coder_simulator.world import World
from coder_simulator.worlds import demo_alice, demo_colleagues
from coder_simulator.worlds.demo_people import add_people
from coder_simulator.worlds.demo_seed import Company
from coder_simulator.worlds.demo_templates import add_templates
from coder_simulator.worlds.demo_usage import add_usage

SEED = 1


def build(world: World) -> None:
    """Add the company's people, templates and workspaces."""
    research, people = add_people(world)
    company = Company(world, people, add_templates(world, people, research))
    world.wildcard_host = "*.apps.localhost"  # browsers resolve such names to this machine
    world.debug_mode = True
    demo_alice.add_workspaces(company)
    demo_colleagues.add_workspaces(company)
    rng = Random(SEED)  # noqa: S311 - sample data that is the same each time, no secret
    add_usage(world, rng, world.workspaces.list_all())
