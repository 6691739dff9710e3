"""What all pages in frames share: who may frame them, their look, and their errors, which stay in the frame."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Concatenate

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from workspaces.auth import frame_cookie, prefetch
from workspaces.auth.sessions import PortalRequest, SignInRequired
from workspaces.coder.addresses import origin_of
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.embed.framing import Framing, decide_framing
from workspaces.embed.look import FrameLook, make_look
from workspaces.embed.origins import AllowedOrigins, referrer_origin
from workspaces.gateway.error_messages import error_message_for
from workspaces.operations import session_end
from workspaces.views.errors import find_snapshot
from workspaces.views.navigation import next_url
from workspaces.views.responses import save_snapshot

type EmbedView[**P] = Callable[Concatenate[HttpRequest, P], HttpResponse]


def embedded[**P](view: EmbedView[P]) -> EmbedView[P]:
    """Decorate a view below /embed/ to exist only where a site may frame the portal."""

    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not settings.EMBED_ALLOWED_ORIGINS:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapper


def framed[**P](view: EmbedView[P]) -> EmbedView[P]:
    """Decorate a view whose pages the allowed sites may frame. Its errors are pages in the frame, too."""

    @embedded
    @wraps(view)
    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        framing = framing_of(request)
        try:
            response = render_signed_out(request) if is_other_page(request) else view(request, *args, **kwargs)
        except (SignInRequired, SessionEnded) as error:
            response = signed_out(request, error)
        except CoderError as error:
            response = frame_error(request, error)
        response.xframe_options_exempt = True  # as Django's decorator does
        response._csp_config = {"frame-ancestors": framing.sources}  # type: ignore[attr-defined]  # as csp_override does
        return response

    return wrapper


def is_other_page(request: HttpRequest) -> bool:
    """Return whether the page around the frame is on another origin than those that the frame's session is for."""
    origins = request.session.get(frame_cookie.ORIGINS)
    origin = referrer_origin(request.headers.get("Referer", ""))
    return origins is not None and origin not in {"", own_origin(request), *origins}


def own_origin(request: HttpRequest) -> str:
    """Return the portal's origin."""
    return origin_of(f"{request.scheme}://{request.get_host()}")


def render_signed_out(request: HttpRequest) -> HttpResponse:
    """Show the button that opens the sign-in; for a page of another site, the window of the hand-off.

    The script of the page finds out by itself: after a reload, the header names the frame.
    """
    sign_in_url = f"{reverse('workspaces:login')}?next={reverse('workspaces:embed_login')}"
    if (request.headers.get("Sec-Fetch-Site"), request.headers.get("Sec-Fetch-Dest")) == ("cross-site", "iframe"):
        sign_in_url = reverse("workspaces:embed_handoff")
    return render_frame(request, "embed/signed_out.html", {"sign_in_url": sign_in_url})


def signed_out(request: HttpRequest, error: SignInRequired | SessionEnded) -> HttpResponse:
    """End the session, and show the button that opens the sign-in. Raises the error for a prefetched frame.

    A prefetch ends no session: middleware.py declines it.
    """
    if prefetch.is_prefetch(request):
        raise error
    session_end.end_session(request, is_rejected=isinstance(error, SessionEnded))
    response = render_signed_out(request)
    if isinstance(error, SessionEnded) or error.session_ended:
        response.headers["Clear-Site-Data"] = prefetch.CLEAR_PREFETCHED
    return response


def framing_of(request: HttpRequest) -> Framing:
    """Return how the response to this request may be framed."""
    return decide_framing(
        settings.EMBED_ALLOWED_ORIGINS,
        referrer=request.headers.get("Referer", ""),
        own_origin=own_origin(request),
        wants_none=request.GET.get("actions") == "none",
    )


def look_of(request: HttpRequest) -> FrameLook:
    """Return how the frame looks, and what it may do."""
    framing = framing_of(request)
    look = make_look(request.GET.dict(), has_actions=framing.has_actions)
    allowed: AllowedOrigins = settings.EMBED_ALLOWED_ORIGINS
    return replace(
        look,
        origin=framing.origin,
        exact=allowed.exact,
        wildcards=() if framing.has_actions else allowed.wildcards,  # with buttons it talks to exact origins only
    )


def render_frame(request: HttpRequest, template: str, page: object, status: int = 200) -> HttpResponse:
    """Render a page in a frame."""
    look = look_of(request)
    return render(request, template, {"page": page, "frame": look, "url": request.path + look.query}, status=status)


def render_and_keep(request: PortalRequest, template: str, page: object) -> HttpResponse:
    """Render a page in a frame, and save it to be shown while Coder is unreachable."""
    save_snapshot(request, template, page)
    return render_frame(request, template, page)


def frame_error(request: HttpRequest, error: CoderError) -> HttpResponse:
    """Respond to an error of Coder's: with the page as it was last, an error page, or a redirect with a message."""
    message = error_message_for(error, write=request.method == "POST")
    if request.method == "POST":
        messages.error(request, message.text)
        return redirect(next_url(request, reverse("workspaces:embed_workspaces")))
    snapshot = find_snapshot(request, error)
    if snapshot:
        messages.warning(request, message.description, extra_tags="outage")
        return render_frame(request, snapshot.template, snapshot.page, message.status)
    response = render_frame(request, "embed/error.html", message, message.status)
    if message.retry_after:
        response["Retry-After"] = str(message.retry_after)
    return response
