"""Test the actions offered for a workspace, as in Coder's dashboards (2.19 and 2.36), and the reasons why not."""

from itertools import product

import pytest

from tests.unit.samples import NEW, OLD, OWNER, READER, SITE_OWNER, STATUSES, TEMPLATE_ADMIN, hours, workspace
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.actions.decisions import Decision, decide, primary_action
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
# always updates. Members may cancel. Delete is offered wherever Coder accepts a build.
TABLE = {
    # (status, flags): (actions in 2.19, actions in 2.36)
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
    # D: dormant; activate comes first, and Coder 2.36 activates a dormant workspace when it starts
    ("running", "D"): ("activate stop delete", "activate stop restart delete"),
    ("stopped", "D"): ("activate delete", "activate start delete"),
    ("stopped", "DU"): ("activate delete", "activate start update delete"),
    ("stopped", "DUR"): ("activate delete", "activate update delete"),
    ("canceled", "D"): ("activate stop delete", "activate start stop delete"),
    ("failed", "D"): ("activate delete", "activate retry delete"),
    # E: external agent
    ("running", "E"): ("delete", "delete"),
    ("stopped", "E"): ("delete", "delete"),
    ("stopped", "EU"): ("delete", "delete"),
    ("failed", "E"): ("delete", "delete"),
    ("pending", "E"): ("", ""),
    ("starting", "E"): ("", ""),
}


def workspace_in_status(status: str, flags: str) -> Workspace:
    """Return a workspace with this status and these flags of TABLE, whose template lets members cancel."""
    return workspace(
        status,
        outdated="U" in flags,
        template_require_active_version="R" in flags,
        automatic_updates="always" if "A" in flags else "never",
        dormant_at=hours(-30) if "D" in flags else None,
        build_has_external_agent="E" in flags,
        template_allow_user_cancel_workspace_jobs=True,
    )


def allowed(decisions: dict[str, Decision], names: set[str] = BUILDS) -> set[str]:
    """Return the names of the allowed actions among `names`."""
    return {name for name in names if decisions[name].allowed}


@pytest.mark.parametrize(("capabilities", "column"), [(OLD, 0), (NEW, 1)], ids=["2.19", "2.36"])
@pytest.mark.parametrize(("status", "flags"), TABLE, ids=[" ".join(case).strip() for case in TABLE])
def test_owner_is_offered_actions_of_coder_dashboard(
    status: str, flags: str, capabilities: CoderCapabilities, column: int
) -> None:
    decisions = dict(decide(workspace_in_status(status, flags), OWNER, capabilities))
    assert allowed(decisions, BUILDS | {"activate"}) == set(TABLE[status, flags][column].split())


@pytest.mark.parametrize(("capabilities", "starts"), [(OLD, True), (NEW, False)], ids=["2.19", "2.36"])
def test_template_admin_starts_outdated_always_updating_workspace_only_in_2_19(
    capabilities: CoderCapabilities, starts: bool
) -> None:
    assert decide(workspace_in_status("stopped", "UA"), TEMPLATE_ADMIN, capabilities)["start"].allowed is starts


@pytest.mark.parametrize("capabilities", [OLD, NEW], ids=["2.19", "2.36"])
def test_template_admin_may_retry_failed_or_start_canceled_outdated_workspace(
    capabilities: CoderCapabilities,
) -> None:
    assert decide(workspace_in_status("failed", "UR"), TEMPLATE_ADMIN, capabilities)["retry"].allowed
    assert decide(workspace_in_status("canceled", "UR"), TEMPLATE_ADMIN, capabilities)["start"].allowed


BOOLEANS = (False, True)
type Case = tuple[str, str, bool, bool, bool, bool, bool, CoderCapabilities]
CASES: list[Case] = list(
    product(STATUSES, ("start", "stop", "delete"), BOOLEANS, BOOLEANS, BOOLEANS, BOOLEANS, BOOLEANS, (OLD, NEW))
)


def any_context(case: Case) -> tuple[Workspace, CoderCapabilities]:
    """Return the workspace and the capabilities of Coder for a combination of CASES."""
    status, transition, outdated, required, always, dormant, external, capabilities = case
    web = workspace(
        status,
        transition=transition,
        outdated=outdated,
        template_require_active_version=required,
        automatic_updates="always" if always else "never",
        dormant_at=hours(-30) if dormant else None,
        build_has_external_agent=external,
    )
    return web, capabilities


def test_refused_action_has_sentence_and_allowed_action_has_none_in_every_case() -> None:
    for case in CASES:
        web, capabilities = any_context(case)
        decisions = decide(web, OWNER, capabilities)
        assert set(decisions) == WRITES
        for name, decision in decisions.items():
            assert decision.allowed is (decision.reason == ""), (case, name)
            assert decision.allowed or (decision.reason[0].isupper() and decision.reason[-1] == "."), (
                case,
                name,
            )


def test_reader_is_offered_no_action_in_any_case() -> None:
    for case in CASES:
        web, capabilities = any_context(case)
        decisions = decide(web, READER, capabilities)
        assert not any(decision.allowed for decision in decisions.values()), case
        assert primary_action(decisions, web) is None


def test_primary_action_is_allowed_in_every_case() -> None:
    for case in CASES:
        web, capabilities = any_context(case)
        decisions = decide(web, OWNER, capabilities)
        first = primary_action(decisions, web)
        assert first is None or decisions[first].allowed, case


def test_only_cancel_is_allowed_during_build_or_deletion_in_every_case() -> None:
    for case in CASES:
        web, capabilities = any_context(case)
        if web.latest_build.status in {
            "pending",
            "starting",
            "stopping",
            "canceling",
            "deleting",
            "deleted",
        }:
            assert allowed(dict(decide(web, SITE_OWNER, capabilities))) <= {"cancel"}, case


@pytest.mark.parametrize(
    ("status", "flags", "first"),
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
def test_primary_action_matches_workspace_state(status: str, flags: str, first: str | None) -> None:
    web = workspace_in_status(status, flags)
    assert primary_action(decide(web, OWNER, NEW), web) == first


@pytest.mark.parametrize("status", ["starting", "stopping", "deleting"])
def test_only_site_owner_may_cancel_when_template_forbids_it(status: str) -> None:
    web = workspace(status, template_allow_user_cancel_workspace_jobs=False)
    assert "Owner role" in decide(web, OWNER, NEW)["cancel"].reason
    assert decide(web, SITE_OWNER, NEW)["cancel"].allowed


def test_pending_build_can_be_canceled_in_2_36_but_not_in_2_19() -> None:
    web = workspace("pending", template_allow_user_cancel_workspace_jobs=False)
    assert decide(web, OWNER, NEW)["cancel"].allowed
    assert "cannot cancel a queued build" in decide(web, SITE_OWNER, OLD)["cancel"].reason


@pytest.mark.parametrize(("transition", "required_right"), [("start", "start"), ("stop", "stop"), ("delete", "delete")])
def test_retry_requires_right_of_failed_transition(transition: str, required_right: str) -> None:
    web = workspace("failed", transition=transition)
    lacking = {name: name != required_right for name in ("update", "start", "stop", "delete")}
    assert not decide(web, Rights(is_owner=True, **lacking), NEW)["retry"].allowed
    assert decide(web, Rights(is_owner=True, **{required_right: True}), NEW)["retry"].allowed


def test_failed_stop_of_outdated_workspace_is_retryable_if_update_is_required() -> None:
    web = workspace("failed", transition="stop", outdated=True, template_require_active_version=True)
    assert decide(web, OWNER, NEW)["retry"].allowed


def test_failed_stop_but_not_start_of_dormant_workspace_is_retryable_in_2_19() -> None:
    for transition, retried in (("stop", True), ("start", False)):
        web = workspace("failed", transition=transition, dormant_at=hours(-1))
        assert decide(web, OWNER, OLD)["retry"].allowed is retried


def test_start_right_does_not_include_stop_restart_or_delete() -> None:
    starts = Rights(is_owner=False, start=True)
    assert decide(workspace("stopped"), starts, NEW)["start"].allowed
    assert "do not have permission" in decide(workspace("running"), starts, NEW)["stop"].reason
    assert not decide(workspace("running"), starts, NEW)["restart"].allowed
    assert not decide(workspace("running", outdated=True), starts, NEW)["update"].allowed
    assert decide(workspace("stopped", outdated=True), starts, NEW)["update"].allowed
    assert not decide(workspace("stopped"), starts, NEW)["delete"].allowed


def test_only_owner_may_favorite_workspace() -> None:
    foreign = decide(workspace(favorite=False, owner_name="bob"), SITE_OWNER, NEW)
    assert foreign["favorite"].reason == "Only bob can favorite this workspace."
    assert foreign["unfavorite"].reason == "Only bob can favorite this workspace."
    own = decide(workspace(favorite=False), OWNER, NEW)
    assert (own["favorite"].allowed, own["unfavorite"].allowed) == (True, False)
    starred = decide(workspace(favorite=True), OWNER, NEW)
    assert (starred["favorite"].allowed, starred["unfavorite"].allowed) == (False, True)


def test_favorite_and_unfavorite_fit_one_at_a_time_and_not_when_deleted() -> None:
    starred, plain = (decide(workspace(favorite=is_), OWNER, NEW) for is_ in (True, False))
    assert (starred["favorite"].applicable, starred["unfavorite"].applicable) == (False, True)
    assert (plain["favorite"].applicable, plain["unfavorite"].applicable) == (True, False)
    assert not decide(workspace("deleted"), OWNER, NEW)["favorite"].applicable


def test_dormant_and_activate_are_mutually_exclusive() -> None:
    active = decide(workspace("stopped"), OWNER, NEW)
    assert (active["dormant"].allowed, active["activate"].allowed) == (True, False)
    asleep = decide(workspace("stopped", dormant_at=hours(-1)), OWNER, NEW)
    assert (asleep["dormant"].allowed, asleep["activate"].allowed) == (False, True)


def test_dormant_is_refused_during_build() -> None:
    assert "starting" in decide(workspace("starting"), OWNER, NEW)["dormant"].reason


@pytest.mark.parametrize("action", ["dormant", "activate", "autostart", "ttl", "extend"])
def test_prebuilt_workspace_refuses_schedule_and_dormancy_changes_in_2_36(action: str) -> None:
    web = workspace("running" if action == "extend" else "stopped", is_prebuild=True)
    assert "prebuilt workspace" in decide(web, SITE_OWNER, NEW)[action].reason
    assert "prebuilt workspace" not in decide(web, SITE_OWNER, OLD)[action].reason


def test_extend_is_allowed_for_running_workspace_with_deadline() -> None:
    assert decide(workspace(build_deadline=hours(2)), OWNER, NEW)["extend"].allowed


@pytest.mark.parametrize(
    ("status", "deadline", "words"),
    [
        ("running", None, "has no deadline"),
        ("running", "0001-01-01T00:00:00Z", "has no deadline"),
        ("stopped", None, "running workspaces only"),
        ("starting", None, "starting"),
        ("frozen", None, "frozen"),
    ],
)
def test_extend_is_refused_with_reason_when_not_running_or_no_deadline(
    status: str, deadline: str | None, words: str
) -> None:
    assert words in decide(workspace(status, build_deadline=deadline), OWNER, NEW)["extend"].reason


def test_rename_is_allowed_only_when_deployment_allows_it() -> None:
    assert decide(workspace(allow_renames=True), OWNER, NEW)["rename"].allowed
    assert "Renaming is disabled" in decide(workspace(allow_renames=False), OWNER, NEW)["rename"].reason


def test_autoupdates_is_refused_when_template_requires_active_version() -> None:
    assert decide(workspace(), OWNER, NEW)["autoupdates"].allowed
    bound = decide(workspace(template_require_active_version=True), OWNER, NEW)["autoupdates"]
    assert "The template requires" in bound.reason


def test_parameters_are_refused_when_outdated_version_may_not_start() -> None:
    web = workspace("stopped", outdated=True, template_require_active_version=True)
    assert "Update the workspace first" in decide(web, OWNER, NEW)["parameters"].reason
    assert decide(web, TEMPLATE_ADMIN, NEW)["parameters"].allowed
    assert decide(workspace("stopped"), OWNER, NEW)["parameters"].allowed


def test_change_version_is_refused_when_active_version_is_required_or_dormant() -> None:
    assert decide(workspace(), OWNER, NEW)["change_version"].allowed
    bound = workspace(template_require_active_version=True)
    assert "requires the active version" in decide(bound, OWNER, NEW)["change_version"].reason
    assert decide(bound, TEMPLATE_ADMIN, NEW)["change_version"].allowed
    assert "dormant" in decide(workspace_in_status("stopped", "D"), OWNER, OLD)["change_version"].reason


@pytest.mark.parametrize(("capabilities", "statuses"), [(OLD, {"failed"}), (NEW, {"failed", "canceled"})])
def test_orphan_is_allowed_only_to_template_admin_after_broken_build(
    capabilities: CoderCapabilities, statuses: set[str]
) -> None:
    leaves = {
        status
        for status in STATUSES
        if decide(workspace_in_status(status, ""), TEMPLATE_ADMIN, capabilities)["orphan"].allowed
    }
    assert leaves == statuses
    assert "Only template admins" in decide(workspace_in_status("failed", ""), OWNER, capabilities)["orphan"].reason


def test_usage_is_allowed_only_while_running() -> None:
    assert decide(workspace("running"), OWNER, NEW)["usage"].allowed
    assert decide(workspace("stopped"), OWNER, NEW)["usage"].reason == "The workspace is not running."


def test_unknown_status_allows_no_build_action_and_reason_names_status() -> None:
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
        ("v2." + "9" * 5000, False),
        ("9" * 5000 + ".1", False),
        ("", False),
    ],
)
def test_on_success_support_is_derived_from_coder_version(version: str, chains: bool) -> None:
    assert CoderCapabilities.for_version(version).supports_on_success is chains
