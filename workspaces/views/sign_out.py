"""Signing out: here, and everywhere."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from workspaces.auth import prefetch, sessions
from workspaces.auth.session_store import request_key_hash
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.forms.sign_in import EndSessionForm, LogoutForm
from workspaces.operations import session_end, token_revocation
from workspaces.present.names import join_names


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session. At Coder, revoke a token from a password sign-in, and a pasted one if `revoke` is selected."""
    try:
        person, _token = sessions.identify(request)
    except sessions.SignInRequired:  # it may be too old, and its frames not
        session_end.end_session(request, ends_frames=True)
        return redirect("workspaces:login")
    form = LogoutForm(request.POST)
    form.full_clean()
    if not form.cleaned_data["anyway"] and (names := session_end.operations_ending_with(request, person)):
        request.person = person  # type: ignore[attr-defined]  # the person stays signed in
        return render(request, "workspaces/logout.html", {"operations": names, "form": form}, status=409)
    ended = session_end.end_session(
        request, revoke_pasted=form.cleaned_data["revoke"], revokes_now=True, ends_frames=True
    )
    if not ended.number:
        return redirect_after_sign_out(request, ())  # another request has ended it; a message would start a session
    if not token_revocation.revoke_now(ended.revocations):
        text = _(
            "You are signed out of the portal. Coder has not revoked your token yet: it is valid until Coder responds."
        )
        messages.warning(request, " ".join([text, _("The portal keeps trying.")]))
    elif ended.is_token_shared:
        text = _("You are signed out of the portal. Another session uses the same token.")
        messages.success(request, " ".join([text, _("The token is revoked when that session ends.")]))
    else:
        messages.success(request, _("You are signed out."))
    return redirect_after_sign_out(request, ended.interrupted)


@require_POST
@sign_in_required
def end_sessions(request: PortalRequest) -> HttpResponse:
    """End every session of this person in the portal, and cancel their operations."""
    form = LogoutForm(request.POST)
    form.full_clean()
    ended = session_end.end_all_sessions(request, revoke_pasted=form.cleaned_data["revoke"])
    if not (ended.number or ended.canceled):
        return redirect_after_sign_out(request, ())  # as in `logout`
    are_revoked = token_revocation.revoke_now(ended.revocations)
    are_deleted = session_end.delete_operation_tokens(ended.canceled)
    messages.success(request, _("You are signed out in all browsers."))
    if ended.canceled:
        messages.info(request, _("Your operations were canceled."))
    if not (are_revoked and are_deleted):
        text = _("Coder has not revoked all of your tokens yet: they stay valid until Coder responds.")
        messages.warning(request, " ".join([text, _("The portal keeps trying.")]))
    return redirect_after_sign_out(request, ended.interrupted)


@require_POST
@sign_in_required
def end_session(request: PortalRequest) -> HttpResponse:
    """End one session of this person in another browser; the request's own one as the button "Sign out" does."""
    form = EndSessionForm(request.POST)
    if form.is_valid() and form.cleaned_data["session"] == request_key_hash(request):
        return logout(request)
    ended = session_end.end_other_session(request, form.cleaned_data["session"]) if form.is_valid() else None
    if not ended or not ended.number:
        messages.info(request, _("This session has already ended."))
        return redirect("workspaces:account")
    text = _("The session has ended: that browser is signed out.")
    messages.success(request, _("The session has ended: its frames are signed out.") if ended.is_frame else text)
    if not token_revocation.revoke_now(ended.revocations):
        text = _("Coder has not revoked the token of that session yet: it stays valid until Coder responds.")
        messages.warning(request, " ".join([text, _("The portal keeps trying.")]))
    if ended.interrupted:
        messages.warning(request, interrupted_message(ended.interrupted))
    return redirect("workspaces:account")


def redirect_after_sign_out(request: HttpRequest, interrupted: Sequence[str]) -> HttpResponse:
    """Redirect to the sign-in page and clear the browser's caches of the portal."""
    if interrupted:
        messages.warning(request, interrupted_message(interrupted))
    response: HttpResponse = redirect("workspaces:login")
    response["Clear-Site-Data"] = prefetch.CLEAR_CACHES
    return response


def interrupted_message(names: Sequence[str]) -> str:
    """Return the message that names workspaces whose canceled operation leaves them stopped."""
    text = ngettext(
        "An operation was canceled between its stop and its start, so this workspace may stay stopped: %(names)s.",
        "Operations were canceled between their stop and their start, so these workspaces may stay stopped: %(names)s.",
        len(names),
    )
    return text % {"names": join_names(names)}
