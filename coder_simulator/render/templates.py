"""JSON of templates, their versions, parameters and presets."""

from statistics import quantiles
from typing import Any

from coder_simulator.clock import rfc3339
from coder_simulator.render.builds import job
from coder_simulator.render.people import minimal_user
from coder_simulator.state import DAYS, Template, TemplateVersion
from coder_simulator.version_plans import Preset, RichParameter
from coder_simulator.world import World

Json = dict[str, Any]


def template(world: World, one: Template) -> Json:
    """A template; without a licence what only a licence grants is at its default."""
    organization, licensed = one.organization, world.licensed
    deprecation = one.deprecation_message if licensed else ""
    body: Json = {
        "id": one.id,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.updated_at),
        "organization_id": organization.id,
        "organization_name": organization.name,
        "organization_display_name": organization.display_name,
        "organization_icon": organization.icon,
        "name": one.name,
        "display_name": one.display_name,
        "provisioner": one.provisioner,
        "active_version_id": one.active_version.id,
        "active_user_count": 0,
        "build_time_stats": {kind: _quantiles(one.durations_ms[kind]) for kind in ("delete", "start", "stop")},
        "description": one.description,
        "deprecated": bool(deprecation),
        "deprecation_message": deprecation,
    }
    if world.modern:
        body["deleted"] = one.deleted
    body |= {"icon": one.icon, "default_ttl_ms": one.default_ttl_ms, "activity_bump_ms": one.activity_bump_ms}
    if world.modern:
        body["time_til_autostop_notify_ms"] = 0
    body |= {
        "autostop_requirement": {
            "days_of_week": list(one.autostop_days) if licensed else [],
            "weeks": one.autostop_weeks if licensed else 1,
        },
        "autostart_requirement": {"days_of_week": list(one.autostart_days if licensed else DAYS)},
        "created_by_id": one.created_by.id,
        "created_by_name": one.created_by.username,
        "allow_user_autostart": one.allow_user_autostart or not licensed,
        "allow_user_autostop": one.allow_user_autostop or not licensed,
        "allow_user_cancel_workspace_jobs": one.allow_user_cancel_workspace_jobs,
        "failure_ttl_ms": one.failure_ttl_ms if licensed else 0,
        "time_til_dormant_ms": one.time_til_dormant_ms if licensed else 0,
        "time_til_dormant_autodelete_ms": one.time_til_dormant_autodelete_ms if licensed else 0,
        "require_active_version": one.require_active_version and licensed,
        "max_port_share_level": one.max_port_share_level if licensed else "public",
    }
    if world.modern:
        body |= {
            "cors_behavior": "simple",
            "use_classic_parameter_flow": one.use_classic_parameter_flow,
            "disable_module_cache": False,
        }
    return body


def _quantiles(durations_ms: list[float]) -> Json:
    """The median and the 95th percentile (ms) of the last hundred builds; null where there was none."""
    if not durations_ms:
        return {"P50": None, "P95": None}
    if len(durations_ms) == 1:
        return {"P50": int(durations_ms[0]), "P95": int(durations_ms[0])}
    cuts = quantiles(durations_ms[-100:], n=20, method="inclusive")
    return {"P50": int(cuts[9]), "P95": int(cuts[18])}


def version(world: World, one: TemplateVersion) -> Json:
    """A version of a template (TemplateVersion)."""
    body: Json = {
        "id": one.id,
        "template_id": one.template.id,
        "organization_id": one.template.organization.id,
        "created_at": rfc3339(one.created_at),
        "updated_at": rfc3339(one.updated_at),
        "name": one.name,
        "message": one.message,
        "job": job(world, one.job, one.template, {"template_version_id": one.id}),
        "readme": one.plan.readme,
        "created_by": minimal_user(world, one.created_by),
        "archived": one.archived,
    }
    return body | ({"has_external_agent": False} if world.modern else {})


def rich_parameter(world: World, one: RichParameter) -> Json:
    """A parameter of a version (TemplateVersionParameter)."""
    body: Json = {
        "name": one.name,
        "display_name": one.display_name,
        "description": one.description,
        "description_plaintext": one.description_plaintext or one.description.replace("**", ""),
        "type": one.type,
    }
    if world.modern:
        body["form_type"] = one.form_type
    body |= {
        "mutable": one.mutable,
        "default_value": one.default_value,
        "icon": one.icon,
        "options": [
            {"name": o.name, "description": o.description, "value": o.value, "icon": o.icon} for o in one.options
        ],
    }
    validation = {
        "validation_error": one.validation_error or None,
        "validation_regex": one.validation_regex or None,
        "validation_min": one.validation_min,
        "validation_max": one.validation_max,
        "validation_monotonic": one.validation_monotonic or None,
    }
    body |= {key: value for key, value in validation.items() if value is not None}
    return body | {"required": one.required, "ephemeral": one.ephemeral}


def preset(one: Preset) -> Json:
    """A preset of a version (Preset); its keys are Go's own names."""
    return {
        "ID": one.id,
        "Name": one.name,
        "Parameters": [{"Name": name, "Value": value} for name, value in one.parameters.items()],
        "Default": one.default,
        "DesiredPrebuildInstances": one.desired_prebuild_instances,
        "Description": one.description,
        "Icon": one.icon,
    }
