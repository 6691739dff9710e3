"""Insights for staff: who used what between two moments. Nothing is measured here, so all use is zero."""

from datetime import datetime, timedelta
from typing import Any

from coder_simulator.clock import rfc3339
from coder_simulator.errors import ApiError, not_found
from coder_simulator.gojson import parse_time
from coder_simulator.permissions import can
from coder_simulator.routing import Call, Reply, route

STEPS = {"day": timedelta(days=1), "week": timedelta(days=7)}
BUILT_IN = (
    ("Visual Studio Code", "vscode", "/icon/code.svg"),
    ("JetBrains", "jetbrains", "/icon/intellij.svg"),
    ("Web Terminal", "reconnecting-pty", "/icon/terminal.svg"),
    ("SSH", "ssh", "/icon/terminal.svg"),
    ("SFTP", "sftp", "/icon/terminal.svg"),
)


def _span(call: Call) -> tuple[datetime, datetime]:
    if not can(call.user, "view_insights", "template"):
        raise not_found()
    moments, faults = [], []
    for name in ("start_time", "end_time"):
        text = call.query(name)
        try:
            moments.append(parse_time(text))
        except ValueError as error:
            faults.append(
                (name, f'Query param "{name}" must be a valid date format (2006-01-02T15:04:05Z07:00): {error}')
            )
    if faults:
        raise ApiError(400, "Query parameters have invalid values.", validations=faults)
    return moments[0], moments[1]


@route("GET", "/insights/templates")
def templates(call: Call) -> Reply:
    """Report the use of templates' apps, whole and by interval."""
    start, end = _span(call)
    between: dict[str, Any] = {"start_time": rfc3339(start), "end_time": rfc3339(end), "template_ids": []}
    report: dict[str, Any] = {
        **between,
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
            for name, slug, icon in BUILT_IN
        ],
        "parameters_usage": [],
    }
    body: dict[str, Any] = {"report": report}
    if step := STEPS.get(call.query("interval")):
        body["interval_reports"] = _intervals(start, end, step, call.query("interval"))
    return 200, body


def _intervals(start: datetime, end: datetime, step: timedelta, name: str) -> list[dict[str, Any]]:
    reports: list[dict[str, Any]] = []
    while start < end:
        until = min(start + step, end)
        reports.append(
            {
                "start_time": rfc3339(start),
                "end_time": rfc3339(until),
                "template_ids": [],
                "interval": name,
                "active_users": 0,
            }
        )
        start = until
    return reports


@route("GET", "/insights/user-activity")
def user_activity(call: Call) -> Reply:
    """Report how long people were active."""
    start, end = _span(call)
    report: dict[str, Any] = {"start_time": rfc3339(start), "end_time": rfc3339(end), "template_ids": [], "users": []}
    return 200, {"report": report}
