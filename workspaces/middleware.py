"""Middleware: cache headers of pages, errors of Coder as responses, and the signal that updates open streams."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import DisallowedRedirect
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import MAX_URL_REDIRECT_LENGTH

from workspaces.auth import cookies, frame_cookie, prefetch
from workspaces.auth.sessions import Person, SignInRequired
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.gateway import connection, outage
from workspaces.signals import workspace_changed
from workspaces.views import errors
from workspaces.views.embed.handoff import is_handoff_page

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})

type GetResponse = Callable[[HttpRequest], HttpResponse]


class OldCookiesMiddleware:
    """Replace cookies that a browser has under their names of an earlier release.

    A response that is public otherwise, as /embed/host.js is, is private when it sets a cookie: no cache of a proxy may
    give the cookie of one person to another.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sets_cookies = not prefetch.is_prefetch(request)
        adopted = cookies.adopt_old_cookies(request.COOKIES, sets_cookies=sets_cookies)
        response = self.get_response(request)
        if sets_cookies:
            cookies.replace_old_cookies(request, response, adopted)
        if response.cookies and "public" in response.headers.get("Cache-Control", ""):  # no later middleware sets any
            response.headers["Cache-Control"] = "private, no-store"
        return response


class SessionMiddleware(sessions.SessionMiddleware):
    """Django's, with three differences.

    A request of a prefetched page (auth/prefetch.py) changes neither the session nor a cookie. The cookie of a session
    that does not exist is not deleted: a response that the browser gets late would delete the cookie that it has got
    for a new session meanwhile. And a session that was ended during the request is no malformed request.

    A frame on a page of another site has a cookie of its own, see auth/frame_cookie.py.
    """

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its session."""
        frame_cookie.load_session(request, self.SessionStore)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session and set its cookie, or delete the cookie if this request has ended the session."""
        if prefetch.is_prefetch(request):
            response.cookies.clear()
            patch_vary_headers(response, ("Cookie",))
            return response
        if request.session.is_empty() and not request.session.modified:
            patch_vary_headers(response, ("Cookie",))
            return response
        try:
            if frame_cookie.frame_key(request):
                return self.save_frame_session(request, response)
            return super().process_response(request, response)
        except (SessionInterrupted, UpdateError):
            if request.session.exists(request.session.session_key or ""):
                raise  # the database has failed
            return errors.session_interrupted(request)

    def save_frame_session(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """Save the session of a frame and set its cookie, or delete the cookie. Raises UpdateError where it has ended.

        A frame without a session gets none here: it takes a hand-off.
        """
        session: Any = request.session
        patch_vary_headers(response, ("Cookie",))
        if session.is_empty():
            frame_cookie.delete_cookie(response)
        elif session.modified and frame_cookie.ORIGINS in session and response.status_code < 500:
            session.save()
            frame_cookie.set_session_cookie(response, session)
        return response


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's; a frame with a cookie of its own (auth/frame_cookie.py) has its own secret, and must send an Origin."""

    def _get_secret(self, request: HttpRequest) -> str | None:
        key = frame_cookie.frame_key(request)
        return frame_cookie.csrf_secret(key) if key else super()._get_secret(request)  # type: ignore[misc]  # missing in the stubs

    def _set_csrf_cookie(self, request: HttpRequest, response: HttpResponse) -> None:
        if not frame_cookie.frame_key(request):
            super()._set_csrf_cookie(request, response)  # type: ignore[misc]

    def process_view(self, request: HttpRequest, *args: Any) -> HttpResponseForbidden | None:
        """Refuse a form that is not from the portal's pages."""
        if frame_cookie.frame_key(request) and request.method not in SAFE_METHODS and "Origin" not in request.headers:
            return self._reject(request, "A frame sends the header Origin.")  # type: ignore[attr-defined,no-any-return]
        return super().process_view(request, *args)


class OpenerMiddleware:
    """Let the window of a hand-off reach the frame that has opened it: its pages, and the sign-in that leads to them.

    All other pages have `Cross-Origin-Opener-Policy: same-origin`.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if settings.EMBED_ALLOWED_ORIGINS and is_handoff_page(request):
            response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
        return response


class SlashMiddleware(CommonMiddleware):
    """Django's, which adds a missing slash to a path, except to a URL that is too long to redirect to."""

    def should_redirect_with_slash(self, request: HttpRequest) -> bool:
        """Return whether the URL is redirected to the one with a slash."""
        return len(request.get_full_path()) < MAX_URL_REDIRECT_LENGTH and super().should_redirect_with_slash(request)


class NoStoreMiddleware:
    """Forbid browsers and proxies to store pages, and complete the Content-Security-Policy.

    The policy is that of the settings, with the directives that the view replaces (`csp_override`, or `frame-ancestors`
    of pages in frames), and with images from Coder's address.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        # Coder serves the icons of templates, and its public address may be known only after it has answered.
        policy = {**settings.SECURE_CSP, **getattr(response, "_csp_config", {})}
        policy["img-src"] = [*policy["img-src"], *filter(None, [connection.public_origin()])]
        response._csp_config = policy  # type: ignore[attr-defined]  # as csp_override does
        return response


class CoderErrorMiddleware:
    """Turn errors of Coder and ended sessions into responses."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):  # a view activates the zone of its person
            response = self.get_response(request)
        coder: Coder | None = getattr(request, "coder", None)
        if coder and coder.version and response.status_code < 500:
            outage.mark_reachable()
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the response for an error of Coder, an ended session or a URL that is too long to redirect to.

        Return None for any other exception.
        """
        match exception:
            case SignInRequired():
                return errors.redirect_to_sign_in(request, ended=exception.session_ended)
            case SessionEnded():
                return errors.redirect_to_sign_in(request, ended=True, is_rejected=True)
            case CoderError():
                return errors.coder_error_response(request, exception)
            case DisallowedRedirect():  # the URL is too long: Django would log it as an error, with a traceback
                return errors.bad_request(request, exception)
        return None


class NotifyStreamsMiddleware:
    """Send `workspace_changed` after each POST of a signed-in person that may have changed something."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        person: Person | None = getattr(request, "person", None)
        may_have_changed = request.method == "POST" and not getattr(request, "changes_nothing", False)
        if person and may_have_changed and request.resolver_match:
            workspace_id = request.resolver_match.kwargs.get("workspace_id")
            workspace_changed.send_robust(type(self), fingerprint=person.fingerprint, workspace_id=workspace_id)
        return response


class PrefetchMiddleware:
    """Decline a prefetched page that could not be shown later as it is now. See auth/prefetch.py."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not prefetch.is_prefetch(request):
            return self.get_response(request)
        if not prefetch.can_prefetch(request):
            return prefetch.declined_response()
        response = self.get_response(request)
        return response if response.status_code == HTTPStatus.OK else prefetch.declined_response()

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Decline a page without a session, or that Coder refuses: CoderErrorMiddleware would end the session."""
        expected = SignInRequired | SessionEnded | CoderError | DisallowedRedirect
        return (
            prefetch.declined_response() if prefetch.is_prefetch(request) and isinstance(exception, expected) else None
        )
