"""The answers to a request that does not go: pages, fragments, redirects with a message."""

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

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import Person, SignInRequired
from workspaces.coder.errors import CoderError, NotFound, Unreachable
from workspaces.gateway import outage, snapshots
from workspaces.gateway.error_messages import ErrorMessage, error_message_for
from workspaces.views.navigation import current_page_url, next_url
from workspaces.views.responses import messages_response, wants_partial


def coder_error_response(request: HttpRequest, error: CoderError) -> HttpResponse:
    """The answer to a request that met an error of Coder's: a page, a fragment, or a redirect with a message."""
    told = error_message_for(error, write=request.method == "POST")
    if wants_partial(request):
        messages.error(request, told.text)
        response = messages_response(request, status=told.status)
    elif request.method == "POST":
        messages.error(request, told.text)
        return redirect(next_url(request))
    else:
        response = snapshot_response(request, error, told) or error_page(request, told)
    if told.retry_after:
        response["Retry-After"] = str(told.retry_after)
    return response


def snapshot_response(request: HttpRequest, error: CoderError, told: ErrorMessage) -> HttpResponse | None:
    """While Coder is away: the page as this person last saw it, which says so. None where they never did."""
    person: Person | None = getattr(request, "person", None)
    found = snapshots.get_recent(person.fingerprint, request.get_full_path()) if person else None
    if found is None or not isinstance(error, Unreachable):
        return None
    messages.warning(request, " ".join([told.description, _("This is the page as you last saw it."), told.next_step]))
    return render(request, found.template, {"page": found.page}, status=told.status)


def error_page(request: HttpRequest, told: ErrorMessage) -> HttpResponse:
    """error.html, with its way to go on: to the list for whoever is signed in, else to signing in."""
    if not hasattr(request, "person"):
        with suppress(SignInRequired):
            request.person, _token = sessions.identify(request)  # type: ignore[attr-defined]  # as `signed_in` does
    context = {
        "status": told.status,
        "title": told.title,
        "description": told.description,
        "consequence": told.consequence,
        "next_step": told.next_step,
        "detail": told.detail,
        "since": outage.unreachable_since(),
        "retry_url": request.get_full_path() if told.status >= 429 else "",
    }
    return render(request, "workspaces/error.html", context, status=told.status)


def redirect_to_sign_in(request: HttpRequest, *, ended: bool) -> HttpResponse:
    """To the sign-in page, with the way back and what was typed. A fragment is told to go there with the whole page."""
    draft = drafts.encrypt_submission(request)
    sessions.end_session(request)
    drafts.save_draft(request, draft)
    query = {"next": current_page_url(request)} | ({"ended": "1"} if ended or draft else {})
    login = f"{reverse('workspaces:login')}?{urlencode(query)}"
    if wants_partial(request):
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    return HttpResponseRedirect(login)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form from before signing in again, or a browser that keeps no cookies.

    A fragment reloads its page, and so does a page whose form bears the mark that keeps what was typed.
    """
    draft = drafts.encrypt_submission(request) if drafts.form_reader(request) else ""
    drafts.save_draft(request, draft)
    if wants_partial(request):
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    if draft:
        return redirect(next_url(request))
    told = ErrorMessage(
        status=403,
        title=_("This page was too old"),
        description=_("The form did not carry the mark of your present session, so the portal did not take it."),
        consequence=_("Nothing was changed."),
        next_step=_("Go back, reload the page and try again. If it happens each time, allow cookies for this site."),
    )
    return error_page(request, told)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 400. The usual cause is a portal that is opened at another address than it was told."""
    lines = [_("The portal could not read this request.")]
    if isinstance(exception, DisallowedHost):
        lines += [_("It answers at %(url)s alone (the setting PORTAL_URL).") % {"url": settings.PORTAL_URL}]
    return HttpResponse("\n".join(lines), status=400, content_type="text/plain; charset=utf-8")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 403."""
    return csrf_failure(request, str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's 404: no such address. It looks like "not yours" does, so that addresses tell nothing."""
    told = error_message_for(NotFound(str(exception), status=404), write=False)
    return error_page(request, told)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's 500: a fault of the portal's. It may lie in what a template needs, so this one needs nothing."""
    return HttpResponse(render_to_string("500.html"), status=500)
