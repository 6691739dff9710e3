"""The context processor."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from workspaces.announcements import StoredAnnouncement, visible_announcements
from workspaces.auth import drafts, sessions, staff
from workspaces.auth.sessions import Person
from workspaces.gateway import banners, connection
from workspaces.gateway.client_address import client_address
from workspaces.present.markdown import render_markdown
from workspaces.present.times import to_milliseconds
from workspaces.views.navigation import current_page_url


@dataclass(frozen=True, slots=True)
class Portal:
    """What every template can use: the person, preferences, and the URL of the page."""

    person: Person | None
    theme: str
    zone: str
    zone_cookie: str  # name of the cookie with the browser's time zone
    language: str
    coder_url: str
    path: str
    debug: bool
    is_staff: bool  # whether a staff page was for the person when Coder was last asked
    staff_pages: tuple[tuple[str, str], ...]  # on a staff page: the name of the URL and the label of each
    url_name: str  # of this page
    now_ms: int  # the portal's time, in ms since 1970
    announcements: Callable[[], list[StoredAnnouncement]]  # called only by whole pages
    banners: Callable[[], list[SafeString]]  # of Coder, as HTML; called only by whole pages

    @property
    def owner_signature(self) -> str:
        """Return the signature that names the person to whom a form is shown; "" if nobody is signed in."""
        return drafts.sign_form_owner(self.person.id) if self.person else ""


def portal(request: HttpRequest) -> dict[str, Portal]:
    """Add `portal` to the context of every template."""
    person: Person | None = getattr(request, "person", None)
    return {
        "portal": Portal(
            person=person,
            theme=(person.theme if person else "") or "system",
            zone=sessions.time_zone_for(request).key,
            zone_cookie=settings.TIME_ZONE_COOKIE_NAME,
            language=get_language() or "en",
            coder_url=connection.public_url(),
            path=current_page_url(request),
            debug=settings.DEBUG,
            staff_pages=staff_pages_of(request),
            url_name=(request.resolver_match.url_name or "") if request.resolver_match else "",
            is_staff=person is not None and bool(request.session.get(staff.SESSION_KEY)),
            now_ms=to_milliseconds(timezone.now()),
            announcements=partial(visible_announcements, request),
            banners=partial(coder_banners, request),
        )
    }


def coder_banners(request: HttpRequest) -> list[SafeString]:
    """Return the banners of Coder for a person who is signed in, as HTML without images."""
    if getattr(request, "person", None) is None:
        return []
    read_token = partial(sessions.optional_token, request)
    return [render_markdown(text) for text in banners.current_banners(read_token, client_address(request))]


def staff_pages_of(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """Return the staff pages for the person; none on other pages."""
    rights: staff.StaffRights | None = getattr(request, "staff", None)
    return rights.pages if rights else ()
