"""Demo world behavior: sign-in, builds, cancellation, quota, autostop and deletion."""

from collections.abc import Iterator

import pytest

from coder_simulator.testing import run_server
from coder_simulator.world import PASSWORD
from tests.coder_simulator.demo import DemoServer, agents

VERSIONS = ["2.19", "2.36"]


@pytest.fixture(params=VERSIONS)
def demo(request: pytest.FixtureRequest) -> Iterator[DemoServer]:
    with run_server(version=request.param, world="demo", licensed=True) as server:
        yield DemoServer(server)


def test_every_person_can_sign_in_with_password_listed_by_control_api(demo: DemoServer) -> None:
    people = [p for p in demo.server.http.get("/_control/world").json()["people"] if p["password"]]
    assert len(people) == 12
    assert {p["password"] for p in people} == {PASSWORD}
    for person in people:
        demo.token(person["username"], person["email"])
        me = demo.get(person["username"], "/users/me")
        assert (me["name"], [r["name"] for r in me["roles"]]) == (person["name"], person["roles"])


def test_staff_have_expected_roles_and_people_have_international_names(demo: DemoServer) -> None:
    people = {p["username"]: p for p in demo.server.http.get("/_control/world").json()["people"]}
    roles = {name: p["roles"] for name, p in people.items() if p["roles"]}
    assert roles == {"admin": ["owner"], "tina": ["template-admin"], "axel": ["auditor"], "uma": ["user-admin"]}
    assert people["siobhan"]["name"] == "Siobhán O'Neill"
    assert people["layla"]["name"] == "ليلى حداد"
    assert people["kenji"]["name"] == "佐藤 健二"
    assert max(len(p["name"]) for p in people.values()) > 60


def test_alice_belongs_to_both_organizations_and_bob_to_one(demo: DemoServer) -> None:
    names = {o["id"]: o["name"] for o in demo.get("admin", "/organizations")}
    belongs = {who: {names[i] for i in demo.get(who, "/users/me")["organization_ids"]} for who in ("alice", "bob")}
    assert belongs == {"alice": {"coder", "research"}, "bob": {"coder"}}


def test_started_workspace_runs_after_ten_seconds_and_its_agent_connects_later(demo: DemoServer) -> None:
    demo.build("alice/spike-graphql", "start")
    demo.server.advance(7.5)
    assert demo.status("alice/spike-graphql") == "starting"
    build = demo.workspace("alice/spike-graphql")["latest_build"]["id"]
    assert len(demo.get("alice", f"/workspacebuilds/{build}/logs")) > 8
    demo.server.advance(2.5)
    found = demo.workspace("alice/spike-graphql")
    assert found["latest_build"]["status"] == "running"
    assert [a["status"] for a in agents(found)] == ["connecting"]
    demo.server.advance(6)
    found = demo.workspace("alice/spike-graphql")
    assert [(a["status"], a["lifecycle_state"]) for a in agents(found)] == [("connected", "ready")]
    assert {app["health"] for a in agents(found) for app in a["apps"]} == {"initializing", "disabled"}
    demo.server.advance(10)
    found = demo.workspace("alice/spike-graphql")
    assert {app["health"] for a in agents(found) for app in a["apps"]} == {"healthy", "disabled"}


def test_running_workspace_stops_within_five_seconds(demo: DemoServer) -> None:
    demo.build("alice/web-frontend", "stop")
    assert demo.status("alice/web-frontend") in {"pending", "stopping"}
    demo.server.advance(5)
    assert demo.status("alice/web-frontend") == "stopped"


def test_three_builds_run_in_parallel_and_fourth_stays_pending(demo: DemoServer) -> None:
    for name in ("web-frontend", "payments-api", "checkout-e2e", "docs-site"):
        demo.build(f"alice/{name}", "stop")
    demo.server.advance(1)
    states = [demo.status(f"alice/{n}") for n in ("web-frontend", "payments-api", "checkout-e2e", "docs-site")]
    assert states == ["stopping", "stopping", "stopping", "pending"]
    demo.server.advance(10)
    assert demo.status("alice/docs-site") == "stopped"


def test_canceled_terraform_job_ends_canceled_and_queue_advances(demo: DemoServer) -> None:
    demo.cancel("alice/ml-experiments")
    demo.server.advance(2)
    assert demo.status("alice/ml-experiments") == "canceled"
    assert demo.status("bob/churn-model") == "starting"
    assert demo.workspace("priya/fraud-model")["latest_build"]["job"]["queue_position"] == 1


def test_canceled_job_of_other_provisioner_ends_failed(demo: DemoServer) -> None:
    demo.build("alice/docs-site", "stop")
    demo.server.advance(0.5)
    demo.cancel("alice/docs-site")
    demo.server.advance(1)
    job = demo.workspace("alice/docs-site")["latest_build"]["job"]
    assert (job["status"], job["error"]) == ("failed", "canceled")


def test_start_fails_with_insufficient_quota_when_over_budget(demo: DemoServer) -> None:
    demo.build("diego/mapas", "start")
    demo.server.advance(10)
    assert demo.workspace("diego/mapas")["latest_build"]["job"]["error"] == "insufficient quota"


def test_docs_site_stops_automatically_after_ten_minutes(demo: DemoServer) -> None:
    demo.server.advance(590)
    assert demo.status("alice/docs-site") == "running"
    demo.server.advance(20)
    assert demo.status("alice/docs-site") == "stopped"


def test_dormant_workspace_is_deleted_after_three_days(demo: DemoServer) -> None:
    demo.server.advance(3 * 86_400 + 60)
    assert demo.status("alice/old-prototype") == "deleted"


def test_update_is_rejected_when_required_parameter_is_missing(demo: DemoServer) -> None:
    found = demo.workspace("alice/mobile-backend")
    assert demo.get("alice", f"/workspaces/{found['id']}/resolve-autostart") == {"parameter_mismatch": True}
    answer = demo.server.http.post(
        f"/api/v2/workspaces/{found['id']}/builds",
        json={"transition": "start", "template_version_id": found["template_active_version_id"]},
        headers={"Coder-Session-Token": demo.token("alice")},
    )
    assert answer.status_code == 400
    assert "team" in answer.text
