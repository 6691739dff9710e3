"""Request a build of an existing workspace, with Coder's checks in Coder's order (wsbuilder)."""

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
from coder_simulator.permissions import is_allowed, is_allowed_on_workspace
from coder_simulator.server import Server
from coder_simulator.state import Build, TemplateVersion, User, Workspace
from coder_simulator.workspace_creation import requested_values, resolve_preset
from coder_simulator.world import World

VALUE_FIELDS = [{"name": "string", "value": "string"}]
BUILD_FIELDS: Fields = {
    "transition": "string",
    "template_version_id": "uuid",
    "rich_parameter_values": VALUE_FIELDS,
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
        "rich_parameter_values": VALUE_FIELDS,
    },
}
BUILD_REASONS = frozenset(
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
ACTIVE_BUILD_MESSAGE = "A workspace build is already active."
DEBUG_ADMINS_MESSAGE = "Workspace builds with a custom log level are restricted to administrators only."
DEBUG_DISABLED_MESSAGE = "Terraform debug mode is disabled in the deployment configuration."
CUSTOM_STATE_MESSAGE = "Only template managers may provide custom state"


def create_build(server: Server, user: User, workspace: Workspace, body: dict[str, Any]) -> Build:
    """Create the build that `user` requests (CreateWorkspaceBuildRequest); raise ApiError."""
    world, transition = server.world, body["transition"] or ""
    _check_request(body, modern=world.modern)
    if workspace.deleted and world.modern:
        raise ApiError(409, f'Workspace "{workspace.name}" is deleted and cannot be built.')
    if (
        workspace.dormant_at
        and transition == "start"
        and world.modern
        and is_allowed_on_workspace(world, user, "update", workspace)
    ):
        server.lifecycle.activate(workspace)
    _authorize(server, user, workspace, body)
    version = _resolve_version(server, workspace, body["template_version_id"])
    _start_concurrently(server, user, workspace, transition)
    if workspace.latest_build.job.status in {"pending", "running", "canceling"}:
        raise ApiError(409, ACTIVE_BUILD_MESSAGE, ACTIVE_BUILD_MESSAGE)
    preset_id = body["template_version_preset_id"] if world.modern else None
    requested = requested_values(version, body["rich_parameter_values"], preset_id)
    values = _resolve_values(server, workspace, version, requested, transition)
    _check_start(server, user, workspace, version, transition)
    if world.modern:
        preset_id = resolve_preset(version, preset_id, values)
    return server.jobs.request_build(
        workspace,
        transition,
        version=version,
        initiator=user,
        parameters=values,
        reason=(body["reason"] or "initiator") if world.modern else "initiator",
        preset_id=preset_id,
        on_success=_parse_on_success(body["on_success"]) if world.modern else None,
        orphan=bool(body["orphan"]),
    )


def _start_concurrently(server: Server, user: User, workspace: Workspace, transition: str) -> None:
    """Start a workspace of `World.concurrent_starts` for its owner, once, if another user is about to stop it."""
    started = server.world.concurrent_starts
    if workspace.id not in started or transition != "stop" or user is workspace.owner or not workspace.running:
        return
    started.remove(workspace.id)
    latest = workspace.latest_build
    server.jobs.request_build(
        workspace, "start", version=latest.version, initiator=workspace.owner, parameters=latest.parameters
    )


def _check_request(body: dict[str, Any], *, modern: bool) -> None:
    validations = []
    if body["transition"] not in {"start", "stop", "delete"}:
        validations.append(failed_tag("transition", "oneof", body["transition"] or ""))
    if body["log_level"] and body["log_level"] != "debug":
        validations.append(failed_tag("log_level", "oneof", body["log_level"]))
    if modern and body["reason"] and body["reason"] not in BUILD_REASONS:
        validations.append(failed_tag("reason", "oneof", body["reason"]))
    if validations:
        raise validation_failed(*validations)
    if not modern or not body["on_success"]:
        return
    if body["transition"] != "stop":
        raise ApiError(400, "OnSuccess is only permitted when stopping a workspace.")
    if body["on_success"]["transition"] != "start":
        raise validation_failed(failed_tag("transition", "oneof", body["on_success"]["transition"] or ""))


def _authorize(server: Server, user: User, workspace: Workspace, body: dict[str, Any]) -> None:
    world, transition = server.world, body["transition"]
    if not _can_build(world, user, workspace, transition):
        if world.modern:
            raise ApiError(403, f"You do not have permission to {transition} this workspace.", NO_PERMISSION_DETAIL)
        raise ApiError(404, NOT_FOUND_MESSAGE, NOT_FOUND_MESSAGE)
    if (body["orphan"] or body["state"]) and not is_allowed(world, user, "update", "template"):
        raise ApiError(403, CUSTOM_STATE_MESSAGE, CUSTOM_STATE_MESSAGE)
    if body["orphan"] and transition != "delete":
        raise ApiError(400, "Orphan is only permitted when deleting a workspace.")
    if body["log_level"]:
        if not is_allowed(world, user, "read", "deployment_config"):
            raise ApiError(400, DEBUG_ADMINS_MESSAGE, DEBUG_ADMINS_MESSAGE)
        if not world.debug_mode:
            raise ApiError(400, DEBUG_DISABLED_MESSAGE, DEBUG_DISABLED_MESSAGE)


def _can_build(world: World, user: User, workspace: Workspace, transition: str) -> bool:
    """Check the permission without dormancy, which 2.19 checks when it inserts the build."""
    if transition == "start" and workspace.dormant_at:
        return is_allowed_on_workspace(world, user, "update", workspace)
    return is_allowed_on_workspace(world, user, transition, workspace)


def _resolve_version(server: Server, workspace: Workspace, version_id: str | None) -> TemplateVersion:
    if not version_id:
        return workspace.latest_build.version
    version = server.world.versions.get(version_id)
    if version is None:
        message = "template version does not exist"
        raise ApiError(400, message, f"get template version: {message}")
    if version.template is not workspace.template:
        message = "template version doesn't match template"
        raise ApiError(
            400, message, f"templateVersion.TemplateID = {version.template.id}, template.ID = {workspace.template.id}"
        )
    status = version.job.status
    if status in {"pending", "running"}:
        message = f"The provided template version is {status}. Wait for it to complete importing!"
        raise ApiError(406, message, message)
    if status != "succeeded":
        reason = f'The provided template version "{version.name}" has failed to import: "{version.job.error}".'
        message = f"{reason} You cannot build workspaces with it!"
        raise ApiError(400, message, message)
    return version


def _resolve_values(
    server: Server, workspace: Workspace, version: TemplateVersion, requested: dict[str, str], transition: str
) -> dict[str, str]:
    """Resolve the values; 2.36 validates them for a start only, as a stop must always be possible."""
    previous, modern = workspace.latest_build.parameters, server.world.modern
    if modern and transition != "start":
        return {p.name: previous.get(p.name, p.default_value) for p in version.plan.parameters}
    return parameters.resolve_values(version.plan.parameters, requested, previous, modern=modern)


def _check_start(server: Server, user: User, workspace: Workspace, version: TemplateVersion, transition: str) -> None:
    """Check a start when it is inserted: dormant workspaces and versions other than a required active one."""
    if transition != "start":
        return
    world = server.world
    if workspace.dormant_at and not is_allowed_on_workspace(world, user, "start", workspace):
        raise ApiError(403, "insert workspace build", f"authorize context: {RBAC_DETAIL}")
    template = workspace.template
    requires_active = world.licensed and template.require_active_version
    if requires_active and version is not template.active_version and not is_allowed(world, user, "update", "template"):
        raise ApiError(403, "insert workspace build", f"cannot use non-active version: {RBAC_DETAIL}")


def _parse_on_success(on_success: dict[str, Any] | None) -> dict[str, Any] | None:
    if on_success is None:
        return None
    values = {item["name"]: item["value"] for item in on_success["rich_parameter_values"] or []}
    return {**on_success, "values": values}
