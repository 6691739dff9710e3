"""The sign-in of a frame on a page of another site: its cookie, its ticket, the window that asks, and the claim.

auth/handoff.py says how these follow each other.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from workspaces.auth import frame_cookie, handoff, sessions
from workspaces.auth.handoff import InvalidCode, Ticket
from workspaces.auth.session_store import hash_session_key, request_key_hash
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.embed.origins import parse_origin
from workspaces.gateway import audit
from workspaces.models import PortalSession
from workspaces.operations import session_end, tasks
from workspaces.views.embed.frames import embedded
from workspaces.views.navigation import next_url, path_of

OWN_ONLY = {"Cross-Origin-Resource-Policy": "same-origin"}  # what a frame requests itself


def is_handoff_page(request: HttpRequest) -> bool:
    """Return whether a request is for a page of the window that a frame opens: it must reach the frame."""
    path, windows = request.path, [reverse("workspaces:embed_handoff"), reverse("workspaces:embed_window")]
    return path in windows or (path == reverse("workspaces:login") and path_of(next_url(request)) == windows[0])


def json_response(data: dict[str, object], status: int = 200) -> JsonResponse:
    """Return the response to a script of a frame or of its window."""
    return JsonResponse(data, status=status, headers=OWN_ONLY)


@require_safe
@embedded
def cookies(request: HttpRequest) -> HttpResponse:
    """Say whether the browser keeps the frame's cookie, with a CSRF token if so. Without the cookie, set it."""
    is_kept = bool(frame_cookie.frame_key(request))
    response = json_response({"kept": is_kept, "token": get_token(request) if is_kept else ""})
    if not frame_cookie.cookie_value(request.COOKIES):
        frame_cookie.set_cookie(response, frame_cookie.new_key(), partitioned=True)
    return response


@require_POST
@embedded
def ticket(request: HttpRequest) -> HttpResponse:
    """Give a frame the ticket for the origin that it reports, if this origin is allowed."""
    key, text = frame_cookie.frame_key(request), request.POST.get("page", "")
    address = parse_origin(text)
    if not key or address is None or not settings.EMBED_ALLOWED_ORIGINS.match(text):
        return json_response({}, status=403)
    return json_response({"ticket": handoff.issue_ticket(address.origin, key)})


@require_http_methods(["GET", "HEAD", "POST"])
@embedded
def window(request: HttpRequest) -> HttpResponse:
    """Set the cookie where a browser keeps none in a frame, before anybody signs in. The frame looks for it.

    All sites share this cookie, so only a form sets it, which the window sends once a frame has answered.
    """
    if request.method != "POST":
        return render(request, "embed/window.html")
    response = json_response({})
    if not frame_cookie.cookie_value(request.COOKIES):
        frame_cookie.set_cookie(response, frame_cookie.new_key(), partitioned=False)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@embedded
@sign_in_required
def allow(request: PortalRequest) -> HttpResponse:
    """Ask the person whether the origin of a ticket may show their workspaces, and make the code for the frame."""
    text = request.POST.get("ticket") or request.GET.get("ticket") or ""
    valid_ticket = handoff.read_ticket(text)
    if request.method == "POST":
        return allow_frame(request, valid_ticket)
    match = settings.EMBED_ALLOWED_ORIGINS.match(valid_ticket.origin) if valid_ticket else ""
    context = {"ticket": valid_ticket, "text": text, "has_actions": match == "exact"}
    return render(request, "embed/handoff.html", context, status=200 if valid_ticket or not text else 422)


def allow_frame(request: PortalRequest, valid_ticket: Ticket | None) -> HttpResponse:
    """Return a code for the frame of the ticket; without a code where the browser has the same cookie in both."""
    request.changes_nothing = True  # at Coder
    if valid_ticket is None:
        return json_response({}, status=403)
    key = frame_cookie.cookie_value(request.COOKIES)
    try:
        if frame_cookie.frame_hash(key) == valid_ticket.frame_sha256:
            response = share_session(request, valid_ticket.origin, key)
        else:
            response = json_response({"code": handoff.issue_code(request, valid_ticket)})
    except InvalidCode:
        return json_response({}, status=403)
    actor = sessions.audit_actor(request, request.person)
    audit.save_portal_change(actor, "allow frame", {"origin": valid_ticket.origin})
    return response


def share_session(request: PortalRequest, origin: str, key: str) -> HttpResponse:
    """Give the frames of a browser without partitions their session, in the cookie that the window has, too.

    `key`: the present one of this cookie. Raises InvalidCode if the session that has allowed the frame has ended.
    """
    store = PortalSession.get_session_store_class()
    origins = handoff.join_origins(store(key), origin, str(request.person.id))
    session, approved_by = store(), request_key_hash(request) or ""
    session_end.end_other_session(request, hash_session_key(key))
    session_end.end_oldest_sessions(request.person.id, next_fingerprint=request.person.fingerprint)
    save_frame_session(session, request, origins, approved_by, partitioned=False)
    response = json_response({"code": ""})
    frame_cookie.set_session_cookie(response, session)
    return response


@require_POST
@embedded
def claim(request: HttpRequest) -> HttpResponse:
    """Give a frame its session for a code."""
    key = frame_cookie.frame_key(request)
    try:
        row = handoff.use_code(request.POST.get("code", ""), key)
        approval = handoff.find_approval(row.approved_by)
        origins = handoff.join_origins(request.session, row.origin, str(approval.person))
        fingerprint = handoff.approval_fingerprint(approval)
        session_end.end_session(request, next_fingerprint=fingerprint)
        session_end.end_oldest_sessions(UUID(str(approval.person)), next_fingerprint=fingerprint)
        request.session.flush()
        save_frame_session(request.session, request, origins, row.approved_by, partitioned=True)
    except InvalidCode:
        return json_response({}, status=403)
    return json_response({})


def save_frame_session(
    session: Any, request: HttpRequest, origins: Sequence[str], approved_by: str, *, partitioned: bool
) -> None:
    """Store a frame's new session. Raises InvalidCode if the session that has allowed it has ended.

    Whoever ends that session either finds this one, or was first.
    """
    with tasks.exclusive_transaction():
        approval = handoff.find_approval(approved_by)
        handoff.fill_frame_session(session, request, origins, approval, partitioned=partitioned)
        session.save()
