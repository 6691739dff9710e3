"""Responses to errors: pages, fragments, and redirects with a message."""

from contextlib import suppress

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from workspaces.auth import drafts, frame_cookie, prefetch, sessions
from workspaces.auth.sessions import Person, SignInRequired
from workspaces.coder.errors import CoderError, NotFound, Unreachable
from workspaces.gateway import snapshots
from workspaces.gateway.error_messages import ErrorMessage, error_message_for
from workspaces.gateway.snapshots import Snapshot
from workspaces.operations import session_end
from workspaces.views import account
from workspaces.views.navigation import current_page_url, next_url
from workspaces.views.responses import messages_response, wants_partial
from workspaces.views.snapshot_keys import snapshot_key


def coder_error_response(request: HttpRequest, error: CoderError) -> HttpResponse:
    """Respond to an error of Coder's: with a page, a fragment, or a redirect with a message."""
    message = error_message_for(error, write=request.method == "POST")
    if wants_partial(request):
        messages.error(request, message.text)
        response = messages_response(request, status=message.status)
    elif request.method == "POST":
        messages.error(request, message.text)
        return redirect(next_url(request))
    else:
        response = snapshot_response(request, error, message) or error_page(request, message)
    if message.retry_after:
        response["Retry-After"] = str(message.retry_after)
    return response


def snapshot_response(request: HttpRequest, error: CoderError, message: ErrorMessage) -> HttpResponse | None:
    """Return the page as this person saw it last, if Coder is unreachable; None if there is no such page."""
    snapshot = find_snapshot(request, error)
    if snapshot is None:
        return None
    messages.warning(
        request, " ".join([message.description, _("This is the page as you last saw it."), message.next_step])
    )
    return render(request, snapshot.template, {"page": snapshot.page}, status=message.status)


def find_snapshot(request: HttpRequest, error: CoderError) -> Snapshot | None:
    """Return what this person saw last at this address, if Coder is unreachable; None if there is nothing."""
    person: Person | None = getattr(request, "person", None)
    key = snapshot_key(request, person.fingerprint) if person and isinstance(error, Unreachable) else None
    return snapshots.STORE.get_recent(person.id, key) if person and key else None


def error_page(request: HttpRequest, message: ErrorMessage) -> HttpResponse:
    """Render error.html, with a link to the list or, if nobody is signed in, to the sign-in page."""
    if not hasattr(request, "person"):
        with suppress(SignInRequired):
            request.person, _token = sessions.identify(request)  # type: ignore[attr-defined]  # as `sign_in_required` does
    context = {
        "status": message.status,
        "title": message.title,
        "description": message.description,
        "consequence": message.consequence,
        "next_step": message.next_step,
        "detail": message.detail,
        "retry_url": request.get_full_path() if message.status >= 429 else "",
    }
    return render(request, "workspaces/error.html", context, status=message.status)


def redirect_to_sign_in(request: HttpRequest, *, ended: bool, is_rejected: bool = False) -> HttpResponse:
    """Redirect to the sign-in page and store what was typed. `next` leads back to the page.

    `ended`: the request had a session. `is_rejected`: Coder does not accept its token.
    """
    if was_sent_while_typing(request):
        return HttpResponse(status=401)
    if drafts.is_stored_only(request):
        return sign_in_redirect(request, ended=True)
    draft = drafts.read_submission(request)
    session_end.end_session(request, is_rejected=is_rejected)
    drafts.save_draft(request, draft)
    return sign_in_redirect(request, ended=bool(ended or draft))


def was_sent_while_typing(request: HttpRequest) -> bool:
    """Return whether a script sent the form for its summary. Nobody submitted it, so the page stays as it is.

    The response changes no cookie either: the person may be signing in with another request at the same time.
    """
    return wants_partial(request) and request.POST.get("again") == "summary"


def session_interrupted(request: HttpRequest) -> HttpResponse:
    """Redirect to the sign-in page after a request during which its session was ended elsewhere.

    A frame, which browsers show no sign-in page in, is loaded again: it says so itself. What was typed is not stored:
    the request may have been carried out. The browser's cookie stays, because it may be that of a new session already.
    """
    if frame_cookie.accepts_cookie(request.path_info):
        is_read = request.method in {"GET", "HEAD"}
        frame_url = request.get_full_path() if is_read else next_url(request, reverse("workspaces:embed_workspaces"))
        response: HttpResponse = HttpResponseRedirect(frame_url)
    else:
        response = sign_in_redirect(request, ended=True)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def sign_in_redirect(request: HttpRequest, *, ended: bool) -> HttpResponse:
    """Redirect to the sign-in page, which leads back. `ended`: it says that the session has expired."""
    query = {"next": current_page_url(request)} | ({"ended": "1"} if ended else {})
    url = f"{reverse('workspaces:login')}?{urlencode(query)}"
    response = (
        HttpResponse(status=401, headers={"HX-Redirect": url}) if wants_partial(request) else HttpResponseRedirect(url)
    )
    if ended:
        response.headers["Clear-Site-Data"] = prefetch.CLEAR_PREFETCHED
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Respond to an invalid CSRF token: the form is from an earlier session, or the browser rejects cookies.

    The page is loaded again for htmx, and for a form whose signature allows to store what was typed. Who sends the form
    of the sign-in page gets a new one. A form of another site gets the error page, and changes no session.
    """
    is_own = drafts.is_from_own_page(request)
    if was_sent_while_typing(request):
        return HttpResponse(status=403, headers={"HX-Reswap": "none"})
    draft = drafts.read_submission(request) if is_own and drafts.form_owner(request) else None
    drafts.save_draft(request, draft)
    if wants_partial(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    if is_own and request.resolver_match and request.resolver_match.view_name == "workspaces:login":
        return account.sign_in_again(request)
    if draft:
        return redirect(next_url(request))
    message = ErrorMessage(
        status=403,
        title=_("This page has expired"),
        description=_("The form belongs to an earlier session, so the portal did not accept it."),
        consequence=_("Nothing was changed."),
        next_step=_("Go back, reload the page, and try again. If this persists, allow cookies for this site."),
    )
    return error_page(request, message)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond with 400. The usual cause is a host that is not in the setting PORTAL_URL."""
    lines = [_("The portal could not read this request.")]
    if isinstance(exception, DisallowedHost):
        lines += [_("The portal is available only at %(url)s (setting PORTAL_URL).") % {"url": settings.PORTAL_URL}]
    return HttpResponse("\n".join(lines), status=400, content_type="text/plain; charset=utf-8")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond with 403."""
    return csrf_failure(request, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Respond with 404, in the same way as to what the person may not see, so that URLs reveal nothing."""
    message = error_message_for(NotFound(str(exception), status=404), write=False)
    return error_page(request, message)


def server_error(request: HttpRequest) -> HttpResponse:
    """Respond with 500 by a template that needs no context, since the context may be the cause."""
    return HttpResponse(render_to_string("500.html"), status=500)
