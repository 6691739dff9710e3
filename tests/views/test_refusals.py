"""Test the response of every URL of the portal, as a page and as a fragment, to every failure of Coder.

The URLs come from the URLconf; a URL without an expectation fails. A fault affects every call that the URL makes.
For URLs that write, it affects only the write, so that the state can be read afterwards.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html
from workspaces.coder import bodies
from workspaces.gateway import connection
from workspaces.models import Item, Operation

LIST_URL = "/workspaces/?q=owner%3Ame"


@dataclass(frozen=True, kw_only=True)
class UrlCase:
    """Describe the request to one URL, and the kind of its response while Coder fails or is unreachable."""

    kind: str  # a key of KINDS
    method: str = "GET"
    args: str = ""  # names and IDs of the workspace in the path, separated by spaces
    data: tuple[tuple[str, str], ...] = ()
    element_id: str = ""  # element ID of a fragment, if it is not the last segment of the address
    ineffective_faults: tuple[str, ...] = ()  # faults without effect, since the response body is not used


URL_CASES = {
    "metrics": UrlCase(kind="independent"),
    "workspaces:home": UrlCase(kind="independent"),
    "workspaces:login": UrlCase(kind="optional"),
    "workspaces:logout": UrlCase(kind="independent", method="POST"),
    "workspaces:account": UrlCase(kind="independent"),
    "workspaces:end_sessions": UrlCase(kind="independent", method="POST"),
    "workspaces:end_session": UrlCase(kind="independent", method="POST"),
    "workspaces:operations": UrlCase(kind="independent"),
    "workspaces:operation": UrlCase(kind="independent", args="operation"),
    "workspaces:cancel_operation": UrlCase(kind="independent", method="POST", args="operation"),
    "workspaces:operation_again": UrlCase(kind="independent", method="POST", args="operation"),
    "workspaces:operation_undo": UrlCase(kind="tested elsewhere", method="POST", args="operation"),  # see test_bulk.py
    "workspaces:bulk": UrlCase(kind="tested elsewhere", method="POST"),  # see test_bulk.py
    "workspaces:activity": UrlCase(kind="independent"),
    "workspaces:dismiss_announcement": UrlCase(kind="tested elsewhere", method="POST"),  # see test_announcements.py
    "workspaces:record": UrlCase(kind="independent"),
    "workspaces:searches": UrlCase(kind="independent"),
    "workspaces:search": UrlCase(kind="tested elsewhere", method="POST"),  # see test_searches.py
    "workspaces:delete_search": UrlCase(kind="tested elsewhere", method="POST"),
    "workspaces:live_list": UrlCase(kind="independent"),  # for faults during streams, see tests/live
    "workspaces:live_workspace": UrlCase(kind="independent", args="id"),
    "workspaces:live_build": UrlCase(kind="independent", args="id"),
    "workspaces:live_operation": UrlCase(kind="independent", args="operation"),
    "workspaces:live_staff_workspaces": UrlCase(kind="independent"),
    "workspaces:list": UrlCase(kind="read"),
    "workspaces:palette": UrlCase(kind="read"),
    "workspaces:new": UrlCase(kind="read"),
    "workspaces:new_form": UrlCase(kind="read", args="template"),
    "workspaces:people": UrlCase(
        kind="tested elsewhere", args="template"
    ),  # works without Coder: see test_create_options.py
    "workspaces:autostart_preview": UrlCase(kind="independent"),
    "workspaces:build": UrlCase(kind="read", args="owner name number"),
    "workspaces:build_log": UrlCase(kind="read", args="owner name number"),
    "workspaces:delete": UrlCase(kind="read", args="owner name"),  # the write: see test_delete.py
    "workspaces:parameters": UrlCase(kind="read", args="owner name"),
    "workspaces:parameters_by_id": UrlCase(kind="read", args="id"),
    "workspaces:by_id": UrlCase(kind="read", args="id"),
    "workspaces:detail": UrlCase(kind="read", args="owner name"),
    "workspaces:favorite": UrlCase(
        kind="write", method="POST", args="id", data=(("favorite", "true"),), ineffective_faults=("not JSON",)
    ),
    "workspaces:dormant": UrlCase(kind="write", method="POST", args="id", data=(("dormant", "true"),)),
    "workspaces:settings": UrlCase(kind="read", args="owner name"),
    "workspaces:settings_by_id": UrlCase(kind="read", args="id"),
    "workspaces:history": UrlCase(kind="read", args="owner name"),
    "workspaces:actions": UrlCase(kind="part", args="id", element_id="row_menu"),
    "workspaces:app_redirect": UrlCase(kind="tested elsewhere", args="id agent"),  # see test_way_in.py
    "workspaces:agents": UrlCase(kind="part", args="id", element_id="agents_more"),
    "workspaces:agent_log": UrlCase(kind="read", args="id agent"),
    "workspaces:ports": UrlCase(
        kind="write",
        method="POST",
        args="id",
        data=(("agent", "main"), ("port", "3000"), ("level", "public"), ("protocol", "http")),
    ),
    "workspaces:advice": UrlCase(kind="part", args="id"),
    "workspaces:timings": UrlCase(kind="read", args="id"),
    "workspaces:open": UrlCase(kind="part", args="id", element_id="open_menu"),
    "workspaces:build_timings": UrlCase(kind="part", args="owner name number"),
    "workspaces:reveal": UrlCase(kind="tested elsewhere", method="POST", args="id"),  # see test_resources.py
    **{
        f"workspaces:{name}": UrlCase(
            kind="tested elsewhere", method="POST", args="id"
        )  # see test_settings_refusals.py
        for name in ("rename", "ttl", "autostart", "autoupdates", "extend", "usage")
    },
    "workspaces:builds": UrlCase(kind="write", method="POST", args="id", data=(("transition", "start"),)),
    "workspaces:cancel": UrlCase(kind="write", method="POST", args="build"),
}

FAULTS: dict[str, dict[str, Any]] = {
    "401": {"kind": "signed_out"},
    "403": {"kind": "answer", "status": 403, "body": {"message": "Forbidden."}},
    "404": {"kind": "answer", "status": 404, "body": {"message": "Resource not found"}},
    "409": {"kind": "answer", "status": 409, "body": {"message": "A build is already active."}},
    "410": {"kind": "answer", "status": 410, "body": {"message": "Workspace was deleted"}},
    "429": {"kind": "rate_limited", "seconds": 7},
    "500": {"kind": "error"},
    "502 HTML": {"kind": "bad_gateway"},
    "connection refused": {},  # not a fault of the simulator: nothing listens on the port
    "connection closed": {"kind": "refuse"},
    "timeout": {"kind": "delay", "seconds": 2},
    "not JSON": {"kind": "malformed"},
}


@dataclass(frozen=True, kw_only=True)
class ExpectedError:
    """Describe the response of the portal: its status and text, which must not guess what happened."""

    status: int
    text: str
    retry_after: str = ""
    has_state: bool = True  # for a write: the response contains the current workspace


NOT_FOUND = ExpectedError(status=404, text="This page does not exist, or you do not have access to it.")
UNREACHABLE = ExpectedError(status=503, text="Coder has been unreachable since", retry_after="5")
UNREADABLE = ExpectedError(
    status=503, text="a proxy or a sign-in page may be between the portal and Coder", retry_after="5"
)
LOST_RESPONSE = ExpectedError(status=503, text="The outcome is unknown.")
READ_ERRORS = {
    "403": NOT_FOUND,
    "404": NOT_FOUND,
    "409": ExpectedError(status=409, text="Coder cannot do this now. Coder’s message: A build is already active."),
    "410": ExpectedError(status=410, text="This workspace was deleted."),
    "429": ExpectedError(status=429, text="Try again in 7 seconds.", retry_after="7"),
    "500": ExpectedError(status=502, text="Coder reported an internal error."),
    "502 HTML": UNREACHABLE,
    "connection refused": UNREACHABLE,
    "connection closed": UNREACHABLE,
    "timeout": UNREACHABLE,
    "not JSON": UNREADABLE,
}
WRITE_ERRORS = {
    "403": ExpectedError(
        status=403,
        text="You do not have permission to do this in Coder. Coder’s message: Forbidden. Nothing was changed.",
    ),
    "404": ExpectedError(
        status=404,
        text="Coder’s message: Resource not found. Nothing was changed.",
    ),
    "409": ExpectedError(
        status=409, text="Coder cannot do this now. Coder’s message: A build is already active. Nothing was changed."
    ),
    "410": ExpectedError(status=410, text="This workspace was deleted. Nothing was changed."),
    "429": ExpectedError(status=429, text="Nothing was changed. Try again in 7 seconds.", retry_after="7"),
    "500": ExpectedError(status=502, text="Check the current state before you try again."),
    "502 HTML": LOST_RESPONSE,
    "connection refused": ExpectedError(status=503, text="Nothing was changed.", retry_after="5", has_state=False),
    "connection closed": LOST_RESPONSE,
    "timeout": LOST_RESPONSE,
    "not JSON": LOST_RESPONSE,
}
# The kind "part" is a page that another page loads as a fragment; it shows an error in its own element.
KINDS = {"independent", "optional", "read", "part", "write", "tested elsewhere"}


def url_names(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """Yield the name of every URL in the URLconf."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from url_names(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name}"


def test_address_and_fault_tables_are_complete_and_match_urlconf() -> None:
    elsewhere = ("workspaces:staff", "workspaces:embed")  # see test_staff_*.py and tests/embed
    others = {name for name in url_names() if not name.startswith(elsewhere)}
    assert others == set(URL_CASES)
    assert {case.kind for case in URL_CASES.values()} <= KINDS
    assert {*FAULTS} == {*READ_ERRORS, "401"} == {*WRITE_ERRORS, "401"}


@dataclass
class FaultyRequest:
    """Request one URL while Coder fails or is unreachable, as a page or as a fragment."""

    client: Client
    name: str
    workspace: Workspace

    @property
    def path(self) -> str:
        """Return the path with the names and IDs of the workspace."""
        values = {
            "id": self.workspace.id,
            "build": self.workspace.latest_build.id,
            "owner": self.workspace.owner.username,
            "template": self.workspace.template.id,
            "agent": next((agent.id for agent in self.workspace.agents), self.workspace.id),
            "name": self.workspace.name,
            "number": self.workspace.latest_build.build_number,
            "operation": "operation" in URL_CASES[self.name].args and ended_operation(self.workspace).pk,
        }
        return reverse(self.name, args=[values[arg] for arg in URL_CASES[self.name].args.split()])

    def __call__(self, *, fragment: bool) -> HttpResponseBase:
        """Send the request and return the response."""
        case = URL_CASES[self.name]
        headers = htmx_headers(f"tr#w-{self.workspace.id}", page_path=LIST_URL) if fragment else {}
        if case.method == "GET":
            return self.client.get(self.path, headers=headers)
        return self.client.post(self.path, {**dict(case.data), "next": LIST_URL}, headers=headers)


def ended_operation(workspace: Workspace) -> Operation:
    """Return a finished operation of the workspace's owner, which causes no Coder calls."""
    now = timezone.now()
    owner_fields = {"person": workspace.owner.id, "username": workspace.owner.username}
    operation = Operation.objects.create(kind="restart", created_at=now, ended_at=now, **owner_fields)
    item_fields = {
        "workspace": workspace.id,
        "owner": workspace.owner.username,
        "name": workspace.name,
        "version": workspace.template.id,
    }
    Item.objects.create(operation=operation, phase="starting", outcome="done", next_at=now, ended_at=now, **item_fields)
    return operation


@pytest.fixture
def faulty_request(alice: Client, coder: SimulatedCoder, name: str, fault: str, settings: Settings) -> FaultyRequest:
    """Return the request to the URL `name`, with Coder in the state `fault`."""
    status = {"workspaces:cancel": "starting", "workspaces:ports": "running"}.get(name, "stopped")
    web = coder.place("web", status, template="dev" if name == "workspaces:ports" else "hang")
    settings.PORTAL_IS_LOOPBACK = True  # /metrics then needs no token
    settings.CODER_READ_TIMEOUT = 0.3  # s, long enough for a busy machine and short enough for a test
    if fault == "connection refused":
        with socket.create_server(("127.0.0.1", 0)) as server_socket:
            settings.CODER_URL = f"http://127.0.0.1:{server_socket.getsockname()[1]}"
    else:
        is_write = URL_CASES[name].kind == "write"
        coder.server.add_fault(
            **FAULTS[fault], **({"path": "(builds|favorite|dormant|cancel|port-share)$"} if is_write else {})
        )
    connection.close_client()
    return FaultyRequest(alice, name, web)


def url_names_with(*kinds: str) -> list[str]:
    """Return the names of the URLs of these kinds."""
    return [name for name, case in URL_CASES.items() if case.kind in kinds]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("read", "part"))
def test_page_shows_error_and_next_links_when_coder_read_fails(faulty_request: FaultyRequest, fault: str) -> None:
    response, expected = faulty_request(fragment=False), READ_ERRORS[fault]
    main = Html(response).one("main")
    assert response.status_code == expected.status
    assert expected.text.split(". ")[0] in main.text
    assert response.headers.get("Retry-After", "") == expected.retry_after
    link_texts = [link.text for link in main.all("a")]
    assert link_texts == [*(["Try again"] if expected.status >= 429 else []), "Your workspaces"]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("read"))
def test_fragment_keeps_page_and_adds_error_message_when_coder_read_fails(
    faulty_request: FaultyRequest, fault: str
) -> None:
    response, expected = faulty_request(fragment=True), READ_ERRORS[fault]
    assert response.status_code == expected.status
    assert response.headers["HX-Reswap"] == "none"
    assert expected.text in Html(response).one("hx-partial", hx_target="#messages").text
    assert response.headers.get("Retry-After", "") == expected.retry_after


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("part"))
def test_page_part_shows_error_in_place_with_retry_link_when_coder_read_fails(
    faulty_request: FaultyRequest, fault: str
) -> None:
    response = faulty_request(fragment=True)
    assert response.status_code == 200
    section = Html(response).one(
        "section", id=URL_CASES[faulty_request.name].element_id or faulty_request.path.split("/")[-2]
    )
    assert READ_ERRORS[fault].text in section.text
    assert section.one("a").get("href") == faulty_request.path


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("write"))
def test_write_form_redirects_back_with_error_message_when_coder_write_fails(
    faulty_request: FaultyRequest, fault: str, name: str, coder: SimulatedCoder, settings: Settings
) -> None:
    response = faulty_request(fragment=False)
    assert (response.status_code, response.headers["Location"]) == (302, LIST_URL)
    coder.server.clear_faults()
    settings.CODER_URL = coder.url
    connection.close_client()
    messages = Html(faulty_request.client.get(LIST_URL)).one("div", id="messages").text
    assert (WRITE_ERRORS[fault].text in messages) is (fault not in URL_CASES[name].ineffective_faults)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("write"))
def test_write_fragment_returns_error_and_current_row_when_coder_write_fails(
    faulty_request: FaultyRequest, fault: str, name: str
) -> None:
    response, expected = faulty_request(fragment=True), WRITE_ERRORS[fault]
    page = Html(response)
    if fault in URL_CASES[name].ineffective_faults:
        assert response.status_code == 200
        return
    assert response.status_code == expected.status
    assert expected.text in page.one("hx-partial", hx_target="#messages").text
    assert response.headers.get("Retry-After", "") == expected.retry_after
    rows = [row.get("id").removeprefix("w-") for row in page.all("tr")]
    assert rows == ([faulty_request.workspace.id] if expected.has_state else [])


@pytest.mark.parametrize("fault", ["401"])
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", url_names_with("read", "part", "write"))
def test_coder_401_redirects_to_sign_in_with_return_address(
    faulty_request: FaultyRequest, *, fragment: bool, name: str
) -> None:
    response = faulty_request(fragment=fragment)
    assert response.status_code == (401 if fragment else 302)
    location = urlsplit(response.headers["HX-Redirect" if fragment else "Location"])
    (next_url,) = parse_qs(location.query)["next"]
    assert location.path == "/login/"
    assert next_url == (LIST_URL if fragment or URL_CASES[name].kind == "write" else faulty_request.path)
    assert faulty_request.client.get("/account/").status_code == 302


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", url_names_with("independent", "optional"))
def test_pages_independent_of_coder_respond_during_any_coder_fault(
    faulty_request: FaultyRequest, *, fragment: bool
) -> None:
    assert faulty_request(fragment=fragment).status_code in {200, 301, 302}


BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


@BOTH_VERSIONS
def test_write_to_hidden_workspace_is_refused_without_words_of_parser(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("hidden", owner="bob")
    response = alice.post("/@bob/hidden/delete/", {"confirm": "hidden"}, headers=htmx_headers())
    assert response.status_code == 404
    assert "You do not have permission to do this in Coder." in Html(response).text
    assert "uuid" not in Html(response).text


@pytest.mark.parametrize("body", ["<html>Sign in to the proxy</html>", "", "[]", '{"id": '])
def test_foreign_response_to_write_is_not_called_lost_connection(
    alice: Client, coder: SimulatedCoder, body: str
) -> None:
    web = coder.place("web")
    coder.server.add_fault("answer", path="/favorite$", status=200, body=body, content_type="text/html")
    response = alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"}, headers=htmx_headers())
    text = Html(response).text
    assert response.status_code == 503
    assert "response that is not in Coder’s format" in text
    assert "The outcome is unknown." in text
    assert "connection" not in text


@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
def test_too_large_response_of_coder_is_named_and_nothing_of_it_shown(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch, *, fragment: bool
) -> None:
    coder.place("web")
    monkeypatch.setattr(bodies, "MAX_BODY_BYTES", 1000)
    response = alice.get(LIST_URL, headers=htmx_headers() if fragment else {})
    assert response.status_code == 502
    assert "Coder’s response exceeds the portal’s limit" in Html(response).text
    assert "web" not in Html(response).text
