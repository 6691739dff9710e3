"""The builds that an item asks Coder for."""

import json
from collections.abc import Mapping
from uuid import UUID

from workspaces.auth import tokens
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import WorkspaceBuild
from workspaces.models import Item
from workspaces.operations.state_machine import Phase


def call(item: Item, phase: Phase) -> Call[WorkspaceBuild]:
    """The build that leads on from `phase`: the stop, or the start.

    Coder 2.36 would start it by itself (`on_success`), but half a minute after the stop, and 2.19 not at all.
    """
    if phase == "stop":
        return calls.create_build(item.workspace, transition="stop")
    return calls.create_build(
        item.workspace, transition="start", template_version_id=item.version, rich_parameter_values=values(item)
    )


def seal(given: Mapping[str, str], person: UUID) -> str:
    """Values of parameters as they may lie in the database: some are secrets of somebody's."""
    return tokens.encrypt(json.dumps(dict(given)), person) if given else ""


def values(item: Item) -> list[dict[str, str]]:
    """The values for the start, as Coder takes them. Raises tokens.Unsealable."""
    given = json.loads(tokens.decrypt(item.values, item.operation.person)) if item.values else {}
    return [{"name": name, "value": value} for name, value in given.items()]
