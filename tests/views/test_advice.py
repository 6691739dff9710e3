"""Test the advice fragment of a workspace page: when it is loaded, which calls it makes, and what it shows."""

from collections.abc import Callable

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


def sign_in_client(demo: SimulatedCoder, name: str) -> Client:
    """Return a client that is signed in as this user; Coder's request log is empty."""
    client = Client()
    sign_in(client, name)
    demo.clear_requests()
    return client


def find_workspace(demo: SimulatedCoder, owner: str, name: str) -> Workspace:
    """Return a workspace of the demo."""
    return next(
        workspace
        for workspace in demo.server.world.workspaces.list_all()
        if (workspace.owner.username, workspace.name) == (owner, name)
    )


def get_advice(client: Client, workspace: Workspace) -> Html:
    """Return the advice fragment that the workspace page loads."""
    url = f"/@{workspace.owner.username}/{workspace.name}/"
    placeholder = Html(client.get(url)).one("div", class_="advice")
    return Html(
        client.get(placeholder.get("hx-get"), headers=htmx_headers(f"div#{placeholder.get('id')}", page_path=url))
    )


@BOTH_VERSIONS
def test_advice_shows_message_and_new_parameters_of_newer_version(demo: SimulatedCoder) -> None:
    section = get_advice(sign_in_client(demo, "priya"), find_workspace(demo, "priya", "etl-backfill")).one(
        "section", id="advice"
    )
    assert section.one("h2").text == "What is new in v2.0.0"
    assert section.one("div", class_="advice-text").one("strong").text == "Please update"
    assert "by tina" in section.text
    assert [each.text for each in section.all("li")] == ["New Home disk (GiB)", "New Dotfiles repository"]


@BOTH_VERSIONS
def test_advice_links_to_parameters_when_newer_version_requires_a_value(demo: SimulatedCoder) -> None:
    client, mobile = sign_in_client(demo, "alice"), find_workspace(demo, "alice", "mobile-backend")
    fragment = get_advice(client, mobile)
    assert [each.text for each in fragment.all("li")] == ["New Team value required"]
    href = fragment.one("a").get("href")
    assert href == f"/@alice/mobile-backend/parameters/?version={mobile.template.active_version.id}"
    assert Html(client.get(href)).one("form", id="new").all("input", name="param.team")


@BOTH_VERSIONS
def test_advice_has_no_links_when_newer_version_requires_no_value(demo: SimulatedCoder) -> None:
    assert get_advice(sign_in_client(demo, "priya"), find_workspace(demo, "priya", "etl-backfill")).all("a") == []


@BOTH_VERSIONS
def test_advice_shows_deprecation_message_of_template(demo: SimulatedCoder) -> None:
    notice = get_advice(sign_in_client(demo, "siobhan"), find_workspace(demo, "siobhan", "ledger")).one(
        "article", class_="warn"
    )
    assert notice.one("h2").text == "The template is deprecated"
    assert notice.one("strong").text == "Kubernetes"
    assert notice.all("a")[-1].get("href") == "/workspaces/new/"


@BOTH_VERSIONS
def test_advice_links_to_parameters_when_autostart_lacks_a_value(demo: SimulatedCoder) -> None:
    mobile = find_workspace(demo, "alice", "mobile-backend")
    mobile.autostart_schedule = "30 9 * * 1-5"
    try:
        fragment = get_advice(sign_in_client(demo, "alice"), mobile)
    finally:
        mobile.autostart_schedule = None
    (notice,) = [each for each in fragment.all("article") if each.one("h2").text == "Autostart will fail"]
    assert notice.one("a").get("href") == "/@alice/mobile-backend/parameters/"


@BOTH_VERSIONS
def test_advice_shows_failing_log_line_with_context_for_failed_build(demo: SimulatedCoder) -> None:
    client, tooling = sign_in_client(demo, "alice"), find_workspace(demo, "alice", "release-tooling")
    partial = get_advice(client, tooling).one("hx-partial")
    page = Html(client.get("/@alice/release-tooling/")).one("article", data_reason="failed")
    assert page.one("div", id=partial.get("hx-target").removeprefix("#")).text == ""
    lines = [(line.text, line.get("class")) for line in partial.all("li")]
    assert lines[1][0] == "kubernetes_pod.dev: Creating..."
    assert (lines[2][0].split(" is ")[0], lines[2][1]) == (
        'Error: Failed to create pod: pods "coder-alice-release-tooling"',
        "failing-line",
    )
    assert [kind for _, kind in lines].count("failing-line") == 1


@BOTH_VERSIONS
def test_advice_shows_quota_usage_with_and_without_limit(demo: SimulatedCoder) -> None:
    limited_advice = get_advice(sign_in_client(demo, "diego"), find_workspace(demo, "diego", "checkout-br"))
    assert limited_advice.one("hx-partial", hx_target="#budget").text == (
        "Quota of diego: 3 of 25 credits per day used."
    )
    siobhan = sign_in_client(demo, "siobhan")
    unlimited_advice = get_advice(siobhan, find_workspace(demo, "siobhan", "ledger"))
    assert "No quota for siobhan." in unlimited_advice.text
    resources = Html(siobhan.get("/@siobhan/ledger/")).one("section", id="resources")
    assert resources.one("h2", id="h-resources").text == "Resources 9 credits per day"
    assert resources.one("p", id="budget").text == ""


@BOTH_VERSIONS
def test_advice_shows_quota_and_links_to_workspaces_when_start_exceeds_it(demo: SimulatedCoder) -> None:
    client = sign_in_client(demo, "diego")
    notice = get_advice(client, find_workspace(demo, "diego", "mapas")).one("article", class_="warn")
    assert notice.one("h2").text == "Quota of diego"
    text = "This start costs 25 credits per day. Quota of diego: 3 of 25 credits per day used."
    assert notice.all("p")[0].text == text
    list_page = Html(client.get(notice.one("a").get("href")))
    assert {"checkout-br", "mapas"} <= {name.text for name in list_page.all("a", class_="name")}


@BOTH_VERSIONS
def test_advice_on_failed_build_shows_what_changed_since_last_success(alice: Client, coder: SimulatedCoder) -> None:
    old, _new = coder.new_version("plain")
    web = coder.place("web", "failed", initiator=coder.user("admin"))
    success = next(build for build in web.builds if build.build_number == 1)
    success.version, success.parameters = old, {"cpu": "4"}
    web.latest_build.parameters = {"cpu": "8"}
    coder.clear_requests()
    (notice,) = get_advice(alice, web).all("article", class_="build-changes")
    changes = [(each.one("dt").text, each.one("dd").text) for each in notice.one("dl").all("div")]
    assert changes[-3:] == [
        ("Template version", f"{old.name} → now {web.latest_build.version.name}"),
        ("cpu", "4 → now 8"),
        ("Requested by", "alice → now admin"),
    ]
    assert notice.one("a").get("href") == "/@alice/web/builds/1/"
    calls = [
        f"GET /workspaces/{web.id}/builds",
        *(f"GET /workspacebuilds/{build.id}/parameters" for build in (web.latest_build, success)),
    ]
    assert [line for line in coder.request_lines() if "/builds" in line or "/parameters" in line] == calls


@BOTH_VERSIONS
def test_advice_on_first_failed_build_reads_no_parameters(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "failed", previous_transitions=())
    (notice,) = get_advice(alice, web).all("article", class_="build-changes")
    assert "No earlier start has succeeded." in notice.text
    assert [line for line in coder.request_lines() if line.endswith("/parameters")] == []


@BOTH_VERSIONS
def test_advice_makes_only_needed_calls_and_makes_them_concurrently(
    demo: SimulatedCoder, require_concurrent_requests: Callable[..., None]
) -> None:
    payments, client = find_workspace(demo, "alice", "payments-api"), sign_in_client(demo, "alice")
    require_concurrent_requests(
        "/templates/", "/templateversions/[^/]*$", "rich-parameters$", "rich-parameters$", "/workspace-quota$"
    )
    client.get(f"/workspaces/{payments.id}/advice/")
    first_request, *other_requests = demo.request_lines()
    assert first_request == f"GET /workspaces/{payments.id}"
    template, old, new = payments.template, payments.latest_build.version, payments.template.active_version
    assert sorted(other_requests) == sorted(
        [
            f"GET /templates/{template.id}",
            f"GET /templateversions/{new.id}",
            f"GET /templateversions/{new.id}/rich-parameters",
            f"GET /templateversions/{old.id}/rich-parameters",
            f"GET /organizations/{template.organization.id}/members/alice/workspace-quota",
        ]
    )


def test_page_has_no_advice_placeholder_when_advice_needs_no_further_calls(
    alice: Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")
    placeholder = Html(alice.get("/@alice/web/")).one("div", class_="advice")
    alice.get(placeholder.get("hx-get"), headers=htmx_headers())
    assert Html(alice.get("/@alice/web/")).all("div", class_="advice") == []
    coder.clear_requests()
    alice.get(f"/workspaces/{web.id}/advice/")
    assert coder.request_lines() == [f"GET /workspaces/{web.id}"]


def test_deleted_workspace_page_has_no_advice_placeholder(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("gone", "deleted")
    assert Html(alice.get("/@alice/gone/?include_deleted=1")).all("div", class_="advice") == []


def test_failed_advice_call_shows_error_and_keeps_other_advice(demo: SimulatedCoder) -> None:
    payments, client = find_workspace(demo, "alice", "payments-api"), sign_in_client(demo, "alice")
    demo.server.add_fault(kind="error", path="rich-parameters$")
    try:
        fragment = Html(client.get(f"/workspaces/{payments.id}/advice/", headers=htmx_headers()))
    finally:
        demo.server.clear_faults()
    assert fragment.one("p", class_="warn").text.startswith(
        "The changes of the new version could not be loaded. Coder reported"
    )
    assert fragment.one("hx-partial", hx_target="#budget").text.startswith("No quota")


def test_advice_omits_quota_when_coder_answers_403(demo: SimulatedCoder) -> None:
    payments, client = find_workspace(demo, "alice", "payments-api"), sign_in_client(demo, "alice")
    demo.server.add_fault(kind="answer", status=403, body={"message": "Forbidden."}, path="workspace-quota$")
    try:
        fragment = Html(client.get(f"/workspaces/{payments.id}/advice/", headers=htmx_headers()))
    finally:
        demo.server.clear_faults()
    assert fragment.all("p", class_="warn") == []
    assert fragment.all("hx-partial") == []


def test_advice_is_linked_as_page_without_javascript(demo: SimulatedCoder) -> None:
    client, payments = sign_in_client(demo, "alice"), find_workspace(demo, "alice", "payments-api")
    link = Html(client.get("/@alice/payments-api/")).one("div", class_="advice").one("noscript").one("a")
    page = Html(client.get(link.get("href")))
    assert page.one("h1").text == "payments-api"
    assert page.one("section", id="advice").one("h2").text == "What is new in v2.0.0"
    assert link.get("href") == f"/workspaces/{payments.id}/advice/"


def test_advice_placeholder_id_changes_only_when_workspace_state_changes(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.new_version("plain")

    def get_placeholder_id() -> str:
        return Html(alice.get("/@alice/web/")).one("div", class_="advice").get("id")

    original_id = get_placeholder_id()
    assert get_placeholder_id() == original_id
    coder.start_queued_build(web)
    assert get_placeholder_id() != original_id
