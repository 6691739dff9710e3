"""The cookie of frames on pages of other sites, to which browsers send no other cookie.

It is accepted below /embed/ only, and there only for what a frame requests: in the windows that a frame opens, the
portal's main session is that of the person. Before the hand-off (auth/handoff.py) it holds a random key without a
session; after it, the key of a session of its own.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from workspaces.auth import partitioned_cookies
from workspaces.auth.session_store import hash_session_key

FRAMES = "/embed/"  # where the cookie is accepted, without the portal's path prefix
WINDOWS = ("/embed/login/", "/embed/handoff/", "/embed/window/", "/embed/check/")  # but not here
ORIGINS = "frame_origins"  # key of a session of frames: the origins of the pages around these
PARTITIONED = "partitioned"  # key of the same: whether its cookie is
KEY_LENGTH = 32
CSRF_LENGTH = 32  # of a secret of Django's


def accepts_cookie(path_info: str) -> bool:
    """Return whether the cookie decides about a request of this path."""
    return path_info.startswith(FRAMES) and not path_info.startswith(WINDOWS)


def read_key(request: HttpRequest) -> str:
    """Return the cookie's key; "" without the cookie, and wherever it is not accepted."""
    is_accepted = accepts_cookie(request.path_info) and not is_sent_by_other_page(request)
    return cookie_value(request.COOKIES) if is_accepted else ""


def is_sent_by_other_page(request: HttpRequest) -> bool:
    """Return whether a page that is not the portal's requests this otherwise than to show it in a frame.

    The cookie is sent with such a request, too: with an image or a script of that address.
    """
    is_other = request.headers.get("Sec-Fetch-Site", "") in {"cross-site", "same-site"}
    return is_other and request.headers.get("Sec-Fetch-Dest") != "iframe"


def cookie_value(cookies: Mapping[str, str]) -> str:
    """Return the cookie's key, wherever the request goes; "" without one."""
    return cookies.get(settings.EMBED_COOKIE_NAME, "")


def load_session(request: HttpRequest, store: Any) -> None:
    """Give the request its session, a `store`, and the attribute `frame_key`.

    Where both cookies arrive, that of the frame decides. Where it has no session of frames, the main one serves: its
    cookie arrives only in a frame of the same site.
    """
    request.session = store(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    request.frame_key = ""  # type: ignore[attr-defined]  # for `frame_key`
    if key := read_key(request):
        own = store(key)
        if ORIGINS in own or "token" not in request.session:
            request.session = own if ORIGINS in own else store()
            request.frame_key = key  # type: ignore[attr-defined]


def new_key() -> str:
    """Return a random key, as those of sessions are."""
    return "".join(secrets.choice(VALID_KEY_CHARS) for _ in range(KEY_LENGTH))


def frame_key(request: HttpRequest) -> str:
    """Return the key by which a frame sent this request; "" for a request of the main session."""
    return str(getattr(request, "frame_key", ""))


def frame_hash(key: str) -> str:
    """Return the hash by which a ticket and a code name a frame's key."""
    return hash_session_key(f"frame {key}")


def csrf_secret(key: str) -> str:
    """Return the CSRF secret of a frame. It changes with the frame's key, and needs no cookie of its own."""
    return salted_hmac("portal.frame_csrf", key, algorithm="sha256").hexdigest()[:CSRF_LENGTH]


def set_cookie(response: HttpResponse, key: str, *, partitioned: bool, max_age_s: int | None = None) -> None:
    """Set the cookie. `partitioned`: False only where the browser has no partitions, and the person agreed."""
    response.set_cookie(
        settings.EMBED_COOKIE_NAME,
        key,
        max_age=max_age_s,
        path=settings.EMBED_COOKIE_PATH,
        secure=True,
        httponly=True,
        samesite="None",
    )
    if partitioned:
        partitioned_cookies.partition(response, settings.EMBED_COOKIE_NAME)


def set_session_cookie(response: HttpResponse, session: Any) -> None:
    """Set the cookie to the key of a session that is saved. The server ends the session earlier, if it is not used."""
    partitioned = session[PARTITIONED]
    set_cookie(response, session.session_key, partitioned=partitioned, max_age_s=settings.EMBED_SESSION_AGE)


def delete_cookie(response: HttpResponse) -> None:
    """Delete the cookie. One without a partition exists only in browsers that know none."""
    set_cookie(response, "", partitioned=True, max_age_s=0)
