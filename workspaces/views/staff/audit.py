"""The audit log of all people, for staff who may read Coder's."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from workspaces.audit_search import (
    CSV_HEADER,
    TEXTS,
    action_choices,
    chunked,
    csv_row,
    find_entries,
    page_of,
)
from workspaces.auth import sessions
from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.csv_files import csv_chunks
from workspaces.datetimes import to_zone
from workspaces.forms.audit import AuditFilterForm
from workspaces.gateway import audit as audit_entries
from workspaces.models import AuditEntry, Operation
from workspaces.present.audit_log import AuditLine, make_audit_line
from workspaces.views.activity import before_parameter

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """A page of the audit log."""

    form: AuditFilterForm
    rows: tuple[AuditLine, ...]
    older: int | None  # the key after which the next page begins; None on the last page
    is_newest: bool
    days: int  # for which entries are kept

    @property
    def query(self) -> str:
        """The query string of the filters, to which a parameter can be added."""
        return self.form.query if self.form.query == "?" else f"{self.form.query}&"


@require_safe
@staff_required("read_audit")
def audit(request: StaffRequest) -> HttpResponse:
    """Show the entries that match the filters, newest first. `before`: the key that ended the previous page."""
    form, before = filter_form(request), before_parameter(request)
    entries, has_more = page_of(find_entries(form), before, PAGE_SIZE) if form.is_valid() else ([], False)
    page = AuditPage(
        form=form,
        rows=audit_lines(request, entries),
        older=entries[-1].pk if has_more else None,
        is_newest=before is None,
        days=settings.AUDIT_DAYS,
    )
    return render(request, "staff/audit.html", {"page": page})


@require_safe
@staff_required("read_audit")
def csv(request: StaffRequest) -> HttpResponseBase:
    """Export the entries that match the filters, or say what is wrong with the address."""
    form = filter_form(request)
    if not form.is_valid():
        lines = [f"{form[name].label}: {error}" for name, errors in form.errors.items() for error in errors]
        return HttpResponse("\n".join(lines), status=400, content_type="text/plain; charset=utf-8")
    newest = AuditEntry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    entries = find_entries(form).filter(pk__lte=newest)  # its own entry is not part of an export
    name = f"audit-{to_zone(timezone.now(), sessions.time_zone_for(request)):%Y-%m-%d-%H%M}.csv"
    audit_entries.save_export(
        sessions.audit_actor(request, request.person),
        form.query,
        rows=entries.count(),
        file_name=name,
        action="export audit",
    )
    content = csv_chunks(CSV_HEADER, map(csv_row, chunked(entries)))
    response = StreamingHttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def filter_form(request: HttpRequest) -> AuditFilterForm:
    """Return the filters of the address."""
    return AuditFilterForm(request.GET, zone=sessions.time_zone_for(request), actions=action_choices())


def audit_lines(request: StaffRequest, entries: list[AuditEntry]) -> tuple[AuditLine, ...]:
    """Return the entries as lines. Only the operations of the person who looks have a page for them."""
    ids = {entry.operation for entry in entries if entry.operation}
    own = Operation.objects.filter(pk__in=ids, person=request.person.id) if ids else Operation.objects.none()
    operations = set(own.values_list("pk", flat=True))
    now, zone = timezone.now(), sessions.time_zone_for(request)
    return tuple(
        make_audit_line(entry, now, zone, has_operation=entry.operation in operations, texts=TEXTS) for entry in entries
    )
