"""What a version of a template wants of a workspace that the workspace does not have."""

from functools import partial
from uuid import UUID

from workspaces.coder import template_calls
from workspaces.coder.client import Coder, gather
from workspaces.coder.types import Workspace


def values(coder: Coder, workspace: Workspace, version: UUID) -> tuple[str, ...]:
    """The names of the parameters that have to be given before it can start with this version. Raises CoderError."""
    wanted, had = gather(
        partial(coder.send, template_calls.rich_parameters(version)),
        partial(coder.send, template_calls.build_parameters(workspace.latest_build.id)),
    )
    known = {each.name for each in had or ()}
    return tuple(each.name for each in wanted or () if each.required and each.name not in known)
