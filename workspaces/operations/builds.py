"""The builds that an item asks Coder for."""

import json

from workspaces import tokens
from workspaces.actions import Dialect
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.models import Item
from workspaces.operations.moves import Phase


def chains(item: Item, workspace: Workspace, dialect: Dialect) -> bool:
    """Whether Coder can be left to start it after the stop: it takes the active version then, and no values."""
    return dialect.chains and item.version == workspace.template_active_version_id and not item.values


def call(item: Item, phase: Phase) -> Call[WorkspaceBuild]:
    """The build that leads on from `phase`: the stop, to which Coder may chain the start, or the start."""
    if phase == "stop":
        chained = {"transition": "start", "template_version_id": str(item.version)} if item.chained else None
        return calls.create_build(item.workspace, transition="stop", on_success=chained)
    return calls.create_build(
        item.workspace, transition="start", template_version_id=item.version, rich_parameter_values=values(item)
    )


def seal(item: Item, given: dict[str, str]) -> str:
    """Values of parameters as they may lie in the database: some are secrets of somebody's."""
    return tokens.seal(json.dumps(given), item.operation.person) if given else ""


def values(item: Item) -> list[dict[str, str]]:
    """The values for the start, as Coder takes them. Raises tokens.Unsealable."""
    given = json.loads(tokens.unseal(item.values, item.operation.person)) if item.values else {}
    return [{"name": name, "value": value} for name, value in given.items()]
