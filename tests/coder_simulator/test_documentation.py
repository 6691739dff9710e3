"""docs/simulator.md lists what the simulated server can do."""

import re
from pathlib import Path

from coder_simulator import routes
from coder_simulator.__main__ import create_parser
from coder_simulator.control.faults import KINDS
from coder_simulator.routing import ROUTES

TEXT = (Path(__file__).parents[2] / "docs/simulator.md").read_text()


def test_every_route_is_documented_and_no_other() -> None:
    assert routes.__all__
    calls = {f"{m} {r.path.removeprefix('/api/v2')}" for r in ROUTES for m in (r.methods or set()) - {"HEAD"}}
    listed = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /(?!_)[^`]*)`", TEXT))
    assert listed == calls


def test_every_fault_kind_is_documented() -> None:
    table = TEXT[TEXT.index("| kind |") : TEXT.index("## What happens")]
    assert set(re.findall(r"`([a-z_]+)`", table)) - {"seconds", "status", "body", "content_type", "after"} == KINDS


def test_every_command_option_is_documented() -> None:
    actions = create_parser()._actions
    own = {"--version", "--host", "--port", "--world", "--speed", "--latency", "--licensed", "--workspaces"}
    own |= {"--fleet", "--rate-limit", "--trust-proxy"}
    assert own <= {option for action in actions for option in action.option_strings}
    assert all(f"`{option}" in TEXT for option in own)
