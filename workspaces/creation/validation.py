"""Why the value of a parameter is invalid, as far as the portal can tell before Coder."""

import re
from collections.abc import Container, Iterable
from dataclasses import replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.creation.form_values import has_option, parse_list
from workspaces.creation.parameters import Parameter
from workspaces.schedule import join_words

MAX_QUOTED_LENGTH = 80  # characters of a value that a message quotes
WHOLE_NUMBER = re.compile(r"([+-]?)0*([0-9]{1,19})")
INT64 = range(-(2**63), 2**63)

# Regular expressions with the same meaning in Go (Coder) and in Python: anchored, with
# literals, classes of ranges and groups. All others are validated by Coder alone.
CHARACTER_CLASS = r"\[\^?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?|[ _.:@~]|\\[.dws])+\]"
CHARACTER = r"[A-Za-z0-9 _:@~/,<>=!-]|\\[.dws+*?()\[\]{}|^$/]"
PORTABLE_REGEX = re.compile(
    rf"\^(?:{CHARACTER}|{CHARACTER_CLASS}|\((?:\?:|(?!\?))|[).|*+?]|\{{[0-9]+(?:,[0-9]*)?\}})*\$"
)
QUANTIFIER = re.compile(r"(?<!\\)(?:[*+]|\{[0-9]+,?[0-9]*\})")
REPEATED_GROUP = re.compile(r"\)[*+{]")
MAX_QUANTIFIERS, MAX_MATCHED_LENGTH = 3, 256  # beyond these Python may take exponential time, unlike Go


def validation_message(parameter: Parameter, value: str | None, previous: str | None = None) -> str:
    """Return why a value is invalid, as far as the portal can tell; "" where it is not."""
    if is_missing(parameter, value):
        return _("This value is required.") if parameter.required else ""
    options = [option.value for option in parameter.options]
    if value is None or value in options:
        return ""
    if options and (unknown := unknown_choices(parse_list(value) if parameter.is_list else [value], options)):
        quoted = join_words([f"“{shorten(choice)}”" for choice in unknown])
        text = ngettext("%(values)s is not one of the options.", "%(values)s are not among the options.", len(unknown))
        return text % {"values": quoted}
    if parameter.type == "number":
        return number_message(parameter, value, previous)
    if parameter.type == "string" and not parameter.options and matches_regex(parameter.regex, value) is False:
        return pattern_message(parameter, value)
    return ""


def pattern_message(parameter: Parameter, value: str) -> str:
    """Return that a value does not match the parameter's expression: the template's message, then the expression."""
    own_text, facts = template_error_text(parameter, value), {"pattern": parameter.regex}
    if not own_text:
        return _("The value must match %(pattern)s.") % facts
    return " ".join([own_text, _("The pattern is %(pattern)s.") % facts])


def is_missing(parameter: Parameter, value: str | None) -> bool:
    """Return whether there is no value. An empty text that is offered as an option is one."""
    if value is None or (parameter.is_list and not parse_list(value)):
        return True
    return value == "" and not has_option(parameter, "")


def unknown_choices(chosen: Iterable[str], options: Container[str]) -> list[str]:
    """Return the chosen values that are none of the options, each once, without empty ones."""
    return list(dict.fromkeys(choice for choice in chosen if choice and choice not in options))


def shorten(value: str) -> str:
    """Return a value as a message quotes it."""
    return value if len(value) <= MAX_QUOTED_LENGTH else f"{value[:MAX_QUOTED_LENGTH]}…"


def number_message(parameter: Parameter, value: str, previous: str | None) -> str:
    """Return why a number is invalid; "" where it is not.

    Without restrictions, Coder 2.19 accepts any text, and the evaluation of 2.36 says what is no number.
    """
    if not needs_whole_number(parameter):
        return ""
    number, low, high = parse_whole_number(value), parameter.minimum, parameter.maximum
    if number is None:
        return not_a_number_text(parameter)
    if (low is not None and number < low) or (high is not None and number > high):
        return template_error_text(parameter, value) or bounds_text(low, high)
    bound = parse_whole_number(previous or "")
    if bound is not None and parameter.monotonic == "increasing" and number < bound:
        return _("This value can only increase: %(number)s or more.") % {"number": previous}
    if bound is not None and parameter.monotonic == "decreasing" and number > bound:
        return _("This value can only decrease: %(number)s or less.") % {"number": previous}
    return ""


def not_a_number_text(parameter: Parameter) -> str:
    """Return the message for a text that is no number which the parameter can have."""
    return _("Enter a whole number.") if needs_whole_number(parameter) else _("Enter a number.")


def needs_whole_number(parameter: Parameter) -> bool:
    """Return whether Coder accepts whole numbers only: it does where the template restricts the number."""
    return bool(parameter.monotonic) or parameter.minimum is not None or parameter.maximum is not None


def parse_whole_number(text: str) -> int | None:
    """Return the number that Coder reads from a text (Go's strconv.Atoi); None for any other text."""
    match = WHOLE_NUMBER.fullmatch(text)
    if not match:
        return None
    number = int("".join(match.groups()))
    return number if number in INT64 else None


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


def portable_regex(regex: str) -> str:
    """Return an expression that Python reads as Go does; "" where it may differ.

    An alternative outside of a group is anchored on one side only.
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
    if not regex or not is_fast or len(value) > MAX_MATCHED_LENGTH or not portable_regex(regex):
        return None
    return re.fullmatch(regex[1:-1], value, re.ASCII) is not None


def with_monotonic_bound(parameter: Parameter, previous: str | None) -> Parameter:
    """Return the parameter with its previous value as a bound: one that may only grow has it as its minimum."""
    bound = parse_whole_number(previous or "")
    if bound is None or not parameter.monotonic:
        return parameter
    if parameter.monotonic == "increasing":
        return replace(parameter, minimum=max(bound, parameter.minimum) if parameter.minimum is not None else bound)
    return replace(parameter, maximum=min(bound, parameter.maximum) if parameter.maximum is not None else bound)
