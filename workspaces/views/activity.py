"""The record of what a person has changed through the portal."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.models import Change, Operation
from workspaces.present.audit_log import told

PAGE = 50


@require_safe
@signed_in
def record(request: PortalRequest) -> HttpResponse:
    """The person's own changes, the newest first, in pages: `before` is the number of the row that ended the last one.

    `workspace` is the id of the one that is asked about.
    """
    own = Change.objects.filter(person=request.person.id)
    workspace, before = identifier(request), number(request)
    if workspace:
        own = own.filter(workspace=workspace)
    rows = list((own.filter(pk__lt=before) if before else own).order_by("-pk")[: PAGE + 1])
    shown, more = rows[:PAGE], len(rows) > PAGE
    asked = [row.operation for row in shown if row.operation]
    there = set(Operation.objects.filter(pk__in=asked, person=request.person.id).values_list("pk", flat=True))
    now, zone = timezone.now(), sessions.time_zone_for(request)
    page = {
        "rows": [told(row, now, zone, operation=row.operation in there) for row in shown],
        "workspace": workspace,
        "name": next((row.name for row in shown if workspace and row.name), ""),
        "older": shown[-1].pk if more else None,
        "newest": before is None,
        "days": settings.RECORD_DAYS,
        "zone": zone.key,
    }
    return render(request, "workspaces/record.html", {"page": page})


def identifier(request: HttpRequest) -> UUID | None:
    """The workspace that is asked about; what is no id asks about all."""
    try:
        return UUID(request.GET.get("workspace", ""))
    except ValueError:
        return None


def number(request: HttpRequest) -> int | None:
    """The number of a row; what is none begins with the newest."""
    given = request.GET.get("before", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None
