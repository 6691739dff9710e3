"""The page that says why a frame is not shown, and what to set where."""

from contextlib import suppress

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from workspaces.auth import sessions
from workspaces.auth.sessions import SignInRequired
from workspaces.coder.text import sanitize_text
from workspaces.embed import checks
from workspaces.views.embed.frames import embedded

MAX_ORIGIN_LENGTH = 300


@require_safe
@embedded
@csp_override({"frame-src": ["'self'"]})
def check(request: HttpRequest) -> HttpResponse:
    """Check an origin: what the server knows, and what a script finds out with a widget on this page."""
    with suppress(SignInRequired):
        request.person, _token = sessions.identify(request)  # type: ignore[attr-defined]  # as `sign_in_required` does
    origin = sanitize_text(request.GET.get("origin", "")[:MAX_ORIGIN_LENGTH])
    lines = [*checks.check_origin(origin, settings.EMBED_ALLOWED_ORIGINS, settings.PORTAL_URL)] if origin else []
    context = {
        "origin": origin,
        "lines": lines,
        "found": checks.found_line(request.GET.get("found", "")),
        "snippet": checks.snippet(settings.PORTAL_URL, pinned=False),
        "policy": checks.host_policy(settings.PORTAL_URL),
    }
    return render(request, "embed/check.html", context)
