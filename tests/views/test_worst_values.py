"""Show every page for the worst values that Coder's JSON can hold: none fails, and none calls Coder unreachable."""

import json
import re
from typing import Any
from urllib.parse import quote

import httpx
import msgspec
import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django.fixtures import Settings

from tests.conftest import reset_portal_state
from tests.contract.test_types import CALLS
from tests.portal import htmx_headers
from tests.views.worst_values import IDS, WorstValues
from workspaces.coder.transport import open_client
from workspaces.views.staff.overview import PARTS

pytestmark = pytest.mark.django_db
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Tokyo", "America/New_York", "UTC")
VERSIONS = ("v2.19.0+worst", "v2.36.0+worst")
WORKSPACE, OTHER = IDS
NAMED = "/@alice/a-b-c/"
BY_ID = f"/workspaces/{WORKSPACE}/"
# The pages, and whether each is a fragment of another.
PAGES = {
    "/workspaces/": False,
    "/workspaces/?q=owner:me&page=2": True,
    NAMED: False,
    f"{NAMED}builds/1/": False,
    f"{NAMED}builds/1/log.txt": False,
    f"{NAMED}builds/1/timings/": True,
    f"{NAMED}delete/": False,
    f"{NAMED}parameters/": False,
    f"{NAMED}builds/": False,
    f"{NAMED}settings/": False,
    BY_ID: False,
    f"{BY_ID}advice/": True,
    f"{BY_ID}agents/": True,
    f"{BY_ID}agents/{WORKSPACE}/log/": True,
    f"{BY_ID}open/": True,
    "/workspaces/new/": False,
    f"/workspaces/new/{WORKSPACE}/": False,
    f"/workspaces/new/{WORKSPACE}/?from={OTHER}": True,
    f"/workspaces/new/{WORKSPACE}/people/?owner=a": True,
    "/activity/": True,
    "/palette/?q=a": True,
    "/embed/workspaces/": False,
    f"/embed{NAMED}": False,
    f"/embed/new/{WORKSPACE}/": False,
    "/staff/": False,
    **{f"/staff/parts/{part}/": True for part in PARTS},
    "/staff/workspaces/": False,
    "/staff/workspaces/?idle=7&deleting=30&running=1&failed=24&sort=-running-for,stops": True,
    "/staff/workspaces/?group=error&suspended=1&behind=1": True,
    "/staff/workspaces.csv?columns=all": False,
    "/staff/workspaces.jsonl?columns=all": False,
    "/staff/builds/?hours=168": False,
    "/staff/builds/?show=long&hours=168": False,
    "/staff/builds/?source=jobs&hours=168": False,
    "/staff/builds/?source=jobs&show=long": False,
    "/staff/templates/": False,
    "/staff/templates/?sort=start": False,
    "/staff/people/": False,
    "/staff/people/?q=a&page=2": False,
    "/staff/people/alice/": False,
    "/staff/announcements/": False,
    "/staff/audit/": False,
    "/staff/audit.csv": False,
}
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    (f"{BY_ID}extend/", {"hours": "4"}),
    (f"{BY_ID}extend/", {"deadline": "9999-12-31T20:00"}),
    (f"{BY_ID}usage/", {}),
    (f"{BY_ID}reveal/", {"resource": WORKSPACE, "key": "x"}),
    (f"{BY_ID}favorite/", {"favorite": "true"}),
    (f"/embed{BY_ID}extend/", {"hours": "1"}),
    (f"{BY_ID}ttl/", {"ttl_hours": "1"}),
    (f"{BY_ID}builds/", {"transition": "start"}),
    ("/staff/workspaces/columns/", {"column": "stops"}),
    ("/staff/workspaces/reload/", {}),
    (
        "/staff/announcements/",
        {"text": "x", "kind": "info", "starts_at": "9999-12-31T23:59", "ends_at": "0001-01-01T00:00"},
    ),
    ("/bulk/", {"action": "stop", "all": "1", "scope": "all"}),
    ("/bulk/", {"action": "delete", "workspace": WORKSPACE}),
)


class WorstCoder:
    """A Coder whose responses have Coder's types and the worst values; the same `seed` gives the same ones."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.version = VERSIONS[seed % 2]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v2")
        body = msgspec.json.encode(self.respond(request.method, path, request.content))
        if path.endswith("/watch-metadata"):
            return httpx.Response(200, content=b"event: data\ndata: " + body + b"\n\n")
        return httpx.Response(200, content=body, headers={"X-Coder-Build-Version": self.version})

    def respond(self, method: str, path: str, content: bytes) -> Any:
        """Return the response to a request."""
        if path == "/authcheck":
            return dict.fromkeys(json.loads(content)["checks"], True)
        if path == "/users/login":
            return {"session_token": f"{self.seed:010d}-{'t' * 22}"}
        types = [each for verb, _path, pattern, each in CALLS if verb == method and pattern.fullmatch(path)]
        return WorstValues(f"{self.seed} {path}").make(types[0]) if types and types[0] is not None else None


@pytest.fixture
def visitor(seed: int, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Client:
    """Return a signed-in client of a portal in front of the worst Coder, in one of the zones."""
    reset_portal_state()
    transport = httpx.MockTransport(WorstCoder(seed))
    monkeypatch.setattr(
        "workspaces.gateway.connection.open_client", lambda url, **_limits: open_client(url, transport=transport)
    )
    settings.CODER_URL = "http://coder.test"
    client = Client()
    client.cookies[django_settings.TIME_ZONE_COOKIE_NAME] = quote(ZONES[seed % len(ZONES)], safe="")
    signed_in = client.post("/login/", {"email": "alice@example.com", "password": "x"})
    assert signed_in.status_code == 302, signed_in.content.decode()
    return client


@pytest.mark.parametrize("seed", range(20))
def test_pages_are_shown_for_worst_values_of_coder(visitor: Client) -> None:
    for url, is_fragment in PAGES.items():
        response = visitor.get(url, headers=htmx_headers(page_path=NAMED) if is_fragment else {})
        assert response.status_code in {200, 301, 302, 404}, f"{url}: {explanation(response)}"


@pytest.mark.parametrize("seed", range(10))
def test_forms_are_answered_for_worst_values_of_coder(visitor: Client) -> None:
    for url, fields in FORMS:
        response = visitor.post(url, fields, headers=htmx_headers(page_path=NAMED))
        assert response.status_code < 500, f"{url} {fields}: {explanation(response)}"


def explanation(response: Any) -> str:
    """Return the texts of a response that is an error."""
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())[-600:]
