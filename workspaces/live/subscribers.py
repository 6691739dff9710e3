"""Subscribers of event streams, and their rights at Coder, which are read in threads outside the event loop."""

import asyncio
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from cachetools import LRUCache
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.core.handlers.asgi import ASGIRequest
from django.db import close_old_connections
from django.urls import set_script_prefix
from django.utils import translation

from workspaces.auth import cookies, frame_cookie, rights, sessions
from workspaces.auth.session_store import hash_session_key
from workspaces.auth.sessions import Person, SignInRequired
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError
from workspaces.coder.hub import Access
from workspaces.coder.template_types import Template
from workspaces.coder.types import App, Workspace
from workspaces.gateway import connection
from workspaces.gateway.client_address import client_address
from workspaces.models import PortalSession
from workspaces.present.agent_health import iter_agents
from workspaces.present.agents.apps import uses_subdomain
from workspaces.present.page_models import Viewer

DATABASE_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live")
CODER_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-coder")  # all that a hanging Coder occupies
VIEW_TTL_S = 300.0  # how long rights and templates are reused, as on pages
VIEWS_BYTES = 32 * 1024 * 1024  # of all views of one process
VIEW_BYTES = 4000  # what a view takes beside its templates and rights
OBJECT_BYTES = 5  # of memory for each byte of a pickle; 4.3 were measured for a list
MAX_ZONE_LENGTH = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """The person who receives a stream, with the credentials for requests to Coder."""

    person: Person
    access: Access
    key_hash: str  # of the session
    zone: ZoneInfo
    language: str
    COOKIES: Mapping[str, str]  # only the cookies that change what pages show

    def request(self, coder_version: str) -> "SubscriberRequest":
        """Return a request to Coder. `coder_version` is that of Coder's last response."""
        coder = connection.client_for_token(self.access.token, self.access.forwarded_for)
        coder.version = coder_version
        return SubscriberRequest(person=self.person, COOKIES=self.COOKIES, coder=coder)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberRequest:
    """The attributes of a page's request that `auth.rights` needs."""

    person: Person
    COOKIES: Mapping[str, str]
    coder: Coder = field(repr=False)


async def run_in_thread[T](function: Callable[..., T], *args: Any, threads: Executor = DATABASE_THREADS) -> T:
    """Return the result of a function that may wait for a database or, with CODER_THREADS, for Coder."""

    def run() -> T:
        try:
            return function(*args)
        finally:
            close_old_connections()  # as at the end of a request

    return await asyncio.get_running_loop().run_in_executor(threads, run)


@contextmanager
def rendering_context(language: str) -> Iterator[None]:
    """Activate what a request activates for templates: the language and the portal's path prefix."""
    set_script_prefix((settings.FORCE_SCRIPT_NAME or "") + "/")
    with translation.override(language):
        yield


def identify_subscriber(scope: Mapping[str, Any]) -> Subscriber:
    """Return the subscriber behind an ASGI scope, and count the open page as use of the session.

    Raises SignInRequired.
    """
    request = ASGIRequest(dict(scope), BytesIO())
    cookies.adopt_old_cookies(request.COOKIES, sets_cookies=False)
    frame_cookie.load_session(request, PortalSession.get_session_store_class())
    person, token = sessions.identify(request)
    if request.session.modified:
        try:
            request.session.save()
        except UpdateError:  # it has just ended
            raise SignInRequired(session_ended=True) from None
    access = Access(token=token, fingerprint=person.fingerprint, forwarded_for=client_address(request))
    request.person = person  # type: ignore[attr-defined]  # `time_zone_for` reads it
    return Subscriber(
        person=person,
        access=access,
        key_hash=hash_session_key(str(request.session.session_key)),
        zone=sessions.time_zone_for(request),
        language=translation.get_language_from_request(request),
        COOKIES={
            name: value[:MAX_ZONE_LENGTH]
            for name, value in request.COOKIES.items()
            if name == settings.TIME_ZONE_COOKIE_NAME
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriberView:
    """The data for showing workspaces to a subscriber, except what changes over time (now, operations)."""

    viewer: Viewer
    templates: Sequence[Template]  # all of them for the menus of a list; for one workspace only its own
    weight: int  # bytes of memory, estimated


@dataclass(slots=True)
class ViewEntry:
    """A view that is cached, or is being loaded."""

    until: float  # loop time, in s
    view: "asyncio.Future[SubscriberView]"
    weight: int = VIEW_BYTES


class ViewCache:
    """The views of the process's subscribers, shared by the tabs of a session that show the same workspaces."""

    def __init__(self) -> None:
        self._entries: LRUCache[Any, ViewEntry] = LRUCache(VIEWS_BYTES, getsizeof=lambda entry: entry.weight)

    async def get(
        self, subscriber: Subscriber, workspaces: Sequence[Workspace], coder_version: str, *, single: bool = False
    ) -> SubscriberView:
        """Return the view of these workspaces; `single` for the page of one workspace. Raises SessionEnded."""
        now = asyncio.get_running_loop().time()
        shape = frozenset((workspace.id, workspace.owner_id, bool(workspace.shared_with)) for workspace in workspaces)
        fingerprint = subscriber.access.fingerprint
        key = (fingerprint, subscriber.zone.key, subscriber.language, coder_version, single, shape)
        entry: ViewEntry | None = self._entries.get(key)
        if entry is None or entry.until < now or has_failed(entry.view):
            request = subscriber.request(coder_version)
            view = asyncio.ensure_future(
                run_in_thread(load_view, request, subscriber.language, workspaces, single, threads=CODER_THREADS)
            )
            entry = self._entries[key] = ViewEntry(until=now + VIEW_TTL_S, view=view)
            view.add_done_callback(partial(self._weigh, key, entry))
        return await asyncio.shield(entry.view)

    def _weigh(self, key: Any, entry: ViewEntry, view: "asyncio.Future[SubscriberView]") -> None:
        """Count a view that has been loaded. One that exceeds the whole cache is not kept."""
        if self._entries.get(key) is not entry or has_failed(view):
            return
        entry.weight = VIEW_BYTES + view.result().weight
        del self._entries[key]
        with suppress(ValueError):
            self._entries[key] = entry

    def remove_token(self, fingerprint: str) -> None:
        """Remove the views that were loaded with this token."""
        for key in [key for key in self._entries if key[0] == fingerprint]:
            del self._entries[key]


def has_failed(view: asyncio.Future[SubscriberView]) -> bool:
    """Return whether loading a view was canceled or raised an exception."""
    return view.done() and (view.cancelled() or view.exception() is not None)


def load_view(
    request: SubscriberRequest,
    language: str,
    workspaces: Sequence[Workspace],
    single: bool,  # noqa: FBT001  # `run_in_thread` passes positional arguments
) -> SubscriberView:
    """Load rights and templates from Coder. Raises SessionEnded."""
    fingerprint = request.person.fingerprint
    try:
        templates: Sequence[Template] = (
            [connection.get_template(request.coder, fingerprint, workspace.template_id) for workspace in workspaces]
            if single
            else connection.get_templates(request.coder, fingerprint)
        )
        if single and any(uses_subdomain(app) for workspace in workspaces for app in apps_of(workspace)):
            connection.get_app_host(request.coder, fingerprint)
    except CoderError:
        templates = connection.cached_templates(fingerprint) or ()
    with rendering_context(language):
        viewer = rights.viewer_for(request, workspaces)
    weight = OBJECT_BYTES * len(pickle.dumps((viewer, templates), pickle.HIGHEST_PROTOCOL))
    return SubscriberView(viewer=viewer, templates=templates, weight=weight)


def apps_of(workspace: Workspace) -> Iterator[App]:
    """Yield the apps of all agents of a workspace."""
    for agent in iter_agents(workspace):
        yield from agent.apps or ()
