"""Sign-in, sign-out, and the account page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from workspaces.auth import drafts, sessions, throttle
from workspaces.auth.session_store import hash_session_key
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.errors import (
    CoderError,
    Forbidden,
    InvalidRequest,
    ResponseLost,
    SessionEnded,
)
from workspaces.forms.account import AccountForm
from workspaces.forms.sign_in import LoginForm, LogoutForm, TokenForm
from workspaces.gateway import connection
from workspaces.gateway.client_address import client_address
from workspaces.gateway.error_messages import coder_message, error_message_for
from workspaces.models import PortalSession
from workspaces.operations import cleanup, credentials
from workspaces.views.navigation import next_url


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password", "token")
def login(request: HttpRequest) -> HttpResponse:
    """Sign in with Coder's password, or with a token. Errors are shown on the form that was sent."""
    uses_token = "token" in request.POST
    form = LoginForm(request.POST if request.method == "POST" and not uses_token else None)
    token_form = TokenForm(request.POST if uses_token else None)
    sent_form = token_form if uses_token else form
    if request.method == "POST" and sent_form.is_valid() and not is_throttled(request, sent_form):
        try:
            sign_in(request, sent_form)
            return redirect(next_url(request))
        except (CoderError, SessionEnded) as error:
            sent_form.add_error(None, sign_in_error(error, uses_token=uses_token))
    context = {
        "form": form,
        "token_form": token_form,
        "auth": connection.AUTH_METHODS.get(),
        "cli_auth_url": f"{connection.public_url()}/cli-auth",
        "next": next_url(request),
        "ended": "ended" in request.GET,
        "has_draft": drafts.SESSION_KEY in request.session,
    }
    return render(request, "workspaces/login.html", context, status=422 if sent_form.errors else 200)


def is_throttled(request: HttpRequest, form: LoginForm | TokenForm) -> bool:
    """Count the attempt. If there were too many, add an error to the form and return True."""
    if throttle.exceeds_attempt_limit(f"address {client_address(request)}", form.cleaned_data.get("email", "")):
        form.add_error(None, _("Too many attempts from here. Wait five minutes, then try again."))
        return True
    return False


def sign_in(request: HttpRequest, form: LoginForm | TokenForm) -> None:
    """Start a session with the data of a valid form. Raises CoderError."""
    token = form.cleaned_data.get("token") or ""
    pasted = bool(token)
    if not pasted:
        coder = connection.anonymous_client(client_address(request))
        token = coder.send(calls.login(form.cleaned_data["email"], form.cleaned_data["password"])).session_token
    user = connection.client_for_token(token, client_address(request)).send(calls.me())
    sessions.start_session(request, user, token, pasted=pasted)
    cleanup.schedule_cleanup()  # a portal without operations has to delete expired audit entries too


def sign_in_error(error: CoderError | SessionEnded, *, uses_token: bool) -> str:
    """Return the text of a sign-in error for the form."""
    match error:
        case SessionEnded() if uses_token:
            return _("Coder does not know this token. It may have expired, or a part of it is missing.")
        case SessionEnded():
            return _("E-mail or password is wrong.")
        case InvalidRequest() if uses_token:
            return _("This is not a token of Coder's.")
        case Forbidden() | InvalidRequest():
            return coder_message(error)
        case ResponseLost():
            return " ".join(
                [_("Coder gave no answer, so you are not signed in."), error.reason, _("Try again in a moment.")]
            )
    return error_message_for(error, write=False).text


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session. At Coder, revoke a token from a password sign-in, and a pasted one if `revoke` is selected."""
    try:
        person, token = sessions.identify(request)
    except sessions.SignInRequired:
        return redirect("workspaces:login")
    form = LogoutForm(request.POST)
    form.full_clean()
    revokes = not person.pasted or form.cleaned_data["revoke"]
    if (
        revokes
        and not form.cleaned_data["anyway"]
        and (borrowing_operations := credentials.workspaces_using_session_token(person))
    ):
        request.person = person  # type: ignore[attr-defined]  # the person stays signed in
        return render(request, "workspaces/logout.html", {"operations": borrowing_operations, "form": form}, status=409)
    is_token_left = revokes and not revoke_token(token, client_address(request))
    sessions.end_session(request)
    if is_token_left:
        messages.warning(
            request, _("You are signed out here. Coder could not be told; your token there ends by itself.")
        )
    else:
        messages.success(request, _("You are signed out."))
    response = redirect("workspaces:login")
    response["Clear-Site-Data"] = '"cache"'
    return response


def revoke_token(token: str, ip_address: str) -> bool:
    """Revoke the token at Coder. Return whether it is invalid now."""
    try:
        connection.client_for_token(token, ip_address).send(calls.logout())
    except SessionEnded:
        return True
    except CoderError:
        return False
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def account(request: PortalRequest) -> HttpResponse:
    """Show and save the preferences, and list the person's sessions."""
    person = request.person
    initial = {"zone": person.zone, "theme": person.theme, "page_size": person.page_size}
    form = AccountForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        sessions.save_preferences(request, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("workspaces:account")
    portal_sessions = PortalSession.objects.filter(person=person.id, expire_date__gt=timezone.now()).order_by(
        "-signed_in_at"
    )
    context = {"form": form, "sessions": portal_sessions, "present": hash_session_key(str(request.session.session_key))}
    return render(request, "workspaces/account.html", context, status=422 if form.errors else 200)


@require_POST
@sign_in_required
def end_sessions(request: PortalRequest) -> HttpResponse:
    """End every session of this person in the portal."""
    sessions.end_all_sessions(request.person)
    sessions.end_session(request)
    messages.success(request, _("You are signed out, here and in every other browser."))
    response: HttpResponseRedirect = redirect("workspaces:login")
    response["Clear-Site-Data"] = '"cache"'
    return response
