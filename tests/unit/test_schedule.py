"""Test cron schedules as form fields and sentences, and TTLs as fields and words."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.schedule import (
    WeeklySchedule,
    next_times,
    nonzero_time,
    parse_cron,
    parse_weekly,
    schedule_text,
    ttl_from_fields,
    ttl_text,
    ttl_to_fields,
)

ZONES = ["UTC", "Europe/Dublin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
weeklies = st.builds(
    WeeklySchedule,
    days=st.sets(st.integers(0, 6), min_size=1).map(lambda days: tuple(sorted(days))),
    at=st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    timezone=st.sampled_from(ZONES),
)


def field(low: int, high: int) -> st.SearchStrategy[tuple[str, frozenset[int]]]:
    """Return a strategy for a cron field as Coder's parser accepts it, with the numbers that it stands for."""
    number = st.integers(low, high)
    span = st.tuples(number, number).map(sorted)
    step = st.integers(1, high)
    term = st.one_of(
        number.map(lambda n: (str(n), frozenset([n]))),
        st.sampled_from("*?").map(lambda star: (star, frozenset(range(low, high + 1)))),
        span.map(lambda ends: (f"{ends[0]}-{ends[1]}", frozenset(range(ends[0], ends[1] + 1)))),
        step.map(lambda n: (f"*/{n}", frozenset(range(low, high + 1, n)))),
        st.tuples(number, step).map(lambda by: (f"{by[0]}/{by[1]}", frozenset(range(by[0], high + 1, by[1])))),
        st.tuples(span, step).map(
            lambda by: (f"{by[0][0]}-{by[0][1]}/{by[1]}", frozenset(range(by[0][0], by[0][1] + 1, by[1])))
        ),
    )
    return st.lists(term, min_size=1, max_size=3).map(
        lambda terms: (",".join(text for text, _ in terms), frozenset().union(*(meant for _, meant in terms)))
    )


@given(weeklies)
def test_weekly_fields_survive_round_trip_through_cron(fields: WeeklySchedule) -> None:
    assert parse_weekly(fields.cron) == fields


@given(field(0, 59), field(0, 23), field(0, 6), st.sampled_from(["", *ZONES]))
def test_valid_cron_is_parsed_and_is_weekly_only_with_one_time(
    minute: tuple[str, frozenset[int]],
    hour: tuple[str, frozenset[int]],
    day: tuple[str, frozenset[int]],
    zone: str,
) -> None:
    schedule = f"CRON_TZ={zone} " * bool(zone) + f"{minute[0]} {hour[0]} * * {day[0]}"
    cron = parse_cron(schedule)
    assert cron is not None
    assert [set(weekly) for weekly in (cron.minutes, cron.hours, cron.days)] == [minute[1], hour[1], day[1]]
    assert cron.timezone == (zone or "UTC")
    weekly = parse_weekly(schedule)
    if len(minute[1]) == len(hour[1]) == 1:
        assert weekly == WeeklySchedule(days=cron.days, at=cron.times[0], timezone=cron.timezone)
    else:
        assert weekly is None


@given(st.text(max_size=30))
def test_sentence_accepts_any_text_and_quotes_invalid_cron(schedule: str) -> None:
    assert bool(schedule_text(schedule)) is bool(schedule)
    if parse_cron(schedule) is None and schedule:
        assert schedule in schedule_text(schedule)


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("CRON_TZ=Europe/Dublin 30 9 * * 1-5", "Monday to Friday at 09:30, Europe/Dublin"),
        ("CRON_TZ=Europe/Dublin 30 9 * * MON-FRI", "Monday to Friday at 09:30, Europe/Dublin"),
        ("CRON_TZ=America/New_York 0 8 * * 1,2,3", "Monday to Wednesday at 08:00, America/New_York"),
        ("0 8 * * *", "every day at 08:00, UTC"),
        ("30 9,10 * * 1-5", "Monday to Friday at 09:30 and 10:30, UTC"),
        ("0 8 * * 0", "every Sunday at 08:00, UTC"),
        ("0 8 * * 0,6", "Saturday and Sunday at 08:00, UTC"),
        ("0 8 * * 1,3,5", "Monday, Wednesday, and Friday at 08:00, UTC"),
        ("0 * * * 1", "every Monday 24 times a day (0 * * * 1), UTC"),
        ("CRON_TZ= 0 8 * * 1", "every Monday at 08:00, UTC"),
        ("CRON_TZ=Mars/Phobos 0 8 * * 1", "on the schedule CRON_TZ=Mars/Phobos 0 8 * * 1"),
        ("", ""),
    ],
)
def test_cron_is_described_in_words(schedule: str, words: str) -> None:
    assert schedule_text(schedule) == words


@pytest.mark.parametrize(
    "schedule",
    [
        "0 8 1 * *",
        "0 8 * 1 *",
        "0 8 * * 1#2",
        "0 8 * *",
        "0 0 8 * * 1",
        "every day",
        "CRON_TZ=../etc/passwd 0 8 * * 1",
        "CRON_TZ=Europe/Dublin",
        "60 8 * * 1",
        "0 8 * * 7",  # Sunday is 0 alone
        "0 8 ? * 1",
        "0 8 * ? 1",
    ],
)
def test_invalid_cron_is_not_parsed_and_has_no_next_times(schedule: str) -> None:
    assert parse_cron(schedule) is None
    assert parse_weekly(schedule) is None
    assert next_times(schedule, datetime(2026, 1, 1, tzinfo=UTC), 1) == []


def test_cron_is_written_with_shortest_day_list() -> None:
    crons = [
        WeeklySchedule(days=days, at=time(9, 30), timezone="Europe/Dublin").cron
        for days in [(1, 2, 3, 4, 5), (0, 6), (0, 1, 2, 3, 4, 5, 6), (0, 2, 3, 4, 6)]
    ]
    assert [schedule.rsplit(" ", 1)[1] for schedule in crons] == ["1-5", "0,6", "*", "0,2-4,6"]
    assert crons[0] == "CRON_TZ=Europe/Dublin 30 9 * * 1-5"


def test_next_times_keep_local_time_when_clocks_go_back() -> None:
    moments = next_times("CRON_TZ=Europe/Dublin 30 9 * * *", datetime(2026, 10, 24, tzinfo=UTC), 2)
    assert [at.astimezone(UTC).hour for at in moments] == [8, 9]
    assert {(at.hour, at.minute) for at in moments} == {(9, 30)}


def test_next_times_omit_time_skipped_by_clock_change() -> None:
    moments = next_times("CRON_TZ=Europe/Dublin 30 1 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), 2)
    assert [at.day for at in moments] == [30, 31]


def test_next_times_are_found_on_rare_days_of_frequent_cron() -> None:
    moments = next_times("CRON_TZ=Europe/Dublin * * * * *", datetime(2026, 11, 30, tzinfo=UTC), 2, frozenset([0]))
    assert [f"{at:%a %d %H:%M}" for at in moments] == ["Sun 06 00:00", "Sun 06 00:01"]


def test_next_times_are_empty_without_common_day() -> None:
    assert next_times("0 9 * * 1-5", datetime(2026, 11, 30, tzinfo=UTC), 2, frozenset([0, 6])) == []


def test_next_times_are_in_zone_of_cron() -> None:
    (at,) = next_times("CRON_TZ=Asia/Kolkata 0 9 * * *", datetime(2026, 3, 28, 12, tzinfo=UTC), 1)
    assert at == datetime(2026, 3, 29, 9, tzinfo=ZoneInfo("Asia/Kolkata"))


@given(weeklies, st.integers(0, 6 * 366 * 24 * 60))
def test_next_times_are_after_start_and_on_scheduled_days(fields: WeeklySchedule, minutes: int) -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    moments = next_times(fields.cron, start, 3)
    assert len(moments) == 3
    assert start < moments[0] < moments[1] < moments[2]
    for at in moments:
        assert at.isoweekday() % 7 in fields.days
        assert at.time() == fields.at


@given(st.integers(0, 720), st.integers(0, 59))
def test_ttl_fields_survive_round_trip_through_milliseconds(hours: int, minutes: int) -> None:
    assert ttl_to_fields(ttl_from_fields(hours, minutes)) == (hours, minutes)


@given(st.integers(60_000, 30 * 24 * 3_600_000))
def test_ttl_survives_round_trip_through_fields_without_seconds(ttl: int) -> None:
    assert ttl_from_fields(*ttl_to_fields(ttl)) == ttl // 60_000 * 60_000


@pytest.mark.parametrize(("hours", "minutes"), [(None, None), (0, 0), (None, 0)])
def test_ttl_without_duration_is_off(hours: int | None, minutes: int | None) -> None:
    assert ttl_from_fields(hours, minutes) is None
    assert ttl_to_fields(None) == (0, 0)


@pytest.mark.parametrize(
    ("ttl", "words"),
    [
        (28_800_000, "8 hours"),
        (3_600_000, "1 hour"),
        (5_400_000, "1 hour 30 minutes"),
        (60_000, "1 minute"),
        (59_999, "less than 1 minute"),
        (-1, ""),
        (None, ""),
        (0, ""),
    ],
)
def test_ttl_is_described_in_words(ttl: int | None, words: str) -> None:
    assert ttl_text(ttl) == words


def test_zero_time_of_go_is_none() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert [nonzero_time(None), nonzero_time(datetime(1, 1, 1, tzinfo=UTC)), nonzero_time(start)] == [None, None, start]
