"""A company one can try the portal on: a dozen people, eight templates, every state a workspace can be in.

What would pass by itself (starting, canceling, a queue, an agent that connects) is held by templates whose jobs do
not end and whose agents do not come until somebody acts; all other workspaces start, stop and connect as usual.
All moments count from the moment of the server's start.
"""

from coder_simulator.world import World
from coder_simulator.worlds import demo_alice, demo_colleagues
from coder_simulator.worlds.demo_people import found
from coder_simulator.worlds.demo_seed import Company
from coder_simulator.worlds.demo_templates import add_templates


def build(world: World) -> None:
    """Fill a world with the company."""
    research, people = found(world)
    company = Company(world, people, add_templates(world, people, research))
    world.wildcard_host = "*.apps.localhost"  # browsers look for such names on this machine
    world.debug_mode = True
    demo_alice.place_all(company)
    demo_colleagues.place_all(company)
