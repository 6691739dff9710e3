"""Render reports of use as JSON."""

from typing import Any

from coder_simulator.parameter_usage import ParameterUse
from coder_simulator.render.templates import plain_description, render_options
from coder_simulator.state import User
from coder_simulator.usage import UsageReport

Json = dict[str, Any]

BUILT_IN_APPS = (
    # display name, slug, icon
    ("Visual Studio Code", "vscode", "/icon/code.svg"),
    ("JetBrains", "jetbrains", "/icon/intellij.svg"),
    ("Web Terminal", "reconnecting-pty", "/icon/terminal.svg"),
    ("SSH", "ssh", "/icon/terminal.svg"),
    ("SFTP", "sftp", "/icon/terminal.svg"),
)


def render_app_usage(report: UsageReport) -> list[Json]:
    """Return the use of the built-in apps (TemplateAppUsage)."""
    return [
        {
            "template_ids": sorted(report.template_ids_by_app[slug]),
            "type": "builtin",
            "display_name": name,
            "slug": slug,
            "icon": icon,
            "seconds": report.seconds_by_app[slug],
            "times_used": report.times_by_app[slug],
        }
        for name, slug, icon in BUILT_IN_APPS
    ]


def render_user_activity(report: UsageReport) -> list[Json]:
    """Return the active time of each user (UserActivity), by name."""
    return [_render_user(report, user) | {"seconds": report.seconds_by_user[user]} for user in _users(report)]


def render_user_latency(report: UsageReport) -> list[Json]:
    """Return the latency of each user (UserLatency), by name."""
    return [_render_user(report, user) | {"latency_ms": report.latency_by_user[user]} for user in _users(report)]


def render_parameter_use(use: ParameterUse) -> Json:
    """Return the values of a parameter with their numbers (TemplateParameterUsage)."""
    parameter = use.parameter
    body: Json = {
        "template_ids": sorted(use.template_ids),
        "display_name": parameter.display_name,
        "name": parameter.name,
        "type": parameter.type,
        "description": plain_description(parameter),
    }
    if parameter.options:
        body["options"] = render_options(parameter)
    return body | {"values": [{"value": value, "count": number} for value, number in sorted(use.counts.items())]}


def _users(report: UsageReport) -> list[User]:
    return sorted(report.seconds_by_user, key=lambda user: user.username)


def _render_user(report: UsageReport, user: User) -> Json:
    return {
        "template_ids": sorted(report.template_ids_by_user[user]),
        "user_id": user.id,
        "username": user.username,
        "avatar_url": user.avatar_url,
    }
