"""Read all pages of GET /workspaces, several at a time.

Coder sorts by what changes (running first), so offsets shift while workspaces start and stop, and a page may repeat a
workspace or miss it. One pass over the pages is therefore complete only if all of them agree on the count, and the
caller reads again until it has as many workspaces as that.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextvars import copy_context
from dataclasses import dataclass, field
from uuid import UUID

from workspaces.coder.types import WorkspacePage

PAGE_ROWS = 100  # above it, Coder takes longer for each row
PAGES_AT_ONCE = 3  # requests to Coder
PAGES_AHEAD = 2 * PAGES_AT_ONCE  # fetched, or being fetched, before the caller takes them
MAX_PAGES_WITHOUT_NEW = 12  # in succession
MAX_PASSES = 4  # of a caller that reads until it has all


@dataclass(slots=True, kw_only=True)
class PagesPass:
    """What one pass over the pages has shown."""

    ids: set[UUID] = field(default_factory=set)
    counts: set[int] = field(default_factory=set)  # Coder's count, by each page
    has_all_pages: bool = False  # False: the last pages had nothing new, so the count is not that of the list

    def is_complete(self, known: int) -> bool:
        """Return whether a caller with this many workspaces, from this and earlier passes, has all that Coder counts.

        Pages that disagree do not count: one deleted and one missed workspace make the same number, too.
        """
        return self.has_all_pages and self.counts == {known}


def read_all_pages(
    executor: Executor, fetch: Callable[[int], WorkspacePage], take: Callable[[WorkspacePage], None], *, max_rows: int
) -> PagesPass:
    """Read each page once, up to `max_rows` workspaces. Raises what `fetch` and `take` raise.

    `fetch` reads the page at an offset: the first one in this thread, the others in those of the executor, in a copy
    of this context. `take` receives the pages in order, in this thread, while the next ones are fetched.
    """
    done = PagesPass()
    fetched: deque[Future[WorkspacePage]] = deque()
    page, offset, pages_without_new = fetch(0), PAGE_ROWS, 0
    try:
        while True:
            while offset < min(page.count, max_rows) and len(fetched) < PAGES_AHEAD:  # the count may grow
                fetched.append(executor.submit(copy_context().run, fetch, offset))
                offset += PAGE_ROWS
            take(page)
            done.counts.add(page.count)
            new = {workspace.id for workspace in page.workspaces or ()} - done.ids
            done.ids |= new
            pages_without_new = 0 if new else pages_without_new + 1
            if not fetched or pages_without_new == MAX_PAGES_WITHOUT_NEW:
                done.has_all_pages = not fetched
                return done
            page = fetched.popleft().result()
    finally:
        for each in fetched:
            each.cancel()
