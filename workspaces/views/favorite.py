"""The star of a workspace."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.forms.settings import FavoriteForm
from workspaces.views.responses import invalid_request, undo_button, write_and_respond


@require_POST
@sign_in_required
def favorite(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Add the workspace to the person's favorites, or remove it from them."""
    return change_favorite(request, workspace_id, can_undo=True)


def change_favorite(request: PortalRequest, workspace_id: UUID, *, can_undo: bool) -> HttpResponse:
    """Change the star as the form says. `can_undo`: the message has a button that reverts it."""
    form = FavoriteForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    is_favorite = form.cleaned_data["favorite"]
    call = calls.favorite(workspace_id) if is_favorite else calls.unfavorite(workspace_id)
    done = _("Added %(name)s to your favorites.") if is_favorite else _("Removed %(name)s from your favorites.")
    undo = undo_button(workspace_id, "favorite", now=is_favorite) if can_undo else ""
    return write_and_respond(request, workspace_id, call, done, undo=undo)
