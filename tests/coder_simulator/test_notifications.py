"""The notifications of builds by others (2.36)."""

from collections.abc import Callable

from coder_simulator.version_plans import BuildPlan, VersionPlan
from coder_simulator.world import World
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.test_builds import world_with

Serve = Callable[..., CoderUnderTest]
FAILING = VersionPlan(start=BuildPlan(duration_seconds=1, error="no quota"))


def build(world: World) -> None:
    """Add a template whose starts fail, Alice's stopped workspace of it, and a template admin."""
    world_with(FAILING)(world)
    world.add_user("tina", roles=("template-admin",))


def titles(coder: CoderUnderTest, username: str) -> list[str]:
    """Return the titles in a user's inbox."""
    return [each["title"] for each in coder.sign_in(username).get("/notifications/inbox")["notifications"]]


def test_owner_is_notified_of_deletion_by_another_user_with_links_to_server(serve: Serve) -> None:
    coder = serve(world=build)
    coder.sign_in("ada").build(coder.find_workspace("alice", "box"), "delete").raise_for_status()
    coder.advance(minutes=5)
    (notification,) = coder.sign_in("alice").get("/notifications/inbox")["notifications"]
    assert notification["title"] == 'Workspace "box" deleted'
    assert "initiated by user (ada)" in notification["content"]
    assert notification["actions"][0] == {"label": "View workspaces", "url": f"{coder.server.url}/workspaces"}


def test_owner_is_not_notified_of_own_deletion(serve: Serve) -> None:
    coder = serve(world=build)
    coder.sign_in("alice").build(coder.find_workspace("alice", "box"), "delete").raise_for_status()
    coder.advance(minutes=5)
    assert titles(coder, "alice") == []


def test_template_admins_are_notified_of_failed_build_that_a_user_requested(serve: Serve) -> None:
    coder = serve(world=build)
    coder.sign_in("alice").build(coder.find_workspace("alice", "box"), "start").raise_for_status()
    coder.advance(minutes=5)
    assert {who: titles(coder, who) for who in ("tina", "alice", "ada")} == {
        "tina": ['Workspace "box" manual build failed'],
        "alice": [],
        "ada": [],
    }


def test_template_admins_are_not_notified_of_failed_autostart(serve: Serve) -> None:
    coder = serve(world=build)
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    alice("PUT", f"/workspaces/{box.id}/autostart", {"schedule": "0 8 * * *"}).raise_for_status()
    coder.advance(days=2)
    assert alice.workspace(box)["latest_build"]["reason"] == "autostart"
    assert titles(coder, "tina") == []


def test_older_server_has_no_inbox(serve: Serve) -> None:
    coder = serve(version="2.19", world=build)
    coder.sign_in("alice").build(coder.find_workspace("alice", "box"), "start").raise_for_status()
    coder.advance(minutes=5)
    assert coder.sign_in("tina")("GET", "/notifications/inbox").status_code == 404
    assert coder.world.notifications == []
