"""Serve templates, their versions, parameters, presets and external sign-ins."""

from coder_simulator import dynamic_parameters
from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import is_allowed, is_allowed_on_template
from coder_simulator.render.templates import (
    render_preset,
    render_rich_parameter,
    render_template,
    render_version,
    render_version_resource,
)
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Template, TemplateVersion
from coder_simulator.template_search import search_templates

UPDATED_BODY = {"message": "Updated the active template version!"}


def _is_visible(call: Call, template: Template) -> bool:
    return not template.deleted and is_allowed_on_template(call.world, call.user, template)


def path_template(call: Call) -> Template:
    """Return the path's template if the user may read it."""
    template = call.world.templates.get(call.path_uuid("template"))
    if template is None or not _is_visible(call, template):
        raise not_found()
    return template


def _path_version(call: Call) -> TemplateVersion:
    version = call.world.versions.get(call.path_uuid("version"))
    if version is None or not _is_visible(call, version.template):
        raise not_found()
    return version


def _visible_templates(call: Call) -> list[Template]:
    visible = [t for t in call.world.templates.values() if _is_visible(call, t)]
    return search_templates(call.world, call.query("q"), visible)


@route("GET", "/templates")
def list_templates(call: Call) -> Reply:
    """List the templates that the user may read, by `q`: the most owners of workspaces first, then by name."""
    return 200, [render_template(call.world, t) for t in _visible_templates(call)]


@route("GET", "/organizations/{organization}/templates")
def list_organization_templates(call: Call) -> Reply:
    """List the templates of one organization."""
    organization = call.path_organization()
    return 200, [render_template(call.world, t) for t in _visible_templates(call) if t.organization is organization]


@route("GET", "/organizations/{organization}/templates/{name}")
def get_template_by_name(call: Call) -> Reply:
    """Return a template by its name."""
    organization, name = call.path_organization(), str(call.request.path_params["name"])
    for template in _visible_templates(call):
        if template.organization is organization and template.name.lower() == name.lower():
            return 200, render_template(call.world, template)
    raise not_found()


@route("GET", "/templates/{template}")
def get_template(call: Call) -> Reply:
    """Return one template."""
    return 200, render_template(call.world, path_template(call))


@route("GET", "/templates/{template}/versions")
def list_versions(call: Call) -> Reply:
    """List the versions of a template, oldest first; archived ones only on request."""
    archived = call.query_flag("include_archived")
    limit, offset = call.pagination()
    versions = [v for v in path_template(call).versions if archived or not v.archived]
    return 200, [render_version(call.world, v) for v in versions[offset : offset + limit if limit else None]]


@route("PATCH", "/templates/{template}/versions")
def activate_version(call: Call) -> Reply:
    """Make a version the active one; workspaces with other versions become outdated."""
    template = path_template(call)
    body = call.read_body("UpdateActiveTemplateVersion", {"id": "uuid"})
    if not is_allowed(call.world, call.user, "update", "template"):
        raise not_found()
    version = call.world.versions.get(body["id"] or "")
    if version is None:
        raise ApiError(404, "Template version not found.")
    if version.template is not template:
        raise ApiError(400, "The provided template version doesn't belong to the specified template.")
    template.active_version, template.updated_at = version, call.world.now()
    for workspace in call.world.workspaces.list_all():
        if workspace.template is template:
            call.server.engine.notify_watchers(workspace)
    return 200, UPDATED_BODY


@route("GET", "/templateversions/{version}")
def get_version(call: Call) -> Reply:
    """Return one version."""
    return 200, render_version(call.world, _path_version(call))


@route("GET", "/templateversions/{version}/rich-parameters")
def list_rich_parameters(call: Call) -> Reply:
    """List the parameters of a version."""
    return 200, [render_rich_parameter(call.world, p) for p in _path_version(call).plan.parameters]


@route("GET", "/templateversions/{version}/presets", since_2_36=True)
def list_presets(call: Call) -> Reply:
    """List the presets of a version."""
    return 200, [render_preset(p) for p in _path_version(call).plan.presets] or None


@route("GET", "/templateversions/{version}/resources")
def list_version_resources(call: Call) -> Reply:
    """List the resources that the import of a version planned for each transition."""
    version = _path_version(call)
    return 200, [
        render_version_resource(version, transition, plan)
        for transition in ("start", "stop")
        for plan in version.plan.resources
        if transition in plan.transitions
    ]


@route("GET", "/templateversions/{version}/external-auth")
def list_external_auth(call: Call) -> Reply:
    """List the external sign-ins of a version, and whether the user has done them."""
    return 200, [
        {
            "id": provider.id,
            "type": provider.type,
            "display_name": provider.display_name,
            "display_icon": provider.display_icon,
            "authenticate_url": f"{str(call.request.base_url).rstrip('/')}/external-auth/{provider.id}",
            "authenticated": provider.id in call.user.external_auth,
            **({"optional": True} if provider.optional else {}),
        }
        for provider in _path_version(call).plan.external_auth
    ]


@route("POST", "/templateversions/{version}/dynamic-parameters/evaluate", since_2_36=True)
def evaluate_parameters(call: Call) -> Reply:
    """Evaluate values of a version's parameters for a form."""
    version = _path_version(call)
    fields = {"id": "int64", "inputs": "object", "owner_id": "uuid"}
    body = call.read_body("DynamicParametersRequest", fields)
    owner = call.world.users.get(body["owner_id"] or "")
    if owner is None or not is_allowed(call.world, call.user, "read", "user", owner_id=owner.id):
        return 200, dynamic_parameters.owner_not_found_response()
    return 200, dynamic_parameters.evaluate_form(version.plan.parameters, body["inputs"] or {})
