"""Test the response of every address of the portal, as a page and as a fragment, to every failure of Coder.

The addresses come from the URLconf; an address without an expectation fails. A fault affects every call that the
address makes. For addresses that write, it affects only the write, so that the state can be read afterwards.
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
from workspaces.gateway import connection
from workspaces.models import Item, Operation

HERE = "/workspaces/?q=owner%3Ame"


@dataclass(frozen=True, kw_only=True)
class Address:
    """One address: how it is asked, and what kind of answer it gives while Coder refuses or is away."""

    kind: str  # a key of KINDS
    method: str = "GET"
    args: str = ""  # names and ids of the workspace in the address, separated by spaces
    data: tuple[tuple[str, str], ...] = ()
    place: str = ""  # element id of a part, if it is not the last segment of the address
    silent: tuple[str, ...] = ()  # faults without effect, since the response body is not used


ADDRESSES = {
    "healthz": Address(kind="asks nothing"),
    "readyz": Address(kind="probes"),
    "metrics": Address(kind="asks nothing"),
    "workspaces:home": Address(kind="asks nothing"),
    "workspaces:login": Address(kind="does without"),
    "workspaces:logout": Address(kind="asks nothing", method="POST"),
    "workspaces:account": Address(kind="asks nothing"),
    "workspaces:end_sessions": Address(kind="asks nothing", method="POST"),
    "workspaces:operations": Address(kind="asks nothing"),
    "workspaces:operation": Address(kind="asks nothing", args="operation"),
    "workspaces:cancel_operation": Address(kind="asks nothing", method="POST", args="operation"),
    "workspaces:operation_again": Address(kind="asks nothing", method="POST", args="operation"),
    "workspaces:activity": Address(kind="asks nothing"),
    "workspaces:record": Address(kind="asks nothing"),
    "workspaces:live_list": Address(kind="asks nothing"),  # for faults during streams, see tests/live
    "workspaces:live_workspace": Address(kind="asks nothing", args="id"),
    "workspaces:live_build": Address(kind="asks nothing", args="id"),
    "workspaces:live_operation": Address(kind="asks nothing", args="operation"),
    "workspaces:list": Address(kind="reads"),
    "workspaces:new": Address(kind="reads"),
    "workspaces:new_form": Address(kind="reads", args="template"),
    "workspaces:people": Address(kind="saves", args="template"),  # works without Coder: see test_create_options.py
    "workspaces:build": Address(kind="reads", args="owner name number"),
    "workspaces:build_log": Address(kind="reads", args="owner name number"),
    "workspaces:delete": Address(kind="reads", args="owner name"),  # the write: see test_delete.py
    "workspaces:parameters": Address(kind="reads", args="owner name"),
    "workspaces:parameters_by_id": Address(kind="reads", args="id"),
    "workspaces:by_id": Address(kind="reads", args="id"),
    "workspaces:detail": Address(kind="reads", args="owner name"),
    "workspaces:favorite": Address(
        kind="writes", method="POST", args="id", data=(("favorite", "true"),), silent=("not JSON",)
    ),
    "workspaces:dormant": Address(kind="writes", method="POST", args="id", data=(("dormant", "true"),)),
    "workspaces:settings": Address(kind="reads", args="id"),
    "workspaces:agents": Address(kind="part", args="id", place="agents_more"),
    "workspaces:agent_log": Address(kind="reads", args="id agent"),
    "workspaces:ports": Address(
        kind="writes",
        method="POST",
        args="id",
        data=(("agent", "main"), ("port", "3000"), ("level", "public"), ("protocol", "http")),
    ),
    "workspaces:advice": Address(kind="part", args="id"),
    "workspaces:timings": Address(kind="part", args="id"),
    "workspaces:build_timings": Address(kind="part", args="owner name number"),
    "workspaces:reveal": Address(kind="saves", method="POST", args="id"),  # see test_resources.py
    **{
        f"workspaces:{name}": Address(kind="saves", method="POST", args="id")  # see test_settings_refusals.py
        for name in ("rename", "ttl", "autostart", "autoupdates", "extend", "usage")
    },
    "workspaces:builds": Address(kind="writes", method="POST", args="id", data=(("transition", "start"),)),
    "workspaces:cancel": Address(kind="writes", method="POST", args="build"),
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
    "refused": {},  # not a fault of the simulator: nothing listens on the port
    "broken off": {"kind": "refuse"},
    "stalled": {"kind": "delay", "seconds": 2},
    "not JSON": {"kind": "malformed"},
}


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the portal answers: its status and what it says. None of it is a guess about what happened."""

    status: int
    words: str
    retry_after: str = ""
    has_state: bool = True  # for a write: the response contains the current workspace


NOT_THERE = Expected(status=404, words="This does not exist, or it is not yours to see.")
AWAY = Expected(status=503, words="Coder cannot be reached since", retry_after="5")
LOST = Expected(status=503, words="Whether it was done is not known.")
READS = {
    "403": NOT_THERE,
    "404": NOT_THERE,
    "409": Expected(status=409, words="Coder cannot do this now. A build is already active."),
    "410": Expected(status=410, words="This workspace has been deleted."),
    "429": Expected(status=429, words="Try again in 7 seconds.", retry_after="7"),
    "500": Expected(status=502, words="Coder says that it had an error of its own."),
    "502 HTML": AWAY,
    "refused": AWAY,
    "broken off": AWAY,
    "stalled": AWAY,
    "not JSON": AWAY,
}
WRITES = {
    "403": Expected(status=403, words="Coder does not let you do this. Forbidden. Nothing was changed."),
    "404": Expected(status=404, words="Coder does not let you do this. Resource not found. Nothing was changed."),
    "409": Expected(status=409, words="Coder cannot do this now. A build is already active. Nothing was changed."),
    "410": Expected(status=410, words="This workspace has been deleted. Nothing was changed."),
    "429": Expected(status=429, words="Nothing was changed. Try again in 7 seconds.", retry_after="7"),
    "500": Expected(status=502, words="Look at the state here before you try again."),
    "502 HTML": LOST,
    "refused": Expected(status=503, words="Nothing was changed.", retry_after="5", has_state=False),
    "broken off": LOST,
    "stalled": LOST,
    "not JSON": LOST,
}
# A "part" is a page that another page loads as a fragment; it shows an error in its own element.
KINDS = {"asks nothing", "probes", "does without", "reads", "part", "writes", "saves"}


def addresses(resolver: URLResolver | None = None, space: str = "") -> Iterator[str]:
    """The name of every address in the URLconf."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, f"{pattern.namespace}:" if pattern.namespace else space)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name}"


def test_address_and_fault_tables_are_complete_and_match_urlconf() -> None:
    assert set(addresses()) == set(ADDRESSES)
    assert {address.kind for address in ADDRESSES.values()} <= KINDS
    assert {*FAULTS} == {*READS, "401"} == {*WRITES, "401"}


@dataclass
class FaultyRequest:
    """One address while Coder refuses or is away: asks it as a page or as a fragment."""

    client: Client
    name: str
    web: Workspace

    @property
    def path(self) -> str:
        """The address with this workspace's names and ids."""
        values = {
            "id": self.web.id,
            "build": self.web.latest_build.id,
            "owner": self.web.owner.username,
            "template": self.web.template.id,
            "agent": next((each.id for each in self.web.agents), self.web.id),
            "name": self.web.name,
            "number": self.web.latest_build.build_number,
            "operation": "operation" in ADDRESSES[self.name].args and ended_operation(self.web).pk,
        }
        return reverse(self.name, args=[values[word] for word in ADDRESSES[self.name].args.split()])

    def __call__(self, *, fragment: bool) -> HttpResponseBase:
        """The answer."""
        address = ADDRESSES[self.name]
        headers = htmx_headers(f"tr#w-{self.web.id}", page_path=HERE) if fragment else {}
        if address.method == "GET":
            return self.client.get(self.path, headers=headers)
        return self.client.post(self.path, {**dict(address.data), "next": HERE}, headers=headers)


def ended_operation(web: Workspace) -> Operation:
    """An operation of the workspace's owner's that came to its end: nothing of it is left to be asked of Coder."""
    now = timezone.now()
    whose = {"person": web.owner.id, "username": web.owner.username}
    made = Operation.objects.create(kind="restart", created_at=now, ended_at=now, **whose)
    names = {"workspace": web.id, "owner": web.owner.username, "name": web.name, "version": web.template.id}
    Item.objects.create(operation=made, phase="starting", outcome="done", next_at=now, ended_at=now, **names)
    return made


@pytest.fixture
def asking(alice: Client, coder: SimulatedCoder, name: str, fault: str, settings: Settings) -> FaultyRequest:
    """The address `name`, with Coder in the state `fault`."""
    status = {"workspaces:cancel": "starting", "workspaces:ports": "running"}.get(name, "stopped")
    web = coder.place("web", status, template="dev" if name == "workspaces:ports" else "hang")
    settings.CODER_READ_TIMEOUT = 0.3  # s, long enough for a busy machine and short enough for a test
    if fault == "refused":
        with socket.create_server(("127.0.0.1", 0)) as closed:
            settings.CODER_URL = f"http://127.0.0.1:{closed.getsockname()[1]}"
    else:
        writes = ADDRESSES[name].kind == "writes"
        coder.server.add_fault(
            **FAULTS[fault], **({"path": "(builds|favorite|dormant|cancel|port-share)$"} if writes else {})
        )
    connection.close_client()
    return FaultyRequest(alice, name, web)


def url_names_with(*kinds: str) -> list[str]:
    """The addresses of these kinds."""
    return [name for name, address in ADDRESSES.items() if address.kind in kinds]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("reads", "part"))
def test_page_shows_error_and_next_links_when_coder_read_fails(asking: FaultyRequest, fault: str) -> None:
    answer, told = asking(fragment=False), READS[fault]
    main = Html(answer).one("main")
    assert answer.status_code == told.status
    assert told.words.split(". ")[0] in main.text
    assert answer.headers.get("Retry-After", "") == told.retry_after
    ways = [link.text for link in main.all("a")]
    assert ways == [*(["Try again"] if told.status >= 429 else []), "To your workspaces"]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("reads"))
def test_fragment_keeps_page_and_adds_error_message_when_coder_read_fails(asking: FaultyRequest, fault: str) -> None:
    answer, told = asking(fragment=True), READS[fault]
    assert answer.status_code == told.status
    assert answer.headers["HX-Reswap"] == "none"
    assert told.words in Html(answer).one("hx-partial", hx_target="#messages").text
    assert answer.headers.get("Retry-After", "") == told.retry_after


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("part"))
def test_page_part_shows_error_in_place_with_retry_link_when_coder_read_fails(
    asking: FaultyRequest, fault: str
) -> None:
    answer = asking(fragment=True)
    assert answer.status_code == 200
    place = Html(answer).one("section", id=ADDRESSES[asking.name].place or asking.path.split("/")[-2])
    assert READS[fault].words in place.text
    assert place.one("a").get("href") == asking.path


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("writes"))
def test_write_form_redirects_back_with_error_message_when_coder_write_fails(
    asking: FaultyRequest, fault: str, name: str, coder: SimulatedCoder, settings: Settings
) -> None:
    answer = asking(fragment=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, HERE)
    coder.server.clear_faults()
    settings.CODER_URL = coder.url
    connection.close_client()
    said = Html(asking.client.get(HERE)).one("div", id="messages").text
    assert (WRITES[fault].words in said) is (fault not in ADDRESSES[name].silent)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "401"])
@pytest.mark.parametrize("name", url_names_with("writes"))
def test_write_fragment_returns_error_and_current_row_when_coder_write_fails(
    asking: FaultyRequest, fault: str, name: str
) -> None:
    answer, told = asking(fragment=True), WRITES[fault]
    page = Html(answer)
    if fault in ADDRESSES[name].silent:
        assert answer.status_code == 200
        return
    assert answer.status_code == told.status
    assert told.words in page.one("hx-partial", hx_target="#messages").text
    assert answer.headers.get("Retry-After", "") == told.retry_after
    rows = [row.get("data-workspace") for row in page.all("tr")]
    assert rows == ([asking.web.id] if told.has_state else [])


@pytest.mark.parametrize("fault", ["401"])
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", url_names_with("reads", "part", "writes"))
def test_coder_401_redirects_to_sign_in_with_return_address(
    asking: FaultyRequest, *, fragment: bool, name: str
) -> None:
    answer = asking(fragment=fragment)
    assert answer.status_code == (401 if fragment else 302)
    to = urlsplit(answer.headers["HX-Redirect" if fragment else "Location"])
    (back,) = parse_qs(to.query)["next"]
    assert to.path == "/login/"
    assert back == (HERE if fragment or ADDRESSES[name].kind == "writes" else asking.path)
    assert asking.client.get("/account/").status_code == 302


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("fragment", [False, True], ids=["page", "fragment"])
@pytest.mark.parametrize("name", url_names_with("asks nothing", "does without"))
def test_pages_independent_of_coder_respond_during_any_coder_fault(asking: FaultyRequest, *, fragment: bool) -> None:
    assert asking(fragment=fragment).status_code in {200, 301, 302}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", url_names_with("probes"))
def test_readyz_returns_503_during_any_coder_fault(asking: FaultyRequest) -> None:
    assert asking(fragment=False).status_code == 503
