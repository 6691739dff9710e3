"""The design system on one page, for those who work on it (PORTAL_DEBUG only)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tests.styleguide import sample_data


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Everything that the pages are made of, in every state."""
    return render(request, "workspaces/styleguide.html", {"samples": sample_data.samples()})
