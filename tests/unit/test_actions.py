"""What can be done with a workspace: the table of Coder's dashboards, 2.19 and 2.36, and why not."""

from itertools import product

import pytest

from tests.unit.samples import NEW, OLD, OWNER, READER, SITE_OWNER, STATUSES, TEMPLATE_ADMIN, hours, workspace
from workspaces.actions import Decision, Dialect, Rights, decide, primary
from workspaces.coder.types import Workspace

BUILDS = {"start", "stop", "restart", "update", "retry", "cancel", "delete"}
WRITES = BUILDS | {
    "orphan",
    "favorite",
    "unfavorite",
    "dormant",
    "activate",
    "rename",
    "extend",
    "autostart",
    "ttl",
    "autoupdates",
    "parameters",
    "change_version",
    "usage",
}

# What Coder's dashboards offer. U: outdated; R: the template requires its active version; A: the workspace
# updates always. Members may cancel. Delete stands wherever builds are taken.
TABLE = {
    # status, what holds: 2.19, 2.36
    ("pending", ""): ("", "cancel"),
    ("starting", ""): ("cancel", "cancel"),
    ("running", ""): ("stop restart delete", "stop restart delete"),
    ("running", "U"): ("stop restart update delete", "stop restart update delete"),
    ("running", "UA"): ("stop update delete", "stop update delete"),
    ("running", "UR"): ("stop update delete", "stop update delete"),
    ("running", "UAR"): ("stop update delete", "stop update delete"),
    ("running", "A"): ("stop restart delete", "stop restart delete"),
    ("running", "R"): ("stop restart delete", "stop restart delete"),
    ("stopping", ""): ("cancel", "cancel"),
    ("stopped", ""): ("start delete", "start delete"),
    ("stopped", "A"): ("start delete", "start delete"),
    ("stopped", "R"): ("start delete", "start delete"),
    ("stopped", "U"): ("start update delete", "start update delete"),
    ("stopped", "UA"): ("update delete", "update delete"),
    ("stopped", "UR"): ("update delete", "update delete"),
    ("canceling", ""): ("", ""),
    ("canceled", ""): ("start stop delete", "start stop delete"),
    ("canceled", "U"): ("start stop update delete", "start stop update delete"),
    ("canceled", "UA"): ("start stop update delete", "start stop update delete"),
    ("canceled", "UR"): ("stop update delete", "stop update delete"),  # Coder answers 403 to a start
    ("failed", ""): ("retry delete", "retry delete"),
    ("failed", "U"): ("update retry delete", "update retry delete"),
    ("failed", "UA"): ("update retry delete", "update retry delete"),
    ("failed", "UR"): ("update delete", "update delete"),  # Coder answers 403 to the retry of a start
    ("deleting", ""): ("cancel", "cancel"),
    ("deleted", ""): ("", ""),
    # a dormant one, "D": to activate it stands first, and Coder 2.36 wakes it when it is started
    ("running", "D"): ("activate stop delete", "activate stop restart delete"),
    ("stopped", "D"): ("activate delete", "activate start delete"),
    ("stopped", "DU"): ("activate delete", "activate start update delete"),
    ("stopped", "DUR"): ("activate delete", "activate update delete"),
    ("canceled", "D"): ("activate stop delete", "activate start stop delete"),
    ("failed", "D"): ("activate delete", "activate retry delete"),
    # its agent runs outside of Coder, "E"
    ("running", "E"): ("delete", "delete"),
    ("stopped", "E"): ("delete", "delete"),
    ("stopped", "EU"): ("delete", "delete"),
    ("failed", "E"): ("delete", "delete"),
    ("pending", "E"): ("", ""),
    ("starting", "E"): ("", ""),
}


def made(status: str, holds: str) -> Workspace:
    """A workspace of the table, whose template lets members cancel."""
    return workspace(
        status,
        outdated="U" in holds,
        template_require_active_version="R" in holds,
        automatic_updates="always" if "A" in holds else "never",
        dormant_at=hours(-30) if "D" in holds else None,
        build_has_external_agent="E" in holds,
        template_allow_user_cancel_workspace_jobs=True,
    )


def allowed(decisions: dict[str, Decision], names: set[str] = BUILDS) -> set[str]:
    return {name for name in names if decisions[name].allowed}


@pytest.mark.parametrize(("dialect", "column"), [(OLD, 0), (NEW, 1)], ids=["2.19", "2.36"])
@pytest.mark.parametrize(("status", "holds"), TABLE, ids=[" ".join(case).strip() for case in TABLE])
def test_the_owner_is_offered_what_the_dashboard_offers(status: str, holds: str, dialect: Dialect, column: int) -> None:
    decisions = dict(decide(made(status, holds), OWNER, dialect))
    assert allowed(decisions, BUILDS | {"activate"}) == set(TABLE[status, holds][column].split())


@pytest.mark.parametrize(("dialect", "starts"), [(OLD, True), (NEW, False)], ids=["2.19", "2.36"])
def test_who_may_change_the_template_starts_an_old_version_that_updates_always_only_in_2_19(
    dialect: Dialect, starts: bool
) -> None:
    assert decide(made("stopped", "UA"), TEMPLATE_ADMIN, dialect)["start"].allowed is starts


@pytest.mark.parametrize("dialect", [OLD, NEW], ids=["2.19", "2.36"])
def test_who_may_change_the_template_retries_and_restarts_what_was_canceled_with_an_old_version(
    dialect: Dialect,
) -> None:
    assert decide(made("failed", "UR"), TEMPLATE_ADMIN, dialect)["retry"].allowed
    assert decide(made("canceled", "UR"), TEMPLATE_ADMIN, dialect)["start"].allowed


B = (False, True)
type Every = tuple[str, str, bool, bool, bool, bool, bool, Dialect]
EVERYTHING: list[Every] = list(product(STATUSES, ("start", "stop", "delete"), B, B, B, B, B, (OLD, NEW)))


def any_of_them(case: Every) -> tuple[Workspace, Dialect]:
    status, transition, outdated, required, always, dormant, external, dialect = case
    found = workspace(
        status,
        transition=transition,
        outdated=outdated,
        template_require_active_version=required,
        automatic_updates="always" if always else "never",
        dormant_at=hours(-30) if dormant else None,
        build_has_external_agent=external,
    )
    return found, dialect


def test_in_every_case_a_refusal_is_a_sentence_and_a_permission_has_no_reason() -> None:
    for case in EVERYTHING:
        found, dialect = any_of_them(case)
        decisions = decide(found, OWNER, dialect)
        assert set(decisions) == WRITES
        for name, decision in decisions.items():
            assert decision.allowed is (decision.reason == ""), (case, name)
            assert decision.allowed or (decision.reason[0].isupper() and decision.reason[-1] == "."), (
                case,
                name,
            )


def test_in_every_case_who_may_only_read_is_offered_nothing_that_writes() -> None:
    for case in EVERYTHING:
        found, dialect = any_of_them(case)
        decisions = decide(found, READER, dialect)
        assert not any(decision.allowed for decision in decisions.values()), case
        assert primary(decisions, found) is None


def test_in_every_case_the_primary_action_is_one_that_can_be_done() -> None:
    for case in EVERYTHING:
        found, dialect = any_of_them(case)
        decisions = decide(found, OWNER, dialect)
        first = primary(decisions, found)
        assert first is None or decisions[first].allowed, case


def test_in_every_case_whatever_is_being_done_is_left_alone_but_for_cancel() -> None:
    for case in EVERYTHING:
        found, dialect = any_of_them(case)
        if found.latest_build.status in {
            "pending",
            "starting",
            "stopping",
            "canceling",
            "deleting",
            "deleted",
        }:
            assert allowed(dict(decide(found, SITE_OWNER, dialect))) <= {"cancel"}, case


@pytest.mark.parametrize(
    ("status", "holds", "first"),
    [
        ("pending", "", "cancel"),
        ("starting", "", "cancel"),
        ("running", "", "stop"),
        ("running", "UR", "stop"),
        ("stopping", "", "cancel"),
        ("stopped", "", "start"),
        ("stopped", "U", "start"),
        ("stopped", "UR", "update"),
        ("canceled", "", "start"),
        ("canceled", "UR", "update"),
        ("failed", "", "retry"),
        ("failed", "UR", "update"),
        ("stopped", "D", "activate"),
        ("running", "D", "activate"),
        ("canceling", "", None),
        ("deleting", "", None),
        ("deleted", "", None),
        ("running", "E", None),
    ],
)
def test_one_action_stands_first(status: str, holds: str, first: str | None) -> None:
    found = made(status, holds)
    assert primary(decide(found, OWNER, NEW), found) == first


@pytest.mark.parametrize("status", ["starting", "stopping", "deleting"])
def test_where_the_template_forbids_it_only_a_site_owner_cancels(status: str) -> None:
    found = workspace(status, template_allow_user_cancel_workspace_jobs=False)
    assert "site owners" in decide(found, OWNER, NEW)["cancel"].reason
    assert decide(found, SITE_OWNER, NEW)["cancel"].allowed


def test_what_waits_in_the_queue_can_always_be_taken_out_in_2_36_and_never_in_2_19() -> None:
    found = workspace("pending", template_allow_user_cancel_workspace_jobs=False)
    assert decide(found, OWNER, NEW)["cancel"].allowed
    assert "once it runs" in decide(found, SITE_OWNER, OLD)["cancel"].reason


@pytest.mark.parametrize(("transition", "right"), [("start", "start"), ("stop", "stop"), ("delete", "delete")])
def test_a_retry_needs_the_right_to_the_transition_that_failed(transition: str, right: str) -> None:
    found = workspace("failed", transition=transition)
    lacking = {name: name != right for name in ("update", "start", "stop", "delete")}
    assert not decide(found, Rights(mine=True, **lacking), NEW)["retry"].allowed
    assert decide(found, Rights(mine=True, **{right: True}), NEW)["retry"].allowed


def test_a_failed_stop_of_an_outdated_workspace_is_retried_though_only_the_active_version_starts() -> None:
    found = workspace("failed", transition="stop", outdated=True, template_require_active_version=True)
    assert decide(found, OWNER, NEW)["retry"].allowed


def test_a_failed_stop_of_a_dormant_workspace_is_retried_where_a_failed_start_is_not() -> None:
    for transition, retried in (("stop", True), ("start", False)):
        found = workspace("failed", transition=transition, dormant_at=hours(-1))
        assert decide(found, OWNER, OLD)["retry"].allowed is retried


def test_to_start_and_to_stop_are_rights_of_their_own() -> None:
    starts = Rights(mine=False, start=True)
    assert decide(workspace("stopped"), starts, NEW)["start"].allowed
    assert "does not let you" in decide(workspace("running"), starts, NEW)["stop"].reason
    assert not decide(workspace("running"), starts, NEW)["restart"].allowed
    assert not decide(workspace("running", outdated=True), starts, NEW)["update"].allowed
    assert decide(workspace("stopped", outdated=True), starts, NEW)["update"].allowed
    assert not decide(workspace("stopped"), starts, NEW)["delete"].allowed


def test_only_the_owner_stars() -> None:
    foreign = decide(workspace(favorite=False, owner_name="bob"), SITE_OWNER, NEW)
    assert foreign["favorite"].reason == "Only bob can star this workspace."
    assert foreign["unfavorite"].reason == "Only bob can star this workspace."
    own = decide(workspace(favorite=False), OWNER, NEW)
    assert (own["favorite"].allowed, own["unfavorite"].allowed) == (True, False)
    starred = decide(workspace(favorite=True), OWNER, NEW)
    assert (starred["favorite"].allowed, starred["unfavorite"].allowed) == (False, True)


def test_a_star_is_offered_one_way_at_a_time_and_never_on_a_deleted_workspace() -> None:
    starred, plain = (decide(workspace(favorite=is_), OWNER, NEW) for is_ in (True, False))
    assert (starred["favorite"].fits, starred["unfavorite"].fits) == (False, True)
    assert (plain["favorite"].fits, plain["unfavorite"].fits) == (True, False)
    assert not decide(workspace("deleted"), OWNER, NEW)["favorite"].fits


def test_dormant_and_active_are_two_ways() -> None:
    active = decide(workspace("stopped"), OWNER, NEW)
    assert (active["dormant"].allowed, active["activate"].allowed) == (True, False)
    asleep = decide(workspace("stopped", dormant_at=hours(-1)), OWNER, NEW)
    assert (asleep["dormant"].allowed, asleep["activate"].allowed) == (False, True)


def test_what_is_being_built_is_not_laid_to_rest() -> None:
    assert "starting" in decide(workspace("starting"), OWNER, NEW)["dormant"].reason


@pytest.mark.parametrize("action", ["dormant", "activate", "autostart", "ttl", "extend"])
def test_a_prebuilt_workspace_has_no_schedule_of_its_own_in_2_36(action: str) -> None:
    found = workspace("running" if action == "extend" else "stopped", is_prebuild=True)
    assert "in advance" in decide(found, SITE_OWNER, NEW)[action].reason
    assert "in advance" not in decide(found, SITE_OWNER, OLD)[action].reason


def test_a_running_workspace_that_stops_by_itself_is_extended() -> None:
    assert decide(workspace(build_deadline=hours(2)), OWNER, NEW)["extend"].allowed


@pytest.mark.parametrize(
    ("status", "deadline", "words"),
    [
        ("running", None, "does not stop by itself"),
        ("running", "0001-01-01T00:00:00Z", "does not stop by itself"),
        ("stopped", None, "Only a running"),
        ("starting", None, "starting"),
        ("frozen", None, "frozen"),
    ],
)
def test_there_is_no_time_to_move_elsewhere(status: str, deadline: str | None, words: str) -> None:
    assert words in decide(workspace(status, build_deadline=deadline), OWNER, NEW)["extend"].reason


def test_a_name_is_changed_where_the_deployment_allows_it() -> None:
    assert decide(workspace(allow_renames=True), OWNER, NEW)["rename"].allowed
    assert "names" in decide(workspace(allow_renames=False), OWNER, NEW)["rename"].reason


def test_the_template_may_decide_about_updates() -> None:
    assert decide(workspace(), OWNER, NEW)["autoupdates"].allowed
    bound = decide(workspace(template_require_active_version=True), OWNER, NEW)["autoupdates"]
    assert "template decides" in bound.reason


def test_parameters_are_not_changed_on_a_version_that_may_not_start() -> None:
    found = workspace("stopped", outdated=True, template_require_active_version=True)
    assert "update it first" in decide(found, OWNER, NEW)["parameters"].reason
    assert decide(found, TEMPLATE_ADMIN, NEW)["parameters"].allowed
    assert decide(workspace("stopped"), OWNER, NEW)["parameters"].allowed


def test_whoever_may_start_it_chooses_a_version_unless_the_template_lets_only_the_active_one_start() -> None:
    assert decide(workspace(), OWNER, NEW)["change_version"].allowed
    bound = workspace(template_require_active_version=True)
    assert "only the active version" in decide(bound, OWNER, NEW)["change_version"].reason
    assert decide(bound, TEMPLATE_ADMIN, NEW)["change_version"].allowed
    assert "dormant" in decide(made("stopped", "D"), OWNER, OLD)["change_version"].reason


@pytest.mark.parametrize(("dialect", "statuses"), [(OLD, {"failed"}), (NEW, {"failed", "canceled"})])
def test_who_may_change_the_template_leaves_behind_what_a_broken_build_made(
    dialect: Dialect, statuses: set[str]
) -> None:
    leaves = {status for status in STATUSES if decide(made(status, ""), TEMPLATE_ADMIN, dialect)["orphan"].allowed}
    assert leaves == statuses
    assert "change its template" in decide(made("failed", ""), OWNER, dialect)["orphan"].reason


def test_only_what_runs_is_in_use() -> None:
    assert decide(workspace("running"), OWNER, NEW)["usage"].allowed
    assert decide(workspace("stopped"), OWNER, NEW)["usage"].reason == "It is not running."


def test_a_status_of_a_newer_coder_is_left_to_its_dashboard() -> None:
    decisions = decide(workspace("frozen"), SITE_OWNER, NEW)
    assert allowed(dict(decisions)) == set()
    assert "“frozen”" in decisions["start"].reason


@pytest.mark.parametrize(
    ("version", "chains"),
    [
        ("v2.36.0+abc", True),
        ("v2.36.0", True),
        ("2.40.1", True),
        ("v3.0.0", True),
        ("v2.36.0-devel+1a2b3c", True),
        ("v2.35.9", False),
        ("v2.19.1", False),
        ("v2.4.0", False),
        ("devel", False),
        ("", False),
    ],
)
def test_the_version_tells_the_dialect(version: str, chains: bool) -> None:
    assert Dialect.of(version).chains is chains
