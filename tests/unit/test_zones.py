"""Time zones as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.timezones import alike, found, names


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Berlin", "Europe/Berlin"),
        ("  europe/berlin ", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("Kolkata", "Asia/Kolkata"),
        ("utc", "UTC"),
    ],
)
def test_a_city_and_any_case_name_a_zone(text: str, name: str) -> None:
    assert found(text) == [name]


def test_what_several_zones_are_called_names_all_of_them() -> None:
    assert found("Louisville") == ["America/Kentucky/Louisville", "America/Louisville"]


@pytest.mark.parametrize("text", ["", "GMT+1", "+1", "Mars/Phobos", "Europe", "x" * 64, "../etc/passwd", "برلين"])
def test_what_names_no_zone_names_none(text: str) -> None:
    assert found(text) == []


@given(st.sampled_from(sorted(names())))
def test_every_zone_is_found_by_its_own_name(name: str) -> None:
    assert found(name) == [name]


@pytest.mark.parametrize(
    ("text", "name"), [("Berln", "Europe/Berlin"), ("Europe/Dubln", "Europe/Dublin"), ("Tokio", "Asia/Tokyo")]
)
def test_a_slip_of_the_pen_is_understood(text: str, name: str) -> None:
    assert alike(text)[0] == name


def test_what_is_like_nothing_suggests_nothing() -> None:
    assert alike("qqqqqqqq") == alike("") == []
