"""Sign-in and the account page."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from workspaces.auth import drafts, prefetch, sessions, staff, throttle, tokens
from workspaces.auth.session_store import request_key_hash
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.client import gather
from workspaces.coder.errors import (
    CoderError,
    Forbidden,
    InvalidRequest,
    ResponseLost,
    SessionEnded,
)
from workspaces.forms.account import AccountForm
from workspaces.forms.sign_in import LoginForm, TokenForm
from workspaces.gateway import connection
from workspaces.gateway.client_address import client_address
from workspaces.gateway.error_messages import coder_message, error_message_for
from workspaces.operations import cleanup, session_end
from workspaces.present.times import Moment, make_optional_moment
from workspaces.views.navigation import next_url
from workspaces.views.sign_out import interrupted_message

NEVER = datetime.min.replace(tzinfo=UTC)  # the last use of a session that an earlier release has stored


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "token")
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with Coder's password, or with a token. Errors are shown on the form that was sent."""
    uses_token = "token" in request.POST
    form = LoginForm(request.POST if request.method == "POST" and not uses_token else None)
    token_form = TokenForm(request.POST if uses_token else None)
    sent_form = token_form if uses_token else form
    retry_after_s = 0
    if request.method == "POST" and sent_form.is_valid():
        try:
            sign_in_throttled(request, sent_form)
            destination = redirect(next_url(request))
            destination["Clear-Site-Data"] = prefetch.CLEAR_PREFETCHED  # pages of who was signed in before
            return destination
        except throttle.TooManyFailures as error:
            sent_form.add_error(None, throttle_error(request, error))
            retry_after_s = error.retry_after_s
        except (CoderError, SessionEnded) as error:
            sent_form.add_error(None, sign_in_error(error, uses_token=uses_token))
    response = sign_in_page(request, form, token_form, status=422 if sent_form.errors else 200)
    if retry_after_s:
        response["Retry-After"] = str(retry_after_s)
    return response


def sign_in_page(
    request: HttpRequest, form: LoginForm, token_form: TokenForm, *, status: int, is_outdated: bool = False
) -> HttpResponse:
    """Render the sign-in page. `is_outdated`: the form that was sent was from before another sign-in."""
    context = {
        "form": form,
        "token_form": token_form,
        "auth": connection.AUTH_METHODS.get(),
        "cli_auth_url": f"{connection.public_url()}/cli-auth",
        "next": next_url(request),
        "ended": "ended" in request.GET,
        "has_draft": drafts.SESSION_KEY in request.session,
        "is_outdated": is_outdated,
    }
    return render(request, "workspaces/login.html", context, status=status)


def sign_in_again(request: HttpRequest) -> HttpResponse:
    """Respond to the form of a sign-in page that was opened before the browser's last sign-in.

    Who is signed in is redirected to `next`. Others get a new form with their email, without the password or token.
    """
    try:
        sessions.identify(request)
    except sessions.SignInRequired:
        form = LoginForm(initial={"email": request.POST.get("email", "")})
        return sign_in_page(request, form, TokenForm(), status=403, is_outdated=True)
    return redirect(next_url(request))


def sign_in_throttled(request: HttpRequest, form: LoginForm | TokenForm) -> None:
    """Sign in unless there were too many failures, and count this one if it fails.

    Raises TooManyFailures, CoderError and SessionEnded.
    """
    attempt = throttle.begin_attempt(client_address(request), form.cleaned_data.get("email", ""))
    try:
        sign_in(request, form)
    except (SessionEnded, Forbidden, InvalidRequest):
        raise  # Coder has refused what was sent
    except CoderError:
        attempt.give_back()  # an error of Coder's says nothing about what was sent
        raise
    attempt.give_back()


def throttle_error(request: HttpRequest, error: throttle.TooManyFailures) -> str:
    """Return the text that names the minute from which another attempt is allowed."""
    zone = sessions.time_zone_for(request)
    text = (
        _("Too many failed sign-ins from your IP address. Try again at %(time)s (%(zone)s).")
        if error.is_about_address
        else _("Too many failed sign-ins with this email address. Try again at %(time)s (%(zone)s).")
    )
    minute = error.until.astimezone(zone) + timedelta(minutes=1)  # the message names no seconds
    return text % {"time": minute.strftime("%H:%M"), "zone": zone.key}


def sign_in(request: HttpRequest, form: LoginForm | TokenForm) -> None:
    """Start a session with the data of a valid form. Raises CoderError."""
    token = form.cleaned_data.get("token") or ""
    pasted = bool(token)
    if not pasted:
        coder = connection.anonymous_client(client_address(request))
        token = coder.send(calls.login(form.cleaned_data["email"], form.cleaned_data["password"])).session_token
    try:
        address, optional_s = client_address(request), connection.OPTIONAL_CALL_BUDGET_S
        user, is_staff = gather(
            partial(connection.client_for_token(token, address).send, calls.me()),
            partial(staff.check_staff, connection.client_for_token(token, address, budget_s=optional_s)),
        )
    except CoderError:
        if not pasted:
            with suppress(CoderError, SessionEnded):  # Coder ends it by itself if nobody uses it
                connection.client_for_token(token, client_address(request)).send(calls.logout())
        raise
    draft = drafts.stored_draft(request, user.id)
    fingerprint = tokens.fingerprint(token)
    ended = session_end.end_session(request, ends_frames=True, next_fingerprint=fingerprint)
    oldest = session_end.end_oldest_sessions(user.id, next_fingerprint=fingerprint)
    sessions.start_session(request, user, token, pasted=pasted, draft=draft)
    request.session[staff.SESSION_KEY] = is_staff
    if interrupted := [*ended.interrupted, *oldest.interrupted]:
        messages.warning(request, interrupted_message(interrupted))
    cleanup.schedule_cleanup()  # a portal without operations has to delete expired audit entries too


def sign_in_error(error: CoderError | SessionEnded, *, uses_token: bool) -> str:
    """Return the text of a sign-in error for the form."""
    match error:
        case SessionEnded() if uses_token:
            return _("Coder does not accept this token. It may be expired or incomplete.")
        case SessionEnded():
            return _("The email or the password is incorrect.")
        case InvalidRequest() if uses_token:
            return _("This is not a Coder token.")
        case Forbidden() | InvalidRequest():
            return coder_message(error)
        case ResponseLost() if error.is_unreadable:
            text = _("The portal received a response that is not in Coder’s format, so you are not signed in.")
            return " ".join([text, error.reason, _("A proxy or a sign-in page may be between the portal and Coder.")])
        case ResponseLost():
            return " ".join(
                [_("Coder did not respond, so you are not signed in."), error.reason, _("Try again in a moment.")]
            )
    return error_message_for(error, write=False).text


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def account(request: PortalRequest) -> HttpResponse:
    """Show and save the preferences, and list the person's sessions."""
    person = request.person
    initial = {name: getattr(person, name) for name in AccountForm.base_fields}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        sessions.save_preferences(request, **form.cleaned_data)
        messages.success(request, _("Preferences saved."))
        return redirect("workspaces:account")
    context = {"form": form, "sessions": list(session_lines(request))}
    return render(request, "workspaces/account.html", context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """A session of the person in the list of the account page."""

    id: str  # the hash of its key
    browser: str  # the User-Agent
    address: str
    signed_in: Moment | None
    last_used: Moment | None
    is_present: bool  # it is the session of the request
    frame_origins: str  # of frames on pages of another site: the origins of these pages


def session_lines(request: PortalRequest) -> Iterator[SessionLine]:
    """Yield the person's sessions: the present one, then the others, the last used one first."""
    now, zone, present = timezone.now(), sessions.time_zone_for(request), request_key_hash(request)
    rows = sessions.live_sessions().filter(person=request.person.id)
    for row in sorted(rows, key=lambda row: (row.session_key == present, row.seen_at or NEVER), reverse=True):
        yield SessionLine(
            id=row.session_key,
            browser=row.browser,
            address=row.address,
            signed_in=make_optional_moment(row.signed_in_at, now, zone),
            last_used=make_optional_moment(row.seen_at, now, zone),
            is_present=row.session_key == present,
            frame_origins=", ".join(row.frame_origins.split()),
        )
