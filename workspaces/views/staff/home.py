"""The beginning of the staff pages."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.auth.staff import load_staff_rights


@require_safe
@sign_in_required
def home(request: PortalRequest) -> HttpResponse:
    """Redirect to the first staff page that is for this person; 404 if there is none."""
    pages = load_staff_rights(request).pages
    if not pages:
        raise Http404
    url_name, _label = pages[0]
    return redirect(f"workspaces:{url_name}")
