"""Texts that try to be markup, and the visits of the staff pages with them."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote

from coder_simulator.worlds.hostile_plans import BROKEN_OUT, LONG_WORD, TAGS, TEMPLATE, hostile
from workspaces.fleet.columns import COLUMNS
from workspaces.fleet.filters import ATTRIBUTES
from workspaces.models import Announcement
from workspaces.operations.kinds import KINDS
from workspaces.views.staff.overview import PARTS

QUERY = quote(hostile("query"))
FORM_FIELDS = [
    "action",
    "agent",
    "app",
    "automatic_updates",
    "days",
    "deadline",
    "dormant",
    "email",
    "favorite",
    "hours",
    "key",
    "level",
    "log_level",
    "name",
    "owner",
    "param.pattern",
    "param.labels",
    "password",
    "port",
    "protocol",
    "resource",
    "schedule",
    "template_version_id",
    "time",
    "timezone",
    "token",
    "transition",
    "ttl_hours",
    "ttl_minutes",
    "zone",
    "theme",
]
TYPED = f"xss:typed {TAGS} {BROKEN_OUT} {TEMPLATE} {LONG_WORD}"  # by the person who reads it: no control characters
HOSTILE_FORM = dict.fromkeys(FORM_FIELDS, TYPED)
FRAME_PATHS = [
    "/embed/workspaces/",
    f"/embed/workspaces/?q={QUERY}&columns={QUERY[:90]}&theme={QUERY}&accent={QUERY}",
    "/embed/login/",
    "/embed/cookies/",
    "/embed/window/",
    f"/embed/handoff/?ticket={QUERY}",
    f"/embed/check/?origin={QUERY}",
    "/embed/live/workspaces/",
    "/embed/accent/aabbcc.css",
    "/embed/host.js",
    "/embed/host.0.js",
]


class Visit(NamedTuple):
    """A request: a GET without `data`, else a POST."""

    path: str
    data: dict[str, Any] | None = None
    partial: bool = False


def staff_visits() -> Iterator[Visit]:
    """Yield visits of the pages for staff."""
    yield Visit("/staff/")
    for part in PARTS:
        yield Visit(f"/staff/parts/{part}/", partial=True)
    yield Visit("/staff/workspaces/columns/", {"column": list(COLUMNS)[-1]})
    yield Visit(f"/staff/workspaces/?q={QUERY}&owner={QUERY}&{QUERY}=1", partial=True)
    for attribute in ATTRIBUTES:
        yield Visit(f"/staff/workspaces/?group={attribute}&sort=error")
    yield Visit("/staff/workspaces/columns/", {"move": TYPED})
    yield Visit(f"/staff/workspaces/reload/?q={QUERY}", HOSTILE_FORM)
    yield Visit(f"/staff/workspaces.csv?sort={QUERY}")
    yield Visit(f"/staff/workspaces.jsonl?sort={QUERY}")
    for query in (
        "",
        "?show=long&hours=168",
        "?source=jobs&hours=168",
        f"?error={QUERY}&template={QUERY}",
        f"?show={QUERY}",
    ):
        yield Visit(f"/staff/builds/{query}")
    yield Visit("/staff/templates/")
    yield Visit(f"/staff/templates/?sort={QUERY}&page={QUERY}")
    yield Visit("/staff/people/")
    yield Visit(f"/staff/people/?q={QUERY}&page={QUERY}")
    yield Visit("/staff/people/alice/")
    texts = {"text": f"{TYPED[:900]} [x](javascript:a) ![x](/x.png)", "kind": "info"}
    yield Visit("/staff/announcements/", texts)
    yield Visit("/staff/announcements/", texts | {"preview": "on"})
    yield Visit(
        "/staff/announcements/",
        {**HOSTILE_FORM, "text": TYPED, "kind": TYPED, "organization": TYPED, "starts_at": TYPED[:30]},
    )
    yield Visit("/staff/announcements/")
    for announcement in Announcement.objects.values_list("pk", flat=True):
        yield Visit(f"/staff/announcements/{announcement}/")
        yield Visit(f"/announcements/{announcement}/dismiss/", HOSTILE_FORM)
        yield Visit(f"/staff/announcements/{announcement}/delete/", HOSTILE_FORM)
    yield Visit("/staff/audit/")
    yield Visit(f"/staff/audit/?person={QUERY}&workspace={QUERY}&action={QUERY}&operation={QUERY}")
    yield Visit("/staff/audit.csv")
    yield Visit("/live/staff/workspaces/")
    yield Visit(f"/staff/workspaces/searches/?q={QUERY}", {"name": TYPED[:60], "is_published": "on"})
    yield Visit("/staff/workspaces/searches/", HOSTILE_FORM)
    yield Visit("/staff/workspaces/searches/1/delete/", HOSTILE_FORM)
    for action in KINDS:
        yield Visit("/staff/workspaces/bulk/", {"action": action, "all": "1", "q": TYPED[:60]})
    yield Visit("/staff/workspaces/bulk/", {"action": "stop", "all": "1"})
    yield Visit("/staff/workspaces/bulk/", HOSTILE_FORM)
