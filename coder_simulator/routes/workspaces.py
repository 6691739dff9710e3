"""Workspaces: list, get, create, rename."""

from coder_simulator import search
from coder_simulator.errors import RBAC_DETAIL, ApiError, failed_tag, name_taken, not_found, validation_failed
from coder_simulator.permissions import may, may_use_template, sees_all_workspaces
from coder_simulator.render.workspaces import workspace as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import User, Workspace
from coder_simulator.validation import valid_name
from coder_simulator.workspace_creation import CREATE_FIELDS, create


@route("GET", "/workspaces")
def workspaces(call: Call) -> Reply:
    """List the workspaces that a person may read, by `q`, `limit` and `offset`.

    A person's own favourites come first, then what runs, then by owner and name. Rows of a template that the
    person may not read are left out after they were counted.
    """
    limit, offset = call.page()
    query = search.parse(call.world, call.user, call.query("q"))
    found = search.find(call.user, query, _readable(call, query.owner))
    if starred := call.user.favorites:
        found = [w for w in found if w in starred] + [w for w in found if w not in starred]
    page = found[offset : offset + limit if limit else None]
    shown = [w for w in page if may_use_template(call.world, call.user, w.template)]
    return 200, {"workspaces": [render(call.world, w, call.user) for w in shown], "count": len(found)}


def _readable(call: Call, owner_name: str) -> list[Workspace]:
    shelf = call.world.workspaces
    owner = call.user if owner_name == "me" else call.world.find_user(owner_name)
    if sees_all_workspaces(call.user):
        return shelf.owned_by(owner) if owner else shelf.list_all()
    return shelf.readable_by(call.user)


@route("GET", "/workspaces/{workspace}")
def workspace(call: Call) -> Reply:
    """Return one workspace; a deleted one only with `include_deleted`."""
    found, deleted = call.workspace(), call.flag("include_deleted")
    if found.deleted and not deleted:
        flag = "include_deleted" if call.world.modern else "deleted"
        raise ApiError(
            410,
            f'Workspace "{found.id}" was deleted, you can view this workspace by specifying '
            f"'?{flag}=true' and trying again.",
        )
    return 200, render(call.world, found, call.user)


@route("GET", "/users/{user}/workspace/{name}")
def workspace_by_name(call: Call) -> Reply:
    """Return a workspace by owner and name; with `include_deleted` the last deleted one of that name too."""
    return 200, render(call.world, named(call, deleted=call.flag("include_deleted")), call.user)


def named(call: Call, *, deleted: bool) -> Workspace:
    """Return the workspace of the path by owner and name, if the person may read it; `deleted`: a deleted one too."""
    owner, name = call.person(readable=not call.world.modern), str(call.request.path_params["name"])
    found = call.world.workspaces.find_by_name(owner, name)
    if found is None and deleted:
        found = call.world.workspaces.find_by_name(owner, name, deleted=True)
    if found is None or not may(call.user, "read", found):
        raise not_found()
    return found


@route("POST", "/organizations/{organization}/members/{user}/workspaces")
def create_in_organization(call: Call) -> Reply:
    """Create a workspace for a member (the deprecated address)."""
    call.organization()
    return _create(call, call.person(readable=not call.world.modern))


@route("POST", "/users/{user}/workspaces")
def create_for_user(call: Call) -> Reply:
    """Create a workspace for a person."""
    return _create(call, call.person(readable=not call.world.modern))


def _create(call: Call, owner: User) -> Reply:
    body = call.body("CreateWorkspaceRequest", CREATE_FIELDS)
    made = create(call.server, call.user, owner, body)
    return 201, render(call.world, made, call.user, fresh=True)


@route("PATCH", "/workspaces/{workspace}")
def rename(call: Call) -> Reply:
    """Rename a workspace. The same name again changes nothing."""
    found = call.workspace()
    name = call.body("UpdateWorkspaceRequest", {"name": "string"})["name"] or ""
    if not valid_name(name):
        raise validation_failed(failed_tag("name", "username", name))
    if found.deleted:
        raise ApiError(405, f'Workspace "{found.name}" is deleted and cannot be updated.')
    if name == found.name:
        return 204, None
    if not call.world.allow_renames:
        raise ApiError(400, "Workspace renames are not allowed.")
    if not may(call.user, "update", found):
        raise ApiError(500, "Internal error updating workspace.", RBAC_DETAIL)
    other = call.world.workspaces.find_by_name(found.owner, name)
    if other is not None and other is not found:
        raise name_taken(name)
    found.name = name
    call.world.workspaces.update(found)
    call.server.engine.notify_watchers(found)
    return 204, None
