"""Event streams: first events, which writes send an event, pings and shutdown."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from coder_simulator.version_plans import AgentMetadataPlan, AgentPlan, ResourcePlan, VersionPlan
from tests.coder_simulator.conftest import ApiUser, CoderUnderTest
from tests.coder_simulator.test_builds import world_with
from tests.coder_simulator.worlds import POD

Serve = Callable[..., CoderUnderTest]
Event = tuple[str, Any]

AGENT_WITH_METADATA = AgentPlan(
    name="main",
    connect_seconds=0,
    metadata=(AgentMetadataPlan(key="cpu", display_name="CPU", script="cpu", interval=5, values=("1%", "2%")),),
)


@contextmanager
def open_stream(person: ApiUser, path: str) -> Iterator[Iterator[Event]]:
    """Open an event stream and yield an iterator over its events."""
    with person.http.stream("GET", path, timeout=10) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        yield _events(answer)


def _events(answer: httpx.Response) -> Iterator[Event]:
    name, data = "", None
    for line in answer.iter_lines():
        if line.startswith("event: "):
            name = line[7:]
        elif line.startswith("data: "):
            data = json.loads(line[6:])
        elif not line:
            yield name, data
            name, data = "", None


def test_watch_starts_with_ping_and_workspace(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
        assert next(events) == ("ping", None)
        assert next(events) == ("data", alice.workspace(box))


def test_watch_reports_each_status_during_build(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
        next(events), next(events)
        alice.build(box, "start").raise_for_status()
        statuses = []
        while "running" not in statuses:
            statuses.append(next(events)[1]["latest_build"]["status"])
    assert list(dict.fromkeys(statuses)) in (["pending", "starting", "running"], ["starting", "running"])


def test_watch_sends_ping_every_fifteen_seconds(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
        next(events), next(events)
        for _ in range(3):
            coder.advance(seconds=16)
            assert next(events) == ("ping", None)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "autostart", {"schedule": "0 9 * * *"}),
        ("PUT", "ttl", {"ttl_ms": 7_200_000}),
        ("PUT", "autoupdates", {"automatic_updates": "always"}),
        ("PUT", "dormant", {"dormant": True}),
        ("PUT", "favorite", None),
    ],
)
def test_watch_sends_no_event_after_settings_dormancy_or_favorite_write(
    serve: Serve, method: str, path: str, body: Any
) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
        next(events), next(events)
        alice(method, f"/workspaces/{box.id}/{path}", body).raise_for_status()
        coder.advance(seconds=16)
        assert next(events) == ("ping", None)  # an event of the write would come before this ping


def test_watch_sends_event_after_rename_and_after_new_active_version(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    newer = coder.world.add_version(box.template, "v2", box.template.active_version.plan)
    with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
        next(events), next(events)
        alice("PATCH", f"/workspaces/{box.id}", {"name": "crate"}).raise_for_status()
        assert next(events)[1]["name"] == "crate"
        coder.sign_in("ada")("PATCH", f"/templates/{box.template.id}/versions", {"id": newer.id}).raise_for_status()
        assert next(events)[1]["outdated"] is True


def test_watch_returns_404_without_read_permission(serve: Serve) -> None:
    coder = serve(world=world_with())
    assert (
        coder.sign_in("bob")("GET", f"/workspaces/{coder.find_workspace('alice', 'box').id}/watch").status_code == 404
    )


def test_metadata_stream_sends_new_value_after_collection_interval(serve: Serve) -> None:
    pod = ResourcePlan(type="pod", name="pod", agents=(AGENT_WITH_METADATA,))
    coder = serve(world=world_with(VersionPlan(resources=(pod,))))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=2)
    with open_stream(alice, f"/workspaceagents/{box.agents[0].id}/watch-metadata") as events:
        first = next(events)[1][0]
        coder.advance(seconds=6)
        later = next(event[1][0] for event in events if event[1][0]["result"]["value"] != first["result"]["value"])
    assert {first["result"]["value"], later["result"]["value"]} == {"1%", "2%"}
    assert later["description"]["key"] == "cpu"


def test_metadata_stream_sends_empty_result_when_agent_never_connected(serve: Serve) -> None:
    silent = AgentPlan(name="main", outcome="never", metadata=AGENT_WITH_METADATA.metadata)
    pod = ResourcePlan(type=POD.type, name="pod", agents=(silent,))
    coder = serve(world=world_with(VersionPlan(resources=(pod,))))
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice.build(box, "start").raise_for_status()
    coder.advance(seconds=2)
    with open_stream(alice, f"/workspaceagents/{box.agents[0].id}/watch-metadata") as events:
        assert next(events)[1][0]["result"] == {
            "collected_at": "0001-01-01T00:00:00Z",
            "age": 9223372036,
            "value": "",
            "error": "",
        }


def test_server_stops_immediately_while_streams_are_open(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    ended = threading.Event()

    def watch() -> None:
        try:
            with open_stream(alice, f"/workspaces/{box.id}/watch") as events:
                for _ in events:
                    started.set()
        except httpx.HTTPError:
            pass
        ended.set()

    started = threading.Event()
    threading.Thread(target=watch, daemon=True).start()
    assert started.wait(5)
    before = coder.server.app.state.server
    coder.stack.close()
    assert ended.wait(5)
    assert before.engine.closing.is_set()
