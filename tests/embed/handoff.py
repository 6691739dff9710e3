"""A frame on a page of another site, as the server sees it: it has its own cookie and no other one."""

from typing import Any

from django.conf import settings
from django.test import Client

from tests.embed.conftest import INTRANET
from tests.views.html import Html

OWN_ORIGIN = "http://testserver"


class Frame:
    """A browser's partition for the pages of a site, with a frame of the portal."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)

    @property
    def key(self) -> str:
        """The value of the frame's cookie; "" without one."""
        cookie = self.client.cookies.get(settings.EMBED_COOKIE_NAME)
        return cookie.value if cookie else ""

    def load(self, path: str = "/embed/workspaces/", site: str = INTRANET) -> Any:
        """Load a frame on a page of this site."""
        return self.client.get(path, headers={"Referer": f"{site}/"})

    def is_signed_in(self) -> bool:
        """Return whether the list has no button for signing in."""
        return not Html(self.load()).all("a", id="sign-in")

    def read_cookies(self) -> Any:
        """Ask whether the cookie is kept, twice as the frame's script does."""
        self.client.get("/embed/cookies/")
        return self.client.get("/embed/cookies/").json()

    def post(self, path: str, origin: str = OWN_ORIGIN, **fields: str) -> Any:
        """Send a form of the frame's script."""
        token = self.client.get("/embed/cookies/").json()["token"]
        headers = {"Origin": origin} if origin else {}
        return self.client.post(path, {"csrfmiddlewaretoken": token, **fields}, headers=headers)

    def ticket(self, origin: str = INTRANET) -> str:
        """Return a ticket for this origin."""
        self.read_cookies()
        return str(self.post("/embed/ticket/", page=origin).json()["ticket"])

    def claim(self, code: str, **fields: str) -> Any:
        """Claim a session for a code."""
        self.read_cookies()
        return self.post("/embed/claim/", code=code, **fields)


def allow(window: Client, ticket: str) -> str:
    """Press Allow in the window of a person, and return the code."""
    response: Any = window.post("/embed/handoff/", {"ticket": ticket})
    return str(response.json()["code"])


def signed_in_frame(window: Client, origin: str = INTRANET) -> Frame:
    """Return a frame that the person of this window has allowed."""
    frame = Frame()
    assert frame.claim(allow(window, frame.ticket(origin))).status_code == 200
    return frame
