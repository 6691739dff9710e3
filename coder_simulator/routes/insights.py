"""Serve insights for staff: the use of apps and templates, and the activity and latency of users."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator import usage
from coder_simulator.clock import format_with_offset
from coder_simulator.errors import ApiError, not_found
from coder_simulator.insights_period import INVALID_VALUE_MESSAGE, invalid_value, read_period
from coder_simulator.parameter_usage import count_values
from coder_simulator.permissions import is_allowed
from coder_simulator.query_terms import Parser, parse_list, parse_text, parse_uuids
from coder_simulator.render.insights import (
    render_app_usage,
    render_parameter_use,
    render_user_activity,
    render_user_latency,
)
from coder_simulator.routing import Call, Reply, route
from coder_simulator.usage import UsageReport

PARSERS: dict[str, Parser] = {"start_time": parse_text, "end_time": parse_text, "template_ids": parse_uuids}
TEMPLATE_PARSERS: dict[str, Parser] = {**PARSERS, "interval": parse_text, "sections": parse_list}
REQUIRED = ("start_time", "end_time")
INTERVALS = {"day": timedelta(days=1), "week": timedelta(days=7)}
LEAST_WEEK = timedelta(days=6)
SECTIONS = ("interval_reports", "report")


@route("GET", "/insights/templates")
def get_template_insights(call: Call) -> Reply:
    """Report the use of apps, in total and by interval."""
    values, start, end = _read_query(call, TEMPLATE_PARSERS)
    interval, sections = values.get("interval", ""), values.get("sections", list(SECTIONS))
    if interval and interval not in INTERVALS:
        raise invalid_value("interval", f"must be one of [{' '.join(INTERVALS)}]")
    if not set(sections) <= set(SECTIONS):
        raise invalid_value("sections", f"must be one of [{' '.join(SECTIONS)}]")
    if interval == "week" and timedelta() < (end - start) % INTERVALS["week"] < LEAST_WEEK:
        raise ApiError(400, INVALID_VALUE_MESSAGE, "Last report interval should have at least 6 days.")
    template_ids = values.get("template_ids", [])
    body: dict[str, Any] = {}
    if "report" in sections:
        report = usage.report_use(call.world, start, end, template_ids)
        body["report"] = _render_period(start, end, report) | {
            "active_users": len(report.seconds_by_user),
            "apps_usage": render_app_usage(report),
            "parameters_usage": [
                render_parameter_use(use) for use in count_values(call.world, start, end, template_ids)
            ],
        }
    if interval and "interval_reports" in sections:
        body["interval_reports"] = _render_intervals(call, start, end, template_ids, interval)
    return 200, body


def _read_query(call: Call, parsers: dict[str, Parser]) -> tuple[dict[str, Any], datetime, datetime]:
    """Return the values, the start and the end of a query of a user who may read insights."""
    if not is_allowed(call.world, call.user, "view_insights", "template"):
        raise not_found()
    values = call.query_values(parsers, required=REQUIRED)
    return values, *read_period(values, call.world.now())


def _render_period(start: datetime, end: datetime, report: UsageReport) -> dict[str, Any]:
    times = {"start_time": format_with_offset(start), "end_time": format_with_offset(end)}
    return {**times, "template_ids": sorted(report.template_ids)}


def _render_intervals(
    call: Call, start: datetime, end: datetime, template_ids: list[str], interval: str
) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    while start < end:
        until = min(start + INTERVALS[interval], end)
        report = usage.report_use(call.world, start, until, template_ids)
        numbers = {"interval": interval, "active_users": len(report.seconds_by_user)}
        reports.append(_render_period(start, until, report) | numbers)
        start = until
    return reports


@route("GET", "/insights/user-activity")
def get_user_activity(call: Call) -> Reply:
    """Report the active time of users."""
    values, start, end = _read_query(call, PARSERS)
    report = usage.report_use(call.world, start, end, values.get("template_ids", []))
    return 200, {"report": _render_period(start, end, report) | {"users": render_user_activity(report)}}


@route("GET", "/insights/user-latency")
def get_user_latency(call: Call) -> Reply:
    """Report the latency of users' connections."""
    values, start, end = _read_query(call, PARSERS)
    report = usage.report_use(call.world, start, end, values.get("template_ids", []))
    return 200, {"report": _render_period(start, end, report) | {"users": render_user_latency(report)}}
