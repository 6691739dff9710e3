"""Reads all pages of GET /workspaces with one token, a few at a time, into compact rows.

Rows are kept by id, and a reading is complete only when its ids are as many as Coder counts (see
`coder/workspace_pages.py`). Until then all pages are read again, a few times at most.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import close_old_connections
from django.utils import timezone

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.auth import rights
from workspaces.auth.sessions import Person
from workspaces.coder import calls
from workspaces.coder.client import Coder
from workspaces.coder.clock import CLOCK
from workspaces.coder.errors import CallError, CoderError, Gone, NotFound, RateLimited, SessionEnded
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.coder.workspace_pages import MAX_PASSES, PAGE_ROWS, PAGES_AT_ONCE, read_all_pages
from workspaces.fleet import sharing
from workspaces.fleet.rows import NO_RIGHTS, FleetRow, SharedValues, make_fleet_row
from workspaces.fleet.sharing import Publisher, SharedState
from workspaces.gateway import connection

DECODING_THREADS = 2  # more than there are requests, so that the next request need not wait for them
THREADS = PAGES_AT_ONCE + DECODING_THREADS
MAX_CHECKED = 200  # workspaces that are read one by one, because the last pass did not show them
MAX_ROWS = 65_536  # at 2 KiB a row, 128 MiB
FOLLOW_S = 0.25  # between two looks at what another process has read
MAX_RATE_LIMIT_WAIT_S = 60.0
RATE_LIMIT_WAIT_S = 1.0  # where Coder does not say how long

logger = logging.getLogger("portal.fleet")


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAccess:
    """Who reads, and with which token."""

    person: Person
    token: str = field(repr=False)
    forwarded_for: str

    def open_client(self) -> Coder:
        """Return a client with a new budget of time."""
        return connection.client_for_token(self.token, self.forwarded_for or None)


class Stopped(Exception):
    """The reading was stopped: its session ended, or the process does."""


class FleetReading:
    """One reading of what matches Coder's search `q`. It runs in a thread; its attributes may be read at any time."""

    def __init__(
        self, access: FleetAccess, q: str, max_age: timedelta = timedelta(), on_rows: Callable[[], None] = lambda: None
    ) -> None:
        self.access = access
        self.q = q
        self._max_age = max_age  # of what another process has read
        self._on_rows = on_rows  # called after each page
        self._publisher: Publisher | None = None
        self._removed: list[UUID] = []
        self.rows: dict[UUID, FleetRow] = {}
        self.count: int | None = None  # None before the first page
        self.error: CallError | None = None
        self.coder_version = ""
        self.started_at: datetime = timezone.now()
        self.ended_at: datetime | None = None
        self.has_first_rows = threading.Event()
        self.has_ended = threading.Event()
        self.is_complete = False  # whether all workspaces that Coder counts have been read
        self._own_rights = rights.build_rights(access.person, {}, None)
        self._rights: dict[UUID, Rights] = {}  # on the workspaces of others, by organization
        self._shared = SharedValues()
        self._lock = threading.Lock()  # of the rows; never held during a call to Coder or to the cache
        self._stopped = threading.Event()
        self._slots = threading.Semaphore(PAGES_AT_ONCE)

    @property
    def is_limited(self) -> bool:
        """Whether there are more workspaces than are read."""
        return self.count is not None and self.count > MAX_ROWS

    def start(self, threads: threading.Semaphore) -> None:
        """Start to read, as soon as one of the `threads` is free. Does not wait."""
        try:
            threading.Thread(target=self._run, args=(threads,), name="fleet", daemon=True).start()
        except RuntimeError as error:  # the process can have no further thread; later it may
            logger.exception("The fleet could not be read.")
            self.error = CoderError(type(error).__name__)
            self._end()

    def stop(self) -> None:
        """End the reading before its next page."""
        self._stopped.set()

    def replace_row(self, workspace: Workspace) -> FleetRow | None:
        """Store the newer state of a workspace that has been read, and return its row; None if it has not been.

        Event loops call it: it waits for no call to Coder.
        """
        with self._lock:
            if workspace.id in self.rows:
                [self.rows[workspace.id]] = self._make_rows([workspace])
            return self.rows.get(workspace.id)

    def _run(self, threads: threading.Semaphore) -> None:
        try:
            if not (sharing.is_shared() and self._follow()):
                with threads, ThreadPoolExecutor(THREADS, thread_name_prefix="fleet-page") as executor:
                    self.read(executor)
        except (CoderError, SessionEnded) as error:
            self.error = error
        except Stopped:
            self.error = SessionEnded()
        except Exception as error:
            logger.exception("The fleet could not be read.")
            self.error = CoderError(type(error).__name__)
        finally:
            close_old_connections()
            self._end()

    def _end(self) -> None:
        """Publish how the reading has ended, and let those who wait go on."""
        self.ended_at = timezone.now()
        if self._publisher:
            self._publisher.write(
                ended_at=self.ended_at,
                is_complete=self.is_complete,
                removed=tuple(self._removed),
                has_failed=self.error is not None,
            )
        self.has_ended.set()
        self.has_first_rows.set()

    def _follow(self) -> bool:
        """Take the rows that another process publishes. Return whether it read all to the end. Raises Stopped."""
        key = (self.access.person.fingerprint, self.q)
        published = 0  # pages that were taken
        while not self._stopped.is_set():
            state = sharing.current_state(*key, self._max_age)
            if state is None and sharing.begin(*key):
                self.rows.clear()
                self._publisher = Publisher(*key, self.started_at)
                return False
            if state:
                published = self._take_pages(state, published)
            if state and state.ended_at:
                return True
            self._stopped.wait(FOLLOW_S)
        raise Stopped

    def _take_pages(self, state: SharedState, first: int) -> int:
        """Take the pages from number `first` on; all of them if the reading is a new one. Return the next number."""
        is_other = state.started_at != self.started_at
        rows = [
            self._shared.share_row(row)
            for number in range(0 if is_other else first, state.pages)
            for row in sharing.read_page(self.access.person.fingerprint, state, number) or ()
        ]
        with self._lock:
            if is_other:
                self.rows.clear()
                self.started_at = state.started_at
            self.rows |= {row.id: row for row in rows}
            for workspace_id in state.removed:
                self.rows.pop(workspace_id, None)
            self.count, self.coder_version, self._rights = state.count, state.coder_version, state.rights
            self.is_complete = state.is_complete and len(self.rows) == state.count  # the cache may have lost a page
        if self.rows:
            self.has_first_rows.set()
            self._on_rows()
        return state.pages

    def read(self, executor: Executor) -> None:
        """Read all pages until the rows are as many as Coder counts. Raises CoderError, SessionEnded and Stopped."""
        for _ in range(MAX_PASSES):
            before = set(self.rows)
            done = read_all_pages(executor, self._fetch_page, self._add_page, max_rows=MAX_ROWS)
            if self.is_limited or not done.has_all_pages:
                return
            self._remove_deleted(before - done.ids)
            if done.is_complete(len(self.rows)):
                self.is_complete = True
                return

    def _fetch_page(self, offset: int) -> WorkspacePage:
        """Read one page. Raises CoderError, SessionEnded and Stopped."""
        return self._send(calls.workspaces(self.q, limit=PAGE_ROWS, offset=offset))

    def _add_page(self, page: WorkspacePage) -> None:
        """Store the rows of a page. Raises CoderError and SessionEnded."""
        workspaces = page.workspaces or ()
        self._add_rights(workspaces)
        self.count = page.count
        rows = self._make_rows(workspaces)
        with self._lock:
            self.rows |= {row.id: row for row in rows}
        if self._publisher:
            self._publisher.add_page(
                rows, count=self.count, coder_version=self.coder_version, rights=dict(self._rights)
            )
        self._on_rows()
        self.has_first_rows.set()

    def _send(self, call: calls.Call[WorkspacePage]) -> WorkspacePage:
        """Send a call, and wait where Coder limits the rate.

        Raises CoderError, SessionEnded and Stopped.
        """
        waited_s = 0.0
        while True:
            if self._stopped.is_set():
                raise Stopped
            coder = self.access.open_client()
            coder.slot = self._slots
            try:
                page = coder.send(call)
                self.coder_version = coder.version
                return page
            except RateLimited as error:
                wait_s = error.retry_after or RATE_LIMIT_WAIT_S
                waited_s += wait_s
                if waited_s > MAX_RATE_LIMIT_WAIT_S:
                    raise
                self._stopped.wait(wait_s)

    def _add_rights(self, workspaces: Collection[Workspace]) -> None:
        """Ask Coder for the rights in organizations that earlier pages did not have.

        Raises CoderError and SessionEnded.
        """
        organizations = {each.organization_id for each in workspaces if each.owner_id != self.access.person.id}
        if new := organizations - self._rights.keys():
            self._rights |= rights.fetch_organization_rights(self.access.open_client(), self.access.person, new)

    def _make_rows(self, workspaces: Iterable[Workspace]) -> list[FleetRow]:
        capabilities = CoderCapabilities.for_version(self.coder_version)
        now = timezone.now() + CLOCK.offset
        return [make_fleet_row(each, self._rights_on(each), capabilities, now, self._shared) for each in workspaces]

    def _rights_on(self, workspace: Workspace) -> Rights:
        is_own = workspace.owner_id == self.access.person.id
        return self._own_rights if is_own else self._rights.get(workspace.organization_id, NO_RIGHTS)

    def _remove_deleted(self, unseen: Collection[UUID]) -> None:
        """Remove the workspaces that the last pass did not show and that do not exist any more."""
        for workspace_id in list(unseen)[:MAX_CHECKED]:
            try:
                self.access.open_client().send(calls.workspace(workspace_id))
            except (NotFound, Gone):
                with self._lock:
                    self.rows.pop(workspace_id, None)
                    self._removed.append(workspace_id)
