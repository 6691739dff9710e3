"""What a frame may change: start, stop, an hour more, and the star. All else opens the portal in a tab.

These are the portal's own writes behind three conditions: the frame is one that has buttons, the request is one of
those that its buttons send, and the session has not sent too many.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Concatenate
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from workspaces.auth import frame_cookie, throttle
from workspaces.auth.session_store import request_key_hash
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.addresses import origin_of
from workspaces.datetimes import add_span, is_in_utc
from workspaces.forms.embed import FrameBuildForm
from workspaces.gateway.audit import UNKNOWN_FRAME
from workspaces.schedule import nonzero_time
from workspaces.views import builds as portal_builds
from workspaces.views import favorite as portal_favorite
from workspaces.views.embed.frames import framed
from workspaces.views.navigation import next_url
from workspaces.views.responses import write_and_respond

WRITES, WRITES_WINDOW_S = 30, 60  # of one session, from all frames
FIELDS = frozenset({"csrfmiddlewaretoken", "next", "frame_origin"})

type FrameWrite = Callable[[PortalRequest, UUID], HttpResponse]


def frame_write(*fields: str) -> Callable[[FrameWrite], Callable[Concatenate[HttpRequest, ...], HttpResponse]]:
    """Decorate a write that a frame may send, with these fields and no others."""

    def decorate(view: FrameWrite) -> Callable[Concatenate[HttpRequest, ...], HttpResponse]:
        @require_POST
        @framed
        @sign_in_required
        @wraps(view)
        def wrapper(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
            if request.POST.keys() - FIELDS != {*fields} or is_foreign_frame(request):
                return not_in_a_frame()
            return limit_response(request) or view(request, workspace_id)

        return named_frame(wrapper)

    return decorate


def named_frame[**P](view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Decorate a view so that the audit log names the origin of the page around the frame."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        origin = origin_of(request.POST.get("frame_origin", ""))  # as browsers write it, not as it was sent
        is_allowed = settings.EMBED_ALLOWED_ORIGINS.match(origin) == "exact"
        request.frame_origin = origin if is_allowed else UNKNOWN_FRAME  # type: ignore[attr-defined]  # for sessions.py
        return view(request, *args, **kwargs)

    return wrapper


def is_foreign_frame(request: PortalRequest) -> bool:
    """Return whether a write with a frame's own session names no page that this session is for and that has buttons."""
    origins = request.session.get(frame_cookie.ORIGINS)
    return origins is not None and request.frame_origin not in origins  # type: ignore[attr-defined]  # `named_frame`


def not_in_a_frame() -> HttpResponse:
    """Respond to a request that no button of a frame sends."""
    return HttpResponseBadRequest(
        _("This change is not available in a frame. Nothing was changed."), content_type="text/plain; charset=utf-8"
    )


def limit_response(request: PortalRequest) -> HttpResponse | None:
    """Count a write; return the response to one that is too many for this session, else None."""
    try:
        throttle.count_attempt([write_limit(request)])
    except throttle.TooManyFailures as error:
        messages.warning(request, too_many_text(error.retry_after_s))
        return redirect(next_url(request, reverse("workspaces:embed_workspaces")))
    return None


def write_limit(request: PortalRequest) -> throttle.Limit:
    """Return the limit of writes of this session."""
    key = throttle.hash_subject("frame", request_key_hash(request) or "")
    return throttle.Limit(key=key, failures=WRITES, window_s=WRITES_WINDOW_S)


def too_many_text(retry_after_s: int) -> str:
    """Return the message that a write was refused because of its number."""
    text = ngettext(
        "Too many changes within a minute. Nothing was changed. Try again in %(n)d second.",
        "Too many changes within a minute. Nothing was changed. Try again in %(n)d seconds.",
        retry_after_s,
    )
    return text % {"n": retry_after_s}


@frame_write("transition")
def builds(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Start or stop a workspace."""
    if not FrameBuildForm(request.POST).is_valid():
        return not_in_a_frame()
    return portal_builds.create_build(request, workspace_id)


@frame_write("favorite")
def favorite(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Add a workspace to the person's favorites, or remove it from them."""
    return portal_favorite.change_favorite(request, workspace_id, can_undo=False)


@frame_write("hours")
def extend(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Move the deadline of a running workspace by an hour."""
    build = request.coder.send(calls.workspace(workspace_id)).latest_build
    before = nonzero_time(build.deadline)
    after = add_span(before, timedelta(hours=1)) if before else None
    if request.POST["hours"] != "1" or after is None or not is_in_utc(after):
        messages.error(request, _("This workspace has no deadline that can be moved. Nothing was changed."))
        return redirect(next_url(request, reverse("workspaces:embed_workspaces")))
    return write_and_respond(
        request, workspace_id, calls.extend(workspace_id, after), _("%(name)s now stops 1 hour later.")
    )
