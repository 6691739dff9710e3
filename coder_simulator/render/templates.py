"""Render templates, their versions, parameters and presets as JSON."""

from statistics import quantiles
from typing import Any
from uuid import UUID, uuid5

from coder_simulator.clock import format_rfc3339
from coder_simulator.render.builds import render_job
from coder_simulator.render.users import render_minimal_user
from coder_simulator.state import DAYS, Template, TemplateVersion
from coder_simulator.template_owners import count_owners
from coder_simulator.version_plans import Preset, ResourcePlan, RichParameter
from coder_simulator.world import World

Json = dict[str, Any]


def render_template(world: World, template: Template) -> Json:
    """Return a template (Template); settings that need a license have their defaults without one."""
    organization, licensed = template.organization, world.licensed
    deprecation = template.deprecation_message if licensed else ""
    body: Json = {
        "id": template.id,
        "created_at": format_rfc3339(template.created_at),
        "updated_at": format_rfc3339(template.updated_at),
        "organization_id": organization.id,
        "organization_name": organization.name,
        "organization_display_name": organization.display_name,
        "organization_icon": organization.icon,
        "name": template.name,
        "display_name": template.display_name,
        "provisioner": template.provisioner,
        "active_version_id": template.active_version.id,
        "active_user_count": count_owners(world).get(template.id, 0),
        "build_time_stats": {
            kind: _build_time_stats(template.durations_ms[kind]) for kind in ("delete", "start", "stop")
        },
        "description": template.description,
        "deprecated": bool(deprecation),
        "deprecation_message": deprecation,
    }
    if world.modern:
        body["deleted"] = template.deleted
    body |= {
        "icon": template.icon,
        "default_ttl_ms": template.default_ttl_ms,
        "activity_bump_ms": template.activity_bump_ms,
    }
    if world.modern:
        body["time_til_autostop_notify_ms"] = 0
    body |= {
        "autostop_requirement": {
            "days_of_week": list(template.autostop_days) if licensed else [],
            "weeks": template.autostop_weeks if licensed else 1,
        },
        "autostart_requirement": {"days_of_week": list(template.autostart_days if licensed else DAYS)},
        "created_by_id": template.created_by.id,
        "created_by_name": template.created_by.username,
        "allow_user_autostart": template.allow_user_autostart or not licensed,
        "allow_user_autostop": template.allow_user_autostop or not licensed,
        "allow_user_cancel_workspace_jobs": template.allow_user_cancel_workspace_jobs,
        "failure_ttl_ms": template.failure_ttl_ms if licensed else 0,
        "time_til_dormant_ms": template.time_til_dormant_ms if licensed else 0,
        "time_til_dormant_autodelete_ms": template.time_til_dormant_autodelete_ms if licensed else 0,
        "require_active_version": template.require_active_version and licensed,
        "max_port_share_level": template.max_port_share_level if licensed else "public",
    }
    if world.modern:
        body |= {
            "cors_behavior": "simple",
            "use_classic_parameter_flow": template.use_classic_parameter_flow,
            "disable_module_cache": False,
        }
    return body


def _build_time_stats(durations_ms: list[float]) -> Json:
    """Return the median and 95th percentile (ms) of the last hundred builds; null if there is none."""
    if not durations_ms:
        return {"P50": None, "P95": None}
    if len(durations_ms) == 1:
        return {"P50": int(durations_ms[0]), "P95": int(durations_ms[0])}
    cuts = quantiles(durations_ms[-100:], n=20, method="inclusive")
    return {"P50": int(cuts[9]), "P95": int(cuts[18])}


def render_version(world: World, version: TemplateVersion) -> Json:
    """Return a version of a template (TemplateVersion)."""
    body: Json = {
        "id": version.id,
        "template_id": version.template.id,
        "organization_id": version.template.organization.id,
        "created_at": format_rfc3339(version.created_at),
        "updated_at": format_rfc3339(version.updated_at),
        "name": version.name,
        "message": version.message,
        "job": render_job(world, version.job, version.template, {"template_version_id": version.id}),
        "readme": version.plan.readme,
        "created_by": render_minimal_user(world, version.created_by),
        "archived": version.archived,
    }
    return body | ({"has_external_agent": False} if world.modern else {})


def render_rich_parameter(world: World, parameter: RichParameter) -> Json:
    """Return a parameter of a version (TemplateVersionParameter)."""
    body: Json = {
        "name": parameter.name,
        "display_name": parameter.display_name,
        "description": parameter.description,
        "description_plaintext": plain_description(parameter),
        "type": parameter.type,
    }
    if world.modern:
        body["form_type"] = parameter.form_type
    body |= {
        "mutable": parameter.mutable,
        "default_value": parameter.default_value,
        "icon": parameter.icon,
        "options": render_options(parameter),
    }
    validation = {
        "validation_error": parameter.validation_error or None,
        "validation_regex": parameter.validation_regex or None,
        "validation_min": parameter.validation_min,
        "validation_max": parameter.validation_max,
        "validation_monotonic": parameter.validation_monotonic or None,
    }
    body |= {key: value for key, value in validation.items() if value is not None}
    return body | {"required": parameter.required, "ephemeral": parameter.ephemeral}


def plain_description(parameter: RichParameter) -> str:
    """Return the description of a parameter without Markdown."""
    return parameter.description_plaintext or parameter.description.replace("**", "")


def render_options(parameter: RichParameter) -> list[Json]:
    """Return the options of a parameter (TemplateVersionParameterOption)."""
    return [{"name": o.name, "description": o.description, "value": o.value, "icon": o.icon} for o in parameter.options]


def render_preset(preset: Preset) -> Json:
    """Return a preset of a version (Preset); its keys are Go's field names."""
    return {
        "ID": preset.id,
        "Name": preset.name,
        "Parameters": [{"Name": name, "Value": value} for name, value in preset.parameters.items()],
        "Default": preset.default,
        "DesiredPrebuildInstances": preset.desired_prebuild_instances,
        "Description": preset.description,
        "Icon": preset.icon,
    }


def render_version_resource(version: TemplateVersion, transition: str, plan: ResourcePlan) -> Json:
    """Return a resource that a version plans (WorkspaceResource), without agents."""
    return {
        "id": str(uuid5(UUID(version.id), f"{transition} {plan.type} {plan.name}")),
        "created_at": format_rfc3339(version.created_at),
        "job_id": version.job.id,
        "workspace_transition": transition,
        "type": plan.type,
        "name": plan.name,
        "hide": plan.hide,
        "icon": plan.icon,
        "daily_cost": plan.daily_cost,
    }
