"""Checks whether a workspace has values for the parameters of a template version."""

from functools import partial
from uuid import UUID

from workspaces.coder import template_calls
from workspaces.coder.client import Coder, gather
from workspaces.coder.types import Workspace


def missing_parameters(coder: Coder, workspace: Workspace, version: UUID) -> tuple[str, ...]:
    """Return names of required parameters of this version for which the workspace has no value. Raises CoderError."""
    parameters, values = gather(
        partial(coder.send, template_calls.rich_parameters(version)),
        partial(coder.send, template_calls.build_parameters(workspace.latest_build.id)),
    )
    names = {value.name for value in values or ()}
    return tuple(parameter.name for parameter in parameters or () if parameter.required and parameter.name not in names)
