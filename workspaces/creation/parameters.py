"""A template's parameters for forms: reading Coder's API, and converting between form fields and Coder's values.

Parameters come from either of two calls: the list of a version's rich parameters (2.19, and 2.36 with the classic
flow), or 2.36's evaluation, which returns the parameters and their controls for given values.
"""

import json
import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.template_types import (
    Diagnostic,
    EvaluatedParameter,
    ParameterValue,
    Preset,
    RichParameter,
    Validation,
)
from workspaces.coder.text import sanitize_text
from workspaces.schedule import join_words

MAX_QUOTED_LENGTH = 80  # characters of a value that a message quotes
MAX_RADIOS = 8  # more options than this become a menu
MAX_REQUESTED_RADIOS = 20  # the same where Coder asks for radio buttons, which is also its default
LIST_TYPE = "list(string)"
CONTROLS = frozenset(
    {"input", "textarea", "radio", "dropdown", "checkbox", "switch", "slider", "multi-select", "tag-select", "error"}
)
NUMBER_PATTERN = re.compile(r"[+-]?[0-9]{1,18}")

# Regular expressions with the same meaning in Go (Coder), in Python and in HTML's attribute `pattern`: anchored,
# with literals, classes of ranges and groups. All others are validated by Coder alone.
CHARACTER_CLASS = r"\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.:@~]|\\[.dws])+\]"
CHARACTER = r"[A-Za-z0-9 _:@~/,<>=!-]|\\[.dws+*?()\[\]{}|^$/]"
PORTABLE_REGEX = re.compile(
    rf"\^(?:{CHARACTER}|{CHARACTER_CLASS}|\((?:\?:|(?!\?))|[).|*+?]|\{{[0-9]+(?:,[0-9]*)?\}})*\$"
)
QUANTIFIER = re.compile(r"(?<!\\)(?:[*+]|\{[0-9]+,?[0-9]*\})")
REPEATED_GROUP = re.compile(r"\)[*+{]")
MAX_QUANTIFIERS, MAX_MATCHED_LENGTH = 3, 256  # beyond these Python may take exponential time, unlike Go


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the values that a parameter may have, as text."""

    value: str
    name: str
    description: str = ""  # Markdown
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of either API format. Values are text, as Coder stores them."""

    name: str
    label: str
    type: str
    control: str  # one of CONTROLS
    description: str = ""  # Markdown
    icon: str = ""
    options: tuple[Option, ...] = ()
    default: str = ""
    required: bool = False
    mutable: bool = True
    ephemeral: bool = False
    regex: str = ""
    minimum: int | None = None
    maximum: int | None = None
    monotonic: str = ""
    error_text: str = ""  # for regex and bounds; with placeholders {min}, {max} and {value}
    value: str | None = None  # the evaluated value; None: no value, or not evaluated
    placeholder: str = ""
    masked: bool = False
    disabled: bool = False
    errors: tuple[str, ...] = ()  # of the evaluated value
    warnings: tuple[str, ...] = ()

    @property
    def field_name(self) -> str:
        """The name of its form field and query parameter."""
        return f"param.{self.name}"

    @property
    def is_list(self) -> bool:
        """Whether its value is a list of strings."""
        return self.type == LIST_TYPE


def from_rich_parameter(source: RichParameter) -> Parameter:
    """Return a parameter of GET /templateversions/{id}/rich-parameters."""
    options = tuple(
        Option(
            value=option.value,
            name=sanitize_text(option.name) or option.value,
            description=option.description,
            icon=option.icon,
        )
        for option in source.options or ()
    )
    return Parameter(
        name=source.name,
        label=sanitize_text(source.display_name) or source.name,
        type=source.type,
        control=choose_control(source.form_type, source.type, len(options)),
        description=source.description,
        icon=source.icon,
        options=options,
        default=source.default_value,
        required=source.required,
        mutable=source.mutable,
        ephemeral=source.ephemeral,
        regex=source.validation_regex,
        minimum=source.validation_min,
        maximum=source.validation_max,
        monotonic=source.validation_monotonic,
        error_text=sanitize_text(source.validation_error),
    )


def from_evaluated_parameter(source: EvaluatedParameter) -> Parameter:
    """Return a parameter of POST /templateversions/{id}/dynamic-parameters/evaluate."""
    options = tuple(
        Option(
            value=option.value.value,
            name=sanitize_text(option.name) or option.value.value,
            description=option.description,
            icon=option.icon,
        )
        for option in source.options or ()
    )
    bounds = (source.validations or (Validation(),))[0]
    return Parameter(
        name=source.name,
        label=sanitize_text(source.styling.label or source.display_name) or source.name,
        type=source.type,
        control=choose_control(source.form_type, source.type, len(options)),
        description=source.description,
        icon=source.icon,
        options=options,
        default=source.default_value.value if source.default_value.valid else "",
        required=source.required,
        mutable=source.mutable,
        ephemeral=source.ephemeral,
        regex=bounds.validation_regex or "",
        minimum=bounds.validation_min,
        maximum=bounds.validation_max,
        monotonic=bounds.validation_monotonic or "",
        error_text=sanitize_text(bounds.validation_error),
        value=source.value.value if source.value.valid else None,
        placeholder=sanitize_text(source.styling.placeholder or ""),
        masked=bool(source.styling.mask_input),
        disabled=bool(source.styling.disabled),
        errors=diagnostic_messages(source.diagnostics, "error"),
        warnings=diagnostic_messages(source.diagnostics, "warning"),
    )


def diagnostic_messages(diagnostics: Iterable[Diagnostic] | None, severity: str) -> tuple[str, ...]:
    """Return the text of each diagnostic of this severity."""
    return tuple(
        sanitize_text(": ".join(filter(None, (diagnostic.summary, diagnostic.detail))))
        for diagnostic in diagnostics or ()
        if diagnostic.severity == severity
    )


def choose_control(form_type: str, kind: str, options: int) -> str:
    """Return the control that the template asks for, else one for the type (`kind`) and the number of options."""
    if form_type == "radio" and options > MAX_REQUESTED_RADIOS:
        return "dropdown"
    if form_type in CONTROLS:
        return form_type
    if options:
        return "multi-select" if kind == LIST_TYPE else "radio" if options <= MAX_RADIOS else "dropdown"
    return {"bool": "checkbox", LIST_TYPE: "tag-select"}.get(kind, "input")


def parse_list(value: str) -> list[str]:
    """Return the elements of a list(string), which Coder stores as JSON; any other text is the only element."""
    try:
        elements = json.loads(value)
    except (ValueError, RecursionError):
        return [value] if value else []
    return [str(element) for element in elements] if isinstance(elements, list) else [value]


def format_list(elements: Iterable[str]) -> str:
    """Return a list(string) as the JSON that Coder stores."""
    return json.dumps(list(elements), ensure_ascii=False, separators=(",", ":"))


def split_lines(submitted: Iterable[str]) -> list[str]:
    """Return the elements of a submitted list: one on each line of each value, without blank lines."""
    return [line.strip() for text in submitted for line in text.splitlines() if line.strip()]


def read_value(parameter: Parameter, submitted: list[str]) -> str | None:
    """Return Coder's text of the submitted values of a form or query; None: there is none, Coder uses its default.

    Browsers do not submit a checkbox that is off, so its absence is "false". An empty text is a value; an empty
    number and an empty choice are none.
    """
    if parameter.is_list:
        return format_list(split_lines(submitted))
    if parameter.control in {"checkbox", "switch"}:
        return "true" if submitted and submitted[-1] not in {"", "false"} else "false"
    value = normalize_newlines(submitted[-1]) if submitted else None
    if value == "" and (parameter.type != "string" or parameter.options):
        return None
    return value.strip() if value is not None and parameter.type == "number" else value


def validation_message(parameter: Parameter, value: str | None, previous: str | None = None) -> str:
    """Return why a value is invalid, as far as the portal can tell; "" where it is not."""
    if value is None or value == "" or (parameter.is_list and value == "[]"):
        return _("This value is required.") if parameter.required else ""
    options = [option.value for option in parameter.options]
    if options and (unknown := unknown_choices(parse_list(value) if parameter.is_list else [value], options)):
        quoted = join_words([f"“{shorten(choice)}”" for choice in unknown])
        text = ngettext("%(values)s is not one of the options.", "%(values)s are not among the options.", len(unknown))
        return text % {"values": quoted}
    if parameter.type == "number":
        return number_message(parameter, value, previous)
    if parameter.type == "string" and not parameter.options and matches_regex(parameter.regex, value) is False:
        return template_error_text(parameter, value) or _("The value must match %(pattern)s.") % {
            "pattern": parameter.regex
        }
    return ""


def unknown_choices(chosen: Iterable[str], options: Container[str]) -> list[str]:
    """Return the chosen values that are none of the options, each once, without empty ones."""
    return list(dict.fromkeys(choice for choice in chosen if choice and choice not in options))


def shorten(value: str) -> str:
    """Return a value as a message quotes it."""
    return value if len(value) <= MAX_QUOTED_LENGTH else f"{value[:MAX_QUOTED_LENGTH]}…"


def number_message(parameter: Parameter, value: str, previous: str | None) -> str:
    """Return why a number is invalid; "" where it is not."""
    if not NUMBER_PATTERN.fullmatch(value):
        return _("Enter a whole number.")
    number, low, high = int(value), parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        return template_error_text(parameter, value) or bounds_text(low, high)
    if previous is not None and NUMBER_PATTERN.fullmatch(previous):
        if parameter.monotonic == "increasing" and number < int(previous):
            return _("This value can only increase: %(number)s or more.") % {"number": previous}
        if parameter.monotonic == "decreasing" and number > int(previous):
            return _("This value can only decrease: %(number)s or less.") % {"number": previous}
    return ""


def bounds_text(low: int | None, high: int | None) -> str:
    """Return the bounds of a number as a sentence; "" where there are none."""
    if low is not None and high is not None:
        return _("From %(low)d to %(high)d.") % {"low": low, "high": high}
    if low is not None:
        return _("%(low)d or more.") % {"low": low}
    return _("%(high)d or less.") % {"high": high} if high is not None else ""


def template_error_text(parameter: Parameter, value: str) -> str:
    """Return the template's own error message for a value; "" where it has none."""
    low = "" if parameter.minimum is None else str(parameter.minimum)
    high = "" if parameter.maximum is None else str(parameter.maximum)
    return parameter.error_text.replace("{min}", low).replace("{max}", high).replace("{value}", value)


def html_pattern(regex: str) -> str:
    """Return the expression for an input's attribute `pattern`; "" where a browser may read it differently.

    The attribute matches the whole value, as the anchors do. An alternative outside of a group is anchored on one side
    only, and some of Go's escapes are errors in a browser.
    """
    if not PORTABLE_REGEX.fullmatch(regex):
        return ""
    depth = 0
    for character in re.sub(rf"\\.|{CHARACTER_CLASS}", "", regex):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth < 0 or (character == "|" and depth == 0):
            return ""
    try:
        re.compile(regex)
    except (re.error, ValueError, OverflowError, RecursionError):
        return ""
    return regex


def matches_regex(regex: str, value: str) -> bool | None:
    """Return whether a value matches; None where only Coder can tell (Go's syntax, and linear time)."""
    is_fast = len(QUANTIFIER.findall(regex)) <= MAX_QUANTIFIERS and not REPEATED_GROUP.search(regex)
    if not regex or not is_fast or len(value) > MAX_MATCHED_LENGTH or not html_pattern(regex):
        return None
    return re.fullmatch(regex[1:-1], value, re.ASCII) is not None


def initial_value(parameter: Parameter, values: Mapping[str, str]) -> str | None:
    """Return a field's initial value: from `values`, else the evaluated value, else the default."""
    if parameter.name in values:
        return values[parameter.name]
    if parameter.value is not None:
        return parameter.value
    return None if parameter.required and not parameter.default else parameter.default


def with_multiline_control(parameter: Parameter, *values: str | None) -> Parameter:
    """Return the parameter as a textarea if one of the values has several lines, which a text input would join."""
    has_lines = any("\n" in normalize_newlines(value) for value in (parameter.default, *values) if value)
    return replace(parameter, control="textarea") if has_lines and parameter.control == "input" else parameter


def normalize_newlines(value: str) -> str:
    """Return a value with "\\n" as the end of each line: browsers submit "\\r\\n"."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def preset_values(preset: Preset | None) -> dict[str, str]:
    """Return the values that a preset sets, by the parameter's name."""
    return {value.Name: value.Value for value in (preset.Parameters or ())} if preset else {}


def build_parameter_values(values: Mapping[str, str | None]) -> tuple[ParameterValue, ...]:
    """Return the values for Coder's API, without those that are None."""
    return tuple(ParameterValue(name=name, value=value) for name, value in values.items() if value is not None)


def with_monotonic_bound(parameter: Parameter, previous: str | None) -> Parameter:
    """Return the parameter with its previous value as a bound: one that may only grow has it as its minimum."""
    if previous is None or not NUMBER_PATTERN.fullmatch(previous) or not parameter.monotonic:
        return parameter
    bound = int(previous)
    if parameter.monotonic == "increasing":
        return replace(parameter, minimum=max(bound, parameter.minimum) if parameter.minimum is not None else bound)
    return replace(parameter, maximum=min(bound, parameter.maximum) if parameter.maximum is not None else bound)
