"""Builds: ordered, listed, cancelled, read."""

from coder_simulator.build_requests import BUILD_FIELDS, order
from coder_simulator.errors import RBAC_DETAIL, ApiError
from coder_simulator.gojson import parse_time
from coder_simulator.permissions import may
from coder_simulator.render import builds as render
from coder_simulator.render.agents import resource
from coder_simulator.routes.workspaces import named
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Build

MAY_NOT_CANCEL = "User is not allowed to cancel workspace builds. Owner role is required."


@route("POST", "/workspaces/{workspace}/builds")
def create_build(call: Call) -> Reply:
    """Order a build: start, stop or delete."""
    workspace = call.workspace()
    body = call.body("CreateWorkspaceBuildRequest", BUILD_FIELDS)
    return 201, render.build(call.world, order(call.server, call.user, workspace, body), fresh=True)


@route("GET", "/workspaces/{workspace}/builds")
def builds(call: Call) -> Reply:
    """List a workspace's builds, newest first, by `limit`, `offset` and `since`."""
    limit, offset = call.page()
    workspace, since = call.workspace(), call.query("since")
    found = list(reversed(workspace.builds))
    if since:
        try:
            moment = parse_time(since)
        except ValueError as error:
            raise ApiError(400, "Failed to parse since query param.", str(error)) from None
        found = [b for b in found if b.created_at > moment]
    page = found[offset : offset + limit if limit else None]
    return 200, [render.build(call.world, b) for b in page]


@route("GET", "/users/{user}/workspace/{name}/builds/{number}")
def build_by_number(call: Call) -> Reply:
    """Return a workspace's build by its number. Coder finds no workspace here that has been deleted."""
    workspace, text = named(call, deleted=False), str(call.request.path_params["number"])
    try:
        number = int(text)
    except ValueError:
        detail = f'strconv.ParseInt: parsing "{text}": invalid syntax'
        raise ApiError(400, "Failed to parse build number as integer.", detail) from None
    found = next((b for b in workspace.builds if b.build_number == number), None)
    if found is None:
        raise ApiError(404, f'Workspace "{workspace.name}" Build {number} does not exist.')
    return 200, render.build(call.world, found)


@route("GET", "/workspacebuilds/{build}")
def build(call: Call) -> Reply:
    """Return one build."""
    return 200, render.build(call.world, call.build())


@route("PATCH", "/workspacebuilds/{build}/cancel")
def cancel(call: Call) -> Reply:
    """Cancel a build; 2.36 heeds `expect_status` (pending or running)."""
    found = call.build()
    expected = call.query("expect_status") if call.world.modern else ""
    if expected not in {"", "pending", "running"}:
        words = f'Invalid expect_status "{expected}". Only "pending" or "running" are allowed.'
        raise ApiError(400, words)
    template = found.workspace.template
    allowed = template.allow_user_cancel_workspace_jobs or "owner" in call.user.roles or expected == "pending"
    if not allowed:
        raise ApiError(403, MAY_NOT_CANCEL)
    _check_cancel(call, found, expected)
    call.server.jobs.cancel(found)
    return 200, {"message": "Job has been marked as canceled..."}


def _check_cancel(call: Call, found: Build, expected: str) -> None:
    if found.job.completed_at:
        raise ApiError(400, "Job has already completed!")
    if found.job.canceled_at:
        raise ApiError(400, "Job has already been marked as canceled!")
    if expected and found.job.status != expected:
        raise ApiError(412, "Job is not in the expected state.")
    if not may(call.user, "update", found.workspace):
        raise ApiError(500, "Internal error updating provisioner job.", RBAC_DETAIL)


@route("GET", "/workspacebuilds/{build}/parameters")
def build_parameters(call: Call) -> Reply:
    """List the parameter values of a build."""
    return 200, render.parameters(call.world, call.build())


@route("GET", "/workspacebuilds/{build}/resources")
def build_resources(call: Call) -> Reply:
    """List what a build made."""
    now = call.world.now()
    return 200, [resource(call.world, one, now) for one in call.build().resources]


@route("GET", "/workspacebuilds/{build}/logs")
def build_logs(call: Call) -> Reply:
    """Return the log of a build, from `after` (a log's id) to `before`."""
    found, after, before = call.build(), _number(call, "after"), _number(call, "before")
    lines = [one for one in found.job.logs if one.id > after and (not before or one.id < before)]
    return 200, [render.log(one) for one in lines]


def _number(call: Call, name: str) -> int:
    text = call.query(name)
    try:
        return int(text or "0")
    except ValueError:
        detail = f'Query param "{name}" must be a valid integer: strconv.ParseInt: parsing "{text}": invalid syntax'
        faults = [(name, detail)]
        raise ApiError(400, "Query parameters have invalid values.", validations=faults) from None


@route("GET", "/workspacebuilds/{build}/timings")
def build_timings(call: Call) -> Reply:
    """Return the spans of a build."""
    return 200, render.timings(call.world, call.build())


@route("GET", "/workspaces/{workspace}/timings")
def workspace_timings(call: Call) -> Reply:
    """Return the spans of the newest build."""
    return 200, render.timings(call.world, call.workspace().latest_build)
