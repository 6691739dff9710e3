"""What every template may use."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import Person
from workspaces.gateway import connection
from workspaces.views.navigation import current_page_url


@dataclass(frozen=True, slots=True)
class Portal:
    """Who looks, and at what."""

    person: Person | None
    theme: str
    zone: str
    language: str
    coder_url: str
    path: str
    debug: bool

    @property
    def reader_signature(self) -> str:
        """What names whom a form was shown to; "" where nobody is signed in."""
        return drafts.sign_reader(self.person.id) if self.person else ""


def portal(request: HttpRequest) -> dict[str, Portal]:
    """The context processor: `portal` in every template."""
    person: Person | None = getattr(request, "person", None)
    return {
        "portal": Portal(
            person=person,
            theme=(person.theme if person else "") or "system",
            zone=sessions.time_zone_for(request).key,
            language=get_language() or "en",
            coder_url=connection.public_url(),
            path=current_page_url(request),
            debug=settings.DEBUG,
        )
    }
