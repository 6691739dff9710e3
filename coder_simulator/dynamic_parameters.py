"""2.36's dynamic parameters: how a form shows each of them, and what is wrong with the values."""

from collections.abc import Mapping
from typing import Any

from coder_simulator.parameters import diagnostics
from coder_simulator.version_plans import ParameterOption, RichParameter

Json = dict[str, Any]
FORM_TYPES = {"string": "input", "number": "input", "bool": "checkbox", "list(string)": "tag-select"}


def owner_not_found() -> Json:
    """The answer where no owner was named, or one that the person may not read."""
    diagnostic = {
        "severity": "error",
        "summary": "Failed to fetch workspace owner",
        "detail": "Please check your permissions or the user may not exist.",
        "extra": {"code": "owner_not_found"},
    }
    return {"id": 0, "diagnostics": [diagnostic], "parameters": None}


def evaluate(parameters: tuple[RichParameter, ...], inputs: Mapping[str, str]) -> Json:
    """Return how a form with these values looks (DynamicParametersResponse)."""
    shown = [_parameter(one, order, inputs) for order, one in enumerate(parameters)]
    return {"id": 0, "diagnostics": [], "parameters": shown}


def form_type(parameter: RichParameter) -> str:
    """Return the kind of control: what the template says, else what fits type and options."""
    if parameter.form_type:
        return parameter.form_type
    if parameter.options:
        return "multi-select" if parameter.type == "list(string)" else "radio"
    return FORM_TYPES[parameter.type]


def _parameter(one: RichParameter, order: int, inputs: Mapping[str, str]) -> Json:
    given = one.name in inputs
    value = inputs.get(one.name, one.default_value)
    found = diagnostics(one, inputs, None, value)
    return {
        "name": one.name,
        "display_name": one.display_name,
        "description": one.description,
        "type": one.type,
        "form_type": form_type(one),
        "styling": {},
        "mutable": one.mutable,
        "default_value": {"value": one.default_value, "valid": not one.required},
        "icon": one.icon,
        "options": [_option(o) for o in one.options],
        "validations": _validations(one),
        "required": one.required,
        "order": order,
        "ephemeral": one.ephemeral,
        "value": {"value": value, "valid": given or not one.required},
        "diagnostics": [_diagnostic(one, *each, given=given) for each in found],
    }


def _option(one: ParameterOption) -> Json:
    return {
        "name": one.name,
        "description": one.description,
        "value": {"value": one.value, "valid": True},
        "icon": one.icon,
    }


def _validations(one: RichParameter) -> list[Json]:
    if not (
        one.validation_regex
        or one.validation_monotonic
        or one.validation_min is not None
        or one.validation_max is not None
    ):
        return []
    return [
        {
            "validation_error": one.validation_error,
            "validation_regex": one.validation_regex or None,
            "validation_min": one.validation_min,
            "validation_max": one.validation_max,
            "validation_monotonic": one.validation_monotonic or None,
        }
    ]


def _diagnostic(one: RichParameter, summary: str, detail: str, *, given: bool) -> Json:
    code = "required" if one.required and not given else ""
    return {"severity": "error", "summary": summary, "detail": detail, "extra": {"code": code}}
