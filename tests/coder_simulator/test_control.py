"""Control API of the simulated server (request log, faults, clock, world), rate limits and latency."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from coder_simulator.world import PASSWORD
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.test_builds import world_with
from tests.coder_simulator.test_streams import open_stream

Serve = Callable[..., CoderUnderTest]


def test_request_log_records_requests_and_hides_secrets(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    coder.server.clear_requests()
    alice.http.post("/users/login", json={"email": "alice@example.com", "password": PASSWORD})
    alice("GET", "/workspaces", q="owner:me", access_token="ABCDEFGHIJ-ABCDEFGHIJKLMNOPQRSTUV")
    log = coder.server.requests()
    assert [(one["method"], one["path"]) for one in log] == [
        ("POST", "/api/v2/users/login"),
        ("GET", "/api/v2/workspaces"),
    ]
    assert log[0]["body"] == {"email": "alice@example.com", "password": "(hidden)"}
    assert log[1]["query"]["q"] == "owner:me"
    text = json.dumps(log)
    assert PASSWORD not in text
    assert alice.token not in text
    assert "ABCDEFGHIJKLMNOPQRSTUV" not in text
    assert len(log[1]["token"]) == 8


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("error", 500, "application/json"),
        ("bad_gateway", 502, "text/html"),
        ("rate_limited", 429, "application/json"),
        ("signed_out", 401, "application/json"),
    ],
)
def test_fault_replaces_response_with_its_status_and_content_type(
    serve: Serve, kind: str, status: int, content_type: str
) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    coder.server.add_fault(kind, path="/workspaces$", count=1, seconds=7)
    answer = alice("GET", "/workspaces")
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (status, content_type)
    assert answer.headers.get("retry-after") == ("7" if kind == "rate_limited" else None)
    assert alice("GET", "/workspaces").status_code == 200


def test_request_with_retired_token_is_refused_and_not_logged(serve: Serve) -> None:
    coder = serve(world=world_with())
    early = coder.sign_in("alice")
    coder.server.retire_tokens()
    late = coder.sign_in("alice")
    coder.server.clear_requests()
    coder.server.add_fault("error", path="/workspaces$", count=1)
    assert early("GET", "/workspaces").status_code == 401
    assert late("GET", "/workspaces").status_code == 500
    assert [entry["path"] for entry in coder.server.requests()] == ["/api/v2/workspaces"]


def test_refuse_fault_drops_connection_until_faults_are_cleared(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    coder.server.add_fault("refuse", method="GET", path="/workspaces$")
    with pytest.raises(httpx.TransportError):
        alice("GET", "/workspaces")
    coder.server.clear_faults()
    assert alice("GET", "/workspaces").status_code == 200


def test_reset_fault_breaks_connection_inside_response_body(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    coder.server.add_fault("reset", path="/workspaces$")
    with alice.http.stream("GET", "/workspaces") as answer:
        assert answer.status_code == 200
        with pytest.raises(httpx.TransportError):
            answer.read()


def test_malformed_and_unknown_value_faults_alter_response_body(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    for kind in ("malformed", "unknown_fields", "unknown_statuses"):
        coder.server.add_fault(kind, path="/workspaces$", count=1)
    with pytest.raises(ValueError):
        alice("GET", "/workspaces").json()
    assert alice.get("/workspaces")["workspaces"][0]["from_the_future"] == {"depth": 1}
    assert alice.get("/workspaces")["workspaces"][0]["latest_build"]["status"] == "hibernating"


def test_answer_fault_returns_given_response_and_delay_fault_delays_it(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    coder.server.add_fault("answer", path="/buildinfo", status=418, body={"message": "tea"}, count=1)
    assert (alice("GET", "/buildinfo").status_code, alice("GET", "/buildinfo").status_code) == (418, 200)
    coder.server.add_fault("delay", path="/buildinfo", seconds=5)
    with pytest.raises(httpx.ReadTimeout):
        alice.http.get("/buildinfo", timeout=0.2)


def test_fault_can_be_limited_to_one_token(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, bob = coder.sign_in("alice"), coder.sign_in("bob")
    alice("GET", "/users/me")
    coder.server.add_fault("signed_out", token=coder.server.requests()[-1]["token"])
    assert (alice("GET", "/users/me").status_code, bob("GET", "/users/me").status_code) == (401, 200)


def test_stream_faults_end_cut_or_stall_event_stream(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    path = f"/workspaces/{box.id}/watch"
    coder.server.add_fault("stream_end", path="/watch$", after=1, count=1)
    with open_stream(alice, path) as events:
        assert list(events) == [("ping", None)]
    coder.server.add_fault("stream_cut", path="/watch$", after=1, count=1)
    with pytest.raises(httpx.TransportError), open_stream(alice, path) as events:
        list(events)
    coder.server.add_fault("stream_stall", path="/watch$", after=1, count=1)
    with pytest.raises(httpx.ReadTimeout), alice.http.stream("GET", path, timeout=0.3) as answer:
        list(answer.iter_lines())


def test_unknown_fault_kind_or_option_is_rejected(serve: Serve) -> None:
    coder = serve(world=world_with())
    with pytest.raises(ValueError, match="kind must be one of"):
        coder.server.add_fault("explode")
    with pytest.raises(ValueError, match="unexpected keyword"):
        coder.server.add_fault("delay", colour="red")


def test_clock_can_be_read_set_and_advanced(serve: Serve) -> None:
    coder = serve(world=world_with())
    http = coder.server.http
    assert http.post("/_control/clock", json={"set": "2030-05-01T12:00:00Z"}).json()["now"][:16] == "2030-05-01T12:00"
    assert http.post("/_control/clock", json={"advance": 3600}).json()["now"][:16] == "2030-05-01T13:00"
    assert http.get("/_control/clock").json()["now"][:16] == "2030-05-01T13:00"
    assert http.post("/_control/clock", json={"forward": 1}).status_code == 400


def test_world_lists_people_and_workspaces(serve: Serve) -> None:
    world = serve(world=world_with()).server.http.get("/_control/world").json()
    assert {"username": "alice", "password": PASSWORD}.items() <= world["people"][1].items()
    assert [(w["owner"], w["name"], w["status"]) for w in world["workspaces"]] == [("alice", "box", "stopped")]


@pytest.mark.parametrize(
    ("version", "trust_proxy", "second_person"), [("2.19", False, 429), ("2.19", True, 200), ("2.36", False, 200)]
)
def test_rate_limit_applies_per_address_on_2_19_and_per_user_on_2_36(
    serve: Serve, version: str, trust_proxy: Any, second_person: int
) -> None:
    coder = serve(version=version, rate_limit=True, trust_proxy=trust_proxy, world=world_with())
    coder.server.http.post("/_control/clock", json={"set": "2030-05-01T12:00:01Z"})
    alice, bob = coder.sign_in("alice"), coder.sign_in("bob")
    headers = {"X-Forwarded-For": "192.0.2.1"}
    statuses = [alice.http.get("/users/me/roles", headers=headers).status_code for _ in range(513)]
    assert (statuses[511], statuses[512]) == (200, 429)
    other = bob.http.get("/users/me/roles", headers={"X-Forwarded-For": "192.0.2.2"})
    assert other.status_code == second_person
    refused = alice.http.get("/users/me/roles", headers=headers)
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert refused.headers["x-ratelimit-remaining"] == "0"
    coder.advance(minutes=1)
    assert alice.http.get("/users/me/roles", headers=headers).status_code == 200


def test_rate_limit_is_only_reported_in_headers_without_option(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    answers = [alice("GET", "/users/me/roles") for _ in range(520)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["x-ratelimit-limit"] == "512"


def test_latency_option_delays_responses(serve: Serve) -> None:
    alice = serve(world=world_with(), latency_ms=300).sign_in("alice")
    with pytest.raises(httpx.ReadTimeout):
        alice.http.get("/buildinfo", timeout=0.1)
