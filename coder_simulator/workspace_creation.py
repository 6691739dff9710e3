"""Create a workspace: all that Coder checks, in its order, and the first build."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from coder_simulator import cron, parameters, validation
from coder_simulator.errors import ApiError, failed_tag, name_taken, not_found, validation_failed
from coder_simulator.gojson import NIL_UUID, Fields
from coder_simulator.lifecycle import next_start
from coder_simulator.permissions import can, may_use_template
from coder_simulator.prebuilds import claim
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
NOT_HERE = (
    "You are unable to create a workspace in this organization. It is possible to have access to the template, "
    "but not be able to create a workspace. Please contact an administrator about your permissions if you feel "
    "this is an error."
)


def create(server: Server, user: User, owner: User, body: dict[str, Any]) -> Workspace:
    """Create `owner`'s workspace as `user` asks for it (CreateWorkspaceRequest); raises RefusalError."""
    world, name = server.world, body["name"] or ""
    _check_request(body, name)
    if not can(user, "create", "workspace", owner_id=owner.id):
        raise ApiError(403, "Unauthorized to create workspace.", NOT_HERE) if world.modern else not_found()
    version = _version(world, user, body)
    if version.template.organization not in owner.organizations:
        raise not_found()
    schedule = _schedule(body["autostart_schedule"])
    ttl_ms = _ttl(body["ttl_ms"], version.template.default_ttl_ms)
    updates = body["automatic_updates"] or "never"
    if updates not in {"always", "never"}:
        detail = "Automatic updates must be always or never"
        setting = "Invalid Workspace Automatic Updates setting."
        raise ApiError(400, setting, validations=[("automatic_updates", detail)])
    if world.workspaces.find_by_name(owner, name):
        raise name_taken(name)
    _check_external_auth(world, owner, version)
    _check_version(world, user, version)
    now, preset_id = world.now(), body["template_version_preset_id"] if world.modern else None
    values = parameters.resolve(
        version.plan.parameters,
        given_values(version, body["rich_parameter_values"], preset_id),
        None,
        modern=world.modern,
    )
    preset_id = preset_of(version, preset_id, values) if world.modern else None
    used = now if world.modern else now + timedelta(microseconds=2)  # 2.19 looks at its clock once more
    workspace = claim(world, owner, version, preset_id, name) or Workspace(
        name=name, owner=owner, template=version.template, created_at=now, updated_at=now, last_used_at=used
    )
    workspace.autostart_schedule, workspace.ttl_ms, workspace.automatic_updates = schedule, ttl_ms, updates
    workspace.next_start_at = _next_start(world, workspace)
    server.jobs.request_build(
        workspace, "start", version=version, initiator=user, parameters=values, preset_id=preset_id
    )
    return workspace


def given_values(
    version: TemplateVersion, listed: list[dict[str, Any]] | None, preset_id: str | None
) -> dict[str, str]:
    """Return the values that a request gives: the first of each name, and over them those of its preset."""
    given: dict[str, str] = {}
    for one in listed or []:
        given.setdefault(one["name"] or "", one["value"] or "")
    preset = next((p for p in version.plan.presets if p.id == preset_id), None)
    return given | (preset.parameters if preset else {})


def preset_of(version: TemplateVersion, asked: str | None, values: dict[str, str]) -> str | None:
    """Return the preset of a build (2.36): the one asked for, else the largest whose values are all there."""
    if asked:
        return asked
    fitting = [p for p in version.plan.presets if p.parameters and p.parameters.items() <= values.items()]
    return max(fitting, key=lambda p: len(p.parameters)).id if fitting else None


def _check_request(body: dict[str, Any], name: str) -> None:
    faults = []
    template, version = body["template_id"] or NIL_UUID, body["template_version_id"] or NIL_UUID
    both, none = NIL_UUID not in {template, version}, {template, version} == {NIL_UUID}
    if both or none:
        rule = "excluded_with" if both else "required_without"
        faults += [failed_tag("template_id", rule, template), failed_tag("template_version_id", rule, version)]
    if not validation.valid_name(name):
        faults.append(failed_tag("name", "workspace_name", name))
    if faults:
        raise validation_failed(*faults)


def _version(world: World, user: User, body: dict[str, Any]) -> TemplateVersion:
    """Find what is to be built, by template or by version, and check that it may be."""
    asked = body["template_version_id"]
    version = world.versions.get(asked) if asked else None
    if asked and (version is None or not may_use_template(world, user, version.template, "use")):
        raise ApiError(
            400,
            f'Template version "{asked}" doesn\'t exist.',
            validations=[("template_version_id", "template not found")],
        )
    if version is not None and version.archived:
        raise ApiError(
            500,
            "Archived template versions cannot be used to make a workspace.",
            validations=[("template_version_id", "template version archived")],
        )
    template = version.template if version else world.templates.get(body["template_id"])
    if template is None or template.deleted or not may_use_template(world, user, template, "use"):
        raise ApiError(
            400,
            f'Template "{body["template_id"]}" doesn\'t exist.',
            validations=[("template_id", "template not found")],
        )
    if world.licensed and template.deprecation_message:
        words = f'Template "{template.name}" has been deprecated, and cannot be used to create a new workspace.'
        raise ApiError(400, words, template.deprecation_message)
    return version or template.active_version


def _check_version(world: World, user: User, version: TemplateVersion) -> None:
    """Only those who may change a template use other versions than the active one where it demands that."""
    template = version.template
    other = world.licensed and template.require_active_version and version is not template.active_version
    if other and not can(user, "update", "template"):
        raise ApiError(403, "insert workspace build", "cannot use non-active version: unauthorized: rbac: forbidden")


def _check_external_auth(world: World, owner: User, version: TemplateVersion) -> None:
    """2.36 refuses while an external sign-in is missing; 2.19 lets the build go on without its token."""
    missing = [
        ("external_auth", f'"{one.display_name}" ({one.id}) must be authenticated before creating a workspace.')
        for one in version.plan.external_auth
        if not one.optional and one.id not in owner.external_auth
    ]
    if missing and world.modern:
        words = "External authentication is required to create a workspace with this template."
        raise ApiError(403, words, validations=missing)


def _schedule(text: str | None) -> str | None:
    if not text:
        return None
    _valid("Invalid Autostart Schedule.", "schedule", lambda: cron.parse(text))
    return text


def _ttl(ttl_ms: int | None, default_ms: int) -> int | None:
    return _valid("Invalid Workspace Time to Shutdown.", "ttl_ms", lambda: validation.valid_ttl(ttl_ms, default_ms))


def _valid[T](message: str, field: str, judge: Callable[[], T]) -> T:
    try:
        return judge()
    except ValueError as error:
        raise ApiError(400, message, validations=[(field, str(error))]) from None


def _next_start(world: World, workspace: Workspace) -> datetime | None:
    moment = next_start(world, workspace)
    if moment is None and workspace.autostart_schedule and world.modern:
        raise ApiError(500, "Internal error calculating workspace autostart schedule.")
    return moment
