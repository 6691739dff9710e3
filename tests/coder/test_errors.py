"""What a refusal says of single fields and of waiting."""

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.coder.errors import refusal, seconds

NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)


def fields(body: Any) -> dict[str, tuple[str, ...]]:
    """The fields of a 400 with this body."""
    return dict(refusal(400, json.dumps(body).encode()).fields)


def test_a_validation_stands_at_its_field() -> None:
    assert fields({"message": "Validation failed.", "validations": [{"field": "name", "detail": "Too long."}]}) == {
        "name": ("Too long.",)
    }


def test_two_validations_of_a_field_both_stand_there() -> None:
    two = [{"field": "name", "detail": "Too long."}, {"field": "name", "detail": "Taken."}]
    assert fields({"message": "m", "validations": two}) == {"name": ("Too long.", "Taken.")}


def test_a_validation_without_detail_says_the_message() -> None:
    assert fields({"message": "Taken.", "validations": [{"field": "name"}]}) == {"name": ("Taken.",)}


@pytest.mark.parametrize("name", ["schedule", "autostart_schedule"])
def test_the_schedule_is_the_autostart_field(name: str) -> None:
    assert fields({"message": "m", "validations": [{"field": name, "detail": "Bad."}]}) == {"autostart": ("Bad.",)}


def test_a_parameter_that_2_19_names_only_in_its_message_is_found() -> None:
    body = {"message": 'Unable to validate parameter "region"', "detail": "must match one of options"}
    assert fields(body) == {"param.region": ("must match one of options",)}
    assert fields({"message": 'Unable to validate parameter "cpu"'}) == {
        "param.cpu": ('Unable to validate parameter "cpu"',)
    }


def test_a_parameter_that_2_36_names_barely_is_found() -> None:
    body = {"message": "Unable to validate parameters", "validations": [{"field": "schedule", "detail": "No."}]}
    assert fields(body) == {"param.schedule": ("No.",)}


def test_a_message_about_nothing_special_concerns_no_field() -> None:
    assert fields({"message": "The workspace shutdown is manual.", "validations": None}) == {}


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("", None),
        ("30", 30.0),
        ("0", 0.0),
        ("-5", 0.0),
        ("99999999", 3600.0),
        ("nan", None),
        ("soon", None),
        ("Wed, 25 Nov 2026 12:01:30 GMT", 90.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_is_seconds_however_it_came(header: str, wait: float | None) -> None:
    assert seconds(header, NOW) == wait


@given(st.text(max_size=60))
def test_no_retry_after_breaks_anything(header: str) -> None:
    wait = seconds(header, NOW)
    assert wait is None or 0 <= wait <= 3600


@given(st.integers(400, 599), st.binary(max_size=80))
def test_no_body_breaks_anything(status: int, body: bytes) -> None:
    assert refusal(status, body).status == status
