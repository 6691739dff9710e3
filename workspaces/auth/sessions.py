"""Sessions: signing in and out, the person of a request, and the decorator of views that need one.

A session holds the person, their preferences and their encrypted token. It ends after SESSION_COOKIE_AGE without use,
after SESSION_AGE, on signing out here or everywhere, and when Coder rejects the token. `operations/session_end.py` ends
it, with all that depends on it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import update_wrapper
from typing import Any, Concatenate, Protocol
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django_htmx.middleware import HtmxDetails

from workspaces import timezones
from workspaces.auth import cookies, drafts, frame_cookie, tokens
from workspaces.coder.client import Coder
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import User
from workspaces.gateway import audit
from workspaces.gateway.client_address import client_address
from workspaces.models import PortalSession, Preferences

ORGANIZATIONS = "organizations"  # key of the session: ids of those that the person is a member of
TOUCH_INTERVAL_S = 300  # how often the time of a session's last use is written at most


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """The person who is signed in, with their preferences."""

    id: UUID
    username: str
    name: str
    avatar_url: str
    roles: tuple[str, ...]
    pasted: bool  # the token was pasted, not issued for a password: signing out does not revoke it
    zone: str
    theme: str
    page_size: int
    fingerprint: str  # of the token, see tokens.fingerprint
    shortcuts: bool = True  # the default is for sessions from before there were any

    @property
    def site_owner(self) -> bool:
        """Whether the person has Coder's role "owner", which may cancel any build."""
        return "owner" in self.roles

    @property
    def initial(self) -> str:
        """The first letter of the name, shown in place of an avatar."""
        return (self.name or self.username)[:1].upper()


class PortalRequest(HttpRequest):
    """A request that `sign_in_required` has authenticated."""

    htmx: HtmxDetails
    person: Person
    coder: Coder
    changes_nothing: bool  # set by a view whose POST only reads, so that no stream has to look for changes


class ViewerRequest(Protocol):
    """The attributes of a request that pages depend on. PortalRequest and live.SubscriberRequest have them."""

    @property
    def person(self) -> Person:
        """The person who is signed in."""

    @property
    def coder(self) -> Coder:
        """The client that sends the person's token."""

    @property
    def COOKIES(self) -> Mapping[str, str]:  # noqa: N802  # Django's name
        """The browser's cookies."""


class SignInRequired(Exception):
    """The request has no valid session. `session_ended`: it had one that has ended."""

    def __init__(self, *, session_ended: bool) -> None:
        super().__init__()
        self.session_ended = session_ended


type PortalView[**P, Response: HttpResponseBase] = Callable[Concatenate[PortalRequest, P], Response]


def sign_in_required[**P, Response: HttpResponseBase](
    view: PortalView[P, Response],
) -> Callable[Concatenate[HttpRequest, P], Response]:
    """Decorate a view to get `request.person` and `request.coder`.

    Raises SignInRequired, for which middleware.py redirects to the sign-in page.
    """

    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Response:
        request.person, token = identify(request)  # type: ignore[attr-defined]  # makes it a PortalRequest
        request.coder = audit.auditing_client(token, audit_actor(request, request.person))  # type: ignore[attr-defined]
        timezone.activate(time_zone_for(request))  # for times in messages; middleware.py ends it with the request
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    update_wrapper(wrapper, view)
    return wrapper


def identify(request: HttpRequest) -> tuple[Person, str]:
    """Return the person and their token. Raises SignInRequired, also for a session that is too old."""
    session, now = request.session, time.time()
    if "token" not in session:
        raise SignInRequired(session_ended=bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME)))
    is_frame = frame_cookie.ORIGINS in session
    if is_frame != bool(frame_cookie.frame_key(request)):  # each key counts in its own cookie only
        raise SignInRequired(session_ended=False)
    idle_s, age_s = age_limits(is_frame=is_frame)
    if now - session["since"] > age_s or now - session["seen"] > idle_s or not is_origin_allowed(session):
        raise SignInRequired(session_ended=True)
    if now - session["seen"] > TOUCH_INTERVAL_S:
        session["seen"], session["address"] = now, session_address(request)
    person = load_person(session)
    try:
        return person, tokens.decrypt(session["token"], person.id)
    except tokens.DecryptionError:  # its key was removed from the settings
        raise SignInRequired(session_ended=True) from None


def age_limits(*, is_frame: bool) -> tuple[int, int]:
    """Return after how many seconds a session ends: without use, and after its sign-in."""
    if is_frame:
        return settings.EMBED_SESSION_IDLE, settings.EMBED_SESSION_AGE
    return settings.SESSION_COOKIE_AGE, settings.SESSION_AGE


def is_origin_allowed(session: Any) -> bool:
    """Return whether an origin of a session of frames is still allowed; True for any other session."""
    origins = session.get(frame_cookie.ORIGINS)
    return origins is None or any(settings.EMBED_ALLOWED_ORIGINS.match(origin) for origin in origins)


def audit_actor(request: HttpRequest, person: Person) -> audit.Actor:
    """Return the person as the audit log names them."""
    return audit.Actor(
        person=person.id,
        username=person.username,
        address=client_address(request),
        fingerprint=person.fingerprint,
        frame=getattr(request, "frame_origin", ""),  # set by views/embed/
    )


def session_token(request: PortalRequest) -> str:
    """Return the person's token, for work that goes on after this request."""
    return tokens.decrypt(request.session["token"], request.person.id)


def optional_token(request: HttpRequest) -> str | None:
    """Return the token of the session; None where the session has none, or ended in this request."""
    sealed, person = request.session.get("token"), getattr(request, "person", None)
    return tokens.decrypt(sealed, person.id) if sealed and person else None


def load_person(session: Any) -> Person:
    """Return the person of a session."""
    stored = session["person"]
    return Person(**{**stored, "id": UUID(stored["id"]), "roles": tuple(stored["roles"])}, **session["preferences"])


def start_session(request: HttpRequest, user: User, token: str, *, pasted: bool, draft: str = "") -> None:
    """Sign `user` in with a new session key and a new CSRF token.

    `draft` is this user's stored draft. The browser's previous session must have ended: see operations/session_end.py.
    """
    request.session.flush()
    now = time.time()
    request.session["person"] = {
        "id": str(user.id),
        "username": user.username,
        "name": sanitize_text(user.name),
        "avatar_url": user.avatar_url,
        "roles": [role.name for role in user.roles or ()],
        "pasted": pasted,
        "fingerprint": tokens.fingerprint(token),
    }
    request.session[ORGANIZATIONS] = [str(organization) for organization in user.organization_ids or ()]
    request.session["token"] = tokens.encrypt(token, user.id)
    request.session["since"] = request.session["seen"] = now
    request.session[cookies.ADOPTED_AT] = 0.0
    request.session["browser"] = request.headers.get("User-Agent", "")[:200]
    request.session["address"] = session_address(request)
    request.session["preferences"] = load_preferences(user.id)
    if draft:
        request.session[drafts.SESSION_KEY] = draft
    rotate_token(request)


def session_address(request: HttpRequest) -> str:
    """Return the address that the list of a person's sessions shows."""
    return client_address(request)[:64]


def expired_sessions() -> "QuerySet[PortalSession]":
    """Return the stored sessions of people that are too old."""
    return PortalSession.objects.filter(is_expired(), person__isnull=False)


def live_sessions() -> "QuerySet[PortalSession]":
    """Return the stored sessions of people that are not too old."""
    return PortalSession.objects.exclude(is_expired()).filter(person__isnull=False)


def is_expired() -> Q:
    """Return the condition that a stored session is too old: its last use or its sign-in."""
    now = timezone.now()
    (_, age_s), (_, frame_age_s) = age_limits(is_frame=False), age_limits(is_frame=True)
    return (
        Q(expire_date__lte=now)
        | Q(frame_origins="", signed_in_at__lte=now - timedelta(seconds=age_s))
        | (~Q(frame_origins="") & Q(signed_in_at__lte=now - timedelta(seconds=frame_age_s)))
    )


def load_preferences(person: UUID) -> dict[str, Any]:
    """Return the person's `zone`, `theme` and `page_size`, with defaults."""
    row = Preferences.objects.filter(person=person).first() or Preferences(person=person)
    page_size = row.page_size or settings.PAGE_SIZE
    return {"zone": row.zone, "theme": row.theme, "page_size": page_size, "shortcuts": row.shortcuts}


def save_preferences(request: PortalRequest, *, zone: str, theme: str, page_size: int, shortcuts: bool) -> None:
    """Store the person's preferences for this session and for later ones."""
    preferences = {"zone": zone, "theme": theme, "page_size": page_size, "shortcuts": shortcuts}
    Preferences.objects.update_or_create(person=request.person.id, defaults=preferences)
    request.session["preferences"] = preferences


def time_zone_for(request: HttpRequest | ViewerRequest) -> ZoneInfo:
    """Return the zone of the person's preferences, else of the cookie that a script sets, else of the settings."""
    person: Person | None = getattr(request, "person", None)
    for name in (person.zone if person else "", unquote(request.COOKIES.get(settings.TIME_ZONE_COOKIE_NAME, ""))):
        if name in timezones.zone_names():
            return ZoneInfo(name)
    return ZoneInfo(settings.TIME_ZONE)
