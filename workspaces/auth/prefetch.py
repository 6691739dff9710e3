"""Pages that a browser requests before a person opens them.

The list's header `Speculation-Rules` names a file by whose rules browsers request the page of a workspace when the
pointer rests on its link. Such a page is shown later without a request, even minutes later. So a request for it uses
up no message and no draft, and changes nothing in the session; where that is not possible, or a session prefetches too
much, it is declined, and the browser requests the page when the person opens it.
"""

import time
from collections import Counter
from http import HTTPStatus
from threading import Lock
from typing import Any

from django.conf import settings
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static

from workspaces.auth import drafts
from workspaces.auth.session_store import request_key_hash

RULES_FILE = "prefetch.speculationrules"
CLEAR_PREFETCHED = '"prefetchCache"'  # value of Clear-Site-Data
CLEAR_CACHES = f'"cache", {CLEAR_PREFETCHED}'
WINDOW_S = 10.0
MAX_IN_WINDOW = 10  # pages of a session, in one process: each takes a call to Coder


class PrefetchCounter:
    """Counts the pages that each session prefetches within a window of time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._window = -1
        self._counts: Counter[str] = Counter()

    def is_allowed(self, key: str) -> bool:
        """Count one more page of the session with this key; return False if there are too many."""
        with self._lock:
            if (window := int(time.monotonic() // WINDOW_S)) != self._window:
                self._window, self._counts = window, Counter()
            self._counts[key] += 1
            return self._counts[key] <= MAX_IN_WINDOW


COUNTER = PrefetchCounter()


def is_prefetch(request: HttpRequest) -> bool:
    """Return whether the browser requests the page before a person opens it."""
    purpose = request.headers.get("Sec-Purpose", "")
    return purpose.partition(";")[0].strip().lower() == "prefetch"


def can_prefetch(request: HttpRequest) -> bool:
    """Return whether the page can be shown later as it is now: no message and no draft waits for it.

    A write is never one: what it leaves in the session would be lost.
    """
    session: Any = request.session
    key = request_key_hash(request)
    has_cookie = settings.CSRF_COOKIE_NAME in request.COOKIES  # else the page's forms would need a new one
    waits = bool(session.get(SessionStorage.session_key)) or drafts.SESSION_KEY in session
    is_page = request.method == "GET" and "token" in session and has_cookie and not waits
    return is_page and key is not None and COUNTER.is_allowed(key)


def declined_response() -> HttpResponse:
    """Return the response to a prefetch that the browser must not use: it requests the page again."""
    return HttpResponse(status=HTTPStatus.TOO_EARLY)


def add_rules(response: HttpResponse) -> None:
    """Let the browser prefetch the links named `name` in `[data-prefetch]`, unless the settings forbid it."""
    if settings.PREFETCH:
        response.headers["Speculation-Rules"] = f'"{static(RULES_FILE)}"'
