"""Test what the check of frames says of an origin, on its page and on the command line."""

import re
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from tests.embed.conftest import INTRANET, SUBDOMAIN
from tests.views.html import Html
from workspaces.embed.checks import CheckLine, check_origin, site_line
from workspaces.embed.origins import AllowedOrigins, parse_allowed_origins

pytestmark = pytest.mark.django_db

ALLOWED = parse_allowed_origins(f"{INTRANET}, https://*.example.org")
PORTAL = "https://portal.example.com/coder"


def run_command(origin: str) -> str:
    """Return what the command prints."""
    output = StringIO()
    call_command("embed_check", origin, stdout=output)
    return output.getvalue()


@pytest.mark.parametrize(
    ("origin", "verdicts", "text"),
    [
        (INTRANET, ["ok", "ok"], "with buttons"),
        (SUBDOMAIN, ["warn", "warn"], "add https://wiki.example.org to EMBED_ALLOWED_ORIGINS"),
        ("https://intranet.example.com.evil.test", ["bad", "warn"], "do not show"),
        ("http://intranet.example.com", ["bad", "warn"], "do not show"),
        ("https://Bücher.example.com", ["bad", "ok"], "Add https://xn--bcher-kva.example.com to"),
        ("null", ["bad"], "add allow-same-origin to its sandbox"),
        ("https://intranet.example.com/news", ["bad"], "not an origin"),
        ("*", ["bad"], "not an origin"),
    ],
)
def test_origin_is_judged(origin: str, verdicts: list[str], text: str) -> None:
    lines = [*check_origin(origin, ALLOWED, PORTAL)]
    assert [line.verdict for line in lines] == verdicts
    assert text in f"{lines[0].text} {lines[0].advice}"


@pytest.mark.parametrize(
    ("page", "portal", "verdict", "text"),
    [
        ("https://a.example.com", "https://b.example.com", "ok", "example.com belongs to one organization"),
        ("https://portal.example.com:8443", "https://portal.example.com", "ok", "host is the same"),
        ("http://127.0.0.1:8900", "http://127.0.0.1:8000", "ok", "host is the same"),
        ("http://localhost:8900", "http://127.0.0.1:8000", "warn", "different sites"),
        ("https://intranet.example.com", "http://portal.example.com", "bad", "stays signed out"),
        ("https://10.1.0.1", "https://10.2.0.1", "warn", "different sites"),
        ("https://a.example", "https://b.example", "warn", "different sites"),
        ("http://127.0.0.1:8900", "https://127.0.0.1:8000", "warn", "different sites"),
    ],
)
def test_site_is_compared(page: str, portal: str, verdict: str, text: str) -> None:
    line: CheckLine = site_line(page, portal)
    assert line.verdict == verdict
    assert text in line.text


def test_page_says_nothing_of_other_origins(client: Client) -> None:
    response: Any = client.get("/embed/check/?origin=https://other.test")
    assert "other.test" in response.content.decode()
    assert "intranet.example.com" not in re.sub(r'placeholder="[^"]*"', "", response.content.decode())
    assert "example.org" not in response.content.decode()


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ("kept", "stores the frame’s cookie"),
        ("not-kept", "does not store"),
        ("no-opener", "cannot reach the frame"),
    ],
)
def test_page_says_what_the_frame_has_found(client: Client, found: str, text: str) -> None:
    html = Html(client.get(f"/embed/check/?found={found}"))
    assert text in html.one("section", aria_labelledby="t-found").text


def test_page_ignores_an_unknown_finding(client: Client) -> None:
    response: Any = client.get("/embed/check/?found=<b>everything")
    assert Html(response).all("section", aria_labelledby="t-found") == []


def test_page_frames_its_own_widget_and_nobody_frames_the_page(client: Client) -> None:
    response: Any = client.get("/embed/check/")
    policy = response.headers["Content-Security-Policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src 'self';" in policy
    assert Html(response).one("coder-workspaces").get("actions") == "none"


def test_page_shows_the_html_for_the_host(client: Client) -> None:
    text = Html(client.get("/embed/check/")).one("main").text
    assert '<script src="http://testserver/embed/host.js" async></script>' in text
    assert "script-src http://testserver; frame-src http://testserver" in text


def test_command_prints_headers_cookies_and_html(settings: Settings) -> None:
    settings.PORTAL_URL, settings.SESSION_COOKIE_SECURE = PORTAL, True
    output = run_command(INTRANET)
    assert output.startswith("ok    Pages of this origin can show frames")
    assert f"Content-Security-Policy: frame-ancestors 'self' {INTRANET}\n" in output
    assert f"Set-Cookie: {settings.SESSION_COOKIE_NAME}=…; Path=/; HttpOnly; SameSite=Lax; Secure" in output
    assert f"{settings.EMBED_COOKIE_NAME}=…; Path=/embed/; HttpOnly; SameSite=None; Secure; Partitioned" in output
    assert re.search(r'src="https://portal.example.com/coder/embed/host\.[0-9a-f]{12}\.js" integrity="sha384-', output)


def test_command_fails_for_an_origin_that_is_not_allowed() -> None:
    with pytest.raises(CommandError, match="cannot be used"):
        run_command("https://other.test")


def test_command_fails_without_allowed_origins(settings: Settings) -> None:
    settings.EMBED_ALLOWED_ORIGINS = AllowedOrigins()
    with pytest.raises(CommandError, match="EMBED_ALLOWED_ORIGINS is empty"):
        run_command(INTRANET)
