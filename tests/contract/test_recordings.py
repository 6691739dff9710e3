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

replay: Any = importlib.import_module("tests.contract.replay")  # kept unchanged as provided, untyped

HERE = Path(__file__).parent
AGREED = tomllib.loads((HERE / "agreed.toml").read_text())
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| [+-]\d{4} [A-Z]+)?")
OF_THE_SERVER = re.compile(  # values that are specific to one server or one run
    r"(dashboard_url|path_app_url|webpush_public_key|session_token|\.key|\]\.id)$"
)
UNORDERED = frozenset({"build-parameters", "parameters-after-start"})  # 2.36 lists them in random order
BY_THE_CLOCK = frozenset({"stats"})  # collected every 30 s: the content depends on the time of collection


class FieldByField:
    """Beside replay.py's comparison, notes each leaf of a body and each header that is not as recorded."""

    def __init__(self, version: str) -> None:
        self.version = version
        self.replayed = replay.Compare(version, "", verbose=False)
        self.different: list[str] = []

    def secret(self, value: str, name: str) -> None:
        """Ignore what the recorder would hide."""

    def exchange(self, name: str, record: dict[str, Any]) -> None:
        """Compare one exchange."""
        self.replayed.exchange(name, record)
        if (file := self.replayed.want.get(f"{name}.json")) and name not in BY_THE_CLOCK:
            want, got = json.loads(file.read_text())["response"], record["response"]
            if want["headers"] != got["headers"]:
                self.different.append(f"{name}: headers {got['headers']}, recorded {want['headers']}")
            recorded, given = Counter(leaves(want["body"])), Counter(leaves(got["body"]))
            self.different += [f"{name}: recorded, not given: {leaf}" for leaf in recorded - given]
            self.different += [f"{name}: given, not recorded: {leaf}" for leaf in given - recorded]
            if name not in UNORDERED:
                self.different += [f"{name}: {one}" for one in differences(masked(want["body"]), masked(got["body"]))]

    def stream(self, name: str, lines: list[str]) -> None:
        """Compare one event stream: its headers, its framing, and the first event of each of a workspace's states."""
        self.replayed.stream(name, lines)
        if file := self.replayed.want.get(f"{name}.sse"):
            want, got = Stream(file.read_text().splitlines()), Stream(lines)
            if want.headers != got.headers:
                self.different.append(f"{name}: headers {got.headers}, recorded {want.headers}")
            self.different += [f"{name}: an event of {shape}" for shape in got.shapes - want.shapes]
            for state in want.first.keys() & got.first.keys():
                found = differences(want.first[state], got.first[state])
                self.different += [f"{name}, {state}: {one}" for one in found]


class Stream:
    """A stream's headers, the shapes of its events (the last may be cut), and the first body of each state."""

    def __init__(self, lines: list[str]) -> None:
        self.headers = ast.literal_eval(lines[0].split(" ", 2)[2])
        blocks = [block.splitlines() for block in "\n".join(told for told in lines if told[:1] != "#").split("\n\n")]
        self.shapes = {(block[0], *(line.split(":")[0] for line in block[1:])) for block in blocks[:-1] if block}
        self.first: dict[Any, Any] = {}
        for body in (json.loads(line[5:]) for block in blocks for line in block if line.startswith("data:")):
            build = body["latest_build"] if isinstance(body, dict) else {}
            self.first.setdefault((build.get("build_number"), build.get("status")), body)


def masked(value: Any, path: str = "") -> Any:
    """The same without what belongs to one server or to one run of it."""
    if isinstance(value, dict):
        return {key: masked(one, f"{path}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [masked(one, f"{path}[]") for one in value]
    return None if OF_THE_SERVER.search(path) and not UUID.search(str(value)) else value


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield the leaves of a JSON value with their paths; ids and moments are masked, what is empty counts."""
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from leaves(one, f"{path}.{UUID.sub('UUID', key)}")
    elif isinstance(value, list) and value:
        for one in value:
            yield from leaves(one, f"{path}[]")
    elif not OF_THE_SERVER.search(path):
        yield path, MOMENT.sub(_masked, UUID.sub("UUID", json.dumps(value)))


@pytest.fixture(scope="module")
def replayed() -> Iterator[dict[str, FieldByField]]:
    """What became of the scenario with each Coder; side by side, since most of it is waiting for builds."""
    opened: list[Any] = []

    class Client(replay.Client):  # type: ignore[misc]  # the base is untyped
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            opened.append(self)

    sinks = {version: FieldByField(version) for version in AGREED}
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor() as threads:
        patched.setattr(replay, "Client", Client)
        list(threads.map(play, sinks.values()))
    yield sinks
    for client in opened:
        client.http.close()


def play(sink: FieldByField) -> None:
    """Play the scenario with a simulated Coder of the sink's version."""
    with run_server(version=sink.version, world="contract") as coder:
        replay.scenario(coder.url, sink)


def _masked(found: re.Match[str]) -> str:
    return "never" if found[0].startswith("0001") else "a moment"


@pytest.mark.xdist_group("recordings")
@pytest.mark.parametrize("version", AGREED)
def test_simulated_coder_gives_recorded_responses(version: str, replayed: dict[str, FieldByField]) -> None:
    sink = replayed[version]
    assert sink.replayed.checked - sink.replayed.differing >= AGREED[version]
    assert sink.different == []
