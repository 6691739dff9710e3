"""Ask for a build of a workspace that exists: all that Coder checks, in its order (wsbuilder)."""

from typing import Any

from coder_simulator import parameters
from coder_simulator.errors import (
    NO_PERMISSION_DETAIL,
    NOT_FOUND_MESSAGE,
    RBAC_DETAIL,
    ApiError,
    failed_tag,
    validation_failed,
)
from coder_simulator.gojson import Fields
from coder_simulator.permissions import can, may
from coder_simulator.server import Server
from coder_simulator.state import Build, TemplateVersion, User, Workspace
from coder_simulator.workspace_creation import given_values, preset_of

VALUES = [{"name": "string", "value": "string"}]
BUILD_FIELDS: Fields = {
    "transition": "string",
    "template_version_id": "uuid",
    "rich_parameter_values": VALUES,
    "log_level": "string",
    "orphan": "bool",
    "state": "string",
    "dry_run": "bool",
    "reason": "string",
    "template_version_preset_id": "uuid",
    "on_success": {
        "transition": "string",
        "template_version_id": "uuid",
        "template_version_preset_id": "uuid",
        "rich_parameter_values": VALUES,
    },
}
REASONS = frozenset(
    {
        "dashboard",
        "cli",
        "ssh_connection",
        "vscode_connection",
        "jetbrains_connection",
        "task_manual_pause",
        "task_resume",
    }
)
ACTIVE = "A workspace build is already active."
DEBUG_ADMINS = "Workspace builds with a custom log level are restricted to administrators only."
DEBUG_OFF = "Terraform debug mode is disabled in the deployment configuration."
STATE = "Only template managers may provide custom state"


def order(server: Server, user: User, workspace: Workspace, body: dict[str, Any]) -> Build:
    """Order the build that `user` asks for (CreateWorkspaceBuildRequest); raises RefusalError."""
    world, transition = server.world, body["transition"] or ""
    _check_request(body, modern=world.modern)
    if workspace.deleted and world.modern:
        raise ApiError(409, f'Workspace "{workspace.name}" is deleted and cannot be built.')
    if workspace.dormant_at and transition == "start" and world.modern and may(user, "update", workspace):
        server.lifecycle.activate(workspace)
    _authorize(server, user, workspace, body)
    version = _version(server, workspace, body["template_version_id"])
    if workspace.latest_build.job.status in {"pending", "running", "canceling"}:
        raise ApiError(409, ACTIVE, ACTIVE)
    preset_id = body["template_version_preset_id"] if world.modern else None
    given = given_values(version, body["rich_parameter_values"], preset_id)
    values = _values(server, workspace, version, given, transition)
    _check_start(server, user, workspace, version, transition)
    if world.modern:
        preset_id = preset_of(version, preset_id, values)
    return server.jobs.request_build(
        workspace,
        transition,
        version=version,
        initiator=user,
        parameters=values,
        reason=(body["reason"] or "initiator") if world.modern else "initiator",
        preset_id=preset_id,
        on_success=_follow_up(body["on_success"]) if world.modern else None,
        orphan=bool(body["orphan"]),
    )


def _check_request(body: dict[str, Any], *, modern: bool) -> None:
    faults = []
    if body["transition"] not in {"start", "stop", "delete"}:
        faults.append(failed_tag("transition", "oneof", body["transition"] or ""))
    if body["log_level"] and body["log_level"] != "debug":
        faults.append(failed_tag("log_level", "oneof", body["log_level"]))
    if modern and body["reason"] and body["reason"] not in REASONS:
        faults.append(failed_tag("reason", "oneof", body["reason"]))
    if faults:
        raise validation_failed(*faults)
    if not modern or not body["on_success"]:
        return
    if body["transition"] != "stop":
        raise ApiError(400, "OnSuccess is only permitted when stopping a workspace.")
    if body["on_success"]["transition"] != "start":
        raise validation_failed(failed_tag("transition", "oneof", body["on_success"]["transition"] or ""))


def _authorize(server: Server, user: User, workspace: Workspace, body: dict[str, Any]) -> None:
    world, transition = server.world, body["transition"]
    if not _may_build(user, workspace, transition):
        if world.modern:
            raise ApiError(403, f"You do not have permission to {transition} this workspace.", NO_PERMISSION_DETAIL)
        raise ApiError(404, NOT_FOUND_MESSAGE, NOT_FOUND_MESSAGE)
    if (body["orphan"] or body["state"]) and not can(user, "update", "template"):
        raise ApiError(403, STATE, STATE)
    if body["orphan"] and transition != "delete":
        raise ApiError(400, "Orphan is only permitted when deleting a workspace.")
    if body["log_level"]:
        if not can(user, "read", "deployment_config"):
            raise ApiError(400, DEBUG_ADMINS, DEBUG_ADMINS)
        if not world.debug_mode:
            raise ApiError(400, DEBUG_OFF, DEBUG_OFF)


def _may_build(user: User, workspace: Workspace, transition: str) -> bool:
    """Dormancy itself is judged later, where the build is inserted (2.19)."""
    if transition == "start" and workspace.dormant_at:
        return may(user, "update", workspace)
    return may(user, transition, workspace)


def _version(server: Server, workspace: Workspace, asked: str | None) -> TemplateVersion:
    if not asked:
        return workspace.latest_build.version
    version = server.world.versions.get(asked)
    if version is None:
        words = "template version does not exist"
        raise ApiError(400, words, f"get template version: {words}")
    if version.template is not workspace.template:
        words = "template version doesn't match template"
        raise ApiError(
            400, words, f"templateVersion.TemplateID = {version.template.id}, template.ID = {workspace.template.id}"
        )
    status = version.job.status
    if status in {"pending", "running"}:
        words = f"The provided template version is {status}. Wait for it to complete importing!"
        raise ApiError(406, words, words)
    if status != "succeeded":
        failed = f'The provided template version "{version.name}" has failed to import: "{version.job.error}".'
        words = f"{failed} You cannot build workspaces with it!"
        raise ApiError(400, words, words)
    return version


def _values(
    server: Server, workspace: Workspace, version: TemplateVersion, given: dict[str, str], transition: str
) -> dict[str, str]:
    """Resolve the values; 2.36 judges them for a start alone, as a stop must always be possible."""
    before, modern = workspace.latest_build.parameters, server.world.modern
    if modern and transition != "start":
        return {p.name: before.get(p.name, p.default_value) for p in version.plan.parameters}
    return parameters.resolve(version.plan.parameters, given, before, modern=modern)


def _check_start(server: Server, user: User, workspace: Workspace, version: TemplateVersion, transition: str) -> None:
    """What the database refuses to insert: a start of a dormant workspace, or of another version than demanded."""
    if transition != "start":
        return
    if workspace.dormant_at and not may(user, "start", workspace):
        raise ApiError(403, "insert workspace build", f"authorize context: {RBAC_DETAIL}")
    template = workspace.template
    demanded = server.world.licensed and template.require_active_version
    if demanded and version is not template.active_version and not can(user, "update", "template"):
        raise ApiError(403, "insert workspace build", f"cannot use non-active version: {RBAC_DETAIL}")


def _follow_up(on_success: dict[str, Any] | None) -> dict[str, Any] | None:
    if on_success is None:
        return None
    values = {one["name"]: one["value"] for one in on_success["rich_parameter_values"] or []}
    return {**on_success, "values": values}
