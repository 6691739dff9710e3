"""Who opens a stream, and what Coder lets them do: asked in threads, beside the event loop."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.urls import set_script_prefix
from django.utils import translation

from workspaces.auth import rights, sessions
from workspaces.auth.sessions import Person
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import Access
from workspaces.coder.template_types import Template
from workspaces.coder.types import App, Workspace
from workspaces.gateway import connection
from workspaces.gateway.client_address import client_address
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.apps import wants_host
from workspaces.present.page_models import Viewer

THREAD_POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
VIEW_TTL_S = 300.0  # s that what Coder lets somebody do is believed, as on pages
MAX_VIEWS = 4096  # views that are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Who looks by a stream, and as whom Coder is asked for them."""

    person: Person
    access: Access
    session_key: str
    zone: ZoneInfo
    language: str
    COOKIES: Mapping[str, str]  # those that decide what is shown

    def request(self, coder_version: str) -> "SubscriberRequest":
        """The same with a client for some questions, which knows the version of the Coder that answered last."""
        coder = connection.client_for_token(self.access.token, self.access.forwarded_for)
        coder.version = coder_version
        return SubscriberRequest(person=self.person, COOKIES=self.COOKIES, coder=coder)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRequest:
    """A visitor who asks Coder."""

    person: Person
    COOKIES: Mapping[str, str]
    coder: Coder = field(repr=False)


async def run_in_thread[T](ask: Callable[..., T], *args: Any) -> T:
    """What a function says that may wait for a database or for Coder."""

    def run() -> T:
        try:
            return ask(*args)
        finally:
            close_old_connections()  # as at the end of a request

    return await asyncio.get_running_loop().run_in_executor(THREAD_POOL, run)


@contextmanager
def rendering_context(language: str) -> Iterator[None]:
    """Render as for a request: in this language, with addresses under the portal's prefix."""
    set_script_prefix((settings.FORCE_SCRIPT_NAME or "") + "/")
    with translation.override(language):
        yield


def identify_subscriber(scope: Mapping[str, Any]) -> Subscriber:
    """Who asks. Raises SignedOut. An open page counts as use of the session."""
    request = ASGIRequest(dict(scope), BytesIO())
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(key)
    person, token = sessions.identify(request)
    if request.session.modified:
        request.session.save()
    access = Access(token=token, fingerprint=person.fingerprint, forwarded_for=client_address(request))
    request.person = person  # type: ignore[attr-defined]  # it decides the zone
    return Subscriber(
        person=person,
        access=access,
        session_key=str(request.session.session_key),
        zone=sessions.time_zone_for(request),
        language=translation.get_language_from_request(request),
        COOKIES={name: value for name, value in request.COOKIES.items() if name == "tz"},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberView:
    """What it takes to show workspaces to somebody. What differs by the moment (now, operations) is not in it."""

    viewer: Viewer
    templates: Sequence[Template]  # for the menus of a list; of a single workspace its own alone


class ViewCache:
    """The views that are known, shared by all tabs of a session that show the same."""

    def __init__(self) -> None:
        self._entries: dict[
            Any, tuple[float, asyncio.Future[SubscriberView]]
        ] = {}  # by what they are of: until when, and the view

    async def get(
        self, visitor: Subscriber, workspaces: Sequence[Workspace], version: str, *, alone: bool = False
    ) -> SubscriberView:
        """How this visitor sees these workspaces, or one that stands `alone` on its page. Raises SessionEnded."""
        now = asyncio.get_running_loop().time()
        ids = frozenset((each.id, each.owner_id, bool(each.shared_with)) for each in workspaces)
        key = (visitor.access.fingerprint, visitor.zone.key, visitor.language, version, alone, ids)
        until, found = self._entries.get(key, (0.0, None))
        if found is None or until < now or has_failed(found):
            found = asyncio.ensure_future(
                run_in_thread(load_view, visitor.request(version), visitor.language, workspaces, alone)
            )
            self._entries[key] = now + VIEW_TTL_S, found
            while len(self._entries) > MAX_VIEWS:
                del self._entries[next(iter(self._entries))]
        return await asyncio.shield(found)

    def remove_token(self, fingerprint: str) -> None:
        """Drop what was told to this token."""
        for key in [key for key in self._entries if key[0] == fingerprint]:
            del self._entries[key]


def has_failed(asked: asyncio.Future[SubscriberView]) -> bool:
    """Whether nothing came of it."""
    return asked.done() and (asked.cancelled() or asked.exception() is not None)


def load_view(asker: SubscriberRequest, language: str, workspaces: Sequence[Workspace], alone: bool) -> SubscriberView:  # noqa: FBT001  # for `in_thread`
    """Ask for it. Raises SessionEnded."""
    fingerprint = asker.person.fingerprint
    try:
        templates: Sequence[Template] = (
            [connection.get_template(asker.coder, fingerprint, each.template_id) for each in workspaces]
            if alone
            else connection.get_templates(asker.coder, fingerprint)
        )
        if alone and any(wants_host(app) for each in workspaces for app in apps_of(each)):
            connection.get_app_host(asker.coder, fingerprint)
    except CoderError:
        templates = connection.cached_templates(fingerprint) or ()
    with rendering_context(language):
        return SubscriberView(viewer=rights.viewer_for(asker, workspaces), templates=templates)


def apps_of(workspace: Workspace) -> Iterator[App]:
    """The apps of all of its agents."""
    for agent in iter_agents(workspace):
        yield from agent.apps or ()
