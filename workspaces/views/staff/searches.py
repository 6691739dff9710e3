"""The saved searches of the staff table."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.fleet import searches
from workspaces.fleet.query import parse_query
from workspaces.forms.fleet import FleetSearchForm
from workspaces.views.responses import invalid_request
from workspaces.views.staff.workspaces import back_to_table


@require_POST
@staff_required("read_workspaces")
def save(request: StaffRequest) -> HttpResponse:
    """Save the address of the table under a name; for everybody only by who may change Coder's configuration."""
    form = FleetSearchForm(request.POST)
    query, errors = parse_query(request.GET)
    if not form.is_valid() or errors:
        return invalid_request(request, form) if not errors else back_to_table(request)
    is_published = form.cleaned_data["is_published"]
    if is_published and not request.staff.update_configuration:
        raise Http404
    name = form.cleaned_data["name"]
    try:
        searches.save_search(request.person.id, name, replace(query, page=1), is_published=is_published)
    except searches.TooManySearches:
        text = _("You have %(limit)d saved searches. Delete one first.") % {"limit": searches.MAX_SAVED}
        messages.error(request, text)
    else:
        messages.success(request, _("Saved the search “%(name)s”.") % {"name": name})
    return back_to_table(request)


@require_POST
@staff_required("read_workspaces")
def delete(request: StaffRequest, search_id: int) -> HttpResponse:
    """Delete a saved search. One that is deleted already is no error."""
    name = searches.delete_search(request.person.id, search_id, may_publish=request.staff.update_configuration)
    if name:
        messages.success(request, _("Deleted the search “%(name)s”.") % {"name": name})
    return back_to_table(request)
