"""Notify users of the builds of others, in their inboxes (2.36)."""

from collections.abc import Callable

from coder_simulator.records import Notification
from coder_simulator.state import Build
from coder_simulator.world import World

DELETED_TEMPLATE = "f517da0b-cdc9-410f-ab89-a86107c420ed"
FAILED_TEMPLATE = "2faeee0f-26cb-4e96-821c-85ccb9f71513"
AUTOMATIC_REASONS = frozenset({"autostart", "autostop", "dormancy", "failedstop", "autodelete"})


def notify_of_end(world: World, build: Build) -> None:
    """Notify those whom the end of a build concerns."""
    if not world.modern:
        return
    if notify := NOTIFIERS.get((build.job.status, build.transition)) or NOTIFIERS.get((build.job.status, "")):
        world.notifications += notify(world, build)


def _notify_owner_of_deletion(_world: World, build: Build) -> list[Notification]:
    """Notify the owner whose workspace somebody else, or Coder, deleted."""
    workspace = build.workspace
    if build.reason == "autodelete":
        reason = "autodeleted due to dormancy"
    elif build.initiator is workspace.owner:
        return []
    else:
        reason = f"initiated by user ({build.initiator.username})"
    notification = Notification(
        user=workspace.owner,
        created_at=build.updated_at,
        title=f'Workspace "{workspace.name}" deleted',
        content=f'Your workspace **{workspace.name}** was deleted.\n\nThe specified reason was "**{reason}**".',
        template_id=DELETED_TEMPLATE,
        targets=_targets(build),
        actions=(("View workspaces", "/workspaces"), ("View templates", "/templates")),
    )
    return [notification]


def _notify_admins_of_failure(world: World, build: Build) -> list[Notification]:
    """Notify the template admins of a failed build that a user requested."""
    workspace, template = build.workspace, build.workspace.template
    if build.reason in AUTOMATIC_REASONS:
        return []
    return [
        Notification(
            user=user,
            created_at=build.job.completed_at or build.created_at,
            title=f'Workspace "{workspace.name}" manual build failed',
            content=(
                f"A manual build of the workspace **{workspace.name}** using the template **{template.name}** failed "
                f"(version: **{build.version.name}**).\n"
                f"The workspace build was initiated by **{build.initiator.username}**."
            ),
            template_id=FAILED_TEMPLATE,
            targets=_targets(build),
            actions=(("View build", f"/@{workspace.owner.username}/{workspace.name}/builds/{build.build_number}"),),
        )
        for user in world.users.values()
        if "template-admin" in user.roles
    ]


def _targets(build: Build) -> tuple[str, ...]:
    workspace = build.workspace
    return (workspace.id, workspace.owner.id, workspace.template.id, workspace.template.organization.id)


NOTIFIERS: dict[tuple[str, str], Callable[[World, Build], list[Notification]]] = {
    # by the job's status and the build's transition ("": any other)
    ("succeeded", "delete"): _notify_owner_of_deletion,
    ("failed", ""): _notify_admins_of_failure,
}
