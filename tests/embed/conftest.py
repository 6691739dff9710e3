"""The page around the frames of these tests."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from workspaces.embed.origins import parse_allowed_origins

INTRANET, SUBDOMAIN = "https://intranet.example.com", "https://wiki.example.org"

type Load = Callable[..., HttpResponse]


@pytest.fixture(autouse=True)
def allowed_origins(settings: Settings) -> None:
    """Allow an origin and the sub-domains of another domain to frame the portal."""
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins(f"{INTRANET}, https://*.example.org")


@pytest.fixture
def load(alice: Client) -> Load:
    """Return a function that loads a frame of Alice's browser on a page of this site."""

    def load_frame(path: str, site: str = INTRANET) -> HttpResponse:
        return alice.get(path, headers={"Referer": f"{site}/"} if site else {})  # type: ignore[return-value]

    return load_frame


def frame_ancestors(response: HttpResponse) -> list[str]:
    """Return the sources of the directive of this name."""
    directives = [each.split() for each in response.headers["Content-Security-Policy"].split(";")]
    return next(sources for name, *sources in directives if name == "frame-ancestors")
