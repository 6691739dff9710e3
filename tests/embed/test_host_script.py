"""Test the script for pages of other sites: its size, its addresses, and what it must not use."""

import hashlib
import re

import pytest
from django.test import Client

from workspaces.embed.host_script import HOST_SCRIPT, SOURCE

pytestmark = pytest.mark.django_db


def test_script_has_less_than_three_kilobytes_as_it_is_served(client: Client) -> None:
    assert len(client.get("/embed/host.js").content) < 3000


def test_script_is_cached_for_an_hour_and_loads_from_any_page(client: Client) -> None:
    response = client.get("/embed/host.js")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_script_at_address_with_hash_never_changes(client: Client) -> None:
    response = client.get(f"/embed/host.{hashlib.sha256(HOST_SCRIPT.content).hexdigest()[:12]}.js")
    assert response.content == HOST_SCRIPT.content
    assert "immutable" in response.headers["Cache-Control"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/embed/host.000000000000.js").status_code == 404


@pytest.mark.parametrize(
    "forbidden", ["innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval", r"\.style\b", "srcdoc"]
)
def test_script_uses_nothing_that_a_host_page_may_forbid(forbidden: str) -> None:
    assert re.search(forbidden, SOURCE.read_text()) is None
