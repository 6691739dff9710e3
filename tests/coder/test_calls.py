"""Every call: method, path, query and body, as Coder's documentation has them."""

import datetime as dt
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.coder import calls
from workspaces.coder.calls import Call

ID = UUID("ce902cbe-d6b9-4e20-9f95-048de1823ae2")
VERSION = UUID("66d535ca-f8f9-40e3-9177-aabef72435eb")
DEADLINE = dt.datetime(2026, 11, 25, 18, 30, tzinfo=dt.UTC)

TABLE: list[tuple[Call[Any], str, dict[str, str], Any]] = [
    (calls.build_info(), "GET /buildinfo", {}, None),
    (calls.auth_methods(), "GET /users/authmethods", {}, None),
    (calls.login("a@example.com", "secret"), "POST /users/login", {}, {"email": "a@example.com", "password": "secret"}),
    (calls.logout(), "POST /users/logout", {}, None),
    (calls.me(), "GET /users/me", {}, None),
    (calls.users("ali", limit=3), "GET /users", {"q": "ali", "limit": "3", "offset": "0"}, None),
    (calls.authcheck({"x": {"action": "read"}}), "POST /authcheck", {}, {"checks": {"x": {"action": "read"}}}),
    (calls.organizations(), "GET /organizations", {}, None),
    (calls.templates(), "GET /templates", {}, None),
    (
        calls.workspaces('status:running param:"a=b"', limit=25, offset=50),
        "GET /workspaces",
        {"q": 'status:running param:"a=b"', "limit": "25", "offset": "50"},
        None,
    ),
    (calls.workspace(ID), f"GET /workspaces/{ID}", {}, None),
    (calls.workspace(ID, include_deleted=True), f"GET /workspaces/{ID}", {"include_deleted": "true"}, None),
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
    (calls.build(ID), f"GET /workspacebuilds/{ID}", {}, None),
    (calls.create_build(ID, transition="stop"), f"POST /workspaces/{ID}/builds", {}, {"transition": "stop"}),
    (
        calls.create_build(
            ID,
            transition="delete",
            template_version_id=VERSION,
            rich_parameter_values=[{"name": "cpu", "value": "4"}],
            on_success={"transition": "start"},
            orphan=True,
        ),
        f"POST /workspaces/{ID}/builds",
        {},
        {
            "transition": "delete",
            "template_version_id": str(VERSION),
            "rich_parameter_values": [{"name": "cpu", "value": "4"}],
            "on_success": {"transition": "start"},
            "orphan": True,
        },
    ),
    (calls.cancel_build(ID), f"PATCH /workspacebuilds/{ID}/cancel", {}, None),
    (
        calls.cancel_build(ID, expect_status="pending"),
        f"PATCH /workspacebuilds/{ID}/cancel",
        {"expect_status": "pending"},
        None,
    ),
]


@pytest.mark.parametrize(("call", "line", "query", "body"), TABLE)
def test_a_call_is_what_coder_documents(call: Call[Any], line: str, query: dict[str, str], body: Any) -> None:
    assert (f"{call.method} {call.path}", dict(call.query), call.body) == (line, query, body)


def test_every_call_stands_in_the_table() -> None:
    made = {name for name, thing in vars(calls).items() if getattr(thing, "__annotations__", {}).get("return")}
    asked = {name for name in made if "Call" in str(getattr(calls, name).__annotations__["return"])}
    assert len(asked) == len({line.split("?")[0] + str(call.answer) for call, line, _, _ in TABLE})


def test_only_reads_may_be_repeated() -> None:
    reads = {call.path for call, *_ in TABLE if not call.write}
    assert "/authcheck" in reads  # it asks, although it posts
    assert not any(path.endswith(("/favorite", "/builds", "/cancel", "/dormant", "/login")) for path in reads)


def test_the_repr_of_a_call_hides_its_body() -> None:
    assert "secret" not in repr(calls.login("a@example.com", "secret"))


@pytest.mark.parametrize("name", ["..", ".", "", "a/b", "a?b", "a#b", "a%2fb", "-a", "a--b", "a b", "é", "a\n"])
def test_a_segment_that_is_no_name_of_coders_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        calls.workspace_by_name("alice", name)


@given(st.text(max_size=40))
def test_no_text_reaches_another_address(text: str) -> None:
    try:
        path = calls.workspace_by_name("alice", text).path
    except ValueError:
        return
    assert path == f"/users/alice/workspace/{text}"
    assert path.count("/") == 4
    assert text.replace("-", "").isascii()
    assert text.replace("-", "").isalnum()
