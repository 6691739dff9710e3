"""The hand-off of a session to a frame on a page of another site, where browsers send no cookie of the portal's pages.

The frame has a random key in a cookie of its own. It reports the origin of the page around it and gets a ticket, which
binds the origin to this key. In a window that the frame has opened, the person signs in and allows this origin; that
makes a code, which the window sends to the frame. The frame claims it with the key that the ticket names, once, within
CODE_MAX_AGE_S, and gets a session of its own. It uses the token of the session that has allowed it.
"""

import datetime as dt
import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.http import HttpRequest

from workspaces import timezones
from workspaces.auth import cookies, frame_cookie, sessions
from workspaces.auth.session_store import request_key_hash
from workspaces.models import FrameCode, PortalSession

TICKET_MAX_AGE_S = 600  # to read the page that asks the person
CODE_MAX_AGE_S = 60
MAX_ORIGINS = 5  # of a session
SALT = "portal.frame_ticket"
COPIED = ("person", sessions.ORGANIZATIONS, "token")  # from the session that has allowed the frame


class InvalidCode(Exception):
    """The code is unknown, used or too old, or was made for another frame, or its person has signed out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A frame that asks for a session."""

    origin: str  # of the page around it
    frame_sha256: str  # of its key, see frame_cookie.frame_hash


def issue_ticket(origin: str, frame_key: str) -> str:
    """Return the signed ticket of the frame with this key."""
    return signing.dumps([origin, frame_cookie.frame_hash(frame_key)], salt=SALT)


def read_ticket(text: str) -> Ticket | None:
    """Return a ticket; None for one that is too old or not the portal's, or whose origin is not allowed any more."""
    try:
        origin, frame_sha256 = signing.loads(text, salt=SALT, max_age=TICKET_MAX_AGE_S)
    except signing.BadSignature:
        return None
    is_allowed = settings.EMBED_ALLOWED_ORIGINS.match(origin)
    return Ticket(origin=origin, frame_sha256=frame_sha256) if is_allowed else None


def issue_code(request: HttpRequest, ticket: Ticket) -> str:
    """Return a new code for a frame that the person of this request has allowed. Earlier ones of the session end."""
    code, approved_by = secrets.token_urlsafe(32), request_key_hash(request) or ""
    with transaction.atomic():
        FrameCode.objects.filter(approved_by=approved_by).delete()
        FrameCode.objects.create(
            code_sha256=hash_code(code),
            frame_sha256=ticket.frame_sha256,
            origin=ticket.origin,
            approved_by=approved_by,
            expires_at=current_time() + dt.timedelta(seconds=CODE_MAX_AGE_S),
        )
    return code


def use_code(code: str, frame_key: str) -> FrameCode:
    """Return what a code was made for. Whoever sends it, it is used up. Raises InvalidCode."""
    found = FrameCode.objects.filter(pk=hash_code(code))
    row = found.first()
    deleted, _ = found.delete()
    if row is None or not deleted:  # another request was first
        raise InvalidCode
    is_own = secrets.compare_digest(row.frame_sha256, frame_cookie.frame_hash(frame_key))
    if not is_own or row.expires_at <= current_time() or not settings.EMBED_ALLOWED_ORIGINS.match(row.origin):
        raise InvalidCode
    return row


def find_approval(key_hash: str) -> PortalSession:
    """Return the session that has allowed a frame, by the hash of its key. Raises InvalidCode if it has ended."""
    session = sessions.live_sessions().filter(session_key=key_hash, frame_origins="").first()
    if session is None or "token" not in session.get_decoded():
        raise InvalidCode
    return session


def fill_frame_session(
    session: Any, request: HttpRequest, origins: Sequence[str], approval: PortalSession, *, partitioned: bool
) -> None:
    """Make a new session that of frames on pages of these origins, with the token of the session `approval`.

    The frame sends the browser's time zone, because it cannot keep it in a cookie.
    """
    stored: Any = approval.get_decoded()
    zone = request.POST.get("zone", "")
    zone = stored["preferences"]["zone"] or (zone if zone in timezones.zone_names() else "")
    session.update({key: stored[key] for key in COPIED if key in stored})
    session["preferences"] = {**stored["preferences"], "zone": zone}
    session["since"] = session["seen"] = time.time()
    session[cookies.ADOPTED_AT] = 0.0
    session["browser"] = request.headers.get("User-Agent", "")[:200]
    session["address"] = sessions.session_address(request)
    session[frame_cookie.ORIGINS] = list(origins)
    session[frame_cookie.PARTITIONED] = partitioned
    session["approved_by"] = approval.session_key
    session.set_expiry(settings.EMBED_SESSION_IDLE)


def join_origins(session: Any, origin: str, person: str) -> list[str]:
    """Return the origins of a frame's next session: this one, and those that the same person has allowed before.

    Pages of one site share the cookie, so a second page must not sign out the first.
    """
    is_same = session.get("person", {}).get("id") == person
    before = session.get(frame_cookie.ORIGINS, []) if is_same else []
    return [origin, *(each for each in before if each != origin)][:MAX_ORIGINS]


def approval_fingerprint(approval: PortalSession) -> str:
    """Return the fingerprint of a session's token."""
    return str(approval.get_decoded()["person"]["fingerprint"])


def hash_code(code: str) -> str:
    """Return the hash under which a code is stored. Codes are random, so they need no salt."""
    return hashlib.sha256(code.encode(errors="surrogatepass")).hexdigest()


def current_time() -> dt.datetime:
    """Return the current time."""
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)
