"""Read the period of a report by Coder's rules: whole days, and the current hour of today."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator.clock import format_with_offset
from coder_simulator.errors import ApiError
from coder_simulator.gojson import parse_time

INVALID_VALUE_MESSAGE = "Query parameter has invalid value."
LAYOUT = "2006-01-02T15:04:05Z07:00"
HOUR = timedelta(hours=1)


def read_period(values: dict[str, Any], now: datetime) -> tuple[datetime, datetime]:
    """Return the start and the end of the query's `values`, in their own zones. Raise ApiError (400)."""
    start = _read_moment("start_time", values["start_time"], now)
    end = _read_moment("end_time", values["end_time"], now)
    if end < start:
        raise invalid_value("end_time", 'Query param "end_time" must be after than "start_time"')
    return start, end


def invalid_value(name: str, detail: str) -> ApiError:
    """Return the 400 for one parameter."""
    return ApiError(400, INVALID_VALUE_MESSAGE, validations=[(name, detail)])


def _read_moment(name: str, text: str, now: datetime) -> datetime:
    try:
        moment = parse_time(text)
    except ValueError as error:
        detail = f'Query param "{name}" must be a valid date format ({LAYOUT}): {error}'
        raise invalid_value(name, detail) from None
    if problem := _moment_problem(name, moment, now.astimezone(moment.tzinfo)):
        raise invalid_value(name, f'Query param "{name}" {problem}')
    return moment


def _moment_problem(name: str, moment: datetime, now: datetime) -> str:
    """Return what is wrong with a time; "" if nothing is. `now` is in the time's own zone."""
    if moment > now.replace(minute=0, second=0, microsecond=0) + HOUR:
        return "must not be in the future"
    is_today = name == "end_time" and moment.date() == now.date()
    if (moment.minute, moment.second) != (0, 0) or (moment.hour and not is_today):
        required = f"{moment.hour:02d}:00:00" if is_today else "00:00:00"
        return f"must have the clock set to {required}, got {format_with_offset(moment)}"
    return ""
