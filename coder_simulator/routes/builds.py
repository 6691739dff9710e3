"""Create, list, cancel and read builds."""

from coder_simulator.build_requests import BUILD_FIELDS, create_build
from coder_simulator.errors import RBAC_DETAIL, ApiError
from coder_simulator.gojson import parse_time
from coder_simulator.permissions import is_allowed_on_workspace
from coder_simulator.render.agents import render_resource
from coder_simulator.render.builds import render_build, render_log, render_parameters, render_timings
from coder_simulator.routes.workspaces import path_workspace_by_name
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Build

CANCEL_FORBIDDEN_MESSAGE = "User is not allowed to cancel workspace builds. Owner role is required."


@route("POST", "/workspaces/{workspace}/builds")
def post_build(call: Call) -> Reply:
    """Create a build: start, stop or delete."""
    workspace = call.path_workspace()
    body = call.read_body("CreateWorkspaceBuildRequest", BUILD_FIELDS)
    return 201, render_build(call.world, create_build(call.server, call.user, workspace, body), fresh=True)


@route("GET", "/workspaces/{workspace}/builds")
def list_builds(call: Call) -> Reply:
    """List a workspace's builds, newest first, by `limit`, `offset` and `since`."""
    limit, offset = call.pagination()
    workspace, since = call.path_workspace(), call.query("since")
    builds = list(reversed(workspace.builds))
    if since:
        try:
            moment = parse_time(since)
        except ValueError as error:
            raise ApiError(400, "Failed to parse since query param.", str(error)) from None
        builds = [b for b in builds if b.created_at > moment]
    page = builds[offset : offset + limit if limit else None]
    return 200, [render_build(call.world, b) for b in page]


@route("GET", "/users/{user}/workspace/{name}/builds/{number}")
def get_build_by_number(call: Call) -> Reply:
    """Return a workspace's build by its number; Coder does not find deleted workspaces here."""
    workspace, text = path_workspace_by_name(call, include_deleted=False), str(call.request.path_params["number"])
    try:
        number = int(text)
    except ValueError:
        detail = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise ApiError(400, "Failed to parse build number as integer.", detail) from None
    build = next((b for b in workspace.builds if b.build_number == number), None)
    if build is None:
        raise ApiError(404, f'Workspace "{workspace.name}" Build {number} does not exist.')
    return 200, render_build(call.world, build)


@route("GET", "/workspacebuilds/{build}")
def get_build(call: Call) -> Reply:
    """Return one build."""
    return 200, render_build(call.world, call.path_build())


@route("PATCH", "/workspacebuilds/{build}/cancel")
def cancel_build(call: Call) -> Reply:
    """Cancel a build; 2.36 checks `expect_status` (pending or running)."""
    build = call.path_build()
    expected = call.query("expect_status") if call.world.modern else ""
    if expected not in {"", "pending", "running"}:
        message = f'Invalid expect_status "{expected}". Only "pending" or "running" are allowed.'
        raise ApiError(400, message)
    template = build.workspace.template
    allowed = template.allow_user_cancel_workspace_jobs or "owner" in call.user.roles or expected == "pending"
    if not allowed:
        raise ApiError(403, CANCEL_FORBIDDEN_MESSAGE)
    _check_cancel(call, build, expected)
    call.server.jobs.cancel(build)
    return 200, {"message": "Job has been marked as canceled..."}


def _check_cancel(call: Call, build: Build, expected: str) -> None:
    if build.job.completed_at:
        raise ApiError(400, "Job has already completed!")
    if build.job.canceled_at:
        raise ApiError(400, "Job has already been marked as canceled!")
    if expected and build.job.status != expected:
        raise ApiError(412, "Job is not in the expected state.")
    if not is_allowed_on_workspace(call.world, call.user, "update", build.workspace):
        raise ApiError(500, "Internal error updating provisioner job.", RBAC_DETAIL)


@route("GET", "/workspacebuilds/{build}/parameters")
def list_build_parameters(call: Call) -> Reply:
    """List the parameter values of a build."""
    return 200, render_parameters(call.world, call.path_build())


@route("GET", "/workspacebuilds/{build}/resources")
def list_build_resources(call: Call) -> Reply:
    """List the resources of a build."""
    now = call.world.now()
    return 200, [render_resource(call.world, resource, now) for resource in call.path_build().resources]


@route("GET", "/workspacebuilds/{build}/logs")
def list_build_logs(call: Call) -> Reply:
    """Return the log lines of a build with ids between `after` and `before`."""
    build, after, before = call.path_build(), _query_number(call, "after"), _query_number(call, "before")
    lines = [log for log in build.job.logs if log.id > after and (not before or log.id < before)]
    return 200, [render_log(log) for log in lines]


def _query_number(call: Call, name: str) -> int:
    text = call.query(name)
    try:
        return int(text or "0")
    except ValueError:
        detail = f'Query param "{name}" must be a valid integer: strconv.ParseInt: parsing "{text}": invalid syntax'
        validations = [(name, detail)]
        raise ApiError(400, "Query parameters have invalid values.", validations=validations) from None


@route("GET", "/workspacebuilds/{build}/timings")
def get_build_timings(call: Call) -> Reply:
    """Return the timings of a build."""
    return 200, render_timings(call.world, call.path_build())


@route("GET", "/workspaces/{workspace}/timings")
def get_workspace_timings(call: Call) -> Reply:
    """Return the timings of a workspace's newest build."""
    return 200, render_timings(call.world, call.path_workspace().latest_build)
