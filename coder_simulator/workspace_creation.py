"""Create a workspace and its first build, with Coder's checks in Coder's order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from coder_simulator import cron, parameters, validation
from coder_simulator.errors import ApiError, failed_tag, name_taken, not_found, validation_failed
from coder_simulator.gojson import NIL_UUID, Fields
from coder_simulator.lifecycle import next_start
from coder_simulator.permissions import is_allowed, is_allowed_on_template
from coder_simulator.prebuilds import claim_prebuild
from coder_simulator.server import Server
from coder_simulator.state import TemplateVersion, User, Workspace
from coder_simulator.world import World

CREATE_FIELDS: Fields = {
    "template_id": "uuid",
    "template_version_id": "uuid",
    "name": "string",
    "autostart_schedule": "string",
    "ttl_ms": "int64",
    "rich_parameter_values": [{"name": "string", "value": "string"}],
    "automatic_updates": "string",
    "template_version_preset_id": "uuid",
}
CREATE_FORBIDDEN_DETAIL = (
    "You are unable to create a workspace in this organization. It is possible to have access to the template, "
    "but not be able to create a workspace. Please contact an administrator about your permissions if you feel "
    "this is an error."
)


def create_workspace(server: Server, user: User, owner: User, body: dict[str, Any]) -> Workspace:
    """Create `owner`'s workspace as requested by `user` (CreateWorkspaceRequest); raise ApiError."""
    world, name = server.world, body["name"] or ""
    _check_request(body, name)
    if not is_allowed(world, user, "create", "workspace", owner_id=owner.id, any_org=True):
        raise (
            ApiError(403, "Unauthorized to create workspace.", CREATE_FORBIDDEN_DETAIL) if world.modern else not_found()
        )
    version = _resolve_version(world, user, body)
    if version.template.organization not in owner.organizations:
        raise not_found()
    schedule = _validate_schedule(body["autostart_schedule"])
    ttl_ms = _validate_ttl(body["ttl_ms"], version.template.default_ttl_ms)
    automatic_updates = body["automatic_updates"] or "never"
    if automatic_updates not in {"always", "never"}:
        detail = "Automatic updates must be always or never"
        message = "Invalid Workspace Automatic Updates setting."
        raise ApiError(400, message, validations=[("automatic_updates", detail)])
    if world.workspaces.find_by_name(owner, name):
        raise name_taken(name)
    _check_external_auth(world, owner, version)
    _check_version(world, user, version)
    now, preset_id = world.now(), body["template_version_preset_id"] if world.modern else None
    values = parameters.resolve_values(
        version.plan.parameters,
        requested_values(version, body["rich_parameter_values"], preset_id),
        None,
        modern=world.modern,
    )
    preset_id = resolve_preset(version, preset_id, values) if world.modern else None
    last_used_at = now if world.modern else now + timedelta(microseconds=2)  # 2.19 reads its clock again
    workspace = claim_prebuild(world, owner, version, preset_id, name) or Workspace(
        name=name, owner=owner, template=version.template, created_at=now, updated_at=now, last_used_at=last_used_at
    )
    workspace.autostart_schedule, workspace.ttl_ms, workspace.automatic_updates = schedule, ttl_ms, automatic_updates
    workspace.next_start_at = _next_start(world, workspace)
    server.jobs.request_build(
        workspace, "start", version=version, initiator=user, parameters=values, preset_id=preset_id
    )
    return workspace


def requested_values(
    version: TemplateVersion, listed_values: list[dict[str, Any]] | None, preset_id: str | None
) -> dict[str, str]:
    """Return the values of a request: the first of each name, overridden by those of its preset."""
    values: dict[str, str] = {}
    for item in listed_values or []:
        values.setdefault(item["name"] or "", item["value"] or "")
    preset = next((p for p in version.plan.presets if p.id == preset_id), None)
    return values | (preset.parameters if preset else {})


def resolve_preset(version: TemplateVersion, preset_id: str | None, values: dict[str, str]) -> str | None:
    """Return the preset of a build (2.36): the requested one, else the largest whose values all match."""
    if preset_id:
        return preset_id
    matching = [p for p in version.plan.presets if p.parameters and p.parameters.items() <= values.items()]
    return max(matching, key=lambda p: len(p.parameters)).id if matching else None


def _check_request(body: dict[str, Any], name: str) -> None:
    validations = []
    template, version = body["template_id"] or NIL_UUID, body["template_version_id"] or NIL_UUID
    both, none = NIL_UUID not in {template, version}, {template, version} == {NIL_UUID}
    if both or none:
        rule = "excluded_with" if both else "required_without"
        validations += [failed_tag("template_id", rule, template), failed_tag("template_version_id", rule, version)]
    if not validation.is_valid_name(name):
        validations.append(failed_tag("name", "workspace_name", name))
    if validations:
        raise validation_failed(*validations)


def _resolve_version(world: World, user: User, body: dict[str, Any]) -> TemplateVersion:
    """Find the requested template version and check that it can be built."""
    version_id = body["template_version_id"]
    version = world.versions.get(version_id) if version_id else None
    if version_id and (version is None or not is_allowed_on_template(world, user, version.template, "use")):
        raise ApiError(
            400,
            f'Template version "{version_id}" doesn\'t exist.',
            validations=[("template_version_id", "template not found")],
        )
    if version is not None and version.archived:
        raise ApiError(
            500,
            "Archived template versions cannot be used to make a workspace.",
            validations=[("template_version_id", "template version archived")],
        )
    template = version.template if version else world.templates.get(body["template_id"])
    if template is None or template.deleted or not is_allowed_on_template(world, user, template, "use"):
        raise ApiError(
            400,
            f'Template "{body["template_id"]}" doesn\'t exist.',
            validations=[("template_id", "template not found")],
        )
    if world.licensed and template.deprecation_message:
        message = f'Template "{template.name}" has been deprecated, and cannot be used to create a new workspace.'
        raise ApiError(400, message, template.deprecation_message)
    return version or template.active_version


def _check_version(world: World, user: User, version: TemplateVersion) -> None:
    """Allow versions other than a required active one only to users who may update the template."""
    template = version.template
    is_refused = world.licensed and template.require_active_version and version is not template.active_version
    if is_refused and not is_allowed(world, user, "update", "template"):
        raise ApiError(403, "insert workspace build", "cannot use non-active version: unauthorized: rbac: forbidden")


def _check_external_auth(world: World, owner: User, version: TemplateVersion) -> None:
    """Require external sign-ins (2.36); 2.19 lets the build continue without the token."""
    missing = [
        (
            "external_auth",
            f'"{provider.display_name}" ({provider.id}) must be authenticated before creating a workspace.',
        )
        for provider in version.plan.external_auth
        if not provider.optional and provider.id not in owner.external_auth
    ]
    if missing and world.modern:
        message = "External authentication is required to create a workspace with this template."
        raise ApiError(403, message, validations=missing)


def _validate_schedule(text: str | None) -> str | None:
    if not text:
        return None
    _convert_field("Invalid Autostart Schedule.", "schedule", lambda: cron.parse_schedule(text))
    return text


def _validate_ttl(ttl_ms: int | None, default_ms: int) -> int | None:
    return _convert_field(
        "Invalid Workspace Time to Shutdown.", "ttl_ms", lambda: validation.normalize_ttl(ttl_ms, default_ms)
    )


def _convert_field[T](message: str, field: str, convert: Callable[[], T]) -> T:
    try:
        return convert()
    except ValueError as error:
        raise ApiError(400, message, validations=[(field, str(error))]) from None


def _next_start(world: World, workspace: Workspace) -> datetime | None:
    moment = next_start(world, workspace)
    if moment is None and workspace.autostart_schedule and world.modern:
        raise ApiError(500, "Internal error calculating workspace autostart schedule.")
    return moment
