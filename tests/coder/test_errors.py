"""Test the field errors and the retry delay that are parsed from a refusal."""

import datetime as dt
import json
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.server import ROOT
from workspaces.coder.errors import NotFound, Unreachable, error_from_response, parse_retry_after

RECORDED = ROOT / "tests" / "contract" / "recorded" / "2.19"
NOW = dt.datetime(2026, 11, 25, 12, 0, tzinfo=dt.UTC)


def fields(body: Any) -> dict[str, tuple[str, ...]]:
    """The fields of a 400 with this body."""
    return dict(error_from_response(400, json.dumps(body).encode()).fields)


def test_validation_is_assigned_to_its_field() -> None:
    assert fields({"message": "Validation failed.", "validations": [{"field": "name", "detail": "Too long."}]}) == {
        "name": ("Too long.",)
    }


def test_two_validations_of_one_field_are_both_kept() -> None:
    two = [{"field": "name", "detail": "Too long."}, {"field": "name", "detail": "Taken."}]
    assert fields({"message": "m", "validations": two}) == {"name": ("Too long.", "Taken.")}


def test_validation_without_detail_uses_message() -> None:
    assert fields({"message": "Taken.", "validations": [{"field": "name"}]}) == {"name": ("Taken.",)}


@pytest.mark.parametrize("name", ["schedule", "autostart_schedule"])
def test_schedule_validation_is_assigned_to_autostart_field(name: str) -> None:
    assert fields({"message": "m", "validations": [{"field": name, "detail": "Bad."}]}) == {"autostart": ("Bad.",)}


def test_parameter_named_in_message_of_2_19_gets_field_error() -> None:
    body = {"message": 'Unable to validate parameter "region"', "detail": "must match one of options"}
    assert fields(body) == {"param.region": ("must match one of options",)}
    assert fields({"message": 'Unable to validate parameter "cpu"'}) == {
        "param.cpu": ('Unable to validate parameter "cpu"',)
    }


def test_parameter_named_without_prefix_by_2_36_gets_field_error() -> None:
    body = {"message": "Unable to validate parameters", "validations": [{"field": "schedule", "detail": "No."}]}
    assert fields(body) == {"param.schedule": ("No.",)}


def test_message_without_field_has_no_field_errors() -> None:
    assert fields({"message": "The workspace shutdown is manual.", "validations": None}) == {}


def test_owner_that_may_not_be_read_in_2_19_is_not_found() -> None:
    answer = json.loads((RECORDED / "297-user-404.json").read_text())["response"]
    error = error_from_response(answer["status"], json.dumps(answer["body"]).encode())
    assert isinstance(error, NotFound)


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
        ("Wed, 25 Nov 99999999999999999999 12:00:00 GMT", None),
        ("Wed, 25 Nov 2026 12:00:00 +99999999999999", None),
        ("Wed, 25 Nov 2026 12:01:30 GMT", 90.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
    ],
)
def test_retry_after_header_is_converted_to_seconds(header: str, wait: float | None) -> None:
    assert parse_retry_after(header, NOW) == wait


@given(st.text(max_size=60))
def test_any_retry_after_header_gives_none_or_bounded_seconds(header: str) -> None:
    wait = parse_retry_after(header, NOW)
    assert wait is None or 0 <= wait <= 3600


@given(st.integers(400, 599), st.binary(max_size=80))
def test_any_error_body_gives_error_with_its_status(status: int, body: bytes) -> None:
    assert error_from_response(status, body).status == status


@pytest.mark.parametrize("body", [b'{"message":"\xe9"}', b'{"\xe9":1}', b'{"message":' + b"[" * 100_000])
def test_error_body_that_is_no_json_in_utf_8_counts_as_no_error_of_coder(body: bytes) -> None:
    assert isinstance(error_from_response(403, body), Unreachable)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 422, 429, 500])
def test_no_part_of_error_holds_token_from_coders_words(status: int) -> None:
    token = "abcdefghij-klmnopqrstuvwxyz123456"
    body = {
        "message": f"Unable to validate parameters {token}",
        "detail": f"https://coder.example.com/?t%3D{token}",
        "validations": [{"field": f"name_{token}", "detail": f"\n{token}"}, {"field": "ttl_ms", "detail": token}],
    }
    error = error_from_response(status, json.dumps(body).encode())
    parts = repr((error, str(error), vars(error), "".join(traceback.format_exception(error))))
    assert "klmnopqrstuvwxyz123456" not in parts
    assert parts.count("[token]") >= 5
