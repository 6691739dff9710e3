"""A template's parameters as a form needs them, and between text and the values that Coder takes. Pure.

Both ways of Coder's lead here: the list of a version's rich parameters (2.19, and 2.36 with the classic flow) and
2.36's evaluation, which says which parameters there are with the values that were given, and with what control.
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
from workspaces.present.text import strip_control_codes
from workspaces.schedule import join_words

MAX_QUOTED_LENGTH = 80  # letters of a value that a sentence names
MAX_RADIOS = 8  # options that are shown one under the other; more lie in a menu
MAX_REQUESTED_RADIOS = 20  # the same, where Coder asks for radios: it does so too where the template says nothing
LIST_TYPE = "list(string)"
CONTROLS = frozenset(
    {"input", "textarea", "radio", "dropdown", "checkbox", "switch", "slider", "multi-select", "tag-select", "error"}
)
LIST_CONTROLS = frozenset({"multi-select", "tag-select"})
NUMBER_PATTERN = re.compile(r"[+-]?[0-9]{1,18}")

# Regular expressions that mean the same to Go, which Coder is written in, to Python and to a browser's `pattern`:
# anchored, letters, classes of ranges, groups. The others Coder judges alone.
CHARACTER_CLASS = r"\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.:@~]|\\[.dws])+\]"
CHARACTER = r"[A-Za-z0-9 _:@~/,<>=!-]|\\[.dws+*?()\[\]{}|^$/]"
PORTABLE_REGEX = re.compile(
    rf"\^(?:{CHARACTER}|{CHARACTER_CLASS}|\((?:\?:|(?!\?))|[).|*+?]|\{{[0-9]+(?:,[0-9]*)?\}})*\$"
)
QUANTIFIER = re.compile(r"(?<!\\)(?:[*+]|\{[0-9]+,?[0-9]*\})")
REPEATED_GROUP = re.compile(r"\)[*+{]")
MAX_QUANTIFIERS, MAX_MATCHED_LENGTH = 3, 256  # beyond these Python may take for ever, where Go does not


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One of the values that a parameter may have."""

    value: str
    name: str
    description: str = ""  # Markdown
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter, whichever way Coder told of it. Values are text, as Coder keeps them."""

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
    error_text: str = ""  # of regex and bounds; may hold {min}, {max} and {value}
    value: str | None = None  # what it is with the values that were evaluated; None: nothing, or not known yet
    placeholder: str = ""
    masked: bool = False
    disabled: bool = False
    errors: tuple[str, ...] = ()  # what Coder says of its present value
    warnings: tuple[str, ...] = ()

    @property
    def field_name(self) -> str:
        """Its name in forms and addresses."""
        return f"param.{self.name}"

    @property
    def is_list(self) -> bool:
        """Whether its value is a list."""
        return self.type == LIST_TYPE


def from_rich_parameter(one: RichParameter) -> Parameter:
    """A parameter of a version's list."""
    options = tuple(
        Option(
            value=each.value,
            name=strip_control_codes(each.name) or each.value,
            description=each.description,
            icon=each.icon,
        )
        for each in one.options or ()
    )
    return Parameter(
        name=one.name,
        label=strip_control_codes(one.display_name) or one.name,
        type=one.type,
        control=choose_control(one.form_type, one.type, len(options)),
        description=one.description,
        icon=one.icon,
        options=options,
        default=one.default_value,
        required=one.required,
        mutable=one.mutable,
        ephemeral=one.ephemeral,
        regex=one.validation_regex,
        minimum=one.validation_min,
        maximum=one.validation_max,
        monotonic=one.validation_monotonic,
        error_text=strip_control_codes(one.validation_error),
    )


def from_evaluated_parameter(one: EvaluatedParameter) -> Parameter:
    """A parameter of an evaluation."""
    options = tuple(
        Option(
            value=each.value.value,
            name=strip_control_codes(each.name) or each.value.value,
            description=each.description,
            icon=each.icon,
        )
        for each in one.options or ()
    )
    bounds = (one.validations or (Validation(),))[0]
    return Parameter(
        name=one.name,
        label=strip_control_codes(one.styling.label or one.display_name) or one.name,
        type=one.type,
        control=choose_control(one.form_type, one.type, len(options)),
        description=one.description,
        icon=one.icon,
        options=options,
        default=one.default_value.value if one.default_value.valid else "",
        required=one.required,
        mutable=one.mutable,
        ephemeral=one.ephemeral,
        regex=bounds.validation_regex or "",
        minimum=bounds.validation_min,
        maximum=bounds.validation_max,
        monotonic=bounds.validation_monotonic or "",
        error_text=strip_control_codes(bounds.validation_error),
        value=one.value.value if one.value.valid else None,
        placeholder=strip_control_codes(one.styling.placeholder or ""),
        masked=bool(one.styling.mask_input),
        disabled=bool(one.styling.disabled),
        errors=diagnostic_messages(one.diagnostics, "error"),
        warnings=diagnostic_messages(one.diagnostics, "warning"),
    )


def diagnostic_messages(diagnostics: Iterable[Diagnostic] | None, severity: str) -> tuple[str, ...]:
    """What diagnostics of one severity say, each as one text."""
    return tuple(
        strip_control_codes(": ".join(filter(None, (each.summary, each.detail))))
        for each in diagnostics or ()
        if each.severity == severity
    )


def choose_control(form_type: str, kind: str, options: int) -> str:
    """The control for a parameter: what the template asks for, else what fits its type and number of options."""
    if form_type == "radio" and options > MAX_REQUESTED_RADIOS:
        return "dropdown"
    if form_type in CONTROLS:
        return form_type
    if options:
        return "multi-select" if kind == LIST_TYPE else "radio" if options <= MAX_RADIOS else "dropdown"
    return {"bool": "checkbox", LIST_TYPE: "tag-select"}.get(kind, "input")


def parse_list(value: str) -> list[str]:
    """The elements of a list(string), which Coder keeps as JSON; a text that is none is its one element."""
    try:
        found = json.loads(value)
    except ValueError:
        return [value] if value else []
    return [str(each) for each in found] if isinstance(found, list) else [value]


def format_list(elements: Iterable[str]) -> str:
    """A list(string) as Coder keeps it."""
    return json.dumps(list(elements), ensure_ascii=False, separators=(",", ":"))


def split_lines(posted: Iterable[str]) -> list[str]:
    """The elements of a list that a form sends: one a line, or repeated; blank lines are none."""
    return [line.strip() for text in posted for line in text.splitlines() if line.strip()]


def read_value(parameter: Parameter, posted: list[str]) -> str | None:
    """The value that a form or an address says; None where it says nothing, which leaves it to Coder.

    A checkbox that is not ticked is not sent at all, and means false. An empty text is a text; an empty number,
    or no choice, is nothing.
    """
    if parameter.is_list:
        return format_list(split_lines(posted))
    if parameter.control in {"checkbox", "switch"}:
        return "true" if posted and posted[-1] not in {"", "false"} else "false"
    value = normalize_newlines(posted[-1]) if posted else None
    if value == "" and (parameter.type != "string" or parameter.options):
        return None
    return value.strip() if value is not None and parameter.type == "number" else value


def validation_message(parameter: Parameter, value: str | None, previous: str | None = None) -> str:
    """What is wrong with a value, as far as can be told without Coder; "" where nothing is."""
    if value is None or value == "" or (parameter.is_list and value == "[]"):
        return _("This is needed.") if parameter.required else ""
    options = [option.value for option in parameter.options]
    if options and (wrong := unknown_choices(parse_list(value) if parameter.is_list else [value], options)):
        named = join_words([f"“{shorten(each)}”" for each in wrong])
        words = ngettext("%(values)s is none of the options.", "%(values)s are none of the options.", len(wrong))
        return words % {"values": named}
    if parameter.type == "number":
        return number_message(parameter, value, previous)
    if parameter.type == "string" and not parameter.options and matches_regex(parameter.regex, value) is False:
        return template_error_text(parameter, value) or _("This must fit %(pattern)s.") % {"pattern": parameter.regex}
    return ""


def unknown_choices(chosen: Iterable[str], options: Container[str]) -> list[str]:
    """What was chosen and is none of the options, each once; nothing is no choice."""
    return list(dict.fromkeys(each for each in chosen if each and each not in options))


def shorten(value: str) -> str:
    """A value as a sentence names it."""
    return value if len(value) <= MAX_QUOTED_LENGTH else f"{value[:MAX_QUOTED_LENGTH]}…"


def number_message(parameter: Parameter, value: str, previous: str | None) -> str:
    """What is wrong with a number."""
    if not NUMBER_PATTERN.fullmatch(value):
        return _("Write a whole number.")
    number, low, high = int(value), parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        return template_error_text(parameter, value) or bounds_text(low, high)
    if previous is not None and NUMBER_PATTERN.fullmatch(previous):
        if parameter.monotonic == "increasing" and number < int(previous):
            return _("It can only grow: %(number)s or more.") % {"number": previous}
        if parameter.monotonic == "decreasing" and number > int(previous):
            return _("It can only shrink: %(number)s or less.") % {"number": previous}
    return ""


def bounds_text(low: int | None, high: int | None) -> str:
    """The bounds of a number in words; "" where there are none."""
    if low is not None and high is not None:
        return _("From %(low)d to %(high)d.") % {"low": low, "high": high}
    if low is not None:
        return _("%(low)d or more.") % {"low": low}
    return _("%(high)d or less.") % {"high": high} if high is not None else ""


def template_error_text(parameter: Parameter, value: str) -> str:
    """The template's own words for what is wrong; "" where it has none."""
    low = "" if parameter.minimum is None else str(parameter.minimum)
    high = "" if parameter.maximum is None else str(parameter.maximum)
    return parameter.error_text.replace("{min}", low).replace("{max}", high).replace("{value}", value)


def html_pattern(regex: str) -> str:
    """A regular expression of Coder's for an input's attribute `pattern`; "" where a browser may read it otherwise.

    The attribute holds for the whole value, as the anchors say. Alternatives outside of a group are anchored on one
    side alone, and some escapes that Go knows are errors to a browser.
    """
    if not PORTABLE_REGEX.fullmatch(regex):
        return ""
    depth = 0
    for sign in re.sub(rf"\\.|{CHARACTER_CLASS}", "", regex):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth < 0 or (sign == "|" and depth == 0):
            return ""
    try:
        re.compile(regex)
    except re.error:
        return ""
    return regex


def matches_regex(regex: str, value: str) -> bool | None:
    """Whether a value fits; None where only Coder can tell (it reads Go's expressions, and in linear time)."""
    quick = len(QUANTIFIER.findall(regex)) <= MAX_QUANTIFIERS and not REPEATED_GROUP.search(regex)
    if not regex or not quick or len(value) > MAX_MATCHED_LENGTH or not html_pattern(regex):
        return None
    return re.fullmatch(regex[1:-1], value, re.ASCII) is not None


def initial_value(parameter: Parameter, given: Mapping[str, str]) -> str | None:
    """What a field begins with: what is given, else what Coder evaluated, else the default."""
    if parameter.name in given:
        return given[parameter.name]
    if parameter.value is not None:
        return parameter.value
    return None if parameter.required and not parameter.default else parameter.default


def with_multiline_control(parameter: Parameter, *values: str | None) -> Parameter:
    """The parameter with room for lines where one of these values has some: a field of one line would join them."""
    several = any("\n" in normalize_newlines(value) for value in (parameter.default, *values) if value)
    return replace(parameter, control="textarea") if several and parameter.control == "input" else parameter


def normalize_newlines(value: str) -> str:
    """A value with the ends of its lines as a form brings them back."""
    return value.replace("\r\n", "\n").replace("\r", "\n")


def preset_values(preset: Preset | None) -> dict[str, str]:
    """The values that a preset sets."""
    return {each.Name: each.Value for each in (preset.Parameters or ())} if preset else {}


def build_parameter_values(said: Mapping[str, str | None]) -> tuple[ParameterValue, ...]:
    """What is sent to Coder: every value that is known, none that is left to it."""
    return tuple(ParameterValue(name=name, value=value) for name, value in said.items() if value is not None)


def with_monotonic_bound(parameter: Parameter, previous: str | None) -> Parameter:
    """The parameter with the bounds that its present value sets: one that may only grow has that for its minimum."""
    if previous is None or not NUMBER_PATTERN.fullmatch(previous) or not parameter.monotonic:
        return parameter
    now = int(previous)
    if parameter.monotonic == "increasing":
        return replace(parameter, minimum=max(now, parameter.minimum) if parameter.minimum is not None else now)
    return replace(parameter, maximum=min(now, parameter.maximum) if parameter.maximum is not None else now)
