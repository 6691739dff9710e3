"""Claim prebuilt workspaces (2.36), which run until a user creates a workspace with their preset."""

from coder_simulator.errors import ApiError
from coder_simulator.state import TemplateVersion, User, Workspace
from coder_simulator.world import World

PREBUILDS_USERNAME = "prebuilds"


def claim_prebuild(
    world: World, owner: User, version: TemplateVersion, preset_id: str | None, name: str
) -> Workspace | None:
    """Transfer a running prebuilt workspace of this version and preset to `owner`; return None if none fits."""
    if preset_id is None or not world.modern:
        return None
    for workspace in world.workspaces.list_all():
        build = workspace.latest_build
        matches = build.version is version and build.preset_id == preset_id and build.status == "running"
        if workspace.is_prebuild and matches:
            world.workspaces.remove(workspace)
            workspace.owner, workspace.name, workspace.is_prebuild = owner, name, False
            workspace.created_at = workspace.last_used_at = world.now()
            world.workspaces.add(workspace)
            return workspace
    return None


def check_not_prebuild(workspace: Workspace, subject: str) -> None:
    """Raise ApiError (409) for an unclaimed prebuilt workspace; `subject` begins the message."""
    if workspace.is_prebuild:
        raise ApiError(
            409,
            f"{subject} not supported for prebuilt workspaces",
            "Prebuilt workspace scheduling is configured per preset at the template level. "
            "Workspace-level overrides are not supported.",
        )
