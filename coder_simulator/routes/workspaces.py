"""List, read, create and rename workspaces."""

from coder_simulator import search
from coder_simulator.errors import RBAC_DETAIL, ApiError, failed_tag, name_taken, not_found, validation_failed
from coder_simulator.permissions import can_read_all_workspaces, is_allowed_on_template, is_allowed_on_workspace
from coder_simulator.render.workspaces import render_workspace
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import User, Workspace
from coder_simulator.validation import is_valid_name
from coder_simulator.workspace_creation import CREATE_FIELDS, create_workspace


@route("GET", "/workspaces")
def list_workspaces(call: Call) -> Reply:
    """List the workspaces that the user may read, by `q`, `limit` and `offset`.

    The user's own favorites come first, then running workspaces, then by owner and name. Rows of a template that the
    user may not read count but are left out.
    """
    limit, offset = call.pagination()
    query = search.parse_query(call.world, call.user, call.query("q"))
    workspaces = search.filter_workspaces(call.user, query, _readable_workspaces(call, query.owner))
    if favorites := call.user.favorites:
        workspaces = [w for w in workspaces if w in favorites] + [w for w in workspaces if w not in favorites]
    page = workspaces[offset : offset + limit if limit else None]
    visible = [w for w in page if is_allowed_on_template(call.world, call.user, w.template)]
    return 200, {"workspaces": [render_workspace(call.world, w, call.user) for w in visible], "count": len(workspaces)}


def _readable_workspaces(call: Call, owner_name: str) -> list[Workspace]:
    index = call.world.workspaces
    owner = call.user if owner_name == "me" else call.world.find_user(owner_name)
    if can_read_all_workspaces(call.world, call.user):
        return index.owned_by(owner) if owner else index.list_all()
    return index.readable_by(call.user)


@route("GET", "/workspaces/{workspace}")
def get_workspace(call: Call) -> Reply:
    """Return one workspace; a deleted one only with `include_deleted`."""
    workspace, include_deleted = call.path_workspace(), call.query_flag("include_deleted")
    if workspace.deleted and not include_deleted:
        flag = "include_deleted" if call.world.modern else "deleted"
        raise ApiError(
            410,
            f'Workspace "{workspace.id}" was deleted, you can view this workspace by specifying '
            f"'?{flag}=true' and trying again.",
        )
    return 200, render_workspace(call.world, workspace, call.user)


@route("GET", "/users/{user}/workspace/{name}")
def get_workspace_by_name(call: Call) -> Reply:
    """Return a workspace by owner and name; with `include_deleted` also the last deleted one."""
    return 200, render_workspace(
        call.world, path_workspace_by_name(call, include_deleted=call.query_flag("include_deleted")), call.user
    )


def path_workspace_by_name(call: Call, *, include_deleted: bool) -> Workspace:
    """Return the path's workspace by owner and name, if the user may read it."""
    owner, name = call.path_user(readable=not call.world.modern), str(call.request.path_params["name"])
    workspace = call.world.workspaces.find_by_name(owner, name)
    if workspace is None and include_deleted:
        workspace = call.world.workspaces.find_by_name(owner, name, deleted=True)
    if workspace is None or not is_allowed_on_workspace(call.world, call.user, "read", workspace):
        raise not_found()
    return workspace


@route("POST", "/organizations/{organization}/members/{user}/workspaces")
def post_member_workspace(call: Call) -> Reply:
    """Create a workspace for a member (the deprecated address)."""
    call.path_organization()
    return _create_workspace(call, call.path_user(readable=not call.world.modern, is_member=True))


@route("POST", "/users/{user}/workspaces")
def post_user_workspace(call: Call) -> Reply:
    """Create a workspace for a user."""
    return _create_workspace(call, call.path_user(readable=not call.world.modern))


def _create_workspace(call: Call, owner: User) -> Reply:
    body = call.read_body("CreateWorkspaceRequest", CREATE_FIELDS)
    workspace = create_workspace(call.server, call.user, owner, body)
    return 201, render_workspace(call.world, workspace, call.user, fresh=True)


@route("PATCH", "/workspaces/{workspace}")
def rename_workspace(call: Call) -> Reply:
    """Rename a workspace; the same name changes nothing."""
    workspace = call.path_workspace()
    name = call.read_body("UpdateWorkspaceRequest", {"name": "string"})["name"] or ""
    if not is_valid_name(name):
        raise validation_failed(failed_tag("name", "username", name))
    if workspace.deleted:
        raise ApiError(405, f'Workspace "{workspace.name}" is deleted and cannot be updated.')
    if name == workspace.name:
        return 204, None
    if not call.world.allow_renames:
        raise ApiError(400, "Workspace renames are not allowed.")
    if not is_allowed_on_workspace(call.world, call.user, "update", workspace):
        raise ApiError(500, "Internal error updating workspace.", RBAC_DETAIL)
    other = call.world.workspaces.find_by_name(workspace.owner, name)
    if other is not None and other is not workspace:
        raise name_taken(name)
    workspace.name = name
    call.world.workspaces.update(workspace)
    call.server.engine.notify_watchers(workspace)
    return 204, None
