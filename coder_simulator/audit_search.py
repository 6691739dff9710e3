"""Search the audit log by the query `q`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from coder_simulator.query_terms import Parser, choice_of, parse_query_uuid, parse_text, read_query
from coder_simulator.records import AuditLog
from coder_simulator.state import User
from coder_simulator.world import World

DATE_LAYOUT = "2006-01-02"
RESOURCE_TYPES = frozenset(
    {
        "api_key",
        "convert_login",
        "custom_role",
        "git_ssh_key",
        "group",
        "health_settings",
        "idp_sync_settings_group",
        "idp_sync_settings_organization",
        "idp_sync_settings_role",
        "license",
        "notification_template",
        "notifications_settings",
        "oauth2_provider_app",
        "oauth2_provider_app_secret",
        "organization",
        "organization_member",
        "template",
        "template_version",
        "user",
        "workspace",
        "workspace_agent",
        "workspace_app",
        "workspace_build",
        "workspace_proxy",
    }
)
ACTIONS = {
    # action: the verb of its description
    "create": "created",
    "write": "updated",
    "delete": "deleted",
    "start": "started",
    "stop": "stopped",
    "login": "logged in",
    "logout": "logged out",
    "register": "registered",
    "request_password_reset": "password reset requested",
    "connect": "connected",
    "disconnect": "disconnected",
    "open": "opened",
    "close": "closed",
}
BUILD_REASONS = frozenset(
    {"initiator", "autostart", "autostop", "dormancy", "failedstop", "autodelete", "dashboard", "cli"}
)
DAY = timedelta(days=1)


def search_audit_logs(world: World, user: User, text: str, logs: list[AuditLog]) -> list[AuditLog]:
    """Return those of `logs` that match `user`'s query `text`, newest first. Raises ApiError (400)."""

    def parse_organization(key: str, value: str) -> str:
        for organization in world.organizations.values():
            if value in {organization.id, organization.name.lower()}:
                return organization.id
        raise ValueError(f'Query param "{key}" has invalid value: organization "{value}" not found')

    parsers = PARSERS | {"organization": parse_organization}
    values = read_query(text, parsers, subject="audit", word_key="resource_type", modern=world.modern)
    if values.get("username") == "me":
        values["username"] = user.username.lower()
    matching = [log for log in logs if all(MATCHES[key](log, value) for key, value in values.items())]
    return sorted(matching, key=lambda log: log.time, reverse=True)


def parse_date(key: str, text: str) -> datetime:
    """Parse a day; return its beginning in UTC."""
    day, rest = text[:10], text[10:]
    try:
        moment = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        reason = f'parsing time "{text}" as "{DATE_LAYOUT}": cannot parse "{text}" as "2006"'
    else:
        if not rest:
            return moment
        reason = f'parsing time "{text}": extra text: "{rest}"'
    raise ValueError(f'Query param "{key}" must be a valid date format ({DATE_LAYOUT}): {reason}')


PARSERS: dict[str, Parser] = {
    "resource_id": parse_query_uuid,
    "resource_target": parse_text,
    "username": parse_text,
    "email": parse_text,
    "date_from": parse_date,
    "date_to": parse_date,
    "resource_type": choice_of(RESOURCE_TYPES),
    "action": choice_of(ACTIONS),
    "build_reason": choice_of(BUILD_REASONS),
}
MATCHES: dict[str, Callable[[AuditLog, Any], bool]] = {
    "resource_id": lambda log, value: log.resource_id == value,
    "resource_target": lambda log, value: log.resource_target.lower() == value,
    "username": lambda log, value: log.user.username.lower() == value,
    "email": lambda log, value: log.user.email.lower() == value,
    "date_from": lambda log, value: log.time >= value,
    "date_to": lambda log, value: log.time < value + DAY,
    "resource_type": lambda log, value: log.resource_type == value,
    "action": lambda log, value: log.action == value,
    "build_reason": lambda log, value: log.build_reason == value,
    "organization": lambda log, value: log.organization is not None and log.organization.id == value,
}
