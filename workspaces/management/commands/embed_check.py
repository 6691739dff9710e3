"""Say whether an origin may show the portal in a frame, and how the portal answers there."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from workspaces.embed import checks
from workspaces.embed.framing import decide_framing

SIGNS = {"ok": "ok  ", "warn": "warn", "bad": "bad "}


class Command(BaseCommand):
    """manage.py embed_check ORIGIN"""

    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the origin."""
        parser.add_argument("origin", metavar="ORIGIN", help="like https://intranet.example.com")

    def handle(self, *args: Any, origin: str, **options: Any) -> None:
        """Print the findings, the headers of a frame, the cookies and the HTML for the page.

        Raises CommandError where the frame is not shown.
        """
        if not settings.EMBED_ALLOWED_ORIGINS:
            raise CommandError("EMBED_ALLOWED_ORIGINS is empty: no site may frame the portal, and /embed/ is 404.")
        lines = [*checks.check_origin(origin, settings.EMBED_ALLOWED_ORIGINS, settings.PORTAL_URL)]
        for line in lines:
            self.stdout.write(f"{SIGNS[line.verdict]}  {' '.join(filter(None, [line.text, line.advice]))}")
        self.stdout.write("\nA frame on this origin is answered with:")
        for header in self.headers(origin):
            self.stdout.write(f"  {header}")
        self.stdout.write("\nThe page needs this HTML:\n")
        self.stdout.write(checks.snippet(settings.PORTAL_URL, pinned=False))
        self.stdout.write("\nor, pinned to this release:\n")
        self.stdout.write(checks.snippet(settings.PORTAL_URL, pinned=True))
        self.stdout.write(
            f"\nand in its Content-Security-Policy, if it has one:\n\n{checks.host_policy(settings.PORTAL_URL)}"
        )
        if any(line.verdict == "bad" for line in lines):
            raise CommandError("The frame cannot be used on this origin.")

    def headers(self, origin: str) -> list[str]:
        """Return the headers that decide whether a frame is shown, and the attributes of the cookies."""
        framing = decide_framing(
            settings.EMBED_ALLOWED_ORIGINS, referrer=f"{origin}/", own_origin=settings.PORTAL_URL, wants_none=False
        )
        names = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)
        secure = "; Secure" if settings.SESSION_COOKIE_SECURE else ""
        attributes = (
            f"Path={settings.SESSION_COOKIE_PATH}; HttpOnly; SameSite={settings.SESSION_COOKIE_SAMESITE}{secure}"
        )
        frame_attributes = f"Path={settings.EMBED_COOKIE_PATH}; HttpOnly; SameSite=None; Secure; Partitioned"
        return [
            f"Content-Security-Policy: frame-ancestors {' '.join(framing.sources)}",
            "no X-Frame-Options",
            *(f"Set-Cookie: {name}=…; {attributes}" for name in names),
            f"Set-Cookie: {settings.EMBED_COOKIE_NAME}=…; {frame_attributes} (on another site only)",
        ]
