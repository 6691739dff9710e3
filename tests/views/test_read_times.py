"""Test that a page says when Coder was asked for its state: events of the stream that came later are newer than it."""

import re
import time

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from workspaces.embed.origins import parse_allowed_origins

pytestmark = pytest.mark.django_db

SLOW_S = 0.25


def read_s(html: str) -> float:
    """Return the time that a page, or a part of it, says that it was read, in s since 1970."""
    (value,) = re.findall(r'\bdata-etag="[^"]*\.(\d+)"', html) or re.findall(r'\bdata-read="(\d+)"', html)
    return int(value) / 1000


@pytest.mark.parametrize("path", ["/workspaces/", "/@alice/web/", "/embed/workspaces/", "/embed/@alice/web/"])
def test_page_was_read_when_its_state_was_requested(
    alice: Client, coder: SimulatedCoder, settings: Settings, path: str
) -> None:
    settings.EMBED_ALLOWED_ORIGINS = parse_allowed_origins("https://intranet.example.com")
    coder.place("web")
    coder.server.add_fault("delay", path="workspace", seconds=SLOW_S)
    response = alice.get(path)
    assert read_s(response.content.decode()) <= time.time() - SLOW_S


def test_part_after_a_write_was_read_after_it(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.server.add_fault("delay", method="POST", seconds=SLOW_S)
    start = time.time()
    headers = htmx_headers(f"section#w-{web.id}", page_path="/@alice/web/")
    response = alice.post(f"/workspaces/{web.id}/builds/", {"transition": "start"}, headers=headers)
    assert Html(response).one("section", id=f"w-{web.id}").get("data-status") in {"pending", "starting"}
    assert read_s(response.content.decode()) >= start + SLOW_S
