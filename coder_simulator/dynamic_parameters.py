"""Evaluate 2.36's dynamic parameters: the form control of each and the problems of its value."""

from collections.abc import Mapping
from typing import Any

from coder_simulator.parameters import default_value, diagnostics
from coder_simulator.version_plans import ParameterOption, RichParameter

Json = dict[str, Any]
FORM_TYPES = {"string": "input", "number": "input", "bool": "checkbox", "list(string)": "tag-select"}


def owner_not_found_response() -> Json:
    """Return the response for a missing owner, or one that the user may not read."""
    diagnostic = {
        "severity": "error",
        "summary": "Failed to fetch workspace owner",
        "detail": "Please check your permissions or the user may not exist.",
        "extra": {"code": "owner_not_found"},
    }
    return {"id": 0, "diagnostics": [diagnostic], "parameters": None}


def evaluate_form(parameters: tuple[RichParameter, ...], inputs: Mapping[str, str]) -> Json:
    """Return the form state for these values (DynamicParametersResponse)."""
    rendered = [_render_parameter(parameter, order, inputs) for order, parameter in enumerate(parameters)]
    return {"id": 0, "diagnostics": [], "parameters": rendered}


def form_type(parameter: RichParameter) -> str:
    """Return the kind of control: the template's, else the one that fits the type and the options."""
    if parameter.form_type:
        return parameter.form_type
    if parameter.options:
        return "multi-select" if parameter.type == "list(string)" else "radio"
    return FORM_TYPES[parameter.type]


def _render_parameter(parameter: RichParameter, order: int, inputs: Mapping[str, str]) -> Json:
    is_set = parameter.name in inputs
    default = default_value(parameter, modern=True)
    value = inputs.get(parameter.name, default)
    problems = diagnostics(parameter, inputs, None, value)
    return {
        "name": parameter.name,
        "display_name": parameter.display_name,
        "description": parameter.description,
        "type": parameter.type,
        "form_type": form_type(parameter),
        "styling": {},
        "mutable": parameter.mutable,
        "default_value": {"value": default, "valid": not parameter.required},
        "icon": parameter.icon,
        "options": [_render_option(o) for o in parameter.options],
        "validations": _render_validations(parameter),
        "required": parameter.required,
        "order": order,
        "ephemeral": parameter.ephemeral,
        "value": {"value": value, "valid": is_set or not parameter.required},
        "diagnostics": [_render_diagnostic(parameter, *each, is_set=is_set) for each in problems],
    }


def _render_option(option: ParameterOption) -> Json:
    return {
        "name": option.name,
        "description": option.description,
        "value": {"value": option.value, "valid": True},
        "icon": option.icon,
    }


def _render_validations(parameter: RichParameter) -> list[Json]:
    if not (
        parameter.validation_regex
        or parameter.validation_monotonic
        or parameter.validation_min is not None
        or parameter.validation_max is not None
    ):
        return []
    return [
        {
            "validation_error": parameter.validation_error,
            "validation_regex": parameter.validation_regex or None,
            "validation_min": parameter.validation_min,
            "validation_max": parameter.validation_max,
            "validation_monotonic": parameter.validation_monotonic or None,
        }
    ]


def _render_diagnostic(parameter: RichParameter, summary: str, detail: str, *, is_set: bool) -> Json:
    code = "required" if parameter.required and not is_set else ""
    return {"severity": "error", "summary": summary, "detail": detail, "extra": {"code": code}}
