"""The palette: go to a workspace, open or do something with it, create one."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.forms.palette import PaletteForm
from workspaces.present.palette import make_palette, name_query
from workspaces.views.list import load_workspaces
from workspaces.views.responses import render_page

MAX_WORKSPACES = 10


@require_safe
@sign_in_required
def palette(request: PortalRequest) -> HttpResponse:
    """Show what was searched for, with one call to Coder; for scripts, only the lines."""
    form = PaletteForm(request.GET)
    q = form.cleaned_data["q"] if form.is_valid() else ""
    page, templates = load_workspaces(request, calls.workspaces(q=name_query(q), limit=MAX_WORKSPACES, offset=0))
    viewer = rights.viewer_for(request, page.workspaces or ())
    return render_page(
        request, "workspaces/palette.html", "entries", make_palette(q, page.workspaces or (), templates, viewer)
    )
