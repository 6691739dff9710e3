"""Test that `next`, the way back after an action, leads to pages of the portal only."""

from collections.abc import Iterator

import pytest
from django.test import Client, RequestFactory
from django.urls import get_script_prefix, set_script_prefix

from coder_simulator.world import PASSWORD
from tests.portal import SimulatedCoder
from workspaces.models import SavedSearch
from workspaces.views.navigation import current_page_url, next_url

PREFIX = "/coder-portal/"

OTHER_ORIGINS = [
    "https://evil.example/",
    "HTTPS:evil.example",
    "//evil.example/",
    "///evil.example/",
    "////evil.example/",
    "/%2f/evil.example",
    "/%2F%2Fevil.example",
    "/%252f/evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%5cevil.example",
    "/%255cevil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "evil",
    "",
    " /workspaces/",
    "/\t/evil.example",
    "/\n/evil.example",
    "http://[",
    "//[evil",
]
CONTROLS = [
    "/workspaces/\r\nSet-Cookie: a=b",
    "/workspaces/%0d%0aSet-Cookie:%20a=b",
    "/workspaces/%250d%250aSet-Cookie:%20a=b",
    "/workspaces/\0",
    "/workspaces/%00",
    "/workspaces/\x1b[2J",
    "/workspaces/\x7f",
    "/workspaces/\x85",
    "/workspaces/\u2028x",
    "/workspaces/\u202ex",
    "/workspaces/?q=\r\nSet-Cookie: a=b",
    "/workspaces/?q=a\\b",
]
DOT_SEGMENTS = [
    "..",
    ".",
    "%2e%2e",
    "%2E%2E",
    ".%2e",
    "%2e.",
    "%252e%252e",
    "%25252e%25252e",
    "%2525252e%2525252e",
    "..;",
    "..;a=b",
    "..%2f",
    "%2e%2e%2f",
    "..%5c",
    "..\\",
    "x/../..",
    "x%2f..%2f..",
    "x/%2e%2e/%2e%2e",
    "..%23",
    "%2e%2e%3fa=b",
    "..%2523",
    ".. ",
    "..%20",
]


@pytest.fixture
def portal_at_prefix() -> Iterator[None]:
    """Serve the portal under a path prefix beside another app."""
    original = get_script_prefix()
    set_script_prefix(PREFIX)
    yield
    set_script_prefix(original)


def way_back(url: str) -> str:
    """Return the URL that a request with this `next` leads to."""
    return next_url(RequestFactory().post("/login/", {"next": url}))


@pytest.mark.parametrize("url", OTHER_ORIGINS + CONTROLS)
def test_next_url_outside_portal_is_replaced_by_workspace_list(url: str) -> None:
    assert way_back(url) == "/workspaces/"


@pytest.mark.parametrize("segment", DOT_SEGMENTS)
def test_next_url_with_dot_segment_is_replaced_by_workspace_list(portal_at_prefix: None, segment: str) -> None:
    assert way_back(f"{PREFIX}{segment}/other-app/") == f"{PREFIX}workspaces/"
    assert way_back(f"{PREFIX}{segment}") == f"{PREFIX}workspaces/"


@pytest.mark.parametrize("url", ["/other-app/", "/coder-portal", "/coder-portals/", "/workspaces/", "/Coder-Portal/"])
def test_next_url_outside_script_prefix_is_replaced_by_workspace_list(portal_at_prefix: None, url: str) -> None:
    assert way_back(url) == f"{PREFIX}workspaces/"


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/workspaces/?q=status%3Arunning&page=2",
        "/workspaces/?q=../..&x=%2e%2e%2f&y=%5C",
        "/workspaces/?q=https://example.com//x",
        "/workspaces/new/?param.script=a%0Ab",
        "/workspaces/?q=ünïcode",
        "/@alice/web.dev/builds/2/#L3-../..",
        "/@alice/web/settings/",
        "/@alice/...web/100%/",
    ],
)
def test_next_url_keeps_path_query_and_fragment(url: str) -> None:
    assert way_back(url) == url


@pytest.mark.parametrize("url", ["https://testserver/workspaces/%2e%2e/x", "https://evil.example/workspaces/"])
def test_current_page_url_of_fragment_ignores_hostile_current_url(url: str) -> None:
    request = RequestFactory().post("/workspaces/")
    request.htmx = type("Htmx", (), {"current_url_abs_path": url.removeprefix("https://testserver")})()  # type: ignore[attr-defined]
    assert current_page_url(request) == "/workspaces/"


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", ["//evil.example/", "/%2e%2e/other-app/", "/\\evil.example"])
@pytest.mark.parametrize(
    "path",
    ["favorite/", "builds/", "autoupdates/", "rename/", "dormant/", "extend/", "usage/"],
)
def test_redirect_after_action_stays_in_portal(alice: Client, coder: SimulatedCoder, path: str, hostile: str) -> None:
    web = coder.place("web")
    response = alice.post(f"/workspaces/{web.id}/{path}", {"next": hostile, "transition": "stop", "favorite": "true"})
    if response.status_code == 302:
        assert response.headers["Location"].startswith(("/workspaces/", "/@alice/"))
    assert "evil.example" not in response.headers.get("Location", "") + response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("hostile", ["//evil.example/", "/%2e%2e/other-app/", "/\\evil.example"])
def test_redirect_after_sign_in_stays_in_portal(client: Client, coder: SimulatedCoder, hostile: str) -> None:
    assert "evil.example" not in client.get("/login/", {"next": hostile}).content.decode()
    response = client.post("/login/", {"email": "alice@example.com", "password": PASSWORD, "next": hostile})
    assert response.headers["Location"] == "/workspaces/"


WIDE = "/workspaces/?q=" + "\U0001f469" * 1500  # each becomes twelve characters, and Django refuses to redirect


def test_next_url_that_is_too_long_to_redirect_to_is_replaced_by_workspace_list() -> None:
    assert way_back("/workspaces/?q=" + "a" * 2000).endswith("a")
    assert way_back("/workspaces/?q=" + "a" * 2100) == "/workspaces/"
    assert way_back(WIDE) == "/workspaces/"


def test_sign_in_leads_to_page_without_its_query_when_that_is_too_long(client: Client, db: None) -> None:
    answer = client.get("/activity/?x=" + "%22" * 5000)
    assert answer.headers["Location"] == "/login/?next=%2Factivity%2F"
    answer = client.get(f"/workspaces/new/?x={'a' * 2000}")
    assert answer.headers["Location"].endswith("a")
    answer = client.get(f"/@{'a' * 2100}/web/")
    assert answer.headers["Location"] == "/login/?next=%2Fworkspaces%2F"


def test_action_is_answered_when_its_way_back_is_too_long(alice: Client, coder: SimulatedCoder, db: None) -> None:
    web = coder.place("web")
    answer = alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true", "next": WIDE})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/workspaces/")


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/login?x=" + "a" * 16_375, 404),  # one without its slash
        ("/record/?x=" + "a" * 16_375, 400),
        ("/workspaces/{id}/parameters/?x=" + ":" * 6000, 400),  # redirects with `%3A`
    ],
    ids=["slash", "old address", "encoded again"],
)
def test_url_that_is_too_long_to_redirect_to_is_refused_without_traceback(
    alice: Client, coder: SimulatedCoder, db: None, caplog: pytest.LogCaptureFixture, path: str, status: int
) -> None:
    assert alice.get(path.format(id=coder.place("web").id)).status_code == status
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


def test_search_is_saved_when_its_address_is_too_long_to_redirect_to(alice: Client, db: None) -> None:
    answer = alice.post("/searches/", {"name": "Long", "query": "?q=" + "\U0001f469" * 1990})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/searches/")
    assert SavedSearch.objects.get().name == "Long"
