"""The builds that an item requests from Coder, and the parameter values for them."""

import json
from collections.abc import Mapping
from uuid import UUID

from workspaces.auth import tokens
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.types import WorkspaceBuild
from workspaces.models import Item


def build_call(item: Item, phase: str) -> Call[WorkspaceBuild]:
    """Return the call that creates the build for `phase`: a stop or a start.

    The portal does not use `on_success`: Coder 2.36 would start the workspace half a minute after the stop, and 2.19
    does not support it.
    """
    if phase == "stop":
        return calls.create_build(item.workspace, transition="stop")
    return calls.create_build(
        item.workspace,
        transition="start",
        template_version_id=item.version,
        rich_parameter_values=decrypt_values(item),
    )


def encrypt_values(values: Mapping[str, str], person: UUID) -> str:
    """Return parameter values encrypted for the database; some are secrets."""
    return tokens.encrypt(json.dumps(dict(values)), person) if values else ""


def encrypt_refused_values(item: Item) -> str:
    """Return what the item keeps once Coder has refused a parameter: its values, or that it has none, encrypted."""
    return item.values or tokens.encrypt("{}", item.operation.person)


def decrypt_values_or_none(item: Item) -> list[dict[str, str]]:
    """Return the item's parameter values; none where their key was removed from the settings."""
    try:
        return decrypt_values(item)
    except tokens.DecryptionError:
        return []


def decrypt_values(item: Item) -> list[dict[str, str]]:
    """Return the item's parameter values for the start, in Coder's format. Raises tokens.DecryptionError."""
    values = json.loads(tokens.decrypt(item.values, item.operation.person)) if item.values else {}
    return [{"name": name, "value": value} for name, value in values.items()]
