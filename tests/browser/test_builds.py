"""Browser tests for builds: log, search in the log, history, timings, secrets, retry, cancellation and deletion."""

import re

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import findings
from tests.views.test_build import append_log_lines, build_url

with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
FAILING_LINE = "Error: no space left on device"
LOG_LINES = 2_300  # lines, about 200 KB


@pytest.fixture
def failed_workspace(coder: SimulatedCoder) -> Workspace:
    """Return a workspace whose last start failed, with the error in the middle of a log of 200 KB."""
    web = coder.place("web", "failed", error="exit status 1")
    line = "\x1b[90m[TRACE]\x1b[0m kubernetes_pod.dev: retry={} " + "=" * 50
    append_log_lines(web.latest_build, *[line.format(n) for n in range(LOG_LINES // 2)])
    append_log_lines(web.latest_build, FAILING_LINE, level="error")
    append_log_lines(web.latest_build, *[line.format(n) for n in range(LOG_LINES // 2, LOG_LINES)])
    return web


@with_and_without_javascript
def test_failed_workspace_page_links_directly_to_failing_log_line(
    alice: Page, coder: SimulatedCoder, failed_workspace: Workspace
) -> None:
    alice.goto("/@alice/web/")
    coder.clear_requests()
    alice.get_by_role("link", name="View the failing line in the log").click()
    expect(alice).to_have_url(re.compile(rf"{build_url(failed_workspace)}#failing$"))
    expect(alice.locator("#failing")).to_be_in_viewport()
    expect(alice.locator("#failing")).to_contain_text(FAILING_LINE)
    build = failed_workspace.latest_build.id
    requests = {f"GET /users/alice/workspace/web/builds/{failed_workspace.latest_build.build_number}"}
    requests |= {f"GET /workspacebuilds/{build}/logs", f"GET /workspacebuilds/{build}/parameters"}
    assert requests <= set(coder.request_lines())


def test_failure_notice_shows_coder_error_with_line_breaks_and_failing_lines(
    alice: Page, coder: SimulatedCoder
) -> None:
    web = coder.place("web", "failed", error="exit status 1\nLock Info:\n  Who: build-7\n")
    append_log_lines(web.latest_build, "Creating...", level="info")
    append_log_lines(web.latest_build, FAILING_LINE, level="error")
    alice.goto("/@alice/web/")
    notice = alice.locator("[data-reason=failed]")
    expect(notice.locator(".quote")).to_have_text("exit status 1\nLock Info:\n  Who: build-7", use_inner_text=True)
    expect(notice.get_by_role("link", name=FAILING_LINE)).to_be_visible()
    alice.get_by_role("button", name="Favorite web").click()
    expect(alice.get_by_role("button", name="Favorite web")).to_have_attribute("aria-pressed", "true")
    notice.get_by_role("link", name=FAILING_LINE).click()
    expect(alice.locator("#log :target, #log li:has(:target)").first).to_contain_text(FAILING_LINE)


def test_quota_appears_with_resources_and_persists_after_page_update(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    web.latest_build.daily_cost = 15
    alice.goto("/@alice/web/")
    budget = alice.locator("#resources #budget")
    expect(budget).to_have_text("No quota for alice.")
    alice.get_by_role("button", name="Favorite web").click()
    expect(alice.get_by_role("button", name="Favorite web")).to_have_attribute("aria-pressed", "true")
    expect(budget).to_have_text("No quota for alice.")


def test_most_log_blocks_are_not_laid_out_when_log_is_200_kb(alice: Page, failed_workspace: Workspace) -> None:
    alice.goto(build_url(failed_workspace))
    expect(alice.locator("#log li")).to_have_count(LOG_LINES + 1)
    assert alice.evaluate("performance.getEntriesByType('navigation')[0].encodedBodySize") < 60_000
    visible = "[...document.querySelectorAll('#log ol')].map(ol => ol.checkVisibility({contentVisibilityAuto: true}))"
    laid_out = alice.evaluate(visible)
    assert 0 < laid_out.count(True) < len(laid_out) / 2


def test_log_search_filters_while_typing_and_match_links_to_its_line(
    alice: Page, coder: SimulatedCoder, failed_workspace: Workspace
) -> None:
    alice.goto(build_url(failed_workspace))
    coder.clear_requests()
    alice.get_by_label("Search log").fill("RETRY=1200 ")
    expect(alice.locator("#log-matches")).to_have_text("1 matching line.")
    expect(alice.locator("#log li:visible")).to_have_count(1)
    alice.locator("#log li:visible > a").click()
    expect(alice.get_by_label("Search log")).to_have_value("")
    expect(alice.locator("#log li:target")).to_be_in_viewport()
    expect(alice.locator("#log li:target")).to_contain_text("retry=1200")
    alice.get_by_label("Search log").fill("nothing like this")
    expect(alice.locator("#log-matches")).to_have_text("No matching lines.")
    alice.get_by_label("Search log").press("Enter")
    assert [request for request in coder.request_lines() if "logs" in request] == []


@pytest.mark.parametrize("javascript", [False])
def test_log_search_runs_on_server_without_javascript(alice: Page, failed_workspace: Workspace) -> None:
    alice.goto(build_url(failed_workspace))
    alice.get_by_label("Search log").fill("retry=1200 ")
    alice.get_by_role("button", name="Search", exact=True).click()
    expect(alice.locator("#log-matches")).to_contain_text("1 matching line.")
    alice.locator("#log li > a").click()
    expect(alice.locator("#log li")).to_have_count(LOG_LINES + 1)
    expect(alice.locator("#log li:target")).to_be_in_viewport()


@with_and_without_javascript
def test_raw_log_is_downloaded_when_link_is_clicked(
    alice: Page, coder: SimulatedCoder, failed_workspace: Workspace
) -> None:
    alice.goto(build_url(failed_workspace))
    coder.clear_requests()
    with alice.expect_download() as download:
        alice.get_by_role("link", name="Raw log").click()
    assert download.value.suggested_filename.endswith(".txt")
    assert FAILING_LINE in download.value.path().read_text()
    assert f"GET /workspacebuilds/{failed_workspace.latest_build.id}/logs" in coder.request_lines()


@with_and_without_javascript
def test_build_page_retries_failed_build_when_button_is_clicked(
    alice: Page, coder: SimulatedCoder, failed_workspace: Workspace
) -> None:
    alice.goto(build_url(failed_workspace))
    alice.get_by_role("button", name="Retry start").click()
    expect(alice).to_have_url(re.compile(r"/@alice/web/$"))
    expect(alice.locator("#messages")).to_contain_text("Retrying the latest build of web…")
    assert coder.last_request(f"POST /workspaces/{failed_workspace.id}/builds")["body"]["transition"] == "start"


@with_and_without_javascript
def test_build_page_cancels_running_build_when_button_is_clicked(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "starting", template="hang")
    alice.goto(build_url(web))
    alice.get_by_role("button", name="Cancel build").click()
    expect(alice.locator(".build-page .status-badge")).to_contain_text(re.compile("Cancel"))
    expect(alice).to_have_url(re.compile(rf"{build_url(web)}$"))
    assert f"PATCH /workspacebuilds/{web.latest_build.id}/cancel" in coder.request_lines()


def test_build_page_shows_completion_without_user_action_when_build_ends(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    coder.start_queued_build(web)
    alice.clock.install()
    alice.goto(build_url(web))
    expect(alice.locator(".build-page .status-badge")).not_to_have_text("Done")
    coder.server.advance(600)
    alice.clock.fast_forward(6_000)
    expect(alice.locator(".build-page .status-badge")).to_have_text("Done")
    expect(alice.locator("#log")).to_contain_text("Cleaning Up")
    expect(alice.locator("#timings")).to_be_attached()


@with_and_without_javascript
def test_build_history_shows_25_builds_and_links_to_older_ones(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped", previous_transitions=("start", "stop") * 20 + ("start",))
    coder.clear_requests()
    alice.goto("/@alice/web/")
    alice.get_by_role("link", name="Builds", exact=True).click()
    expect(alice.locator("li.build")).to_have_count(25)
    assert coder.last_request(f"GET /workspaces/{web.id}/builds")["query"]["limit"] in {"26", "30"}
    alice.get_by_role("link", name="Older builds").click()
    expect(alice.locator("li.build").last).to_contain_text(re.compile(r"#1\b"))
    alice.locator("li.build").last.get_by_role("link").first.click()
    expect(alice.get_by_role("heading", level=1)).to_have_text("Created by alice")


@with_and_without_javascript
def test_build_timeline_has_label_and_bar_on_one_line_and_stages_that_collapse(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", template="dev")
    coder.clear_requests()
    alice.goto(build_url(web))
    if javascript:
        alice.locator("#timings").scroll_into_view_if_needed()
    else:
        alice.get_by_role("link", name="Build timeline").click()
    row = alice.locator("#timings .timeline-row").first
    expect(row).to_be_visible()
    boxes = [row.locator(part).bounding_box() for part in (".timeline-label", "rect", ".timeline-duration")]
    middles = [box["y"] + box["height"] / 2 for box in boxes if box]
    assert len(middles) == 3
    assert max(middles) - min(middles) < 4
    assert f"GET /workspacebuilds/{web.latest_build.id}/timings" in coder.request_lines()


@with_and_without_javascript
@pytest.mark.parametrize("path", ["/@alice/web/", "/@alice/web/builds/1/"], ids=["workspace", "build"])
def test_secret_is_revealed_only_when_show_secret_is_clicked(
    alice: Page, coder: SimulatedCoder, path: str, *, javascript: bool
) -> None:
    coder.place("web", template="dev")
    alice.goto(path)
    assert "hunter2" not in alice.content()
    alice.get_by_role("button", name="Show secret").click()
    expect(alice.get_by_text("hunter2")).to_be_visible()
    if not javascript:
        alice.get_by_role("link", name="Back").click()
        expect(alice).to_have_url(re.compile(f"{path}$"))
    assert "hunter2" not in alice.url


@with_and_without_javascript
def test_favorite_workspace_deletion_requires_its_name_and_confirmation(
    alice: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    web = coder.place("web", "stopped", favorite=True)
    alice.goto("/@alice/web/delete/")
    delete = alice.get_by_role("button", name="Delete")
    alice.get_by_label("Workspace name").fill("wen")
    alice.get_by_label("This workspace is a favorite. Delete it anyway").check()
    delete.click()
    expect(alice.get_by_text("This does not match the name web.")).to_be_visible()
    assert f"POST /workspaces/{web.id}/builds" not in coder.request_lines()
    alice.get_by_label("Workspace name").fill("web")
    alice.get_by_label("This workspace is a favorite. Delete it anyway").check()
    delete.click()
    expect(alice.locator("#messages")).to_contain_text("Deleting web…")
    assert coder.last_request(f"POST /workspaces/{web.id}/builds")["body"]["transition"] == "delete"


@pytest.fixture
def ignored_console_lines() -> str:
    """Ignore the line that Chromium logs for each 404 and 422."""
    return "^error: Failed to load resource"


@pytest.mark.parametrize("width", [1280, 390])
def test_build_and_delete_pages_pass_axe_and_fit_viewport_at_both_widths(
    alice: Page, coder: SimulatedCoder, width: int
) -> None:
    web = coder.place("web", "failed", error="exit status 1")
    append_log_lines(
        web.latest_build, *[f"\x1b[{color};1mcolour {color}\x1b[0m" for color in (*range(30, 48), *range(90, 98))]
    )
    append_log_lines(web.latest_build, FAILING_LINE, "and why", level="error")
    append_log_lines(web.latest_build, "mind", level="warn")
    append_log_lines(web.latest_build, "what goes on", level="debug")
    alice.set_viewport_size({"width": width, "height": 900})
    for address in (
        f"{build_url(web)}#failing",
        f"{build_url(web)}?q=o",
        f"{build_url(web)}99/",
        "/@alice/web/delete/",
    ):
        alice.goto(address)
        assert findings(alice) == []
        assert alice.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
