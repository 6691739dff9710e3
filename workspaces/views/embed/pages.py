"""The pages in frames: a list, one workspace, and where a sign-in from a frame ends."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.client import gather
from workspaces.coder.errors import InvalidRequest
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import WorkspacePage
from workspaces.embed.accent import accent_css, parse_accent
from workspaces.forms.list import ListForm
from workspaces.present.embed import make_frame_card, make_frame_list
from workspaces.present.workspace_list.page import make_list_page
from workspaces.views import lookup, stream_fallback
from workspaces.views.actions import load_app_host
from workspaces.views.embed.frames import embedded, framed, look_of, render_and_keep

ACCENT_MAX_AGE_S = 86_400


@require_safe
@framed
@sign_in_required
def workspaces(request: PortalRequest) -> HttpResponse:
    """Show the first workspaces of a search."""
    form, limit = ListForm({name: request.GET[name] for name in request.GET if name == "q"}), look_of(request).limit
    form.is_valid()
    search = form.search(request.person.username)
    error = " ".join(form.search_errors)
    result = WorkspacePage(workspaces=(), count=0)
    if not error:
        try:
            result = request.coder.send(calls.workspaces(q=search.coder_q, limit=limit, offset=0))
        except InvalidRequest as refused:
            text = sanitize_text(" ".join(sum(refused.fields.values(), ())) or refused.message)
            error = _("Coder does not accept this search. Coder’s message: %(text)s") % {"text": text}
    viewer = rights.viewer_for(request, result.workspaces or ())
    page = make_list_page(result, viewer, search=search, page=1, page_size=limit, q_error=error)
    return render_and_keep(request, "embed/workspaces.html", make_frame_list(page, result.workspaces or (), viewer))


@require_safe
@framed
@sign_in_required
def workspace(request: PortalRequest, owner: str, name: str) -> HttpResponse:
    """Show one workspace with its apps."""
    shown, _host = gather(
        partial(lookup.find_workspace, request, owner, name),
        partial(load_app_host, request),
    )
    viewer = rights.viewer_for(request, [shown])
    return render_and_keep(request, "embed/workspace.html", make_frame_card(shown, viewer))


@require_safe
@embedded
@sign_in_required
def signed_in(request: PortalRequest) -> HttpResponse:
    """Say in the window in which somebody signed in from a frame that it can be closed. No site may frame it."""
    return render(request, "embed/signed_in.html")


@embedded
def stream_unavailable(request: HttpRequest, /, **url_kwargs: object) -> HttpResponse:
    """Respond without ASGI: no stream is available, so the frame polls."""
    return stream_fallback.stream_unavailable(request, **url_kwargs)


@require_safe
@embedded
@cache_control(public=True, max_age=ACCENT_MAX_AGE_S)
def accent(request: HttpRequest, digits: str) -> HttpResponse:
    """Return the style sheet of an accent color; an empty one for a text that is no color."""
    color = parse_accent(digits)
    return HttpResponse(accent_css(color) if color else "", content_type="text/css; charset=utf-8")
