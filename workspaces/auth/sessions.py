"""Signing in and out, who is asking, and the decorator that hands a view its client.

A session holds the person, their preferences and their sealed token. It ends by idleness (the cookie's age), by
age (since it began), by signing out here or elsewhere, and when Coder no longer knows the token.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import update_wrapper
from importlib import import_module
from typing import Any, Concatenate, Protocol
from urllib.parse import unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.middleware.csrf import rotate_token
from django_htmx.middleware import HtmxDetails

from workspaces import timezones
from workspaces.auth import drafts, tokens
from workspaces.coder.client import Coder
from workspaces.coder.types import User
from workspaces.gateway import audit, snapshots
from workspaces.gateway.client_address import client_address
from workspaces.models import PortalSession, Preferences
from workspaces.signals import session_ended

TOUCH_INTERVAL_S = 300  # s: an open session's last use is written at most this often


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who is signed in, and how they like their pages."""

    id: UUID
    username: str
    name: str
    avatar_url: str
    roles: tuple[str, ...]
    pasted: bool  # the token was pasted, not given for a password: signing out does not end it at Coder
    zone: str
    theme: str
    page_size: int
    fingerprint: str  # of the token, see tokens.fingerprint

    @property
    def site_owner(self) -> bool:
        """Whether Coder's role "owner" is theirs: it may cancel any build."""
        return "owner" in self.roles

    @property
    def initial(self) -> str:
        """What stands where their picture would."""
        return (self.name or self.username)[:1].upper()


class PortalRequest(HttpRequest):
    """A request behind `signed_in`."""

    htmx: HtmxDetails
    person: Person
    coder: Coder


class ViewerRequest(Protocol):
    """Who asks, as far as it decides what they are shown: a request behind `signed_in`, or an open stream."""

    @property
    def person(self) -> Person:
        """Who is signed in."""

    @property
    def coder(self) -> Coder:
        """Coder as they meet it."""

    @property
    def COOKIES(self) -> Mapping[str, str]:  # noqa: N802  # Django's name
        """What their browser keeps for the portal."""


class SignInRequired(Exception):
    """Nobody is signed in, or no longer. `ended`: there was a session until now."""

    def __init__(self, *, session_ended: bool) -> None:
        super().__init__()
        self.session_ended = session_ended


type PortalView[**P, Answer: HttpResponseBase] = Callable[Concatenate[PortalRequest, P], Answer]


def signed_in[**P, Answer: HttpResponseBase](
    view: PortalView[P, Answer],
) -> Callable[Concatenate[HttpRequest, P], Answer]:
    """The view with `request.person` and `request.coder`. Raises SignedOut, which middleware.py answers."""

    def wrapper(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> Answer:
        request.person, token = identify(request)  # type: ignore[attr-defined]  # here it becomes a PortalRequest
        request.coder = audit.auditing_client(token, audit_actor(request, request.person))  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)  # type: ignore[arg-type]

    update_wrapper(wrapper, view)
    return wrapper


def identify(request: HttpRequest) -> tuple[Person, str]:
    """The person and their token. Raises SignedOut, having ended a session that is too old."""
    session, now = request.session, time.time()
    if "token" not in session:
        raise SignInRequired(session_ended=bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME)))
    if now - session["since"] > settings.SESSION_AGE or now - session["seen"] > settings.SESSION_COOKIE_AGE:
        end_session(request)
        raise SignInRequired(session_ended=True)
    if now - session["seen"] > TOUCH_INTERVAL_S:
        session["seen"] = now
    person = load_person(session)
    try:
        return person, tokens.decrypt(session["token"], person.id)
    except tokens.DecryptionError:  # its key was taken out of service
        end_session(request)
        raise SignInRequired(session_ended=True) from None


def audit_actor(request: HttpRequest, person: Person) -> audit.Actor:
    """The person, as the record names them."""
    return audit.Actor(
        person=person.id,
        username=person.username,
        address=client_address(request),
        fingerprint=person.fingerprint,
    )


def session_token(request: PortalRequest) -> str:
    """The token of whoever is signed in, for what acts in their name after this request."""
    return tokens.decrypt(request.session["token"], request.person.id)


def load_person(session: Any) -> Person:
    """The person of a session's data."""
    kept = session["person"]
    return Person(**{**kept, "id": UUID(kept["id"]), "roles": tuple(kept["roles"])}, **session["preferences"])


def start_session(request: HttpRequest, user: User, token: str, *, pasted: bool) -> None:
    """Sign `user` in: a new session under a new key, with a new CSRF token. Whoever was signed in before is out.

    What `user` had typed when their last session ended, goes on; of anybody else nothing does.
    """
    draft = drafts.stored_draft(request, user.id)
    request.session.flush()
    request.session.clear_expired()
    now = time.time()
    request.session["person"] = {
        "id": str(user.id),
        "username": user.username,
        "name": user.name,
        "avatar_url": user.avatar_url,
        "roles": [role.name for role in user.roles or ()],
        "pasted": pasted,
        "fingerprint": tokens.fingerprint(token),
    }
    request.session["token"] = tokens.encrypt(token, user.id)
    request.session["since"] = request.session["seen"] = now
    request.session["browser"] = request.headers.get("User-Agent", "")[:200]
    request.session["preferences"] = load_preferences(user.id)
    drafts.save_draft(request, draft)
    rotate_token(request)


def end_session(request: HttpRequest) -> None:
    """Forget the session, everything in it, and what was shown in it."""
    snapshots.delete_for_token(request.session.get("person", {}).get("fingerprint", ""))
    session_ended.send_robust(Person, session_key=request.session.session_key)
    request.session.flush()


def end_all_sessions(person: Person) -> int:
    """End every session of the person in this portal, the present one too. Returns how many there were."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for key in PortalSession.objects.filter(person=person.id).values_list("session_key", flat=True):
        session_ended.send_robust(Person, session_key=key)
    return int(store.end_all(person.id))


def load_preferences(person: UUID) -> dict[str, Any]:
    """What the person has chosen, with what stands in for what they have not."""
    chosen = Preferences.objects.filter(person=person).first() or Preferences(person=person)
    return {"zone": chosen.zone, "theme": chosen.theme, "page_size": chosen.page_size or settings.PAGE_SIZE}


def save_preferences(request: PortalRequest, *, zone: str, theme: str, page_size: int) -> None:
    """Write what the person has chosen, for this session and those to come."""
    chosen = {"zone": zone, "theme": theme, "page_size": page_size}
    Preferences.objects.update_or_create(person=request.person.id, defaults=chosen)
    request.session["preferences"] = chosen


def time_zone_for(request: HttpRequest | ViewerRequest) -> ZoneInfo:
    """The account's zone, else the browser's (a cookie that the page's script sets), else the setting's."""
    person: Person | None = getattr(request, "person", None)
    for name in (person.zone if person else "", unquote(request.COOKIES.get("tz", ""))):
        if name in timezones.zone_names():
            return ZoneInfo(name)
    return ZoneInfo(settings.TIME_ZONE)
