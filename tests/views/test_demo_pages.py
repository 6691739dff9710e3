"""Compare the page of every demo workspace with demo_pages.toml, in both versions of Coder."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.demo_pages import load_fragments, page_summary
from tests.views.html import Html

TABLE = tomllib.loads((Path(__file__).parent / "demo_pages.toml").read_text())
OLD = TABLE.pop("old")
NEW_ALONE = {"prebuilds/prebuilt-5f3c"}  # 2.19 has no prebuilds
LOOKS_AFTER = {"prebuilds": "admin"}  # who views the pages of an owner who cannot sign in
CASES = [(v, name) for v in ("2.19", "2.36") for name in TABLE if v == "2.36" or name not in NEW_ALONE]

each_page = pytest.mark.parametrize(("version", "name"), CASES)


def address(name: str) -> str:
    """Where the page of a workspace is, whatever has become of it."""
    return f"/@{name}/" + ("?include_deleted=1" if TABLE[name]["status"] == "Deleted" else "")


def owner_of(demo: SimulatedCoder, name: str) -> Client:
    """The browser of the workspace's owner."""
    client, owner = Client(), name.split("/")[0]
    sign_in(client, LOOKS_AFTER.get(owner, owner))
    demo.clear_requests()
    return client


def in_any_order(agents: dict[str, str]) -> dict[str, list[str]]:
    """The apps of each agent, sorted."""
    return {agent: sorted(apps.split(", ")) for agent, apps in agents.items()}


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_every_demo_workspace_is_in_expectation_table(demo: SimulatedCoder, version: str) -> None:
    placed = {f"{b.workspace.owner.username}/{b.workspace.name}" for b in demo.server.world.builds.values()}
    assert placed == {name for v, name in CASES if v == version}


@each_page
def test_workspace_page_matches_expectation_table(demo: SimulatedCoder, version: str, name: str) -> None:
    client = owner_of(demo, name)
    page = Html(client.get(address(name)))
    found: dict[str, Any] = page_summary(page)
    loaded = dict(load_fragments(client, address(name), page))
    found["advice"] = [each.text for each in loaded["advice"].all("h2")] if "advice" in loaded else []
    expected = TABLE[name] | (OLD.get(name, {}) if version == "2.19" else {})
    if version == "2.19":
        found["agents"], expected["agents"] = in_any_order(found["agents"]), in_any_order(expected["agents"])
    assert found == expected
    assert [name for name, part in loaded.items() if "Try again" in part.text] == []


@each_page
def test_workspace_page_makes_one_coder_call_for_owner(demo: SimulatedCoder, name: str) -> None:
    client = owner_of(demo, name)
    foreign = "/authcheck" if name in NEW_ALONE else ""  # these rights are requested once and cached
    client.get(address(name))
    assert demo.request_lines(ignore=foreign) == ["GET /users/{}/workspace/{}".format(*name.split("/"))]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("name", ["diego/old-demo"])
def test_deleted_workspace_page_has_no_buttons(demo: SimulatedCoder, name: str) -> None:
    main = Html(owner_of(demo, name).get(address(name))).one("main")
    assert main.all("button") == []
    assert "diego deleted it" in main.one("article").text
