"""Test the search for time zones."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.timezones import find_zones, offered_zones, similar_zones, zone_names


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
def test_zone_is_found_by_city_in_any_case(text: str, name: str) -> None:
    assert find_zones(text) == [name]


def test_ambiguous_city_finds_all_zones() -> None:
    assert find_zones("Louisville") == ["America/Kentucky/Louisville", "America/Louisville"]


@pytest.mark.parametrize("text", ["", "GMT+1", "+1", "Mars/Phobos", "Europe", "x" * 64, "../etc/passwd", "برلين"])
def test_unknown_text_finds_no_zone(text: str) -> None:
    assert find_zones(text) == []


@given(st.sampled_from(sorted(zone_names())))
def test_every_zone_is_found_by_its_name(name: str) -> None:
    assert find_zones(name) == [name]


@pytest.mark.parametrize(
    ("text", "name"), [("Berln", "Europe/Berlin"), ("Europe/Dubln", "Europe/Dublin"), ("Tokio", "Asia/Tokyo")]
)
def test_misspelled_zone_gets_suggestion(text: str, name: str) -> None:
    assert similar_zones(text)[0] == name


def test_unrelated_text_gets_no_suggestion() -> None:
    assert similar_zones("qqqqqqqq") == similar_zones("") == []


@pytest.mark.parametrize("text", ["GMT+1", "gmt-5", "UTC+2", "UTC-11", "GMT+0", "Etc/GMT+25"])
def test_offset_gets_no_suggestion_with_other_sign(text: str) -> None:
    assert [zone for zone in similar_zones(text) if "GMT" in zone and "/" in zone] == []
    assert find_zones(text) in ([], [text])


def test_offered_zones_have_no_offsets_in_their_names() -> None:
    assert [zone for zone in offered_zones() if "GMT+" in zone or "GMT-" in zone] == []
    assert {"Europe/Dublin", "UTC"} <= set(offered_zones())


@pytest.mark.parametrize("text", ["localtime", "posixrules", "Factory", "factory", "posix/Factory", "LOCALTIME"])
def test_file_that_names_no_place_is_no_zone(text: str) -> None:
    assert find_zones(text) == []
    assert text not in offered_zones()
