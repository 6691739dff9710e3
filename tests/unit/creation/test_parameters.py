"""Test template parameters: both API formats, form values, validation and name suggestions."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workspaces.coder.template_types import (
    Diagnostic,
    EvaluatedOption,
    EvaluatedParameter,
    NullableValue,
    ParameterOption,
    ParameterValue,
    RichParameter,
    Styling,
    Validation,
)
from workspaces.creation import form_values, parameters, validation
from workspaces.creation.names import suggest_name
from workspaces.creation.parameters import Option, Parameter

TEXT = Parameter(name="p", label="P", type="string", control="input")
NUMBER = Parameter(name="cpu", label="CPU", type="number", control="input", minimum=1, maximum=16)
BOOL = Parameter(name="gpu", label="GPU", type="bool", control="checkbox")
LIST = Parameter(name="ides", label="IDEs", type="list(string)", control="tag-select")
CHOICE = replace(TEXT, control="radio", options=(Option(value="eu", name="Europe"), Option(value="us", name="US")))


@pytest.mark.parametrize(
    ("form_type", "parameter_type", "options", "control"),
    [
        ("", "string", 0, "input"),
        ("", "string", 3, "radio"),
        ("", "string", 30, "dropdown"),
        ("", "number", 0, "input"),
        ("", "bool", 0, "checkbox"),
        ("", "list(string)", 0, "tag-select"),
        ("", "list(string)", 4, "multi-select"),
        ("switch", "bool", 0, "switch"),
        ("slider", "number", 0, "slider"),
        ("textarea", "string", 0, "textarea"),
        ("dropdown", "string", 2, "dropdown"),
        ("hologram", "string", 0, "input"),
    ],
)
def test_control_is_form_type_of_template_else_fits_type_and_options(
    form_type: str, parameter_type: str, options: int, control: str
) -> None:
    assert parameters.choose_control(form_type, parameter_type, ["x"] * options) == control


def test_options_that_are_whole_lists_are_a_choice_without_form_type() -> None:
    assert parameters.choose_control("", "list(string)", ['["a","b"]', "[]"]) == "radio"


def test_rich_and_evaluated_parameters_give_the_same_result() -> None:
    listed = RichParameter(
        name="disk",
        type="number",
        display_name="Disk",
        default_value="20",
        options=(ParameterOption(name="Small", value="20", icon="/icon/s.svg"),),
        validation_min=10,
        validation_max=500,
        validation_monotonic="increasing",
        validation_error="too little",
    )
    evaluated = EvaluatedParameter(
        name="disk",
        type="number",
        display_name="Disk",
        default_value=NullableValue(value="20", valid=True),
        options=(EvaluatedOption(name="Small", value=NullableValue(value="20", valid=True), icon="/icon/s.svg"),),
        validations=(
            Validation(
                validation_min=10, validation_max=500, validation_monotonic="increasing", validation_error="too little"
            ),
        ),
    )
    assert parameters.from_evaluated_parameter(evaluated) == parameters.from_rich_parameter(listed)


def test_evaluated_parameter_has_styling_value_errors_and_warnings() -> None:
    parameter = parameters.from_evaluated_parameter(
        EvaluatedParameter(
            name="key",
            type="string",
            form_type="input",
            styling=Styling(placeholder="sk-…", mask_input=True, disabled=True, label="Key"),
            value=NullableValue(value="x", valid=True),
            diagnostics=(
                Diagnostic(severity="error", summary="Bad", detail="too short"),
                Diagnostic(severity="warning", summary="Weak"),
            ),
        )
    )
    assert (parameter.label, parameter.placeholder, parameter.masked, parameter.disabled, parameter.value) == (
        "Key",
        "sk-…",
        True,
        True,
        "x",
    )
    assert (parameter.errors, parameter.warnings) == (("Bad: too short",), ("Weak",))


@pytest.mark.parametrize(
    ("parameter", "posted", "value"),
    [
        (TEXT, ["x"], "x"),
        (TEXT, [""], ""),
        (TEXT, [], None),
        (TEXT, ["a\r\nb"], "a\nb"),
        (NUMBER, [" 4 "], "4"),
        (NUMBER, [""], None),
        (CHOICE, [""], None),
        (BOOL, [], "false"),
        (BOOL, ["true"], "true"),
        (BOOL, ["false"], "false"),
        (LIST, [], "[]"),
        (LIST, ["a\r\nb", "c"], '["a","b","c"]'),
        (LIST, [" \n"], "[]"),
        (LIST, ['["a", " b "]'], '["a"," b "]'),
        (replace(CHOICE, options=(Option(value="", name="None"), *CHOICE.options)), [""], ""),
        (replace(CHOICE, options=(Option(value="", name="None"), *CHOICE.options)), [], None),
        (replace(BOOL, control="radio"), [], None),
        (replace(BOOL, control="radio"), ["false"], "false"),
    ],
)
def test_posted_form_values_become_value_or_none(parameter: Parameter, posted: list[str], value: str | None) -> None:
    assert form_values.read_value(parameter, posted) == value


TEXTS = st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from('\r\n "[],\\n')))


@given(st.lists(TEXTS))
def test_any_list_of_strings_survives_its_lines(elements: list[str]) -> None:
    lines = form_values.format_lines(elements)
    assert form_values.parse_lines(lines.replace("\n", "\r\n")) == elements


@pytest.mark.parametrize(
    ("elements", "lines"),
    [
        (["web", 'say "hi"', '"quoted"'], 'web\nsay "hi"\n"quoted"'),
        (["echo a\necho b", "  indented"], '"echo a\\necho b"\n"  indented"'),
        (["", "x"], '""\nx'),
        (['["a"]'], '"[\\"a\\"]"'),
        (['["a",', '"b"]'], '["[\\"a\\",","\\"b\\"]"]'),
    ],
)
def test_element_is_quoted_only_where_its_line_could_not_be_read_back(elements: list[str], lines: str) -> None:
    assert form_values.format_lines(elements) == lines


@pytest.mark.parametrize(
    ("value", "elements"),
    [
        ("", []),
        ("null", []),
        ("plain", ["plain"]),
        ('"x"', ['"x"']),
        ("[1]", ["1"]),
        ('["a",null,["b"]]', ["a", "", '["b"]']),
    ],
)
def test_items_are_text_for_value_that_is_not_a_list_of_strings(value: str, elements: list[str]) -> None:
    assert form_values.parse_list(value) == elements


@pytest.mark.parametrize(
    ("parameter", "value", "previous", "problem"),
    [
        (TEXT, "", None, ""),
        (replace(TEXT, required=True), "", None, "This value is required."),
        (replace(TEXT, required=True), None, None, "This value is required."),
        (replace(LIST, required=True), "[]", None, "This value is required."),
        (CHOICE, "eu", None, ""),
        (CHOICE, "moon", None, "“moon” is not one of the options."),
        (replace(LIST, options=CHOICE.options), '["eu","moon"]', None, "“moon” is not one of the options."),
        (NUMBER, "4", None, ""),
        (NUMBER, "99", None, "From 1 to 16."),
        (NUMBER, "4.5", None, "Enter a whole number."),
        (NUMBER, "1e3", None, "Enter a whole number."),
        (NUMBER, "9" * 5000, None, "Enter a whole number."),
        (replace(NUMBER, minimum=None, maximum=None), "0.5", None, ""),
        (replace(NUMBER, minimum=None, maximum=None), "abc", None, ""),
        (replace(NUMBER, options=(Option(value="0.5", name="Half"),)), "0.5", None, ""),
        (
            replace(NUMBER, options=(Option(value="0.5", name="Half"),)),
            "0.50",
            None,
            "“0.50” is not one of the options.",
        ),
        (replace(CHOICE, required=True, options=(Option(value="", name="None"),)), "", None, ""),
        (replace(LIST, required=True), "null", None, "This value is required."),
        (replace(NUMBER, error_text="{min} to {max}, not {value}"), "99", None, "1 to 16, not 99"),
        (replace(NUMBER, maximum=None), "0", None, "1 or more."),
        (replace(NUMBER, minimum=None), "17", None, "16 or less."),
        (replace(NUMBER, monotonic="increasing"), "2", "4", "This value can only increase: 4 or more."),
        (replace(NUMBER, monotonic="decreasing"), "8", "4", "This value can only decrease: 4 or less."),
        (replace(NUMBER, monotonic="increasing"), "4", "4", ""),
        (
            replace(TEXT, regex="^[A-Z]+-[0-9]+$", error_text="like ABC-123"),
            "abc",
            None,
            "like ABC-123 The pattern is ^[A-Z]+-[0-9]+$.",
        ),
        (replace(TEXT, regex="^[A-Z]+-[0-9]+$"), "abc", None, "The value must match ^[A-Z]+-[0-9]+$."),
        (replace(TEXT, regex="^[A-Z]+-[0-9]+$"), "ABC-1", None, ""),
        (replace(TEXT, regex=r"^\p{Lu}+$"), "abc", None, ""),
    ],
)
def test_invalid_value_is_reported_before_coder_is_asked(
    parameter: Parameter, value: str | None, previous: str | None, problem: str
) -> None:
    assert validation.validation_message(parameter, value, previous) == problem


@pytest.mark.parametrize(
    "regex",
    ["^[A-Z]{2,5}-[0-9]+$", "^(none|https://.*)$", r"^\d+\.\d+$", "^(?:a|b)$", "^[a-z0-9_]*$", "^$"],
)
def test_portable_regex_is_read_by_portal(regex: str) -> None:
    assert validation.portable_regex(regex) == regex


@pytest.mark.parametrize(
    "regex",
    ["", "abc", "^a|b$", "^[a-z0-9-]+$", r"^\p{L}$", r"^\x41$", "^(?i)a$", "^(?P<n>a)$", "^a)(b$", "^[[:alpha:]]$",
     "^a**$", r"^\z$", "^(?:a" * 40 + "$"],
)  # fmt: skip
def test_nonportable_regex_is_left_to_coder(regex: str) -> None:
    assert validation.portable_regex(regex) == ""
    assert validation.matches_regex(regex, "a") is None


@pytest.mark.parametrize("regex", ["^(a+)+$", "^(a|a)*$", "^.*.*.*.*$", "^a*a*a*a*b$"])
def test_regex_that_could_backtrack_is_left_to_coder(regex: str) -> None:
    assert validation.matches_regex(regex, "a" * 200 + "!") is None


def test_regex_check_of_long_value_is_left_to_coder() -> None:
    assert validation.matches_regex("^a*$", "a" * 1000) is None


@given(st.from_regex(r"\^[A-Za-z0-9.|()\[\]*+?{}-]{0,12}\$", fullmatch=True))
def test_regex_check_never_raises_for_any_regex(regex: str) -> None:
    if validation.portable_regex(regex):
        re.compile(regex)
    assert validation.matches_regex(regex, "a-1") in {True, False, None}


def test_monotonic_number_is_bounded_by_its_current_value() -> None:
    disk = replace(NUMBER, monotonic="increasing")
    assert validation.with_monotonic_bound(disk, "8").minimum == 8
    assert validation.with_monotonic_bound(replace(disk, monotonic="decreasing"), "8").maximum == 8
    assert validation.with_monotonic_bound(disk, None) is disk


@pytest.mark.parametrize(
    ("parameter", "values", "start"),
    [
        (replace(TEXT, default="d"), {}, "d"),
        (replace(TEXT, default="d"), {"p": "x"}, "x"),
        (replace(TEXT, default="d", value="v"), {}, "v"),
        (replace(TEXT, required=True), {}, None),
        (TEXT, {}, ""),
    ],
)
def test_field_starts_with_given_value_else_evaluated_value_else_default(
    parameter: Parameter, values: dict[str, str], start: str | None
) -> None:
    assert parameters.initial_value(parameter, values) == start


def test_parameter_values_omit_none_and_keep_empty_strings() -> None:
    assert parameters.build_parameter_values({"a": "1", "b": None, "c": ""}) == (
        ParameterValue(name="a", value="1"),
        ParameterValue(name="c", value=""),
    )


@pytest.mark.parametrize(
    ("text", "existing_names", "name"),
    [
        ("dev", [], "dev"),
        ("dev", ["DEV"], "dev-2"),
        ("dev", ["dev", "dev-2"], "dev-3"),
        ("web-api-copy", ["web-api-copy"], "web-api-copy-2"),
        ("new", [], "workspace"),
        ("Ünïcode --- 日本", [], "n-code"),
        ("日本", [], "workspace"),
        ("a" * 40, ["a" * 32], "a" * 30 + "-2"),
    ],
)
def test_name_suggestion_is_valid_and_not_taken(text: str, existing_names: list[str], name: str) -> None:
    assert suggest_name(text, existing_names) == name


@given(st.text(), st.lists(st.text(max_size=4), max_size=5))
def test_name_suggestion_follows_coder_name_rules_for_any_text(text: str, existing_names: list[str]) -> None:
    name = suggest_name(text, existing_names)
    assert re.fullmatch("[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*", name)
    assert len(name) <= 32
    assert name.lower() not in {existing.lower() for existing in existing_names} | {"new", "create"}


def browser_values(parameter: Parameter, value: str) -> list[str]:
    """Return what a browser submits for a field that shows the value: each line ends with CR LF."""
    shown = form_values.submitted_values(form_values.widget_value(parameter, value))
    return [re.sub(r"\r\n|\r|\n", "\r\n", each) for each in shown]


def read_untouched(parameter: Parameter, value: str) -> str | None:
    """Return the value that a form with this value submits when nobody touches it."""
    token = form_values.original_token(parameter, value)
    original = form_values.read_original(parameter, {f"original.{parameter.name}": token})
    return form_values.read_value(parameter, browser_values(parameter, value), [original])


CHOICE_VALUES = ("", "0.5", "1.50", " x ", "a\nb", "a\r\nb", "a\rb", '["a", "b"]', '"a"', '"a\\nb"')
CHOICES = tuple(Option(value=value, name=value) for value in CHOICE_VALUES)


@pytest.mark.parametrize("control", ["radio", "dropdown"])
@pytest.mark.parametrize("parameter_type", ["string", "number", "list(string)"])
@pytest.mark.parametrize("value", CHOICE_VALUES)
def test_offered_option_is_valid_and_sent_exactly(control: str, parameter_type: str, value: str) -> None:
    parameter = replace(TEXT, type=parameter_type, control=control, options=CHOICES, required=True)
    submitted = browser_values(parameter, value)
    assert form_values.read_value(parameter, submitted) == value
    assert form_values.read_link_value(parameter, form_values.link_values(parameter, value)) == value
    assert validation.validation_message(parameter, value) == ""


@pytest.mark.parametrize("value", CHOICE_VALUES)
def test_offered_element_is_sent_exactly(value: str) -> None:
    parameter = replace(LIST, control="multi-select", options=CHOICES)
    element_list = form_values.format_list([value, "0.5"])
    assert form_values.read_value(parameter, browser_values(parameter, element_list)) == element_list


@given(TEXTS, st.sampled_from([TEXT, replace(TEXT, control="textarea"), LIST, replace(LIST, control="multi-select")]))
def test_untouched_text_is_unchanged(value: str, parameter: Parameter) -> None:
    assume(value or not parameter.is_list)  # an empty list is [] unless the latest build has the empty text
    assert read_untouched(form_values.with_multiline_control(parameter, value), value) == value


@given(st.lists(TEXTS))
def test_untouched_list_is_unchanged_in_any_spelling(elements: list[str]) -> None:
    for text in (json.dumps(elements), json.dumps(elements, indent=1)):
        assert read_untouched(LIST, text) == text


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        (LIST, "null"),
        (LIST, "a,b"),
        (LIST, "[1,2]"),
        (replace(LIST, control="multi-select", options=CHOICE.options), '["us", "eu"]'),
        (replace(LIST, control="multi-select", options=CHOICE.options), "null"),
        (replace(NUMBER, minimum=None, maximum=None), " 3 "),
        (replace(NUMBER, minimum=None, maximum=None), "1,5"),
    ],
)
def test_untouched_odd_value_is_unchanged(parameter: Parameter, value: str) -> None:
    assert read_untouched(parameter, value) == value


def test_changed_text_keeps_line_ends_of_original() -> None:
    assert form_values.read_value(TEXT, ["a\r\nc"], ["a\r\nb"]) == "a\r\nc"
    assert form_values.read_value(TEXT, ["a\r\nc"], ["a\nb"]) == "a\nc"


@pytest.mark.parametrize("value", ['["a","b"]', "[]", '[" a\\n"]', '["[\\"a\\"]"]', '[""]', '["null"]'])
def test_list_in_link_is_read_back(value: str) -> None:
    assert form_values.read_link_value(LIST, form_values.link_values(LIST, value)) == value
