"""The saved searches of the list."""

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import MAX_URL_REDIRECT_LENGTH
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import saved_searches
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.forms.saved_searches import NewSearchForm, SavedSearchForm
from workspaces.list_search import NamedSearch
from workspaces.models import SavedSearch
from workspaces.present.workspace_list.saved import describe_search


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def searches(request: PortalRequest) -> HttpResponse:
    """Show the person's saved searches, or save another one and go back to it."""
    form = NewSearchForm(request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        search = form.search(request.person.username)
        try:
            saved_searches.add_search(request.person.id, search, **saved_fields(form))
        except saved_searches.NameTaken:
            form.add_error("name", name_taken())
        except saved_searches.TooManySearches:
            form.add_error(
                None, _("You have %(limit)d saved searches. Delete one first.") % {"limit": saved_searches.MAX_SAVED}
            )
        else:
            messages.success(request, _("Saved the search “%(name)s”.") % {"name": form.cleaned_data["name"]})
            address = reverse("workspaces:list") + search.address()
            return redirect(address if len(address) <= MAX_URL_REDIRECT_LENGTH else "workspaces:searches")
    return searches_page(request, new_form=form)


@require_POST
@sign_in_required
def search(request: PortalRequest, search_id: int) -> HttpResponse:
    """Rename, pin or unpin a saved search, or make it the default."""
    row = get_object_or_404(SavedSearch, pk=search_id, person=request.person.id)
    form = SavedSearchForm(request.POST, prefix=form_prefix(search_id))
    if form.is_valid():
        try:
            saved_searches.change_search(row, **saved_fields(form))
        except saved_searches.NameTaken:
            form.add_error("name", name_taken())
        else:
            messages.success(request, _("Saved the search “%(name)s”.") % {"name": row.name})
            return redirect("workspaces:searches")
    return searches_page(request, changed_id=search_id, changed_form=form)


@require_POST
@sign_in_required
def delete_search(request: PortalRequest, search_id: int) -> HttpResponse:
    """Delete a saved search. One that is deleted already is no error."""
    row = SavedSearch.objects.filter(pk=search_id, person=request.person.id).first()
    if row:
        row.delete()
        messages.success(request, _("Deleted the search “%(name)s”.") % {"name": row.name})
    return redirect("workspaces:searches")


def searches_page(
    request: PortalRequest,
    *,
    new_form: NewSearchForm | None = None,
    changed_id: int = 0,
    changed_form: SavedSearchForm | None = None,
) -> HttpResponse:
    """Render the saved searches, each with its form; those that were sent show their errors."""
    rows = []
    for saved in saved_searches.load_searches(request.person):
        form = changed_form if saved.id == changed_id else None
        rows.append(make_search_row(request, saved, form))
    status = 422 if new_form or changed_form else 200
    context = {"rows": rows, "new_form": new_form}
    return render(request, "workspaces/searches.html", context, status=status)


def make_search_row(request: PortalRequest, saved: NamedSearch, form: SavedSearchForm | None) -> dict[str, object]:
    """Return what the page shows of a saved search: with `form`, which was sent, or a new one."""
    initial = {"name": saved.name, "pinned": saved.pinned, "is_default": saved.is_default}
    address = reverse("workspaces:list") + saved.search.address()
    return {
        "id": saved.id,
        "name": saved.name,
        "description": describe_search(saved.search),
        "address": address,
        "url": request.build_absolute_uri(address),
        "form": form or SavedSearchForm(initial=initial, prefix=form_prefix(saved.id)),
    }


def form_prefix(search_id: int) -> str:
    """Return the prefix of the fields of a saved search's form."""
    return f"search-{search_id}"


def saved_fields(form: Form) -> dict[str, Any]:
    """Return the fields of both forms."""
    return {name: form.cleaned_data[name] for name in ("name", "pinned", "is_default")}


def name_taken() -> str:
    """Return the error for a name that another saved search has."""
    return _("You have a saved search with this name. Use another name.")
