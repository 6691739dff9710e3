"""List the audit log: what was generated, and with a license the builds of workspaces."""

from collections.abc import Iterator

from coder_simulator.records import AuditLog
from coder_simulator.state import Build
from coder_simulator.world import World

ACTIONS = {"start": "start", "stop": "stop", "delete": "delete"}  # by transition
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


def list_audit_logs(world: World) -> list[AuditLog]:
    """Return the entries of the audit log; without a license Coder writes none of its own."""
    return [*world.audit_logs, *(_build_logs(world) if world.licensed else ())]


def _build_logs(world: World) -> Iterator[AuditLog]:
    for build in world.builds.values():
        if build.build_number == 1:
            yield _creation_log(build)
        yield _build_log(build)


def _creation_log(build: Build) -> AuditLog:
    """Return the entry of a workspace's creation, just before its first build."""
    workspace = build.workspace
    return AuditLog(
        id=workspace.id,
        time=workspace.created_at,
        user=build.initiator,
        action="create",
        resource_type="workspace",
        resource_id=workspace.id,
        resource_target=workspace.name,
        organization=workspace.template.organization,
        resource_link=f"/@{workspace.owner.username}/{workspace.name}",
        is_deleted=workspace.deleted,
        diff={"name": {"old": "", "new": workspace.name, "secret": False}},
        additional_fields={"workspace_owner": workspace.owner.username},
        status_code=201,
        user_agent=USER_AGENT,
    )


def _build_log(build: Build) -> AuditLog:
    workspace = build.workspace
    return AuditLog(
        id=build.id,
        time=build.created_at,
        user=build.initiator,
        action=ACTIONS[build.transition],
        resource_type="workspace_build",
        resource_id=build.id,
        resource_target=workspace.name,
        organization=workspace.template.organization,
        resource_link=f"/@{workspace.owner.username}/{workspace.name}/builds/{build.build_number}",
        is_deleted=workspace.deleted,
        additional_fields={
            "workspace_name": workspace.name,
            "build_number": str(build.build_number),
            "build_reason": build.reason,
            "workspace_owner": workspace.owner.username,
            "workspace_id": workspace.id,
        },
        build_reason=build.reason,
        status_code=500 if build.job.status == "failed" else 200,
        user_agent=USER_AGENT,
    )
