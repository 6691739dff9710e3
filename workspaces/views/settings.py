"""The small settings of one workspace."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workspaces.coder import calls
from workspaces.forms import DormantForm, FavoriteForm
from workspaces.sessions import PortalRequest, signed_in
from workspaces.views.answers import change, misread


@require_POST
@signed_in
def favorite(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Star it, or take the star away."""
    form = FavoriteForm(request.POST)
    if not form.is_valid():
        return misread(request, form)
    if form.cleaned_data["favorite"]:
        return change(request, workspace_id, calls.favorite(workspace_id), _("Starred. It stands at the top now."))
    return change(request, workspace_id, calls.unfavorite(workspace_id), _("The star is gone."))


@require_POST
@signed_in
def dormant(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Lay it to rest, or wake it."""
    form = DormantForm(request.POST)
    if not form.is_valid():
        return misread(request, form)
    sleep = form.cleaned_data["dormant"]
    done = _("It is dormant now.") if sleep else _("It is active again. Start it when you need it.")
    return change(request, workspace_id, calls.set_dormant(workspace_id, dormant=sleep), done)
