"""Resolve and judge rich parameters: 2.19's classic way and 2.36's dynamic one."""

import json
import re
from collections.abc import Mapping

from coder_simulator.errors import ApiError
from coder_simulator.version_plans import RichParameter


def resolve(
    parameters: tuple[RichParameter, ...],
    given: Mapping[str, str],
    previous: Mapping[str, str] | None,
    *,
    modern: bool,
) -> dict[str, str]:
    """Return the values that a build gets; `previous` are the last build's (None: there is no build yet).

    What is given comes first, then what the last build had (not for ephemeral ones), then the default;
    unknown names are ignored. Raises RefusalError as the version words it.
    """
    resolved = {p.name: _value(p, given, previous or {}) for p in parameters}
    if modern:
        _judge_all(parameters, given, previous, resolved)
    else:
        for parameter in parameters:
            _judge_classic(parameter, given, previous or {}, resolved[parameter.name])
    return resolved


def missing(parameters: tuple[RichParameter, ...], previous: Mapping[str, str]) -> bool:
    """Tell whether a build of these parameters needs a value that the last build has not."""
    return any(p.required and p.name not in previous for p in parameters)


def problem(parameter: RichParameter, value: str) -> str:
    """Say in the words of Coder's validation block what is wrong with a value; "" where nothing is."""
    if parameter.type == "number":
        return _number_problem(parameter, value)
    if parameter.type == "bool":
        return "" if value in {"true", "false"} else 'boolean value can be either "true" or "false"'
    if parameter.type == "list(string)":
        return "" if _is_list(value) else f'value "{value}" is not valid list of strings'
    if parameter.validation_regex and not re.search(_python_regex(parameter.validation_regex), value):
        return f'{parameter.validation_error} (value "{value}" does not match "{parameter.validation_regex}")'
    return ""


def monotonic_problem(parameter: RichParameter, value: str, previous: str | None) -> str:
    """Say that a number went the way it may not go; "" where it did not."""
    if not parameter.validation_monotonic or previous is None or not (_is_int(value) and _is_int(previous)):
        return ""
    if parameter.validation_monotonic == "increasing" and int(value) < int(previous):
        return f"must be equal or greater than previous value: {previous}"
    if parameter.validation_monotonic == "decreasing" and int(value) > int(previous):
        return f"must be equal or lower than previous value: {previous}"
    return ""


def option_values(parameter: RichParameter) -> list[str]:
    """The values that a parameter with options may take."""
    return [option.value for option in parameter.options]


def fits_options(parameter: RichParameter, value: str) -> bool:
    """Tell whether a value is among the options; of a list, whether each element is."""
    if not parameter.options:
        return True
    if parameter.type == "list(string)" and _is_list(value):
        return set(json.loads(value)) <= set(option_values(parameter))
    return value in option_values(parameter)


def _value(parameter: RichParameter, given: Mapping[str, str], previous: Mapping[str, str]) -> str:
    if parameter.name in given:
        return given[parameter.name]
    if parameter.name in previous and not parameter.ephemeral:
        return previous[parameter.name]
    return parameter.default_value


def _number_problem(parameter: RichParameter, value: str) -> str:
    if not _is_int(value):
        return f'value "{value}" is not a number'
    number, low, high = int(value), parameter.validation_min, parameter.validation_max
    below, above = low is not None and number < low, high is not None and number > high
    if not (below or above):
        return ""
    if parameter.validation_error:
        words = parameter.validation_error.replace("{min}", "" if low is None else str(low))
        return words.replace("{max}", "" if high is None else str(high)).replace("{value}", value)
    if below:
        return f"value {value} is less than the minimum {low}"
    return f"value {value} is more than the maximum {high}"


def _judge_classic(parameter: RichParameter, given: Mapping[str, str], previous: Mapping[str, str], value: str) -> None:
    """2.19: the first parameter that is wrong is named in the message alone."""
    name, last = parameter.name, previous.get(parameter.name)
    detail = ""
    if not parameter.mutable and name in given and last is not None:
        detail = f'Parameter "{name}" is not mutable, so it can\'t be updated after creating a workspace.'
    elif parameter.required and name not in given and last is None:
        detail = f'Parameter "{name}" is required but not provided'
    elif found := _classic_problem(parameter, value, last):
        detail = f'can\'t validate build parameter "{parameter.display_name or name}": {found}'
    if detail:
        raise ApiError(400, f'Unable to validate parameter "{name}"', detail)


def _classic_problem(parameter: RichParameter, value: str, last: str | None) -> str:
    if not fits_options(parameter, value):
        return f"parameter value must match one of options: [{' '.join(option_values(parameter))}]"
    if parameter.options:
        return ""
    if found := problem(parameter, value):
        return found
    found = monotonic_problem(parameter, value, last)
    return f"parameter value {found}" if found else ""


def _judge_all(
    parameters: tuple[RichParameter, ...],
    given: Mapping[str, str],
    previous: Mapping[str, str] | None,
    resolved: Mapping[str, str],
) -> None:
    """2.36: every wrong parameter has a validation of its own."""
    validations = []
    for parameter in sorted(parameters, key=lambda p: p.name):
        found = diagnostics(parameter, given, previous, resolved[parameter.name])
        if found:
            summary, detail = found[0]
            more = f", and {len(found) - 1} other diagnostic(s)" if len(found) > 1 else ""
            validations.append((parameter.name, f"{summary}; {detail}{more}"))
    if validations:
        raise ApiError(400, "Unable to validate parameters", validations=validations)


def diagnostics(
    parameter: RichParameter, given: Mapping[str, str], previous: Mapping[str, str] | None, value: str
) -> list[tuple[str, str]]:
    """Return 2.36's diagnostics of one parameter: (summary, detail)."""
    name, last = parameter.name, (previous or {}).get(parameter.name)
    found = []
    if not fits_options(parameter, value) and (value or not _absent(parameter, given, previous)):
        found.append(("Value must be a valid option", f'the value "{value}" must be defined as one of options'))
    elif not parameter.options and (wrong := _dynamic_problem(parameter, given, previous, value)):
        found.append(("Invalid parameter value according to 'validation' block", wrong))
    if wrong := monotonic_problem(parameter, value, last):
        found.append((f'Parameter "{name}" monotonicity', f"parameter value '{value}' {wrong}"))
    if _absent(parameter, given, previous):
        found.append(("Required parameter not provided", "parameter value is null"))
    if not parameter.mutable and name in given and last is not None and given[name] != last:
        found.append(
            (
                "Immutable parameter changed",
                f'Parameter "{name}" is not mutable, so it can\'t be updated after creating a workspace.',
            )
        )
    return found


def _dynamic_problem(
    parameter: RichParameter, given: Mapping[str, str], previous: Mapping[str, str] | None, value: str
) -> str:
    """An absent value is judged by a regular expression alone: it is no number and no list yet."""
    if _absent(parameter, given, previous) and not parameter.validation_regex:
        return ""
    return problem(parameter, value)


def _absent(parameter: RichParameter, given: Mapping[str, str], previous: Mapping[str, str] | None) -> bool:
    return parameter.required and parameter.name not in given and parameter.name not in (previous or {})


def _is_int(text: str) -> bool:
    return re.fullmatch(r"[+-]?[0-9]+", text) is not None


def _is_list(text: str) -> bool:
    try:
        value = json.loads(text)
    except ValueError:
        return False
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _python_regex(go: str) -> str:
    r"""Translate what Go's regular expressions and Python's write differently: `$` is Go's `\Z`."""
    return re.sub(r"(?<!\\)\$$", r"\\Z", go)
