"""Set autostart, the time until shutdown and the deadline of workspaces."""

from datetime import timedelta

from coder_simulator import cron, parameters, validation
from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import RBAC_DETAIL, ApiError, failed_tag, validation_failed
from coder_simulator.gojson import ZERO_GO_TIME
from coder_simulator.lifecycle import autostart_allowed, autostart_version, next_start
from coder_simulator.permissions import is_allowed_on_workspace
from coder_simulator.prebuilds import check_not_prebuild
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Build, Workspace

AUTOSTART_FORBIDDEN_MESSAGE = "Autostart is not allowed for workspaces using this template."
TTL_ERROR_MESSAGE = "Error updating workspace time until shutdown."
MIN_EXTENSION = timedelta(minutes=29)  # Coder's message says 30 minutes, but it checks 29


@route("PUT", "/workspaces/{workspace}/autostart")
def set_autostart(call: Call) -> Reply:
    """Set or clear the autostart schedule. Watchers are not notified."""
    workspace = call.path_workspace()
    text = call.read_body("UpdateWorkspaceAutostartRequest", {"schedule": "string"})["schedule"]
    check_not_prebuild(workspace, "Autostart is")
    try:
        if text:
            cron.parse_schedule(text)
    except ValueError as error:
        raise ApiError(400, "Invalid autostart schedule.", validations=[("schedule", str(error))]) from None
    if not autostart_allowed(call.world, workspace):
        raise ApiError(400, AUTOSTART_FORBIDDEN_MESSAGE, validations=[("schedule", AUTOSTART_FORBIDDEN_MESSAGE)])
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise ApiError(500, "Internal error updating workspace autostart schedule.", RBAC_DETAIL)
    _set_schedule(call, workspace, text or None)
    return 204, None


def _set_schedule(call: Call, workspace: Workspace, text: str | None) -> None:
    previous, workspace.autostart_schedule = workspace.autostart_schedule, text
    moment = next_start(call.world, workspace)
    if text and moment is None and call.world.modern:
        workspace.autostart_schedule = previous
        raise ApiError(500, "Internal error calculating workspace autostart schedule.")
    workspace.next_start_at = moment
    call.server.lifecycle.reset_timer(workspace)


@route("PUT", "/workspaces/{workspace}/ttl")
def set_ttl(call: Call) -> Reply:
    """Set the time until shutdown (ms; null or 0: off). It applies to the next start; off applies at once."""
    workspace = call.path_workspace()
    ttl_ms = call.read_body("UpdateWorkspaceTTLRequest", {"ttl_ms": "int64"})["ttl_ms"]
    check_not_prebuild(workspace, "TTL updates are")
    if call.world.licensed and not workspace.template.allow_user_autostop:
        detail = "Custom autostop TTL is not allowed for this template."
        raise ApiError(400, TTL_ERROR_MESSAGE, validations=[("ttl_ms", detail)])
    try:
        new_ttl_ms = validation.normalize_ttl(ttl_ms)
    except ValueError as error:
        raise ApiError(400, TTL_ERROR_MESSAGE, validations=[("ttl_ms", str(error))]) from None
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        detail = f"execute transaction: update workspace time until shutdown: {RBAC_DETAIL}"
        raise ApiError(500, TTL_ERROR_MESSAGE, detail)
    workspace.ttl_ms = new_ttl_ms
    build = workspace.latest_build
    if new_ttl_ms is None and build.transition == "start":
        build.deadline = build.max_deadline if call.world.modern else None
    call.server.lifecycle.reset_timer(workspace)
    return 204, None


@route("PUT", "/workspaces/{workspace}/extend")
def extend_deadline(call: Call) -> Reply:
    """Move the deadline of a running workspace. Coder notifies watchers even of a failed request."""
    workspace = call.path_workspace()
    deadline = call.read_body("PutExtendWorkspaceRequest", {"deadline": "time"})["deadline"]
    if deadline is None:
        raise validation_failed(failed_tag("deadline", "required", ZERO_GO_TIME))
    check_not_prebuild(workspace, "Deadline extension is")
    try:
        _check_extension(workspace.latest_build, too_soon=deadline - call.world.now() < MIN_EXTENSION)
        limit = workspace.latest_build.max_deadline
        if limit and deadline > limit:
            raise ApiError(400, "Cannot extend workspace: new deadline is after the max deadline")
        if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
            raise ApiError(500, "Failed to extend workspace deadline.")
        workspace.latest_build.deadline, workspace.latest_build.updated_at = deadline, call.world.now()
        call.server.lifecycle.reset_timer(workspace)
    finally:
        call.server.engine.notify_watchers(workspace)
    return 200, {"message": f"Deadline updated to {format_rfc3339(deadline)}."}


def _check_extension(build: Build, *, too_soon: bool) -> None:
    if build.transition != "start":
        raise ApiError(409, f"Workspace must be started, current status: {build.transition}")
    if build.job.completed_at is None:
        raise ApiError(409, "Workspace is still building!")
    if build.deadline is None:
        raise ApiError(409, "Workspace shutdown is manual.")
    if too_soon:
        detail = "new deadline must be at least 30 minutes in the future"
        raise ApiError(400, f"Cannot extend workspace: {detail}")


@route("GET", "/workspaces/{workspace}/resolve-autostart")
def resolve_autostart(call: Call) -> Reply:
    """Return whether an autostart would lack a required value of the version that it uses."""
    workspace = call.path_workspace()
    build, version = workspace.latest_build, autostart_version(call.world, workspace)
    mismatch = version is not build.version and parameters.lacks_required_value(
        version.plan.parameters, build.parameters
    )
    return 200, {"parameter_mismatch": mismatch}
