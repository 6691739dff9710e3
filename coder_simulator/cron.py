"""Parse weekly schedules in Coder's grammar (robfig/cron with CRON_TZ) and find their next time."""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cronsim import CronSim

from coder_simulator.state import DAYS

FORMAT_MESSAGE = "expected schedule to consist of 5 fields with an optional CRON_TZ=<timezone> prefix"
WEEKDAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
FIELD_LIMITS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {}),
    (0, 6, WEEKDAYS),
)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A weekly schedule that Coder accepts."""

    zone: ZoneInfo
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    weekdays: tuple[int, ...]

    def next_after(self, after: datetime, days: tuple[str, ...] = DAYS) -> datetime | None:
        """Return the first time after `after` (UTC) on one of `days`; None if no day fits.

        A time that does not exist when the clocks go forward is left out, as Coder does; cronsim delays it.
        """
        if not {DAYS[(day - 1) % 7] for day in self.weekdays} & set(days):
            return None
        expression = f"{_join_numbers(self.minutes)} {_join_numbers(self.hours)} * * {_join_numbers(self.weekdays)}"
        for moment in CronSim(expression, after.astimezone(self.zone)):
            exists = moment.hour in self.hours and moment.minute in self.minutes
            if exists and DAYS[moment.weekday()] in days:
                return moment.astimezone(UTC)
        return None  # pragma: no cover - some weekday matches, so the loop returns


@lru_cache(maxsize=1024)
def parse_schedule(text: str) -> Schedule:
    """Parse a schedule; raise ValueError with Coder's text."""
    parts = text.split()
    if len(parts) < 5:
        raise ValueError(f"validate weekly schedule: {FORMAT_MESSAGE}")
    body = parts[1:] if len(parts) == 6 else parts
    if body[2] != "*" or body[3] != "*":
        raise ValueError("validate weekly schedule: expected day-of-month and month to be *")
    zone_name, fields = _split_zone(text)
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"parse schedule: provided bad location {zone_name}: unknown time zone {zone_name}") from None
    if len(fields) != 5:
        raise ValueError(f"parse schedule: expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    try:
        values = [_parse_field(field, *rule) for field, rule in zip(fields, FIELD_LIMITS, strict=True)]
    except ValueError as error:
        raise ValueError(f"parse schedule: {error}") from None
    return Schedule(zone, values[0], values[1], values[4])


def _split_zone(text: str) -> tuple[str, list[str]]:
    parts = text.split()
    if text.startswith("CRON_TZ="):
        return parts[0].removeprefix("CRON_TZ=") or "UTC", parts[1:]
    return "UTC", parts


def _parse_field(text: str, low: int, high: int, names: dict[str, int]) -> tuple[int, ...]:
    values: set[int] = set()
    for part in filter(None, text.split(",")):
        values |= _parse_range(part, low, high, names)
    return tuple(sorted(values))


def _parse_range(text: str, low: int, high: int, names: dict[str, int]) -> set[int]:
    span, *steps = text.split("/")
    bounds = span.split("-")
    if len(steps) > 1:
        raise ValueError(f"too many slashes: {text}")
    if bounds[0] in {"*", "?"}:
        start, end = low, high
    elif len(bounds) > 2:
        raise ValueError(f"too many hyphens: {text}")
    else:
        start = _parse_number(bounds[0], names)
        end = _parse_number(bounds[1], names) if len(bounds) == 2 else (high if steps else start)
    step = _parse_number(steps[0], {}) if steps else 1
    _check_range(text, (start, end), (low, high), step)
    return set(range(start, end + 1, step))


def _check_range(text: str, span: tuple[int, int], limits: tuple[int, int], step: int) -> None:
    (start, end), (low, high) = span, limits
    if start < low:
        raise ValueError(f"beginning of range ({start}) below minimum ({low}): {text}")
    if end > high:
        raise ValueError(f"end of range ({end}) above maximum ({high}): {text}")
    if start > end:
        raise ValueError(f"beginning of range ({start}) beyond end of range ({end}): {text}")
    if step == 0:
        raise ValueError(f"step of range should be a positive number: {text}")


def _parse_number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not (text.isascii() and text.lstrip("+-").isdigit()):
        raise ValueError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise ValueError(f"negative number ({number}) not allowed: {text}")
    return number


def _join_numbers(values: tuple[int, ...]) -> str:
    return ",".join(map(str, values))
