"""The page of the changes that a person made through the portal."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from workspaces.audit_search import TEXTS
from workspaces.auth import sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.models import AuditEntry, Operation
from workspaces.present.audit_log import make_audit_line

PAGE_SIZE = 50


@require_safe
@sign_in_required
def activity(request: PortalRequest) -> HttpResponse:
    """Render a page of the person's own audit entries, newest first.

    Query parameters: `workspace` is the id of the workspace to show, `before` the primary key of the last entry of
    the previous page.
    """
    entries = AuditEntry.objects.filter(person=request.person.id)
    workspace, before = workspace_parameter(request), before_parameter(request)
    if workspace:
        entries = entries.filter(workspace=workspace)
    rows = list((entries.filter(pk__lt=before) if before else entries).order_by("-pk")[: PAGE_SIZE + 1])
    rows, has_more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
    operation_ids = [row.operation for row in rows if row.operation]
    operations = set(
        Operation.objects.filter(pk__in=operation_ids, person=request.person.id).values_list("pk", flat=True)
    )
    now, zone = timezone.now(), sessions.time_zone_for(request)
    page = {
        "rows": [
            make_audit_line(row, now, zone, has_operation=row.operation in operations, texts=TEXTS) for row in rows
        ],
        "workspace": workspace,
        "name": next((row.name for row in rows if workspace and row.name), ""),
        "older": rows[-1].pk if has_more else None,
        "newest": before is None,
        "days": settings.AUDIT_DAYS,
        "zone": zone.key,
    }
    return render(request, "workspaces/activity.html", {"page": page})


def workspace_parameter(request: HttpRequest) -> UUID | None:
    """Return the query parameter `workspace`, None without one. Raises Http404 for what is no id."""
    try:
        return UUID(request.GET["workspace"]) if "workspace" in request.GET else None
    except ValueError:
        raise Http404 from None


def before_parameter(request: HttpRequest) -> int | None:
    """Return the query parameter `before`; None without a valid primary key."""
    before = request.GET.get("before", "")
    return int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
