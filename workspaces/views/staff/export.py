"""The staff table as a file: exactly the rows that the page shows."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder.errors import InvalidRequest
from workspaces.datetimes import to_zone
from workspaces.fleet import export, preferences, services
from workspaces.fleet.columns import COLUMNS, Column
from workspaces.fleet.query import parse_query
from workspaces.fleet.rows import FleetRow
from workspaces.fleet.selecting import sort_rows
from workspaces.gateway import audit

type Writer = Callable[[Iterable[FleetRow], Sequence[Column]], Iterator[str]]


@require_safe
@staff_required("read_workspaces")
def csv(request: StaffRequest) -> HttpResponseBase:
    """Export as CSV. `columns=all` has all columns, else those that the person has chosen."""
    return export_file(request, export.csv_lines, "csv", "text/csv; charset=utf-8")


@require_safe
@staff_required("read_workspaces")
def json_lines(request: StaffRequest) -> HttpResponseBase:
    """Export as one JSON object a line. `columns=all` has all columns, else those that the person has chosen."""
    return export_file(request, export.json_lines, "jsonl", "application/x-ndjson")


def export_file(request: StaffRequest, write: Writer, extension: str, content_type: str) -> HttpResponseBase:
    """Return the file, or a text that says what is wrong with the address. Raises CoderError and SessionEnded."""
    parameters = request.GET.copy()
    has_all_columns = parameters.pop("columns", [""])[-1] == "all"
    query, errors = parse_query(parameters)
    view = services.load_view(request, query)
    if isinstance(view.state.error, InvalidRequest):
        errors.append(_("Coder does not accept this search."))
    if errors:
        return HttpResponse("\n".join(errors), status=400, content_type="text/plain; charset=utf-8")
    rows = sort_rows(view.selection.rows, query.sort)
    columns = tuple(COLUMNS.values()) if has_all_columns else preferences.load_columns(request.person.id)
    name = export.file_name(extension, to_zone(timezone.now(), sessions.time_zone_for(request)))
    if not view.state.is_complete:
        name = f"partial-{name}"
    audit.save_export(
        sessions.audit_actor(request, request.person), query.selection().address(), rows=len(rows), file_name=name
    )
    response = StreamingHttpResponse(write(rows, columns), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
