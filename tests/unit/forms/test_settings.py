"""Test that settings survive the round trip from Coder to a form and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.forms import Form
from hypothesis import given
from hypothesis import strategies as st

from coder_simulator import cron
from tests.unit.samples import viewer, workspace
from tests.unit.test_schedule import ZONES, field
from workspaces.coder.errors import InvalidRequest
from workspaces.creation.forms import source_values
from workspaces.forms.schedules import AutostartForm, TtlForm, ttl_fields
from workspaces.forms.settings import ExtendForm, RenameForm
from workspaces.present.settings.page import make_settings
from workspaces.schedule import local_to_utc
from workspaces.setting_declarations import SETTINGS, unbound_forms

DUBLIN = ZoneInfo("Europe/Dublin")
WEB = workspace("running")


def untouched_form_data(form: Form, *names: str) -> dict[str, Any]:
    """Return what a browser submits for these fields of a form that the user has not changed."""
    data = {}
    for name in names:
        value = form[name].value()
        form_value = form.fields[name].widget.format_value(value) if name not in {"days", "ttl"} else value
        data[name] = form_value if form_value is not None else ""
    return data


def forms_of(**facts: Any) -> tuple[dict[str, Form], bool]:
    """Return the settings forms of a workspace with these fields, and whether its schedule is custom."""
    web = replace(WEB, **facts)
    page = make_settings(SETTINGS.values(), web, viewer(), None)
    return unbound_forms(web, page, DUBLIN), page.has_custom_schedule


def saved_schedule(schedule: str) -> str:
    """Return the schedule that is saved when a form with this schedule is submitted unchanged."""
    forms, is_custom = forms_of(autostart_schedule=schedule)
    names = ("schedule", "timezone") if is_custom else ("days", "time", "timezone")
    form = AutostartForm(untouched_form_data(forms["cron" if is_custom else "autostart"], *names))
    assert form.is_valid(), form.errors
    return form.cron


@given(field(0, 59), field(0, 23), field(0, 6), st.sampled_from(["", *ZONES]))
def test_generated_cron_keeps_meaning_through_autostart_form(
    minute: tuple[str, Any], hour: tuple[str, Any], day: tuple[str, Any], zone: str
) -> None:
    schedule = f"CRON_TZ={zone} " * bool(zone) + f"{minute[0]} {hour[0]} * * {day[0]}"
    assert cron.parse_schedule(saved_schedule(schedule)) == cron.parse_schedule(schedule)
    if forms_of(autostart_schedule=schedule)[1]:
        assert saved_schedule(schedule) == schedule


@given(field(0, 59), field(0, 23), field(0, 6), st.sampled_from(["", *ZONES]), st.integers(1, 30 * 24 * 60))
def test_copied_workspace_gets_schedule_and_ttl_of_source(
    minute: tuple[str, Any], hour: tuple[str, Any], day: tuple[str, Any], zone: str, ttl: int
) -> None:
    schedule = f"CRON_TZ={zone} " * bool(zone) + f"{minute[0]} {hour[0]} * * {day[0]}"
    values = source_values(replace(WEB, autostart_schedule=schedule, ttl_ms=ttl * 60_000))
    starts, stops = AutostartForm(initial=values), TtlForm(initial=values)
    again = AutostartForm(untouched_form_data(starts, "days", "time", "timezone", "schedule"))
    lives = TtlForm(untouched_form_data(stops, "ttl", "ttl_hours", "ttl_minutes", "ttl_shown"))
    assert (again.is_valid(), lives.is_valid()) == (True, True)
    assert cron.parse_schedule(again.cron) == cron.parse_schedule(schedule)
    assert lives.ttl_ms == ttl * 60_000


@given(st.text(max_size=40))
def test_any_text_accepted_as_cron_keeps_meaning_through_autostart_form(schedule: str) -> None:
    try:
        parsed = cron.parse_schedule(schedule)
    except ValueError:
        return
    assert cron.parse_schedule(saved_schedule(schedule)) == parsed


@given(st.integers(1, 30 * 24 * 60))
def test_ttl_is_unchanged_through_form(minutes: int) -> None:
    forms, _unusual = forms_of(ttl_ms=minutes * 60_000)
    again = TtlForm(untouched_form_data(forms["ttl"], "ttl", "ttl_hours", "ttl_minutes", "ttl_shown"))
    assert again.is_valid()
    assert again.ttl_ms == minutes * 60_000


@pytest.mark.parametrize(
    ("typed", "ttl_ms"),
    [
        ({"ttl": "never"}, None),
        ({"ttl": "never", "ttl_hours": "6", "ttl_shown": "21600000"}, None),
        ({"ttl": "default", "ttl_default": "28800000"}, 28_800_000),
        ({"ttl": "default", "ttl_default": "0"}, None),
        ({"ttl": "duration", "ttl_minutes": "90"}, 5_400_000),
        ({"ttl_hours": "6"}, 21_600_000),
    ],
)
def test_ttl_is_the_chosen_one(typed: dict[str, str], ttl_ms: int | None) -> None:
    form = TtlForm(typed)
    assert form.is_valid(), form.errors
    assert form.ttl_ms == ttl_ms


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({}, "ttl"),
        ({"ttl_hours": "0"}, "ttl"),
        ({"ttl": "duration", "ttl_hours": "", "ttl_minutes": "0"}, "ttl_hours"),
        ({"ttl": "never", "ttl_hours": "6"}, "ttl"),
        ({"ttl": "default"}, "ttl"),
        ({"ttl": "default", "ttl_hours": "7", "ttl_shown": "21600000"}, "ttl"),
    ],
)
def test_unclear_ttl_is_refused_instead_of_removing_a_deadline(typed: dict[str, str], field: str) -> None:
    assert list(TtlForm(typed).errors) == [field]


def test_ttl_below_one_minute_is_not_shown_as_never() -> None:
    assert ttl_fields(30_000, 30_000)["ttl"] == "default"
    assert ttl_fields(30_000, 0)["ttl"] == "duration"


@given(st.integers(0, 3 * 366 * 24 * 60), st.sampled_from(ZONES))
def test_deadline_survives_form_across_daylight_saving_changes(minutes: int, zone: str) -> None:
    local_zone, at = ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    build = replace(WEB.latest_build, deadline=at)
    web = replace(WEB, latest_build=build)
    form = unbound_forms(web, make_settings(SETTINGS.values(), web, viewer(zone=local_zone), None), local_zone)[
        "extend"
    ]
    again = ExtendForm(untouched_form_data(form, "deadline"), zone=local_zone)
    assert again.is_valid(), again.errors
    shift = again.cleaned_data["deadline"] - at
    local = at.astimezone(local_zone)
    repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    assert shift == timedelta(0) or (repeated and timedelta(0) < shift <= timedelta(hours=1))


def test_deadline_skipped_by_clocks_is_refused_and_repeated_one_is_the_later() -> None:
    assert local_to_utc(datetime.fromisoformat("2026-03-29T01:30"), DUBLIN) is None
    repeated = local_to_utc(datetime.fromisoformat("2026-10-25T01:30"), DUBLIN)
    assert repeated == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    form = ExtendForm({"deadline": "2026-03-29T01:30"}, zone=DUBLIN)
    assert form.errors["deadline"] == ["The clocks change and skip this time on that day. Choose another time."]


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("9999-12-31T20:00", "Pacific/Pago_Pago"),
        ("0001-01-01T05:00", "Asia/Tokyo"),
        ("9999-12-31T23:59-12:00", "UTC"),
    ],
)
def test_deadline_outside_of_years_in_utc_is_refused(text: str, zone: str) -> None:
    form = ExtendForm({"deadline": text}, zone=ZoneInfo(zone))
    assert form.errors["deadline"] == ["Choose a time before December 31, 9999, and after January 1 of year 1."]


def test_deadline_with_utc_offset_is_accepted() -> None:
    form = ExtendForm({"deadline": "2026-10-25T01:30:45+01:00"}, zone=DUBLIN)
    assert form.is_valid()
    assert form.cleaned_data["deadline"] == datetime(2026, 10, 25, 0, 30, 45, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "schedule"),
    [
        ({"schedule": "0 9 * * 2", "timezone": "Europe/Dublin"}, "CRON_TZ=Europe/Dublin 0 9 * * 2"),
        ({"schedule": "0 9 * * 2", "timezone": "dublin"}, "CRON_TZ=Europe/Dublin 0 9 * * 2"),
        ({"schedule": "0 9 * * 2"}, "0 9 * * 2"),
        ({"schedule": "CRON_TZ=Asia/Tokyo 0 9 * * 2"}, "CRON_TZ=Asia/Tokyo 0 9 * * 2"),
        ({"schedule": "TZ=Asia/Tokyo 0 9 * * 2", "timezone": "Asia/Tokyo"}, "CRON_TZ=Asia/Tokyo 0 9 * * 2"),
        ({"schedule": "TZ=Asia/Tokyo 0 9 * * 2"}, "CRON_TZ=Asia/Tokyo 0 9 * * 2"),
        ({"schedule": "CRON_TZ= 0 9 * * 2", "timezone": "Asia/Tokyo"}, "CRON_TZ=Asia/Tokyo 0 9 * * 2"),
        ({"days": ["1"], "time": "08:00", "timezone": "Europe/Dublin"}, "CRON_TZ=Europe/Dublin 0 8 * * 1"),
        ({"schedule": "  ", "timezone": "Europe/Dublin"}, ""),
    ],
)
def test_time_zone_holds_for_days_and_for_cron(typed: dict[str, Any], schedule: str) -> None:
    form = AutostartForm(typed)
    assert form.is_valid(), form.errors
    assert form.cron == schedule


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"days": ["1"], "schedule": "0 9 * * 2"}, "Clear the other one."),
        ({"time": "08:00", "schedule": "0 9 * * 2"}, "Clear the other one."),
        ({"schedule": "CRON_TZ=Asia/Tokyo 0 9 * * 2", "timezone": "Europe/Dublin"}, "different time zones"),
        ({"schedule": "CRON_TZ=localtime 0 9 * * 2"}, "Unknown time zone “localtime”"),
    ],
)
def test_contradicting_schedule_is_refused_under_its_field(typed: dict[str, Any], error: str) -> None:
    form = AutostartForm(typed)
    assert error in form.errors["schedule"][0]


def test_forbidden_day_is_disabled_unless_already_chosen() -> None:
    form = AutostartForm(initial={"days": [6]}, allowed=frozenset({1, 2, 3, 4, 5}))
    options = {widget.data["value"]: widget.data["attrs"].get("disabled", False) for widget in form["days"].subwidgets}
    assert options == {1: False, 2: False, 3: False, 4: False, 5: False, 6: False, 0: True}


def test_refusal_without_field_is_shown_at_first_field() -> None:
    form = RenameForm({"name": "web"})
    form.add_coder_errors(InvalidRequest("Workspace renames are not allowed.", status=400))
    assert form.errors["name"] == ["Workspace renames are not allowed."]


ALL_DAYS = frozenset(range(7))


@pytest.mark.parametrize(
    ("allowed", "labels"),
    [
        (ALL_DAYS, {"Weekdays": "1 2 3 4 5", "Every day": "0 1 2 3 4 5 6"}),
        (frozenset({1, 2, 3, 4, 5}), {"Weekdays": "1 2 3 4 5"}),
        (frozenset({1, 2, 3, 4, 5, 6}), {"Weekdays": "1 2 3 4 5", "All allowed days": "1 2 3 4 5 6"}),
        (frozenset({1, 3}), {"All allowed days": "1 3"}),
    ],
)
def test_day_presets_select_allowed_days_only(allowed: frozenset[int], labels: dict[str, str]) -> None:
    form = AutostartForm(initial={"days": [1, 2, 3, 4, 5]}, allowed=allowed)
    assert {preset.label: preset.days for preset in form.day_presets} == labels
    assert [preset.label for preset in form.day_presets if preset.is_chosen] == ["Weekdays"] * ("Weekdays" in labels)
