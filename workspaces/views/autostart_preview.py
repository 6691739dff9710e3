"""The next starts of a schedule that is being typed."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.forms.schedules import MONDAY_FIRST, AutostartForm


@require_safe
@sign_in_required
def autostart_preview(request: PortalRequest) -> HttpResponse:
    """Render the next starts of the fields in the query; `allowed` repeats the days that the template allows.

    `preview` is the id of the element.
    """
    days = frozenset(day for day in MONDAY_FIRST if str(day) in request.GET.getlist("allowed"))
    form = AutostartForm(request.GET, allowed=days or frozenset(MONDAY_FIRST))
    context = {"form": form, "preview": request.GET.get("preview", "")}
    return render(request, "workspaces/autostart.html#preview", context)
