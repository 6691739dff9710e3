"""Test which differences the comparison of responses reports and which it ignores."""

from typing import Any

import pytest

from tests.contract.response_diff import differences

A, B = "8d72b3c0-3f0e-4c55-9a55-0d5a3d0a1f11", "2c6a6d6e-0a53-43d2-9d8d-6f0c6c1e2b22"
EARLY, LATE = "2026-11-24T22:05:07.559794Z", "2026-11-24T22:05:07.600381Z"


@pytest.mark.parametrize(
    ("recorded", "actual", "prefix"),
    [
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, ": "),
        (["x", "y"], ["y", "x"], "[0]"),
        ({"a": None}, {}, ".a"),
        ({"a": 1}, {"a": 1.0}, ".a"),
        ({"id": A, "same": A}, {"id": A, "same": B}, ".same"),
        ({"at": EARLY}, {"at": "2026-11-24T22:05:07.559794123Z"}, ".at"),
        ({"at": EARLY}, {"at": "2026-11-24T22:05:07.559790Z"}, ".at"),
        ({"at": EARLY}, {"at": "2026-11-24 22:05:07.559794 +0000 UTC"}, ".at"),
        ({"at": EARLY}, {"at": "0001-01-01T00:00:00Z"}, ".at"),
        ({"made": EARLY, "used": LATE}, {"made": EARLY, "used": EARLY}, ".used is 0 μs after .made"),
        ({"made": EARLY, "used": LATE}, {"made": LATE, "used": EARLY}, ".used is -40587 μs after .made"),
    ],
)
def test_difference_is_reported_with_its_path(recorded: Any, actual: Any, prefix: str) -> None:
    assert [message for message in differences(recorded, actual) if message.startswith(prefix)] != []


@pytest.mark.parametrize(
    ("recorded", "actual"),
    [
        ({"id": A, "same": A}, {"id": B, "same": B}),
        ({"made": EARLY, "used": EARLY}, {"made": LATE, "used": LATE}),
        ({"made": EARLY, "used": LATE}, {"made": EARLY, "used": "2026-11-25T01:00:00Z"}),
        ([{"at": EARLY}, {"at": LATE}], [{"at": LATE}, {"at": EARLY}]),
    ],
)
def test_different_ids_and_times_are_not_reported(recorded: Any, actual: Any) -> None:
    assert differences(recorded, actual) == []
