"""Rich parameters: what each validation rule rejects, and the error format of both versions."""

from dataclasses import replace

import pytest

from coder_simulator.errors import ApiError
from coder_simulator.parameters import lacks_required_value, resolve_values
from coder_simulator.version_plans import ParameterOption, RichParameter

CPU = RichParameter(
    name="cpu", type="number", display_name="CPU", default_value="2", validation_min=1, validation_max=8
)
DISK = RichParameter(name="disk", type="number", default_value="20", validation_monotonic="increasing")
SHRINKING = RichParameter(name="left", type="number", default_value="20", validation_monotonic="decreasing")
GPU = RichParameter(name="gpu", type="bool", default_value="false")
IDES = RichParameter(name="ides", type="list(string)", default_value="[]")
CODE = RichParameter(
    name="code", required=True, validation_regex="^[A-Z]+-[0-9]+$", validation_error="like ABC-1", mutable=True
)
ZONE = RichParameter(
    name="zone",
    default_value="eu",
    mutable=False,
    options=(ParameterOption(name="Europe", value="eu"), ParameterOption(name="US", value="us")),
)
TEAM = RichParameter(name="team", required=True)
EPHEMERAL = RichParameter(name="once", type="bool", default_value="false", ephemeral=True)
IMMUTABLE = 'Parameter "zone" is not mutable, so it can\'t be updated after creating a workspace.'
VALIDATION_SUMMARY = "Invalid parameter value according to 'validation' block; "


def resolve_error(
    parameter: RichParameter, value: str | None, previous: str | None = None, *, modern: bool
) -> ApiError:
    with pytest.raises(ApiError) as caught:
        resolve_values(
            (parameter,),
            {} if value is None else {parameter.name: value},
            None if previous is None else {parameter.name: previous},
            modern=modern,
        )
    return caught.value


@pytest.mark.parametrize(
    ("parameter", "given", "before", "detail"),
    [
        (CPU, "99", None, 'can\'t validate build parameter "CPU": value 99 is more than the maximum 8'),
        (CPU, "0", None, 'can\'t validate build parameter "CPU": value 0 is less than the minimum 1'),
        (CPU, "two", None, 'can\'t validate build parameter "CPU": value "two" is not a number'),
        (
            DISK,
            "10",
            "20",
            'can\'t validate build parameter "disk": parameter value must be equal or greater than previous value: 20',
        ),
        (
            SHRINKING,
            "30",
            "20",
            'can\'t validate build parameter "left": parameter value must be equal or lower than previous value: 20',
        ),
        (
            GPU,
            "yes",
            None,
            'can\'t validate build parameter "gpu": boolean value can be either "true" or "false"',
        ),
        (IDES, "code", None, 'can\'t validate build parameter "ides": value "code" is not valid list of strings'),
        (
            CODE,
            "abc",
            None,
            'can\'t validate build parameter "code": like ABC-1 (value "abc" does not match "^[A-Z]+-[0-9]+$")',
        ),
        (
            ZONE,
            "moon",
            None,
            'can\'t validate build parameter "zone": parameter value must match one of options: [eu us]',
        ),
        (ZONE, "us", "eu", IMMUTABLE),
        (ZONE, "eu", "eu", IMMUTABLE),
        (TEAM, None, None, 'Parameter "team" is required but not provided'),
    ],
)
def test_invalid_parameter_is_named_in_error_message_on_2_19(
    parameter: RichParameter, given: str | None, before: str | None, detail: str
) -> None:
    refused = resolve_error(parameter, given, before, modern=False)
    assert (refused.status, refused.message) == (400, f'Unable to validate parameter "{parameter.name}"')
    assert (refused.detail, refused.validations) == (detail, [])


@pytest.mark.parametrize(
    ("parameter", "given", "before", "detail"),
    [
        (CPU, "99", None, VALIDATION_SUMMARY + "value 99 is more than the maximum 8"),
        (
            DISK,
            "10",
            "20",
            "Parameter \"disk\" monotonicity; parameter value '10' must be equal or greater than previous value: 20",
        ),
        (GPU, "yes", None, VALIDATION_SUMMARY + 'boolean value can be either "true" or "false"'),
        (
            CODE,
            None,
            None,
            VALIDATION_SUMMARY + 'like ABC-1 (value "" does not match "^[A-Z]+-[0-9]+$"), and 1 other diagnostic(s)',
        ),
        (ZONE, "moon", None, 'Value must be a valid option; the value "moon" must be defined as one of options'),
        (
            ZONE,
            "us",
            "eu",
            f"Immutable parameter changed; {IMMUTABLE}",
        ),
        (TEAM, None, None, "Required parameter not provided; parameter value is null"),
    ],
)
def test_invalid_parameter_is_reported_as_validation_on_2_36(
    parameter: RichParameter, given: str | None, before: str | None, detail: str
) -> None:
    refused = resolve_error(parameter, given, before, modern=True)
    assert (refused.status, refused.message) == (400, "Unable to validate parameters")
    assert refused.validations == [(parameter.name, detail)]


def test_all_invalid_parameters_are_reported_in_name_order_on_2_36() -> None:
    with pytest.raises(ApiError) as caught:
        resolve_values((ZONE, CPU, TEAM), {"zone": "moon", "cpu": "99"}, None, modern=True)
    assert [field for field, _ in caught.value.validations] == ["cpu", "team", "zone"]


@pytest.mark.parametrize("modern", [True, False])
def test_value_is_given_one_else_previous_one_else_default(modern: bool) -> None:
    values = resolve_values((CPU, DISK, GPU), {"cpu": "4", "unknown": "x"}, {"disk": "40"}, modern=modern)
    assert values == {"cpu": "4", "disk": "40", "gpu": "false"}


@pytest.mark.parametrize("modern", [True, False])
def test_ephemeral_value_applies_to_one_build_only(modern: bool) -> None:
    assert resolve_values((EPHEMERAL,), {"once": "true"}, None, modern=modern) == {"once": "true"}
    assert resolve_values((EPHEMERAL,), {}, {"once": "true"}, modern=modern) == {"once": "false"}


def test_immutable_parameter_accepts_unchanged_value_on_2_36() -> None:
    assert resolve_values((ZONE,), {"zone": "us"}, {"zone": "us"}, modern=True) == {"zone": "us"}


def test_list_parameter_elements_must_be_among_options() -> None:
    options = tuple(ParameterOption(name=v, value=v) for v in ("code", "vim"))
    ides = RichParameter(name="ides", type="list(string)", default_value='["code"]', options=options)
    assert resolve_values((ides,), {"ides": '["vim"]'}, None, modern=True) == {"ides": '["vim"]'}
    assert resolve_error(ides, '["emacs"]', modern=True).validations[0][0] == "ides"


def test_validation_error_text_fills_in_bounds_and_value() -> None:
    worded = RichParameter(
        name="n", type="number", validation_min=1, validation_max=3, validation_error="{min} to {max}, not {value}"
    )
    assert resolve_error(worded, "9", modern=False).detail.endswith("1 to 3, not 9")


def test_required_parameter_without_value_is_a_mismatch() -> None:
    assert lacks_required_value((TEAM, CPU), {"cpu": "2"})
    assert not lacks_required_value((TEAM, CPU), {"team": "blue"})


@pytest.mark.parametrize("modern", [True, False])
@pytest.mark.parametrize("value", ["0.5", "1e3", "99999999999999999999", ""])
def test_number_with_bounds_accepts_whole_numbers_only(value: str, modern: bool) -> None:
    bounded = replace(CPU, default_value="two")  # 2.19 checks the default in place of an empty value
    assert resolve_error(bounded, value, modern=modern).status == 400


@pytest.mark.parametrize("value", ["0x1p4", "+Inf", ".5", "5.", "nan", "-0"])
def test_number_of_go_without_bounds_is_accepted_on_2_36(value: str) -> None:
    ratio = RichParameter(name="ratio", type="number", default_value="0.5")
    assert resolve_values((ratio,), {"ratio": value}, None, modern=True) == {"ratio": value}


def test_empty_required_value_is_rejected_on_2_19() -> None:
    assert resolve_error(TEAM, "", modern=False).detail.endswith("parameter value is required")
