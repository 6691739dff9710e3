"""Serve insights for staff. The simulator does not measure use, so all values are zero."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import ApiError, not_found
from coder_simulator.gojson import parse_time
from coder_simulator.permissions import is_allowed
from coder_simulator.routing import Call, Reply, route

INTERVALS = {"day": timedelta(days=1), "week": timedelta(days=7)}
BUILT_IN_APPS = (
    ("Visual Studio Code", "vscode", "/icon/code.svg"),
    ("JetBrains", "jetbrains", "/icon/intellij.svg"),
    ("Web Terminal", "reconnecting-pty", "/icon/terminal.svg"),
    ("SSH", "ssh", "/icon/terminal.svg"),
    ("SFTP", "sftp", "/icon/terminal.svg"),
)


def _read_period(call: Call) -> tuple[datetime, datetime]:
    if not is_allowed(call.world, call.user, "view_insights", "template"):
        raise not_found()
    moments, validations = [], []
    for name in ("start_time", "end_time"):
        text = call.query(name)
        try:
            moments.append(parse_time(text))
        except ValueError as error:
            validations.append(
                (name, f'Query param "{name}" must be a valid date format (2006-01-02T15:04:05Z07:00): {error}')
            )
    if validations:
        raise ApiError(400, "Query parameters have invalid values.", validations=validations)
    return moments[0], moments[1]


@route("GET", "/insights/templates")
def get_template_insights(call: Call) -> Reply:
    """Report the use of apps, in total and by interval."""
    start, end = _read_period(call)
    period: dict[str, Any] = {"start_time": format_rfc3339(start), "end_time": format_rfc3339(end), "template_ids": []}
    report: dict[str, Any] = {
        **period,
        "active_users": 0,
        "apps_usage": [
            {
                "template_ids": [],
                "type": "builtin",
                "display_name": name,
                "slug": slug,
                "icon": icon,
                "seconds": 0,
                "times_used": 0,
            }
            for name, slug, icon in BUILT_IN_APPS
        ],
        "parameters_usage": [],
    }
    body: dict[str, Any] = {"report": report}
    if step := INTERVALS.get(call.query("interval")):
        body["interval_reports"] = _interval_reports(start, end, step, call.query("interval"))
    return 200, body


def _interval_reports(start: datetime, end: datetime, step: timedelta, name: str) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    while start < end:
        until = min(start + step, end)
        reports.append(
            {
                "start_time": format_rfc3339(start),
                "end_time": format_rfc3339(until),
                "template_ids": [],
                "interval": name,
                "active_users": 0,
            }
        )
        start = until
    return reports


@route("GET", "/insights/user-activity")
def get_user_activity(call: Call) -> Reply:
    """Report the active time of users."""
    start, end = _read_period(call)
    report: dict[str, Any] = {
        "start_time": format_rfc3339(start),
        "end_time": format_rfc3339(end),
        "template_ids": [],
        "users": [],
    }
    return 200, {"report": report}
