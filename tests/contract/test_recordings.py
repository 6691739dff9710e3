"""Test that the simulated Coder answers as the recorded servers did: by replay.py's count, by leaf and by order."""

import ast
import importlib
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from coder_simulator.testing import run_server
from tests.contract.response_diff import differences

replay: Any = importlib.import_module("tests.contract.replay")  # unchanged from the provided file, untyped

HERE = Path(__file__).parent
AGREED = tomllib.loads((HERE / "agreed.toml").read_text())
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+-]\d{4} [A-Z]+)?")
SERVER_SPECIFIC = re.compile(  # values that are specific to one server or one run
    r"(dashboard_url|path_app_url|webpush_public_key|session_token|\.key|\]\.id)$"
)
UNORDERED = frozenset({"build-parameters", "parameters-after-start"})  # 2.36 lists them in random order
TIME_DEPENDENT = frozenset({"stats"})  # collected every 30 s: the content depends on the time of collection


class FieldComparison:
    """Runs replay.py's comparison, and also collects each leaf of a body and each header that differs."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.replayed = replay.Compare(version, "", verbose=False)
        self.messages: list[str] = []

    def secret(self, value: str, name: str) -> None:
        """Ignore the values that the recorder masks."""

    def exchange(self, name: str, record: dict[str, Any]) -> None:
        """Compare one exchange."""
        self.replayed.exchange(name, record)
        if (file := self.replayed.want.get(f"{name}.json")) and name not in TIME_DEPENDENT:
            recorded, actual = json.loads(file.read_text())["response"], record["response"]
            if recorded["headers"] != actual["headers"]:
                self.messages.append(f"{name}: headers {actual['headers']}, recorded {recorded['headers']}")
            recorded_leaves, actual_leaves = Counter(leaves(recorded["body"])), Counter(leaves(actual["body"]))
            self.messages += [f"{name}: recorded, not given: {leaf}" for leaf in recorded_leaves - actual_leaves]
            self.messages += [f"{name}: given, not recorded: {leaf}" for leaf in actual_leaves - recorded_leaves]
            if name not in UNORDERED:
                self.messages += [
                    f"{name}: {difference}"
                    for difference in differences(masked(recorded["body"]), masked(actual["body"]))
                ]

    def stream(self, name: str, lines: list[str]) -> None:
        """Compare one event stream: its headers, its framing, and the first event of each of a workspace's states."""
        self.replayed.stream(name, lines)
        if file := self.replayed.want.get(f"{name}.sse"):
            recorded, actual = RecordedStream(file.read_text().splitlines()), RecordedStream(lines)
            if recorded.headers != actual.headers:
                self.messages.append(f"{name}: headers {actual.headers}, recorded {recorded.headers}")
            self.messages += [f"{name}: an event of {shape}" for shape in actual.shapes - recorded.shapes]
            for state in recorded.first.keys() & actual.first.keys():
                messages = differences(recorded.first[state], actual.first[state])
                self.messages += [f"{name}, {state}: {message}" for message in messages]


class RecordedStream:
    """A stream's headers, the shapes of its events (the last may be cut), and the first body of each state."""

    def __init__(self, lines: list[str]) -> None:
        self.headers = ast.literal_eval(lines[0].split(" ", 2)[2])
        blocks = [block.splitlines() for block in "\n".join(line for line in lines if line[:1] != "#").split("\n\n")]
        self.shapes = {(block[0], *(line.split(":")[0] for line in block[1:])) for block in blocks[:-1] if block}
        self.first: dict[Any, Any] = {}
        for body in (json.loads(line[5:]) for block in blocks for line in block if line.startswith("data:")):
            build = body["latest_build"] if isinstance(body, dict) else {}
            self.first.setdefault((build.get("build_number"), build.get("status")), body)


def masked(value: Any, path: str = "") -> Any:
    """Return the value without what is specific to one server or one run."""
    if isinstance(value, dict):
        return {key: masked(item, f"{path}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item, f"{path}[]") for item in value]
    return None if SERVER_SPECIFIC.search(path) and not UUID.search(str(value)) else value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a JSON value with their paths; ids and times are masked, empty objects and lists count."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            yield from leaves(item, f"{path}.{UUID.sub('UUID', key)}")
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item, f"{path}[]")
    elif not SERVER_SPECIFIC.search(path):
        yield path, TIMESTAMP.sub(_mask_timestamp, UUID.sub("UUID", json.dumps(value)))


@pytest.fixture(scope="module")
def replayed() -> Iterator[dict[str, FieldComparison]]:
    """Run the scenario with each version; in parallel, since most of it is waiting for builds."""
    clients: list[Any] = []

    class Client(replay.Client):  # type: ignore[misc]  # the base is untyped
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            clients.append(self)

    comparisons = {version: FieldComparison(version) for version in AGREED}
    with pytest.MonkeyPatch.context() as monkeypatch, ThreadPoolExecutor() as threads:
        monkeypatch.setattr(replay, "Client", Client)
        list(threads.map(run_scenario, comparisons.values()))
    yield comparisons
    for client in clients:
        client.http.close()


def run_scenario(comparison: FieldComparison) -> None:
    """Run the scenario with a simulated Coder of the comparison's version."""
    with run_server(version=comparison.version, world="contract") as coder:
        replay.scenario(coder.url, comparison)


def _mask_timestamp(match: re.Match[str]) -> str:
    return "never" if match[0].startswith("0001") else "a moment"


@pytest.mark.xdist_group("recordings")
@pytest.mark.parametrize("version", AGREED)
def test_simulated_coder_gives_recorded_responses(version: str, replayed: dict[str, FieldComparison]) -> None:
    comparison = replayed[version]
    assert comparison.replayed.checked - comparison.replayed.differing >= AGREED[version]
    assert comparison.messages == []
