"""The names of the portal's cookies, and the names that they had before they got a prefix.

With https a name begins with `__Host-`, or with `__Secure-` under a path prefix, so that a browser accepts the cookie
from this host, or at least from an encrypted connection, only. A sibling host can still set a cookie under an old
name. So an old session cookie is read only for a session from before the names changed, and for ADOPTION_S after that.
"""

import time
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest, HttpResponse

from workspaces.models import PortalSession

ADOPTION_S = 60.0  # for requests that the browser sent before it got the cookie with the new name
ADOPTED_AT = "cookie_renamed_at"  # key of a session: time.time() (s); 0.0 for a session that never had the old name


def adopt_old_cookies(cookies: dict[str, str], *, sets_cookies: bool) -> set[str]:
    """Add cookies with old names under their new names, and return these. A session is adopted once, see above.

    `sets_cookies`: whether the response replaces the cookies. One that does not, as that of a stream or a prefetch,
    leaves the session to be adopted by another request.
    """
    session, csrf = settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME
    missing = {new: cookies[old] for new, old in old_names().items() if new not in cookies and old in cookies}
    if session in missing and not adopt_session(missing[session], marks=sets_cookies):
        del missing[session]
    if session not in missing:
        missing.pop(csrf, None)  # a token that another host has set would defeat the protection of forms
    cookies |= missing
    return set(missing)


def old_names() -> dict[str, str]:
    """Return the old name of each cookie by its new one; none where the names are the same (http)."""
    names = [settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.TIME_ZONE_COOKIE_NAME]
    return {name: name.removeprefix(settings.COOKIE_PREFIX) for name in names if settings.COOKIE_PREFIX}


def adopt_session(key: str, *, marks: bool) -> bool:
    """Return whether an old cookie may name this session. `marks`: mark it as adopted, for ADOPTION_S from now on."""
    session: Any = PortalSession.get_session_store_class()(key)
    if "token" not in session:
        return False
    if ADOPTED_AT not in session:
        if not marks:
            return True
        session[ADOPTED_AT] = time.time()
        try:
            session.save()
        except UpdateError:  # it has just ended
            return False
    return bool(time.time() - session[ADOPTED_AT] < ADOPTION_S)


def replace_old_cookies(request: HttpRequest, response: HttpResponse, adopted: set[str]) -> None:
    """Set the adopted cookies under their new names, unless the response sets them, and delete the old ones."""
    options: dict[str, dict[str, Any]] = {
        settings.SESSION_COOKIE_NAME: {
            "max_age": settings.SESSION_COOKIE_AGE,
            "httponly": True,
            "samesite": settings.SESSION_COOKIE_SAMESITE,
        },
        settings.CSRF_COOKIE_NAME: {"httponly": True, "samesite": settings.CSRF_COOKIE_SAMESITE},
    }  # a script sets the time zone
    for name in adopted & options.keys() - response.cookies.keys():
        value = request.COOKIES[name]
        response.set_cookie(name, value, path=settings.COOKIE_PATH, secure=True, **options[name])
    for old in old_names().values():
        if old in request.COOKIES:
            response.delete_cookie(old, path=settings.COOKIE_PATH)
