"""Resolve and validate rich parameters: the classic way of 2.19 and the dynamic way of 2.36."""

import json
import re
from collections.abc import Mapping

from coder_simulator.errors import ApiError
from coder_simulator.version_plans import RichParameter

GO_INTEGER = re.compile(r"([+-]?)0*([0-9]+)")  # strconv.Atoi
GO_FLOAT = re.compile(  # strconv.ParseFloat
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
    r"|0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)p[+-]?[0-9]+|inf|infinity)|nan",
    re.IGNORECASE,
)
INT64 = range(-(2**63), 2**63)
INT64_DIGITS = 19


def resolve_values(
    parameters: tuple[RichParameter, ...],
    new_values: Mapping[str, str],
    previous_values: Mapping[str, str] | None,
    *,
    modern: bool,
) -> dict[str, str]:
    """Return the values of a build; `previous_values` are the last build's (None: there is no build yet).

    The order of precedence is: new values, previous values (not for ephemeral parameters), the default. Unknown
    names are ignored. Raise ApiError with the version's texts.
    """
    resolved = {p.name: _resolve_value(p, new_values, previous_values or {}, modern=modern) for p in parameters}
    if modern:
        _check_dynamic(parameters, new_values, previous_values, resolved)
    else:
        for parameter in parameters:
            _check_classic(parameter, new_values, previous_values or {}, resolved[parameter.name])
    return resolved


def lacks_required_value(parameters: tuple[RichParameter, ...], previous_values: Mapping[str, str]) -> bool:
    """Tell whether a build of these parameters needs a value that the last build does not have."""
    return any(p.required and p.name not in previous_values for p in parameters)


def default_value(parameter: RichParameter, *, modern: bool) -> str:
    """Return the value of a build that no request sets. 2.36 writes a number as Go's big.Float does: 10 digits."""
    if modern and parameter.type == "number" and is_float(parameter.default_value):
        return f"{float(parameter.default_value):.10g}"
    return parameter.default_value


def validation_problem(parameter: RichParameter, value: str) -> str:
    """Return the problem of a value in the words of Coder's validation block; "" if it is valid.

    A number without such a block may be any text.
    """
    if parameter.type == "number":
        return _number_problem(parameter, value) if has_number_rules(parameter) else ""
    if parameter.type == "bool":
        return "" if value in {"true", "false"} else 'boolean value can be either "true" or "false"'
    if parameter.type == "list(string)":
        return "" if _is_list(value) else f'value "{value}" is not valid list of strings'
    if parameter.validation_regex and not re.search(_python_regex(parameter.validation_regex), value):
        return f'{parameter.validation_error} (value "{value}" does not match "{parameter.validation_regex}")'
    return ""


def monotonic_problem(parameter: RichParameter, value: str, previous: str | None) -> str:
    """Return the problem of a number that moves in the problem direction; "" if it does not."""
    number, bound = parse_int(value), parse_int(previous or "")
    if number is None or bound is None:
        return ""
    if parameter.validation_monotonic == "increasing" and number < bound:
        return f"must be equal or greater than previous value: {previous}"
    if parameter.validation_monotonic == "decreasing" and number > bound:
        return f"must be equal or lower than previous value: {previous}"
    return ""


def option_values(parameter: RichParameter) -> list[str]:
    """Return the values of a parameter's options."""
    return [option.value for option in parameter.options]


def matches_options(parameter: RichParameter, value: str) -> bool:
    """Tell whether a value, or each element of a list, is one of the options."""
    if not parameter.options:
        return True
    if parameter.type == "list(string)" and _is_list(value):
        return value in option_values(parameter) or set(json.loads(value) or ()) <= set(option_values(parameter))
    return value in option_values(parameter)


def type_problem(parameter: RichParameter, value: str) -> str:
    """Return why a value is not of the parameter's type, in the words of 2.36; "" if it is."""
    if parameter.type == "number" and not is_float(value):
        return f'"{value}" is not a number'
    if parameter.type == "list(string)" and not _is_list(value):
        return f'value "{value}" is not a valid list of strings'
    return ""


def has_number_rules(parameter: RichParameter) -> bool:
    """Tell whether a number has a validation block, which accepts whole numbers only."""
    bounds = (parameter.validation_min, parameter.validation_max)
    return bool(parameter.validation_monotonic) or any(bound is not None for bound in bounds)


def parse_int(text: str) -> int | None:
    """Return the number that Go's strconv.Atoi reads; None for an error."""
    match = GO_INTEGER.fullmatch(text)
    if not match or not text.isascii() or len(match[2]) > INT64_DIGITS:
        return None
    number = int(match[1] + match[2])
    return number if number in INT64 else None


def is_float(text: str) -> bool:
    """Tell whether Go's strconv.ParseFloat reads the text."""
    return text.isascii() and GO_FLOAT.fullmatch(text) is not None


def _resolve_value(
    parameter: RichParameter, new_values: Mapping[str, str], previous_values: Mapping[str, str], *, modern: bool
) -> str:
    if parameter.name in new_values:
        return new_values[parameter.name]
    if parameter.name in previous_values and not parameter.ephemeral:
        return previous_values[parameter.name]
    return default_value(parameter, modern=modern)


def _number_problem(parameter: RichParameter, value: str) -> str:
    number, low, high = parse_int(value), parameter.validation_min, parameter.validation_max
    if number is None:
        return f'value "{value}" is not a number'
    below, above = low is not None and number < low, high is not None and number > high
    if not (below or above):
        return ""
    if parameter.validation_error:
        text = parameter.validation_error.replace("{min}", "" if low is None else str(low))
        return text.replace("{max}", "" if high is None else str(high)).replace("{value}", value)
    if below:
        return f"value {value} is less than the minimum {low}"
    return f"value {value} is more than the maximum {high}"


def _check_classic(
    parameter: RichParameter, new_values: Mapping[str, str], previous_values: Mapping[str, str], value: str
) -> None:
    """Raise ApiError for the first invalid parameter, which the message names (2.19)."""
    name, previous_value = parameter.name, previous_values.get(parameter.name)
    detail = ""
    if not parameter.mutable and name in new_values and previous_value is not None:
        detail = f'Parameter "{name}" is not mutable, so it can\'t be updated after creating a workspace.'
    elif parameter.required and name not in new_values and previous_value is None:
        detail = f'Parameter "{name}" is required but not provided'
    elif problem := _classic_problem(parameter, value, previous_value):
        detail = f'can\'t validate build parameter "{parameter.display_name or name}": {problem}'
    if detail:
        raise ApiError(400, f'Unable to validate parameter "{name}"', detail)


def _classic_problem(parameter: RichParameter, value: str, previous_value: str | None) -> str:
    """Return the problem of a value (2.19), which checks the default in place of an empty one."""
    if value == "" and parameter.required:
        return "parameter value is required"
    value = value or parameter.default_value
    if not matches_options(parameter, value):
        return f"parameter value must match one of options: [{' '.join(option_values(parameter))}]"
    if parameter.options:
        return ""
    if problem := validation_problem(parameter, value):
        return problem
    problem = monotonic_problem(parameter, value, previous_value)
    return f"parameter value {problem}" if problem else ""


def _check_dynamic(
    parameters: tuple[RichParameter, ...],
    new_values: Mapping[str, str],
    previous_values: Mapping[str, str] | None,
    resolved: Mapping[str, str],
) -> None:
    """Raise ApiError with a validation for each invalid parameter (2.36)."""
    validations = []
    for parameter in sorted(parameters, key=lambda p: p.name):
        problems = diagnostics(parameter, new_values, previous_values, resolved[parameter.name])
        if problems:
            summary, detail = problems[0]
            suffix = f", and {len(problems) - 1} other diagnostic(s)" if len(problems) > 1 else ""
            validations.append((parameter.name, f"{summary}; {detail}{suffix}"))
    if validations:
        raise ApiError(400, "Unable to validate parameters", validations=validations)


def diagnostics(
    parameter: RichParameter, new_values: Mapping[str, str], previous_values: Mapping[str, str] | None, value: str
) -> list[tuple[str, str]]:
    """Return 2.36's diagnostics of one parameter as pairs (summary, detail)."""
    name, previous_value = parameter.name, (previous_values or {}).get(parameter.name)
    problems = []
    is_missing = _is_missing(parameter, new_values, previous_values)
    if not is_missing and not parameter.options and (problem := type_problem(parameter, value)):
        problems.append((f'Parameter value is not of type "{parameter.type}"', problem))
    elif not matches_options(parameter, value) and (value or not is_missing):
        problems.append(("Value must be a valid option", f'the value "{value}" must be defined as one of options'))
    elif not parameter.options and (problem := _dynamic_problem(parameter, new_values, previous_values, value)):
        problems.append(("Invalid parameter value according to 'validation' block", problem))
    if problem := monotonic_problem(parameter, value, previous_value):
        problems.append((f'Parameter "{name}" monotonicity', f"parameter value '{value}' {problem}"))
    if is_missing:
        problems.append(("Required parameter not provided", "parameter value is null"))
    if (
        not parameter.mutable
        and name in new_values
        and previous_value is not None
        and new_values[name] != previous_value
    ):
        problems.append(
            (
                "Immutable parameter changed",
                f'Parameter "{name}" is not mutable, so it can\'t be updated after creating a workspace.',
            )
        )
    return problems


def _dynamic_problem(
    parameter: RichParameter, new_values: Mapping[str, str], previous_values: Mapping[str, str] | None, value: str
) -> str:
    """Validate a value; a missing one only by a regular expression, as it is no number or list yet."""
    if _is_missing(parameter, new_values, previous_values) and not parameter.validation_regex:
        return ""
    return validation_problem(parameter, value)


def _is_missing(
    parameter: RichParameter, new_values: Mapping[str, str], previous_values: Mapping[str, str] | None
) -> bool:
    return parameter.required and parameter.name not in new_values and parameter.name not in (previous_values or {})


def _is_list(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return value is None or (isinstance(value, list) and all(isinstance(item, str) for item in value))


def _python_regex(go: str) -> str:
    r"""Translate what Go's regular expressions and Python's write differently: `$` is Go's `\Z`."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", go)
