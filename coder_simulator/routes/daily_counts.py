"""Serve the numbers of users by day: who used workspaces, and who had which status."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import ApiError, forbidden, not_found
from coder_simulator.permissions import is_allowed
from coder_simulator.query_terms import Parser, parse_int, parse_text
from coder_simulator.routes.templates import path_template
from coder_simulator.routing import Call, Reply, route
from coder_simulator.usage import count_daily_users

DAYS = 60  # before today
DAY = timedelta(days=1)
MAX_OFFSET_HOURS = 15  # Postgres rejects larger ones
STATUSES = ("active", "dormant", "suspended")
STATUS_PARSERS: dict[str, Parser] = {"tz_offset": parse_int, "interval": parse_int}


@route("GET", "/insights/daus")
def list_daily_users(call: Call) -> Reply:
    """Return how many users used a workspace on each of 61 days; the user needs a role."""
    if not is_allowed(call.world, call.user, "read", "deployment_stats"):
        raise forbidden(modern=call.world.modern)
    return _daily_users(call, "")


@route("GET", "/templates/{template}/daus")
def list_daily_users_of_template(call: Call) -> Reply:
    """Return how many users used a workspace of the template on each of 61 days."""
    template = path_template(call)
    if not is_allowed(call.world, call.user, "view_insights", "template"):
        raise not_found()
    return _daily_users(call, template.id)


def _daily_users(call: Call, template_id: str) -> Reply:
    offset: int = call.query_values({"tz_offset": parse_int}).get("tz_offset", 0)
    if abs(offset) > MAX_OFFSET_HOURS:
        return 500, msgspec.Raw(_offset_error(call, offset).encode())
    # each entry is a midnight of UTC, whose date is that of the zone
    last = _next_hour(call, timezone(timedelta(hours=offset))).date() - (DAY if offset < 0 else timedelta())
    days = [last - DAY * number for number in range(DAYS, -1, -1)]
    numbers = count_daily_users(call.world, days, template_id)
    entries = [{"date": day.isoformat(), "amount": number} for day, number in zip(days, numbers, strict=True)]
    return 200, {"entries": entries, "tz_hour_offset": offset}


def _offset_error(call: Call, offset: int) -> str:
    """Return the body for an offset that Postgres rejects: two JSON documents, as Coder goes on after the error."""
    error = {"message": "Internal error fetching DAUs.", "detail": _displacement_detail(_next_hour(call), offset)}
    empty = {"entries": [], "tz_hour_offset": offset}
    return "".join(f"{msgspec.json.encode(document).decode()}\n" for document in (error, empty))


def _displacement_detail(moment: datetime, offset: int) -> str:
    shifted = moment + timedelta(hours=offset)
    return f'pq: time zone displacement out of range: "{shifted:%Y-%m-%d %H:%M:%S}{offset:+03d}:00"'


def _next_hour(call: Call, zone: timezone = UTC) -> datetime:
    """Return the end of the current hour."""
    now = call.world.now().astimezone(zone)
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


@route("GET", "/insights/user-status-counts")
def list_status_counts(call: Call) -> Reply:
    """Return how many users had each status at the beginning of each of 61 days; the user must read users."""
    if not is_allowed(call.world, call.user, "read", "user"):
        raise forbidden(modern=call.world.modern)
    moments = list(_zone_midnights(call) if call.world.modern else _offset_midnights(call))
    users = [user for user in call.world.users.values() if not user.is_system]
    counts: dict[str, Any] = {}
    for status in STATUSES:
        created = [user.created_at for user in users if user.status == status]
        if created:
            counts[status] = [
                {"date": format_rfc3339(moment), "count": sum(each <= moment for each in created)} for moment in moments
            ]
    return 200, {"status_counts": counts}


def _zone_midnights(call: Call) -> Iterator[datetime]:
    """Yield the beginnings of days in the zone of the query (2.36)."""
    values = call.query_values({**STATUS_PARSERS, "timezone": parse_text})
    if {"timezone", "tz_offset"} <= values.keys():
        raise ApiError(400, 'Provide either "timezone" or "tz_offset", not both.')
    name = values.get("timezone") or _zone_of_offset(values.get("tz_offset", 0))
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ApiError(400, "Invalid timezone.", f"unknown time zone {name}") from None
    today = call.world.now().astimezone(zone).date()
    return (_midnight(today - DAY * number, zone) for number in range(DAYS, -1, -1))


def _zone_of_offset(hours: int) -> str:
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _offset_midnights(call: Call) -> Iterator[datetime]:
    """Yield times from a midnight of the query's offset on, each later by `interval` (s; default: a day) (2.19)."""
    values = call.query_values(STATUS_PARSERS)
    offset, step = values.get("tz_offset", 0), timedelta(seconds=values.get("interval") or DAY.total_seconds())
    end = _next_hour(call) + timedelta(hours=offset)
    first = end.replace(hour=0) - DAY * DAYS
    if abs(offset) > MAX_OFFSET_HOURS:
        detail = _displacement_detail(first - timedelta(hours=offset), offset)
        raise ApiError(500, "Internal error fetching user status counts over time.", detail)
    number = int((end - first) / step)
    return (first - timedelta(hours=offset) + step * index for index in range(number + 1))
