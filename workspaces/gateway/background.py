"""Values that are fetched in the background, so that no request waits for them.

A reader gets the last value at once. If it is old, a thread fetches the next one meanwhile.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

logger = logging.getLogger("portal.background")


class BackgroundValue[T]:
    """The last known value of something that may be slow to read. At most one fetch is in progress.

    `fetch` runs in a daemon thread: a process that stops does not wait for it. A reader can pass another one, where it
    needs what only a request has, such as a token. A fetch that raises keeps the last value. One of `expected_errors`
    is what an outage raises; any other exception is logged as a fault of the portal.
    """

    def __init__(
        self,
        name: str,
        fetch: Callable[[], T] | None,
        *,
        max_age_s: float,
        retry_s: float,
        expected_errors: tuple[type[Exception], ...],
    ) -> None:
        self.name = name
        self.fetch = fetch
        self.max_age_s = max_age_s  # after a successful fetch
        self.retry_s = retry_s  # after a failed one
        self.expected_errors = expected_errors
        self.forget()
        self._lock = threading.Lock()

    def forget(self) -> None:
        """Forget the value, as in a process that has just started."""
        self.value: T | None = None
        self.error = ""  # the class of the last fetch's exception; "" after a success
        self.fetched_at: float | None = None  # s of time.monotonic(), the end of the last fetch, successful or not
        self._started_at = 0.0
        self._running: Future[None] | None = None

    def get(self, fetch: Callable[[], T] | None = None) -> T | None:
        """Return the last value, None before the first one. Start a fetch if it is old. Does not wait.

        `fetch`: instead of the declared one.
        """
        if self.is_old:
            self.refresh(fetch)
        return self.value

    @property
    def is_old(self) -> bool:
        """Whether the next reader starts a fetch."""
        age = self.age_s
        return age is None or age >= (self.retry_s if self.error else self.max_age_s)

    @property
    def age_s(self) -> float | None:
        """Return the time since the last fetch ended, in s; None before that."""
        return None if self.fetched_at is None else time.monotonic() - self.fetched_at

    @property
    def running_s(self) -> float:
        """Return how long the fetch in progress has been running, in s; 0 without one."""
        return time.monotonic() - self._started_at if self._running else 0.0

    def refresh(self, fetch: Callable[[], T] | None = None) -> Future[None]:
        """Start a fetch, unless one is in progress. Return its future, which has no result and no exception.

        Without any `fetch`, here or declared, the value stays as it is.
        """
        fetch = fetch or self.fetch
        with self._lock:
            if self._running:
                return self._running
            future: Future[None] = Future()
            if fetch is None:
                future.set_result(None)
                return future
            self._running, self._started_at = future, time.monotonic()
        thread = threading.Thread(target=self._run, args=(fetch, future), name=f"background-{self.name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # the process can have no further thread; later it may
            logger.exception("The background value %s could not be read.", self.name)
            self._finish(future, self.value, type(error).__name__)
        return future

    def _run(self, fetch: Callable[[], T], future: Future[None]) -> None:
        """Fetch, and store the outcome."""
        try:
            value = fetch()
        except Exception as error:
            if not isinstance(error, self.expected_errors):
                logger.exception("The background value %s could not be read.", self.name)
            self._finish(future, self.value, type(error).__name__)
        else:
            self._finish(future, value, "")

    def _finish(self, future: Future[None], value: T | None, error: str) -> None:
        """Store the outcome of a fetch and resolve its future."""
        with self._lock:
            if self._running is future:  # else `forget` was called meanwhile
                self.value, self.error = value, error
                self.fetched_at = time.monotonic()
                self._running = None
        future.set_result(None)
