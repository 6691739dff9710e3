"""Convert parameter values between Coder's text and what browsers submit.

A browser does not submit a value as it was shown: it joins the lines of a text input, and ends each line with CR LF. A
form therefore submits the value that it began with beside each field that may change it: `original.NAME`, in JSON. A
field that shows that value unchanged keeps it byte for byte.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from workspaces.creation.parameters import CHOICES, Parameter, is_string_list

ORIGINAL_PREFIX = "original."
LINE_BREAK = re.compile(r"\r\n|\r|\n")
CHECKBOXES = frozenset({"checkbox", "switch"})


# ---- lists


def parse_list(value: str) -> list[str]:
    """Return the elements of a list(string), which Coder stores as JSON; any other text is the only element."""
    try:
        elements = json.loads(value)
    except (ValueError, RecursionError):
        return [value] if value else []
    if elements is None:
        return []
    return list(map(element_text, elements)) if isinstance(elements, list) else [value]


def element_text(element: object) -> str:
    """Return an element of a list as Coder reads it: null is the empty text. What it refuses is the element's JSON."""
    if isinstance(element, str):
        return element
    return "" if element is None else to_json(element)


def format_list(elements: Iterable[str]) -> str:
    """Return a list(string) as the JSON that Coder stores."""
    return to_json(list(elements))


def to_json(value: object) -> str:
    """Return compact JSON; only half a surrogate pair, which UTF-8 cannot hold, is escaped beside what must be."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text if is_encodable(text) else json.dumps(value, separators=(",", ":"))


def is_encodable(text: str) -> bool:
    """Return whether UTF-8 can hold the text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def parse_quoted(text: str) -> str | None:
    """Return the text of a JSON string; None where the text is none."""
    try:
        value = json.loads(text) if text.startswith('"') else None
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, str) else None


def quoted_element(line: str) -> str | None:
    """Return the element that a quoted line stands for; None for a line that is an element as it is."""
    element = parse_quoted(line)
    return None if element is None or is_plain_line(element) else element


def is_plain_line(element: str) -> bool:
    """Return whether a line with an element as it is can be read back. Any other element is quoted."""
    is_one_line = element != "" and element == element.strip() and not LINE_BREAK.search(element)
    is_itself = quoted_element(element) is None and not is_string_list(element)
    return is_one_line and is_itself and is_encodable(element)


def format_lines(elements: Iterable[str]) -> str:
    """Return a list with one element on each line."""
    listed = list(elements)
    text = "\n".join(element if is_plain_line(element) else to_json(element) for element in listed)
    return format_list(listed) if is_string_list(text) else text


def parse_lines(text: str) -> list[str]:
    """Return the elements of what `format_lines` returns, or of a list in JSON; blank lines are none."""
    if is_string_list(text):
        return parse_list(text)
    lines = [line.strip() for line in normalize_newlines(text).split("\n")]
    return [line if (quoted := quoted_element(line)) is None else quoted for line in lines if line]


# ---- options


def encode_choice(value: str) -> str:
    """Return what the form submits for an option: its value, or JSON where browsers would change its line breaks."""
    is_plain = not LINE_BREAK.search(value) and is_encodable(value) and encoded_choice(value) is None
    return value if is_plain else json.dumps(value)


def encoded_choice(submitted: str) -> str | None:
    """Return the option that `encode_choice` has encoded; None where the text is an option as it is."""
    value = parse_quoted(submitted)
    is_encoded = value is not None and is_encodable(value) and encode_choice(value) == submitted
    return value if is_encoded else None


def decode_choice(parameter: Parameter, submitted: str) -> str:
    """Return the value of a submitted option. Its line breaks may have been normalized on the way."""
    if (encoded := encoded_choice(submitted)) is not None:
        return encoded
    values = [option.value for option in parameter.options]
    plain = normalize_newlines(submitted)
    return submitted if submitted in values else next((v for v in values if normalize_newlines(v) == plain), submitted)


def has_option(parameter: Parameter, value: str) -> bool:
    """Return whether the value is one of the options."""
    return any(option.value == value for option in parameter.options)


# ---- fields


def normalize_newlines(value: str) -> str:
    """Return a value with "\\n" as the end of each line: browsers submit "\\r\\n"."""
    return LINE_BREAK.sub("\n", value)


def with_multiline_control(parameter: Parameter, *values: str | None) -> Parameter:
    """Return the parameter as a textarea if one of the values has several lines, which a text input would join."""
    has_lines = any(LINE_BREAK.search(value) for value in (parameter.default, *values) if value)
    return replace(parameter, control="textarea") if has_lines and parameter.control == "input" else parameter


def widget_value(parameter: Parameter, value: str | None) -> Any:
    """Return Coder's text of a value as the value of the parameter's widget."""
    if parameter.control in CHECKBOXES:
        return value == "true"
    if parameter.is_list:
        elements = parse_list(value or "")
        return list(map(encode_choice, elements)) if parameter.control == "multi-select" else format_lines(elements)
    return encode_choice(value) if value is not None and parameter.control in CHOICES else value


def submitted_values(widget_value: Any) -> list[str]:
    """Return a widget's value as the values that a form submits."""
    if isinstance(widget_value, bool):
        return ["true"] if widget_value else []
    return list(widget_value) if isinstance(widget_value, list) else [] if widget_value is None else [str(widget_value)]


def read_value(parameter: Parameter, submitted: list[str], originals: Iterable[str | None] = ()) -> str | None:
    """Return Coder's text of the submitted values of a form; None: there is none, Coder uses its default.

    A value that shows one of the `originals` unchanged is that original. Browsers do not submit a checkbox that is off,
    so its absence is "false". An empty text is a value; an empty number is none, nor is an empty choice that is not
    offered.
    """
    known = [original for original in originals if original is not None]
    for original in known:
        if shows_original(parameter, submitted, original):
            return original
    if parameter.is_list:
        return format_list(read_elements(parameter, submitted))
    if parameter.control in CHECKBOXES:
        return "true" if is_checked(submitted) else "false"
    if not submitted:
        return None
    value = submitted[-1]
    if is_choice(parameter):
        return next(iter(read_choices(parameter, [value])), None)
    if parameter.type == "number":
        return value.strip() or None
    text = normalize_newlines(value)
    if any(has_dos_newlines(original) for original in known[:1]):
        text = text.replace("\n", "\r\n")
    return text if text or parameter.type == "string" else None


def read_link_value(parameter: Parameter, linked: list[str]) -> str | None:
    """Return Coder's text of the values in a URL's query, which keeps line breaks and spaces as they are."""
    is_text = parameter.type == "string" and not is_choice(parameter) and parameter.control not in CHECKBOXES
    is_whole_list = parameter.is_list and len(linked) == 1 and (linked[0] == "null" or is_string_list(linked[0]))
    is_option = bool(linked) and is_choice(parameter) and has_option(parameter, linked[-1])
    return linked[-1] if linked and (is_text or is_whole_list or is_option) else read_value(parameter, linked)


def link_values(parameter: Parameter, value: str) -> list[str]:
    """Return a value as the values in a URL's query: a list as its elements, or in JSON where that differs."""
    if not parameter.is_list:
        return [value]
    elements = parse_list(value)
    is_plain = elements not in ([], ["null"]) and all(map(is_plain_line, elements))
    return elements if is_plain and not is_string_list("\n".join(elements)) else [format_list(elements)]


def is_choice(parameter: Parameter) -> bool:
    """Return whether the value is chosen from options, one of them."""
    return parameter.control in CHOICES


def read_elements(parameter: Parameter, submitted: list[str]) -> list[str]:
    """Return the elements of a submitted list: each value is one where they are checkboxes, else each line of them."""
    if parameter.control != "multi-select":
        return parse_lines("\n".join(submitted))
    if len(submitted) == 1 and is_string_list(submitted[0]) and not has_option(parameter, submitted[0]):
        return parse_list(submitted[0])
    return read_choices(parameter, submitted)


def read_choices(parameter: Parameter, submitted: Iterable[str]) -> list[str]:
    """Return the values of submitted options, without empty ones that are not offered."""
    choices = [decode_choice(parameter, each) for each in submitted]
    return [choice for choice in choices if choice or has_option(parameter, "")]


def is_checked(submitted: list[str]) -> bool:
    """Return whether the values of a checkbox mean that it is on."""
    return bool(submitted) and submitted[-1] not in {"", "false"}


def has_dos_newlines(value: str) -> bool:
    """Return whether each line of a text ends with CR LF."""
    breaks = LINE_BREAK.findall(value)
    return bool(breaks) and set(breaks) == {"\r\n"}


def shows_original(parameter: Parameter, submitted: list[str], original: str) -> bool:
    """Return whether a browser submits these values for a field that shows the original unchanged."""
    if parameter.is_list:
        elements, before = read_elements(parameter, submitted), parse_list(original)
        return set(elements) == set(before) if parameter.control == "multi-select" else elements == before
    if parameter.control in CHECKBOXES:
        return original in {"true", "false"} and is_checked(submitted) == (original == "true")
    if not submitted or is_choice(parameter) or (parameter.type != "string" and not submitted[-1].strip()):
        return False
    return normalize_newlines(submitted[-1]) == normalize_newlines(original)


# ---- the value that a field began with


def original_token(parameter: Parameter, value: str | None) -> str:
    """Return the text of `original.NAME` for a field that shows `value`; "" where the field alone keeps it."""
    if not value or is_choice(parameter):
        return ""
    is_kept = read_value(parameter, submitted_values(widget_value(parameter, value))) == value
    return "" if is_kept and not parameter.is_list and not LINE_BREAK.search(value) else json.dumps(value)


def read_original(parameter: Parameter, data: Mapping[str, Any]) -> str | None:
    """Return the value that a submitted form says its field began with; None where it says none."""
    text = data.get(f"{ORIGINAL_PREFIX}{parameter.name}")
    original = parse_quoted(text) if isinstance(text, str) else None
    return original if original is not None and is_encodable(original) else None
