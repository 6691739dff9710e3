"""A template's parameters for forms, as Coder's API has them.

Parameters come from either of two calls: the list of a version's rich parameters (2.19, and 2.36 with the classic
flow), or 2.36's evaluation, which returns the parameters and their controls for given values.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workspaces.coder.template_types import (
    Diagnostic,
    EvaluatedParameter,
    ParameterValue,
    Preset,
    RichParameter,
    Validation,
)
from workspaces.coder.text import sanitize_text

MAX_RADIOS = 8  # more options than this become a menu
MAX_REQUESTED_RADIOS = 20  # the same where Coder asks for radio buttons, which is also its default
LIST_TYPE = "list(string)"
CHOICES = frozenset({"radio", "dropdown"})  # controls that choose one of the options
CONTROLS = frozenset(
    {"input", "textarea", "radio", "dropdown", "checkbox", "switch", "slider", "multi-select", "tag-select", "error"}
)


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
        """Whether its field has the elements of a list of strings. An option of a choice is a whole list, in JSON."""
        return self.type == LIST_TYPE and self.control not in CHOICES


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
        control=choose_control(source.form_type, source.type, [option.value for option in options]),
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
        control=choose_control(source.form_type, source.type, [option.value for option in options]),
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


def choose_control(form_type: str, kind: str, options: Sequence[str]) -> str:
    """Return the control that the template asks for, else one for the type (`kind`) and the values of the options.

    Without the template's word, options of a list are its elements, or whole lists as Coder 2.19 requires them.
    """
    if form_type == "radio" and len(options) > MAX_REQUESTED_RADIOS:
        return "dropdown"
    if form_type in CONTROLS:
        return form_type
    if options and kind == LIST_TYPE and not all(map(is_string_list, options)):
        return "multi-select"
    if options:
        return "radio" if len(options) <= MAX_RADIOS else "dropdown"
    return {"bool": "checkbox", LIST_TYPE: "tag-select"}.get(kind, "input")


def is_string_list(text: str) -> bool:
    """Return whether the text is a list of strings in JSON."""
    try:
        elements = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(elements, list) and all(isinstance(element, str) for element in elements)


def initial_value(parameter: Parameter, values: Mapping[str, str]) -> str | None:
    """Return a field's initial value: from `values`, else the evaluated value, else the default."""
    if parameter.name in values:
        return values[parameter.name]
    if parameter.value is not None:
        return parameter.value
    return None if parameter.required and not parameter.default else parameter.default


def preset_values(preset: Preset | None) -> dict[str, str]:
    """Return the values that a preset sets, by the parameter's name."""
    return {value.Name: value.Value for value in (preset.Parameters or ())} if preset else {}


def build_parameter_values(values: Mapping[str, str | None]) -> tuple[ParameterValue, ...]:
    """Return the values for Coder's API, without those that are None."""
    return tuple(ParameterValue(name=name, value=value) for name, value in values.items() if value is not None)
