"""Serve a user's own notifications (2.36)."""

from typing import Any

from coder_simulator.clock import format_rfc3339
from coder_simulator.errors import ApiError
from coder_simulator.query_terms import Parser, parse_query_uuid, parse_text, parse_uuids
from coder_simulator.records import Notification
from coder_simulator.routing import Call, Reply, route

PAGE_SIZE = 25
PARSERS: dict[str, Parser] = {
    "targets": parse_uuids,
    "templates": parse_uuids,
    "read_status": parse_text,
    "starting_before": parse_query_uuid,
}
READ_STATUSES = ("all", "read", "unread")


@route("GET", "/notifications/inbox", since_2_36=True)
def list_notifications(call: Call) -> Reply:
    """List the user's notifications, newest first, 25 at a time, and count the unread ones."""
    values = call.query_values(PARSERS)
    status = values.get("read_status", "all")
    if status not in READ_STATUSES:
        raise ApiError(400, "starting_before query parameter should be any of 'all', 'read', 'unread'.")
    own = [each for each in call.world.notifications if each.user is call.user]
    own.sort(key=lambda each: each.created_at, reverse=True)
    found = [each for each in own if status in {"all", "read" if each.read_at else "unread"}]
    if targets := values.get("targets"):
        found = [each for each in found if set(targets) <= set(each.targets)]
    if templates := values.get("templates"):
        found = [each for each in found if each.template_id in templates]
    if last_id := values.get("starting_before"):
        last = next((each for each in own if each.id == last_id), None)
        found = [each for each in found if last and each.created_at < last.created_at]
    base_url = str(call.request.base_url).rstrip("/")
    return 200, {
        "notifications": [_render_notification(each, base_url) for each in found[:PAGE_SIZE]],
        "unread_count": sum(each.read_at is None for each in own),
    }


def _render_notification(notification: Notification, base_url: str) -> dict[str, Any]:
    return {
        "id": notification.id,
        "user_id": notification.user.id,
        "template_id": notification.template_id,
        "targets": list(notification.targets),
        "title": notification.title,
        "content": notification.content,
        "icon": notification.icon,
        "actions": [{"label": label, "url": f"{base_url}{path}"} for label, path in notification.actions],
        "read_at": format_rfc3339(notification.read_at),
        "created_at": format_rfc3339(notification.created_at),
    }
