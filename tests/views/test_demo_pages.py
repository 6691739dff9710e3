"""Compare the page of every demo workspace with demo_pages.toml, in both versions of Coder."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.portal import BACKGROUND_PATHS, SimulatedCoder, sign_in
from tests.views.demo_pages import load_fragments, page_summary
from tests.views.html import Html

TABLE = tomllib.loads((Path(__file__).parent / "demo_pages.toml").read_text())
OVERRIDES_IN_2_19 = TABLE.pop("old")
ONLY_IN_2_36 = {"prebuilds/prebuilt-5f3c"}  # 2.19 has no prebuilds
VIEWERS = {"prebuilds": "admin"}  # users who view the pages of owners who cannot sign in
CASES = [(v, name) for v in ("2.19", "2.36") for name in TABLE if v == "2.36" or name not in ONLY_IN_2_36]

EACH_PAGE = pytest.mark.parametrize(("version", "name"), CASES)


def page_url(name: str) -> str:
    """Return the URL of a workspace page, also of a deleted workspace."""
    return f"/@{name}/" + ("?include_deleted=1" if TABLE[name]["status"] == "Deleted" else "")


def sign_in_owner(demo: SimulatedCoder, name: str) -> Client:
    """Return a client that is signed in as the owner of the workspace."""
    client, owner = Client(), name.split("/")[0]
    sign_in(client, VIEWERS.get(owner, owner))
    demo.clear_requests()
    return client


def sort_apps(agents: dict[str, str]) -> dict[str, list[str]]:
    """Return the apps of each agent, sorted."""
    return {agent: sorted(apps.split(", ")) for agent, apps in agents.items()}


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_every_demo_workspace_is_in_expectation_table(demo: SimulatedCoder, version: str) -> None:
    names = {f"{build.workspace.owner.username}/{build.workspace.name}" for build in demo.server.world.builds.values()}
    assert names == {name for v, name in CASES if v == version}


@EACH_PAGE
def test_workspace_page_matches_expectation_table(demo: SimulatedCoder, version: str, name: str) -> None:
    client = sign_in_owner(demo, name)
    page = Html(client.get(page_url(name)))
    summary: dict[str, Any] = page_summary(page)
    fragments = dict(load_fragments(client, page_url(name), page))
    summary["advice"] = [each.text for each in fragments["advice"].all("h2")] if "advice" in fragments else []
    expected = TABLE[name] | (OVERRIDES_IN_2_19.get(name, {}) if version == "2.19" else {})
    if version == "2.19":
        summary["agents"], expected["agents"] = sort_apps(summary["agents"]), sort_apps(expected["agents"])
    assert summary == expected
    assert [name for name, fragment in fragments.items() if "Try again" in fragment.text] == []


@EACH_PAGE
def test_workspace_page_makes_one_coder_call_for_owner(demo: SimulatedCoder, name: str) -> None:
    client = sign_in_owner(demo, name)
    once = {"/authcheck"} if name in ONLY_IN_2_36 else set()  # these rights are then cached
    client.get(page_url(name))
    assert demo.request_lines(ignore=BACKGROUND_PATHS | once) == ["GET /users/{}/workspace/{}".format(*name.split("/"))]


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("name", ["diego/old-demo"])
def test_deleted_workspace_page_has_no_buttons(demo: SimulatedCoder, name: str) -> None:
    main = Html(sign_in_owner(demo, name).get(page_url(name))).one("main")
    assert main.all("button") == []
    assert "diego deleted the workspace" in main.one("article").text
