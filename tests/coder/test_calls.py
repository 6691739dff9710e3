"""Test the method, path, query and body of every call against Coder's documentation."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.coder import agent_calls, build_calls, calls, staff_calls, template_calls, token_calls
from workspaces.coder.calls import Call
from workspaces.coder.template_calls import NewWorkspace
from workspaces.coder.template_types import ParameterValue

ID = UUID("ce902cbe-d6b9-4e20-9f95-048de1823ae2")
VERSION = UUID("66d535ca-f8f9-40e3-9177-aabef72435eb")
NEW = NewWorkspace(name="web", template_version_id=VERSION)
DEADLINE = dt.datetime(2026, 11, 25, 18, 30, tzinfo=dt.UTC)

START, END = dt.datetime(2026, 11, 21, tzinfo=dt.UTC), dt.datetime(2026, 11, 28, 17, tzinfo=dt.UTC)
STAFF_TABLE: list[tuple[Call[Any], str, dict[str, str], Any]] = [
    (staff_calls.daily_active_users(-8), "GET /insights/daus", {"tz_offset": "-8"}, None),
    (staff_calls.user_status_counts(2), "GET /insights/user-status-counts", {"tz_offset": "2"}, None),
    (
        staff_calls.template_insights(START, END),
        "GET /insights/templates",
        {"start_time": "2026-11-21T00:00:00+00:00", "end_time": "2026-11-28T17:00:00+00:00"},
        None,
    ),
    (staff_calls.provisioner_daemons(ID), f"GET /organizations/{ID}/provisionerdaemons", {}, None),
    (
        staff_calls.provisioner_jobs(ID, "pending,running", limit=5),
        f"GET /organizations/{ID}/provisionerjobs",
        {"status": "pending,running", "limit": "5"},
        None,
    ),
    (staff_calls.health(), "GET /debug/health", {}, None),
]
TABLE: list[tuple[Call[Any], str, dict[str, str], Any]] = [
    (calls.build_info(), "GET /buildinfo", {}, None),
    (calls.auth_methods(), "GET /users/authmethods", {}, None),
    (calls.login("a@example.com", "secret"), "POST /users/login", {}, {"email": "a@example.com", "password": "secret"}),
    (calls.logout(), "POST /users/logout", {}, None),
    (calls.me(), "GET /users/me", {}, None),
    (calls.users("ali", limit=3), "GET /users", {"q": "ali", "limit": "3", "offset": "0"}, None),
    (calls.authcheck({"x": {"action": "read"}}), "POST /authcheck", {}, {"checks": {"x": {"action": "read"}}}),
    (calls.organizations(), "GET /organizations", {}, None),
    (calls.appearance(), "GET /appearance", {}, None),
    (calls.templates(), "GET /templates", {}, None),
    (calls.templates("deprecated:true"), "GET /templates", {"q": "deprecated:true"}, None),
    *STAFF_TABLE,
    (
        calls.workspaces('status:running param:"a=b"', limit=25, offset=50),
        "GET /workspaces",
        {"q": 'status:running param:"a=b"', "limit": "25", "offset": "50"},
        None,
    ),
    (calls.workspace(ID), f"GET /workspaces/{ID}", {}, None),
    (calls.workspace(ID, include_deleted=True), f"GET /workspaces/{ID}", {"include_deleted": "true"}, None),
    (calls.watch_workspace(ID), f"GET /workspaces/{ID}/watch", {}, None),
    (calls.workspace_by_name("alice", "web-api"), "GET /users/alice/workspace/web-api", {}, None),
    (
        calls.workspace_by_name("alice", "web-api", include_deleted=True),
        "GET /users/alice/workspace/web-api",
        {"include_deleted": "true"},
        None,
    ),
    (calls.favorite(ID), f"PUT /workspaces/{ID}/favorite", {}, None),
    (calls.unfavorite(ID), f"DELETE /workspaces/{ID}/favorite", {}, None),
    (calls.set_dormant(ID, dormant=False), f"PUT /workspaces/{ID}/dormant", {}, {"dormant": False}),
    (calls.extend(ID, DEADLINE), f"PUT /workspaces/{ID}/extend", {}, {"deadline": "2026-11-25T18:30:00+00:00"}),
    (calls.rename(ID, "web-api-2"), f"PATCH /workspaces/{ID}", {}, {"name": "web-api-2"}),
    (calls.set_autostart(ID, "0 8 * * *"), f"PUT /workspaces/{ID}/autostart", {}, {"schedule": "0 8 * * *"}),
    (calls.set_autostart(ID, ""), f"PUT /workspaces/{ID}/autostart", {}, {"schedule": None}),
    (calls.set_ttl(ID, 60_000), f"PUT /workspaces/{ID}/ttl", {}, {"ttl_ms": 60_000}),
    (calls.set_ttl(ID, None), f"PUT /workspaces/{ID}/ttl", {}, {"ttl_ms": None}),
    (calls.set_autoupdates(ID, "always"), f"PUT /workspaces/{ID}/autoupdates", {}, {"automatic_updates": "always"}),
    (calls.resolve_autostart(ID), f"GET /workspaces/{ID}/resolve-autostart", {}, None),
    (calls.report_usage(ID), f"POST /workspaces/{ID}/usage", {}, None),
    (
        calls.report_usage(ID, VERSION, "vscode"),
        f"POST /workspaces/{ID}/usage",
        {},
        {"agent_id": str(VERSION), "app_name": "vscode"},
    ),
    (calls.app_host(), "GET /applications/host", {}, None),
    (calls.build(ID), f"GET /workspacebuilds/{ID}", {}, None),
    (calls.create_build(ID, transition="stop"), f"POST /workspaces/{ID}/builds", {}, {"transition": "stop"}),
    (
        calls.create_build(
            ID,
            transition="delete",
            template_version_id=VERSION,
            rich_parameter_values=[{"name": "cpu", "value": "4"}],
            on_success={"transition": "start"},
            reason="dashboard",
            orphan=True,
            log_level="debug",
        ),
        f"POST /workspaces/{ID}/builds",
        {},
        {
            "transition": "delete",
            "template_version_id": str(VERSION),
            "rich_parameter_values": [{"name": "cpu", "value": "4"}],
            "on_success": {"transition": "start"},
            "reason": "dashboard",
            "orphan": True,
            "log_level": "debug",
        },
    ),
    (template_calls.template(ID), f"GET /templates/{ID}", {}, None),
    (template_calls.versions(ID), f"GET /templates/{ID}/versions", {}, None),
    (template_calls.version(ID), f"GET /templateversions/{ID}", {}, None),
    (template_calls.rich_parameters(ID), f"GET /templateversions/{ID}/rich-parameters", {}, None),
    (template_calls.presets(ID), f"GET /templateversions/{ID}/presets", {}, None),
    (template_calls.external_auth(ID), f"GET /templateversions/{ID}/external-auth", {}, None),
    (
        template_calls.evaluate(ID, {"cpu": "4"}, VERSION),
        f"POST /templateversions/{ID}/dynamic-parameters/evaluate",
        {},
        {"id": 1, "inputs": {"cpu": "4"}, "owner_id": str(VERSION)},
    ),
    (calls.user("alice"), "GET /users/alice", {}, None),
    (
        template_calls.available_owners(ID, "al", limit=3),
        f"GET /organizations/{ID}/members/me/workspaces/available-users",
        {"q": "al", "limit": "3"},
        None,
    ),
    (template_calls.version_resources(ID), f"GET /templateversions/{ID}/resources", {}, None),
    (template_calls.quota(ID), f"GET /organizations/{ID}/members/me/workspace-quota", {}, None),
    (template_calls.build_parameters(ID), f"GET /workspacebuilds/{ID}/parameters", {}, None),
    (
        template_calls.create_workspace(NEW),
        "POST /users/me/workspaces",
        {},
        {"name": "web", "template_version_id": str(VERSION)},
    ),
    (
        template_calls.create_member_workspace(
            NewWorkspace(
                name="web",
                template_version_id=VERSION,
                rich_parameter_values=[ParameterValue(name="cpu", value="4")],
                template_version_preset_id=ID,
                autostart_schedule="CRON_TZ=Europe/Dublin 30 9 * * 1-5",
                ttl_ms=14_400_000,
                automatic_updates="always",
            ),
            ID,
            "bob",
        ),
        f"POST /organizations/{ID}/members/bob/workspaces",
        {},
        {
            "name": "web",
            "template_version_id": str(VERSION),
            "rich_parameter_values": [{"name": "cpu", "value": "4"}],
            "template_version_preset_id": str(ID),
            "autostart_schedule": "CRON_TZ=Europe/Dublin 30 9 * * 1-5",
            "ttl_ms": 14_400_000,
            "automatic_updates": "always",
        },
    ),
    (build_calls.builds(ID, limit=25), f"GET /workspaces/{ID}/builds", {"limit": "25", "offset": "0"}, None),
    (
        build_calls.builds(ID, limit=10, offset=20, since=DEADLINE),
        f"GET /workspaces/{ID}/builds",
        {"limit": "10", "offset": "20", "since": "2026-11-25T18:30:00+00:00"},
        None,
    ),
    (build_calls.build_by_number("alice", "web-api", 1), "GET /users/alice/workspace/web-api/builds/1", {}, None),
    (build_calls.build_logs(ID), f"GET /workspacebuilds/{ID}/logs", {}, None),
    (build_calls.build_logs(ID, after=98), f"GET /workspacebuilds/{ID}/logs", {"after": "98"}, None),
    (build_calls.build_resources(ID), f"GET /workspacebuilds/{ID}/resources", {}, None),
    (build_calls.build_timings(ID), f"GET /workspacebuilds/{ID}/timings", {}, None),
    (build_calls.workspace_timings(ID), f"GET /workspaces/{ID}/timings", {}, None),
    (agent_calls.agent_logs(ID, after=3), f"GET /workspaceagents/{ID}/logs", {"after": "3"}, None),
    (agent_calls.agent_logs(ID), f"GET /workspaceagents/{ID}/logs", {}, None),
    (agent_calls.listening_ports(ID), f"GET /workspaceagents/{ID}/listening-ports", {}, None),
    (agent_calls.watch_agent_metadata(ID), f"GET /workspaceagents/{ID}/watch-metadata", {}, None),
    (agent_calls.port_shares(ID), f"GET /workspaces/{ID}/port-share", {}, None),
    (
        agent_calls.share_port(ID, "main", 8080, "public", "http"),
        f"POST /workspaces/{ID}/port-share",
        {},
        {"agent_name": "main", "port": 8080, "share_level": "public", "protocol": "http"},
    ),
    (
        agent_calls.unshare_port(ID, "main", 8080),
        f"DELETE /workspaces/{ID}/port-share",
        {},
        {"agent_name": "main", "port": 8080},
    ),
    (
        token_calls.create_token("portal-1", 3600),
        "POST /users/me/keys/tokens",
        {},
        {"token_name": "portal-1", "lifetime": 3_600_000_000_000, "scope": "all"},
    ),
    (token_calls.tokens(), "GET /users/me/keys/tokens", {}, None),
    (token_calls.delete_token("abcdefghij"), "DELETE /users/me/keys/abcdefghij", {}, None),
    (calls.deployment_config(), "GET /deployment/config", {}, None),
    (agent_calls.deployment_ssh(), "GET /deployment/ssh", {}, None),
    (calls.cancel_build(ID), f"PATCH /workspacebuilds/{ID}/cancel", {}, None),
    (
        calls.cancel_build(ID, expect_status="pending"),
        f"PATCH /workspacebuilds/{ID}/cancel",
        {"expect_status": "pending"},
        None,
    ),
]


@pytest.mark.parametrize(("call", "line", "query", "body"), TABLE)
def test_call_matches_coder_documentation(call: Call[Any], line: str, query: dict[str, str], body: Any) -> None:
    assert (f"{call.method} {call.path}", dict(call.query), call.body) == (line, query, body)


def test_every_call_is_in_table() -> None:
    things = [
        thing
        for module in (calls, template_calls, build_calls, agent_calls, token_calls, staff_calls)
        for thing in vars(module).values()
    ]
    returned = {thing: getattr(thing, "__annotations__", {}).get("return") for thing in things if callable(thing)}
    asked = {thing for thing, kind in returned.items() if "Call" in str(kind)}
    assert len(asked) == len({line.split("?")[0] + str(call.response_type) for call, line, _, _ in TABLE})


def test_only_queries_among_non_get_calls_may_be_repeated() -> None:
    repeated = {call.path for call, *_ in TABLE if not call.is_write and call.method != "GET"}
    assert repeated == {"/authcheck", f"/templateversions/{ID}/dynamic-parameters/evaluate"}


def test_call_repr_hides_body() -> None:
    assert "secret" not in repr(calls.login("a@example.com", "secret"))


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a?b", "a#b", "a%2fb", "-a", "a--b", "a b", "é", "a\n"])
def test_path_segment_that_is_no_coder_name_raises_value_error(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        calls.workspace_by_name("alice", name)


@given(st.text(max_size=40))
def test_workspace_name_cannot_change_request_path(text: str) -> None:
    try:
        path = calls.workspace_by_name("alice", text).path
    except ValueError:
        return
    assert path == f"/users/alice/workspace/{text}"
    assert path.count("/") == 4
    assert text.replace("-", "").isascii()
    assert text.replace("-", "").isalnum()
