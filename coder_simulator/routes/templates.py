"""Templates, their versions, parameters, presets, external sign-ins."""

from coder_simulator import dynamic_parameters
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import can, may_use_template
from coder_simulator.render import templates as render
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Template, TemplateVersion

UPDATED = {"message": "Updated the active template version!"}


def _visible(call: Call, template: Template) -> bool:
    return not template.deleted and may_use_template(call.world, call.user, template)


def _template(call: Call) -> Template:
    found = call.world.templates.get(call.uuid("template"))
    if found is None or not _visible(call, found):
        raise not_found()
    return found


def _version(call: Call) -> TemplateVersion:
    found = call.world.versions.get(call.uuid("version"))
    if found is None or not _visible(call, found.template):
        raise not_found()
    return found


def _listed(call: Call) -> list[Template]:
    visible = [t for t in call.world.templates.values() if _visible(call, t)]
    if "deprecated:false" in call.query("q") or "deprecated:true" in call.query("q"):
        wanted = "deprecated:true" in call.query("q")
        visible = [t for t in visible if bool(call.world.licensed and t.deprecation_message) is wanted]
    return sorted(visible, key=lambda t: t.name.lower())


@route("GET", "/templates")
def templates(call: Call) -> Reply:
    """List the templates that a person may see, by name."""
    return 200, [render.template(call.world, t) for t in _listed(call)]


@route("GET", "/organizations/{organization}/templates")
def organization_templates(call: Call) -> Reply:
    """List the templates of one organisation."""
    one = call.organization()
    return 200, [render.template(call.world, t) for t in _listed(call) if t.organization is one]


@route("GET", "/organizations/{organization}/templates/{name}")
def template_by_name(call: Call) -> Reply:
    """Return a template by its name."""
    one, name = call.organization(), str(call.request.path_params["name"])
    for template in _listed(call):
        if template.organization is one and template.name.lower() == name.lower():
            return 200, render.template(call.world, template)
    raise not_found()


@route("GET", "/templates/{template}")
def template(call: Call) -> Reply:
    """Return one template."""
    return 200, render.template(call.world, _template(call))


@route("GET", "/templates/{template}/versions")
def versions(call: Call) -> Reply:
    """List the versions of a template, oldest first; archived ones only if asked for."""
    archived = call.flag("include_archived")
    limit, offset = call.page()
    found = [v for v in _template(call).versions if archived or not v.archived]
    return 200, [render.version(call.world, v) for v in found[offset : offset + limit if limit else None]]


@route("PATCH", "/templates/{template}/versions")
def activate_version(call: Call) -> Reply:
    """Make a version the active one: workspaces of others become outdated."""
    one = _template(call)
    body = call.body("UpdateActiveTemplateVersion", {"id": "uuid"})
    if not can(call.user, "update", "template"):
        raise not_found()
    version = call.world.versions.get(body["id"] or "")
    if version is None:
        raise ApiError(404, "Template version not found.")
    if version.template is not one:
        raise ApiError(400, "The provided template version doesn't belong to the specified template.")
    one.active_version, one.updated_at = version, call.world.now()
    for workspace in call.world.workspaces.list_all():
        if workspace.template is one:
            call.server.engine.notify_watchers(workspace)
    return 200, UPDATED


@route("GET", "/templateversions/{version}")
def version(call: Call) -> Reply:
    """Return one version."""
    return 200, render.version(call.world, _version(call))


@route("GET", "/templateversions/{version}/rich-parameters")
def rich_parameters(call: Call) -> Reply:
    """List the parameters of a version."""
    return 200, [render.rich_parameter(call.world, p) for p in _version(call).plan.parameters]


@route("GET", "/templateversions/{version}/presets")
def presets(call: Call) -> Reply:
    """List the presets of a version (2.36)."""
    one = _version(call)
    if not call.world.modern:
        raise ApiError(404, "Route not found.")
    return 200, [render.preset(p) for p in one.plan.presets] or None


@route("GET", "/templateversions/{version}/resources")
def version_resources(call: Call) -> Reply:
    """List what a start of a version makes: nothing is known before a build here, so it is empty."""
    _version(call)
    return 200, []


@route("GET", "/templateversions/{version}/external-auth")
def external_auth(call: Call) -> Reply:
    """List the external sign-ins that a version asks for, and whether the person has done them."""
    return 200, [
        {
            "id": one.id,
            "type": one.type,
            "display_name": one.display_name,
            "display_icon": one.display_icon,
            "authenticate_url": f"{str(call.request.base_url).rstrip('/')}/external-auth/{one.id}",
            "authenticated": one.id in call.user.external_auth,
            **({"optional": True} if one.optional else {}),
        }
        for one in _version(call).plan.external_auth
    ]


@route("POST", "/templateversions/{version}/dynamic-parameters/evaluate")
def evaluate(call: Call) -> Reply:
    """Judge values of a version's parameters and say how a form shows them (2.36)."""
    if not call.world.modern:
        raise ApiError(404, "Route not found.")
    one = _version(call)
    fields = {"id": "int64", "inputs": "object", "owner_id": "uuid"}
    body = call.body("DynamicParametersRequest", fields)
    owner = call.world.users.get(body["owner_id"] or "")
    if owner is None or not can(call.user, "read", "user", owner_id=owner.id):
        return 200, dynamic_parameters.owner_not_found()
    return 200, dynamic_parameters.evaluate(one.plan.parameters, body["inputs"] or {})
