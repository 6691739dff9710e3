"""SimulatedCoder.reset restores the initial state of the server that tests share."""

import pytest

from tests.portal import SimulatedCoder, create_token


def get_json(coder: SimulatedCoder, path: str) -> object:
    """Return the JSON of a path of the API for Alice."""
    token = create_token(coder)
    return coder.server.http.get(f"/api/v2{path}", headers={"Coder-Session-Token": token}).raise_for_status().json()


def start_workspace(coder: SimulatedCoder, name: str, template: str) -> str:
    """Start a new workspace of Alice's; return the status of its build after half an hour."""
    one = coder.start_queued_build(coder.place(name, "stopped", template=template))
    coder.server.advance(1800)
    return one.latest_build.status


def test_reset_releases_provisioners_of_hanging_builds(coder: SimulatedCoder) -> None:
    for _test in coder.server.world.provisioners:
        assert start_workspace(coder, "web", "hang") == "starting"
        coder.reset()
    assert start_workspace(coder, "web", "plain") == "running"


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_reset_removes_deleted_workspaces_builds_and_agents(coder: SimulatedCoder) -> None:
    web = coder.place("web", "deleted")
    coder.reset()
    assert coder.server.world.workspaces.find_by_name(web.owner, "web", deleted=True) is None
    assert (coder.server.world.builds, coder.server.world.agents) == ({}, {})


def test_reset_restores_template_versions_and_build_statistics(coder: SimulatedCoder) -> None:
    before = get_json(coder, "/templates")
    coder.new_version("plain")
    coder.new_version("dev")
    assert start_workspace(coder, "web", "plain") == "running"
    assert get_json(coder, "/templates") != before
    coder.reset()
    assert get_json(coder, "/templates") == before


def test_reset_clears_quota_of_every_user(coder: SimulatedCoder) -> None:
    coder.user("alice").quota = 10
    coder.reset()
    assert {user.quota for user in coder.server.world.users.values()} == {-1}
