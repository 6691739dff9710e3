"""Permissions, organizations, external authentication, port shares, tokens and the pages for browsers."""

from collections.abc import Callable
from typing import Any

import pytest

from coder_simulator.version_plans import ExternalAuthPlan, VersionPlan
from coder_simulator.world import World
from tests.coder_simulator.conftest import CoderUnderTest
from tests.coder_simulator.test_builds import world_with
from tests.coder_simulator.worlds import add_people, add_template

Serve = Callable[..., CoderUnderTest]


def check(action: str, **thing: Any) -> Any:
    return {"object": thing, "action": action}


def test_authcheck_evaluates_resource_type_owner_and_id(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, box = coder.sign_in("alice"), coder.find_workspace("alice", "box")
    checks = {
        "all": check("read", resource_type="workspace"),
        "mine": check("update", resource_type="workspace", owner_id="me", any_org=True),
        "box": check("delete", resource_type="workspace", resource_id=box.id),
        "template": check("update", resource_type="template", resource_id=box.template.id),
        "use": check("use", resource_type="template", resource_id=box.template.id),
    }
    body = {"checks": checks}
    answers = {who: coder.sign_in(who)("POST", "/authcheck", body).json() for who in ("bob", "ada")}
    answers["alice"] = alice("POST", "/authcheck", body).json()
    assert answers["alice"] == {"all": False, "mine": True, "box": True, "template": False, "use": True}
    assert answers["bob"] == {"all": False, "mine": True, "box": False, "template": False, "use": True}
    assert set(answers["ada"].values()) == {True}


@pytest.mark.parametrize(("action", "kind"), [("fly", "workspace"), ("read", "car")])
def test_authcheck_denies_unknown_action_or_type_even_to_owner(serve: Serve, action: str, kind: str) -> None:
    ada = serve(world=world_with()).sign_in("ada")
    checks = {"unknown": check(action, resource_type=kind)}
    assert ada("POST", "/authcheck", {"checks": checks}).json() == {"unknown": False}


def test_authcheck_rejects_check_without_type_or_with_invalid_id(serve: Serve) -> None:
    alice = serve(world=world_with()).sign_in("alice")
    for thing in ({}, {"resource_type": "workspace", "resource_id": "box"}):
        assert alice("POST", "/authcheck", {"checks": {"x": {"object": thing, "action": "read"}}}).status_code == 400


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_dormant_workspace_start_fails_authcheck_and_is_forbidden_on_2_19_only(serve: Serve, version: str) -> None:
    coder = serve(version=version, world=world_with())
    ada, box = coder.sign_in("ada"), coder.find_workspace("alice", "box")
    ada("PUT", f"/workspaces/{box.id}/dormant", {"dormant": True}).raise_for_status()
    asked = check("start", resource_type="workspace", resource_id=box.id)
    assert ada("POST", "/authcheck", {"checks": {"start": asked}}).json() == {"start": False}
    assert ada.build(box, "start").status_code == (403 if version == "2.19" else 201)


def test_template_of_other_organization_is_hidden_from_nonmember(serve: Serve) -> None:
    def build(world: World) -> None:
        add_people(world)
        other = world.add_organization("research", display_name="Research")
        add_template(world, "secret", organization=other)

    coder = serve(world=build)
    alice, made = coder.sign_in("alice"), next(iter(coder.world.templates.values()))
    assert alice.get("/templates") == []
    assert alice("GET", f"/templates/{made.id}").status_code == 404
    refused = alice("POST", "/users/me/workspaces", {"template_id": made.id, "name": "mine"})
    assert refused.json()["validations"] == [{"field": "template_id", "detail": "template not found"}]
    assert [t["organization_name"] for t in coder.sign_in("ada").get("/templates")] == ["research"]


def test_invalid_include_deleted_flag_is_rejected_for_existing_workspace(serve: Serve) -> None:
    alice = serve(world=world_with()).sign_in("alice")
    answer = alice("GET", "/users/me/workspace/box", include_deleted="maybe")
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        'Invalid boolean value "maybe" for "include_deleted" query param.',
    )


def test_write_authenticated_by_cookie_only_is_rejected(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice = coder.sign_in("alice")
    alice.http.headers.pop("Coder-Session-Token")
    alice.http.cookies.set("coder_session_token", alice.token)
    assert alice("GET", "/users/me").status_code == 200
    refused = alice("PUT", f"/workspaces/{coder.find_workspace('alice', 'box').id}/ttl", {"ttl_ms": 3_600_000})
    assert (refused.status_code, refused.headers["content-type"]) == (400, "text/plain; charset=utf-8")


def test_external_auth_is_completed_on_page_at_authenticate_url(serve: Serve) -> None:
    coder = serve(world=world_with(VersionPlan(external_auth=(ExternalAuthPlan(id="github"),))))
    alice, version = coder.sign_in("alice"), next(iter(coder.world.versions))
    path = f"/templateversions/{version}/external-auth"
    address = alice.get(path)[0]["authenticate_url"]
    assert "alice" in alice.http.get(address).text
    assert alice.http.post(address, data={"username": "nobody"}).status_code == 404
    alice.http.post(address, data={"username": "alice"}).raise_for_status()
    assert [one["authenticated"] for one in alice.get(path)] == [True]


def test_browser_page_names_simulated_coder_and_escapes_path(serve: Serve) -> None:
    http = serve(world=world_with()).server.http
    assert http.get("/healthz").text == "OK"
    page = http.get("/@alice/<b>box</b>")
    assert "A simulated Coder" in page.text
    assert "<b>" not in page.text


def test_port_share_can_be_created_updated_and_deleted(serve: Serve) -> None:
    coder = serve(world=world_with(status="running"))
    alice, bob, box = coder.sign_in("alice"), coder.sign_in("bob"), coder.find_workspace("alice", "box")
    path, share = f"/workspaces/{box.id}/port-share", {"agent_name": "main", "port": 3000, "protocol": "http"}
    for level in ("authenticated", "public"):
        assert alice("POST", path, {**share, "share_level": level}).json()["share_level"] == level
    assert [one["share_level"] for one in alice.get(path)["shares"]] == ["public"]
    assert bob("POST", path, {**share, "share_level": "public"}).status_code == 404
    assert alice("POST", path, {**share, "share_level": "everybody"}).status_code == 400
    assert alice("DELETE", path, {"agent_name": "main", "port": 3000}).status_code == 200
    assert alice.get(path)["shares"] == []


def test_available_users_depend_on_role_and_are_missing_on_2_19(serve: Serve) -> None:
    coder = serve(world=world_with())
    path = "/organizations/default/members/me/workspaces/available-users"
    assert [user["username"] for user in coder.sign_in("ada").get(path)] == ["ada", "alice", "bob"]
    assert coder.sign_in("alice")("GET", path).status_code == 403
    assert serve(version="2.19", world=world_with()).sign_in("ada")("GET", path).status_code == 404


def test_token_can_be_created_listed_and_revoked(serve: Serve) -> None:
    coder = serve(world=world_with())
    alice, bob = coder.sign_in("alice"), coder.sign_in("bob")
    made = alice("POST", "/users/me/keys/tokens", {"token_name": "ci", "lifetime": 3_600 * 10**9}).json()["key"]
    assert alice("POST", "/users/me/keys/tokens", {"token_name": "ci"}).status_code == 409
    listed = {one["token_name"]: one["id"] for one in alice.get("/users/me/keys/tokens")}
    assert listed["ci"] == made.partition("-")[0]
    assert bob("DELETE", f"/users/alice/keys/{listed['ci']}").status_code == 404
    alice("DELETE", f"/users/me/keys/{listed['ci']}").raise_for_status()
    assert alice.http.get("/users/me", headers={"Coder-Session-Token": made}).status_code == 401
