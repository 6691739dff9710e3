"""Prebuilt workspaces (2.36): they wait until somebody asks for their preset, and are theirs then."""

from coder_simulator.errors import ApiError
from coder_simulator.state import TemplateVersion, User, Workspace
from coder_simulator.world import World

OWNER = "prebuilds"


def claim(world: World, owner: User, version: TemplateVersion, preset_id: str | None, name: str) -> Workspace | None:
    """Give a running prebuilt workspace of this version and preset to `owner`; None where there is none."""
    if preset_id is None or not world.modern:
        return None
    for workspace in world.workspaces.list_all():
        build = workspace.latest_build
        fits = build.version is version and build.preset_id == preset_id and build.status == "running"
        if workspace.is_prebuild and fits:
            world.workspaces.remove(workspace)
            workspace.owner, workspace.name, workspace.is_prebuild = owner, name, False
            workspace.created_at = workspace.last_used_at = world.now()
            world.workspaces.add(workspace)
            return workspace
    return None


def refuse_prebuild(workspace: Workspace, what: str) -> None:
    """Refuse what may not be set for a workspace that nobody has claimed; `what` begins the sentence."""
    if workspace.is_prebuild:
        raise ApiError(
            409,
            f"{what} not supported for prebuilt workspaces",
            "Prebuilt workspace scheduling is configured per preset at the template level. "
            "Workspace-level overrides are not supported.",
        )
