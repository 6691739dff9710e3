"""Rules for names, TTLs, schedules and queries that no recording covers."""

import string
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from coder_simulator.bulk_seed import add_workspaces
from coder_simulator.cron import parse_schedule
from coder_simulator.testing import run_server
from coder_simulator.world import World
from tests.coder_simulator.conftest import ApiUser, CoderUnderTest
from tests.coder_simulator.test_builds import world_with

WORD = st.text(string.ascii_letters + string.digits, min_size=1, max_size=8)
VALID_NAMES = st.lists(WORD, min_size=1, max_size=3).map("-".join).filter(lambda n: n not in {"new", "create"})
ZONES = ("Europe/Dublin", "America/New_York", "Asia/Kathmandu", "UTC", "Pacific/Auckland")
FORMAT_MESSAGE = "expected schedule to consist of 5 fields with an optional CRON_TZ=<timezone> prefix"
MINUTE_MS, DAY_MS = 60_000, 86_400_000
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def add_many_workspaces(world: World) -> None:
    """Add Alice's workspace and two hundred more."""
    world_with()(world)
    add_workspaces(world, 200)
    for index, workspace in enumerate(world.workspaces.list_all()):
        if index % 5 == 0:
            workspace.dormant_at = world.now()
        if index % 7 == 0:
            workspace.latest_build.parameters["size"] = "large"


@pytest.fixture(scope="module")
def coder() -> Iterator[CoderUnderTest]:
    """Return one server for all examples of this module."""
    with ExitStack() as stack:
        yield CoderUnderTest(stack.enter_context(run_server(world=add_many_workspaces)), stack)


@pytest.fixture(scope="module")
def alice(coder: CoderUnderTest) -> ApiUser:
    return coder.sign_in("alice")


@pytest.fixture(scope="module")
def ada(coder: CoderUnderTest) -> ApiUser:
    return coder.sign_in("ada")


@pytest.fixture
def everything(ada: ApiUser) -> list[Any]:
    """Return all workspaces as the site's owner lists them."""
    found: list[Any] = ada.get("/workspaces")["workspaces"]
    return found


def rename(coder: CoderUnderTest, alice: ApiUser, name: str) -> int:
    workspace = next(w for w in coder.world.workspaces.list_all() if w.owner.username == "alice")
    return alice("PATCH", f"/workspaces/{workspace.id}", {"name": name}).status_code


@quick
@given(VALID_NAMES)
def test_name_of_alphanumeric_words_joined_by_hyphens_is_accepted(
    coder: CoderUnderTest, alice: ApiUser, name: str
) -> None:
    assert rename(coder, alice, name) == 204


@quick
@given(st.text(max_size=40))
@example("new")
@example("a-")
@example("-a")
@example("a--b")
@example("x" * 32)
@example("x" * 33)
@example("a\n")
def test_name_is_accepted_exactly_when_rule_allows_it_for_any_text(
    coder: CoderUnderTest, alice: ApiUser, name: str
) -> None:
    plain = set(string.ascii_letters + string.digits)
    rule = 0 < len(name) <= 32 and name not in {"new", "create"} and all(w and set(w) <= plain for w in name.split("-"))
    assert rename(coder, alice, name) == (204 if rule else 400)


@quick
@given(st.one_of(st.none(), st.integers(-(2**40), 2**40), st.integers(-1, 31 * DAY_MS)))
@example(MINUTE_MS - 1)
@example(MINUTE_MS)
@example(30 * DAY_MS)
@example(30 * DAY_MS + MINUTE_MS - 1)
@example(30 * DAY_MS + MINUTE_MS)
def test_ttl_is_rounded_down_to_minutes_and_limited_to_thirty_days(
    coder: CoderUnderTest, alice: ApiUser, ttl_ms: int | None
) -> None:
    workspace = next(w for w in coder.world.workspaces.list_all() if w.owner.username == "alice")
    answer = alice("PUT", f"/workspaces/{workspace.id}/ttl", {"ttl_ms": ttl_ms})
    minutes = (ttl_ms or 0) // MINUTE_MS if (ttl_ms or 0) > 0 else 0
    allowed = not ttl_ms or 1 <= minutes <= 30 * 24 * 60
    assert answer.status_code == (204 if allowed else 400)
    if allowed:
        assert alice.workspace(workspace).get("ttl_ms") == (minutes * MINUTE_MS or None)


def cron_field(high: int) -> st.SearchStrategy[tuple[str, set[int]]]:
    """Generate a cron field and the values that it stands for."""
    number = st.integers(0, high)
    single = number.map(lambda n: (str(n), {n}))
    span = st.tuples(number, number).map(sorted).map(lambda p: (f"{p[0]}-{p[1]}", set(range(p[0], p[1] + 1))))
    step = st.tuples(number, st.integers(1, high)).map(lambda p: (f"{p[0]}/{p[1]}", set(range(p[0], high + 1, p[1]))))
    every = st.integers(1, high).map(lambda n: (f"*/{n}", set(range(0, high + 1, n))))
    star = st.just(("*", set(range(high + 1))))
    one = st.one_of(single, span, step, every, star)
    parts = st.lists(one, min_size=1, max_size=3)
    return parts.map(lambda p: (",".join(text for text, _ in p), {n for _, values in p for n in values}))


@quick
@given(cron_field(59), cron_field(23), cron_field(6), st.sampled_from(ZONES))
def test_schedule_next_start_matches_cron_fields(
    coder: CoderUnderTest,
    alice: ApiUser,
    minutes: tuple[str, set[int]],
    hours: tuple[str, set[int]],
    days: tuple[str, set[int]],
    zone: str,
) -> None:
    workspace = next(w for w in coder.world.workspaces.list_all() if w.owner.username == "alice")
    text = f"CRON_TZ={zone} {minutes[0]} {hours[0]} * * {days[0]}"
    answer = alice("PUT", f"/workspaces/{workspace.id}/autostart", {"schedule": text})
    assert answer.status_code == 204, (text, answer.text)
    seen = alice.workspace(workspace)
    assert seen["autostart_schedule"] == text
    moment = datetime.fromisoformat(seen["next_start_at"]).astimezone(ZoneInfo(zone))
    assert moment.isoweekday() % 7 in days[1], (text, moment)
    assert (moment.hour in hours[1], moment.minute in minutes[1]) == (True, True), (text, moment)


def test_schedule_leaves_out_time_that_clocks_skip() -> None:
    after = datetime.fromisoformat("2026-03-28T12:00:00Z")
    next_start = parse_schedule("CRON_TZ=Europe/Dublin 30 1 * * *").next_after(after)
    assert next_start == datetime.fromisoformat("2026-03-30T00:30:00Z")


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("60 9 * * *", "parse schedule: end of range (60) above maximum (59): 60"),
        ("0 24 * * *", "parse schedule: end of range (24) above maximum (23): 24"),
        ("0 9 * * 7", "parse schedule: end of range (7) above maximum (6): 7"),
        ("5-1 9 * * *", "parse schedule: beginning of range (5) beyond end of range (1): 5-1"),
        ("x 9 * * *", 'parse schedule: failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'),
        ("*/0 9 * * *", "parse schedule: step of range should be a positive number: */0"),
        ("0 9 * *", f"validate weekly schedule: {FORMAT_MESSAGE}"),
        ("0 9 1 * *", "validate weekly schedule: expected day-of-month and month to be *"),
        ("CRON_TZ=No/Where 0 9 * * *", "parse schedule: provided bad location No/Where: unknown time zone No/Where"),
    ],
)
def test_invalid_schedule_is_rejected_with_coder_error_message(
    coder: CoderUnderTest, alice: ApiUser, text: str, detail: str
) -> None:
    workspace = next(w for w in coder.world.workspaces.list_all() if w.owner.username == "alice")
    answer = alice("PUT", f"/workspaces/{workspace.id}/autostart", {"schedule": text})
    assert (answer.status_code, answer.json()["validations"]) == (400, [{"field": "schedule", "detail": detail}])


def test_schedule_accepts_day_names(coder: CoderUnderTest, alice: ApiUser) -> None:
    workspace = next(w for w in coder.world.workspaces.list_all() if w.owner.username == "alice")
    assert alice("PUT", f"/workspaces/{workspace.id}/autostart", {"schedule": "0 9 * * MON-fri"}).status_code == 204


TERMS: dict[str, Any] = {
    "status:running": lambda w: w["latest_build"]["status"] == "running",
    "status:stopped": lambda w: w["latest_build"]["status"] == "stopped",
    "status:failed": lambda w: w["latest_build"]["job"]["status"] == "failed",
    "dormant:true": lambda w: w["dormant_at"] is not None,
    "dormant:false": lambda _: True,
    "outdated:true": lambda w: w["outdated"],
    "outdated:false": lambda w: not w["outdated"],
    "name:er": lambda w: "er" in w["name"],
    "template:dev": lambda w: w["template_name"] == "dev",
    "template:other": lambda _: False,
    "owner:person-0002": lambda w: w["owner_name"] == "person-0002",
    "OWNER:Alice": lambda w: w["owner_name"] == "alice",
    'param:"size=large"': lambda w: w["id"] in LARGE,
    "organization:coder": lambda _: True,
    'last_used_after:"2020-01-01T00:00:00Z"': lambda _: True,
    'last_used_before:"2020-01-01T00:00:00Z"': lambda _: False,
    "has-agent:connected": lambda w: "connected" in {a["status"] for a in agents(w)},
    "healthy:true": lambda w: "connected" in {a["status"] for a in agents(w)},
    "shared:false": lambda _: True,
}
LARGE: set[str] = set()


def agents(workspace: Any) -> list[Any]:
    return [a for r in workspace["latest_build"]["resources"] for a in r.get("agents") or []]


@quick
@given(st.lists(st.sampled_from(sorted(TERMS)), max_size=4, unique_by=lambda t: t.partition(":")[0].lower()))
def test_query_returns_workspaces_that_match_all_terms(
    coder: CoderUnderTest, ada: ApiUser, everything: list[Any], terms: list[str]
) -> None:
    LARGE.update(w.id for w in coder.world.workspaces.list_all() if w.latest_build.parameters.get("size") == "large")
    found = ada.get("/workspaces", q=" ".join(terms))
    wanted = [w["id"] for w in everything if all(TERMS[term](w) for term in terms)]
    assert ([w["id"] for w in found["workspaces"]], found["count"]) == (wanted, len(wanted))


@quick
@given(st.integers(1, 60))
def test_concatenated_pages_equal_whole_list(ada: ApiUser, everything: list[Any], limit: int) -> None:
    pages = [ada.get("/workspaces", limit=limit, offset=offset) for offset in range(0, len(everything), limit)]
    assert [w["id"] for page in pages for w in page["workspaces"]] == [w["id"] for w in everything]
    assert {page["count"] for page in pages} == {len(everything)}


@quick
@given(st.text(st.characters(codec="utf-8"), max_size=30))
@example('"')
@example("a b")
@example("owner:me owner:me")
@example("x:y:z")
@example(":a")
@example("has-agent:connected,timeout")
def test_query_is_answered_or_rejected_with_validations_for_any_text(alice: ApiUser, text: str) -> None:
    answer = alice("GET", "/workspaces", q=text)
    if answer.status_code == 400:
        assert answer.json()["message"] == "Invalid workspace search query."
        assert all(one["field"] and one["detail"] for one in answer.json()["validations"])
    else:
        assert answer.status_code == 200


def test_list_is_ordered_by_running_then_owner_and_name(everything: list[Any]) -> None:
    keys = [(w["latest_build"]["status"] != "running", w["owner_name"], w["name"].lower()) for w in everything]
    assert keys == sorted(keys)
