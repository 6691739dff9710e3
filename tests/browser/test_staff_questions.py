"""Each of ten questions of an administrator is answered within two clicks from the staff overview."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.sign_in import sign_in_by_request
from tests.chromium import close_context
from tests.portal import SimulatedCoder

MAX_CLICKS = 2
QUOTA = "terraform apply: exit status 1: Error: Insufficient quota in region eu-west"
both_ways = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])


@dataclass
class ClickCounter:
    """A page on which only what this class offers is clicked, so that clicks are counted."""

    page: Page
    has_scripts: bool
    count: int = 0

    def start(self) -> None:
        """Begin at the overview."""
        self.page.goto("/staff/")
        self.count = 0

    def click(self, target: Locator, *, stays: bool = False) -> None:
        """Click a link, and wait for the page that it leads to, unless it `stays` on this one."""
        address = self.page.url
        target.click()
        self.count += 1
        if not stays:
            expect(self.page).not_to_have_url(address)

    def open_staff_page(self, name: str) -> None:
        """Click an entry of the navigation of the staff pages."""
        self.click(self.page.get_by_role("navigation", name="Staff").get_by_role("link", name=name, exact=True))

    def open_figure(self, label: str) -> None:
        """Click a figure of the overview."""
        self.click(self.page.locator(".figures a").filter(has_text=label))

    def breakdown(self, title: str) -> Locator:
        """Return the labels of a breakdown, the largest first."""
        return self.page.get_by_role("region", name=title).get_by_role("rowheader")

    def expect_workspaces(self, *names: str) -> None:
        """Expect these rows, in any order."""
        links = self.page.locator(".fleet-table a.name")
        expect(links).to_have_count(len(names))
        assert sorted(links.all_text_contents()) == sorted(names)


@pytest.fixture
def counter(page: Page, coder: SimulatedCoder, *, javascript: bool) -> Iterator[ClickCounter]:
    """Return a page of an owner of the deployment, with workspaces of which each question has one answer."""
    coder.place("endless", owner="bob", ttl_ms=None).latest_build.daily_cost = 90
    coder.place("broken", "failed", owner="bob", template="hang", built_hours_ago=1, error=QUOTA)
    coder.place("forgotten", "stopped", used_hours_ago=40 * 24, age_hours=50 * 24)
    coder.place("waiting", "pending", template="hang", built_hours_ago=0.2)
    soon = coder.server.world.now() + timedelta(days=3)
    coder.place("doomed", "stopped", dormant_at=coder.time_ago(days=5), deleting_at=soon)
    coder.new_version("plain")
    coder.place("current").latest_build.daily_cost = 4
    coder.user("uma").status = "suspended"
    sign_in_by_request(page, "admin")
    yield ClickCounter(page, has_scripts=javascript)
    coder.user("uma").status = "active"


def who_costs_most(counter: ClickCounter) -> None:
    """The owner with the highest daily cost."""
    expect(counter.breakdown("Daily cost by owner").first).to_have_text("bob")
    counter.click(counter.breakdown("Daily cost by owner").first.get_by_role("link"))
    counter.expect_workspaces("endless", "broken")


def what_failed_and_why(counter: ClickCounter) -> None:
    """The failures of the last 24 hours, with their errors and the end of the log."""
    errors = counter.breakdown("Failed in the last 24 hours, by error")
    expect(errors).to_have_text("Insufficient quota in region eu-west")
    counter.open_staff_page("Builds")
    counter.expect_workspaces("broken")
    counter.click(counter.page.get_by_role("link", name="Show log"), stays=counter.has_scripts)
    expect(counter.page.get_by_role("link", name="Log for build")).to_be_visible()


def what_is_idle(counter: ClickCounter) -> None:
    """The workspaces that nobody uses."""
    counter.open_figure("Idle for 30 days")
    counter.expect_workspaces("forgotten")


def what_runs_without_end(counter: ClickCounter) -> None:
    """The workspaces that do not stop by themselves."""
    counter.open_figure("Running without autostop")
    counter.expect_workspaces("endless")


def who_is_blocked(counter: ClickCounter) -> None:
    """Whose build waits for a provisioner."""
    counter.open_figure("Starting or queued")
    counter.expect_workspaces("waiting")


def who_is_suspended(counter: ClickCounter) -> None:
    """Who is blocked from signing in."""
    counter.open_staff_page("Users")
    counter.click(counter.page.get_by_role("link", name="status:suspended"))
    counter.expect_workspaces("uma")


def which_template_breaks(counter: ClickCounter) -> None:
    """The template with the most failures."""
    expect(counter.breakdown("Failed in the last 24 hours, by template")).to_have_text("hang")
    counter.open_staff_page("Templates")
    counter.click(counter.page.get_by_role("columnheader", name="Failed").get_by_role("link"))
    expect(counter.page.locator(".templates-table tbody tr").first).to_contain_text("hang")


def is_coder_well(counter: ClickCounter) -> None:
    """The health of each part of Coder."""
    part = counter.page.locator("#part-health")
    if not counter.has_scripts:
        counter.click(part.get_by_role("link"))
        part = counter.page.get_by_role("main")
    expect(part).to_contain_text("Database")
    expect(part).to_contain_text("OK")


def what_did_somebody_change(counter: ClickCounter) -> None:
    """The changes of one person."""
    counter.open_staff_page("Audit log")
    counter.click(counter.page.locator(".audit-table .col-person").get_by_role("link", name="alice").first)
    expect(counter.page.locator(".audit-table .col-action").first).to_contain_text("Add favorite")
    assert set(counter.page.locator(".audit-table .col-person").all_text_contents()) == {"alice"}


def who_is_on_which_version(counter: ClickCounter) -> None:
    """The workspaces, with their owners, on a version of a template."""
    counter.open_staff_page("Templates")
    versions = counter.page.get_by_role("row", name="Plain").locator(".versions a")
    expect(versions).to_have_text(["v1", "v2"])
    counter.click(versions.last)
    counter.expect_workspaces("current")
    expect(counter.page.get_by_role("row", name="current")).to_contain_text("alice")


def what_will_be_deleted(counter: ClickCounter) -> None:
    """The workspaces that Coder deletes within a week."""
    counter.open_figure("Will be deleted within 7 days")
    counter.expect_workspaces("doomed")


QUESTIONS: tuple[Callable[[ClickCounter], None], ...] = (
    who_costs_most,
    what_failed_and_why,
    what_is_idle,
    what_runs_without_end,
    who_is_blocked,
    who_is_suspended,  # the other meaning of this question
    which_template_breaks,
    is_coder_well,
    what_did_somebody_change,
    who_is_on_which_version,
    what_will_be_deleted,
)


def change_as_alice(browser: Browser, address: str) -> None:
    """Add a favorite as another person."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    sign_in_by_request(page)
    page.goto("/workspaces/")
    page.get_by_role("button", name="Favorite forgotten").click()
    expect(page.get_by_role("button", name="Favorite forgotten")).to_have_attribute("aria-pressed", "true")
    close_context(context)


@both_ways
def test_ten_questions_are_answered_within_two_clicks(
    counter: ClickCounter, chromium: Browser, portal_url: str
) -> None:
    change_as_alice(chromium, portal_url)
    clicks = {}
    for answer in QUESTIONS:
        counter.start()
        answer(counter)
        clicks[answer.__name__] = counter.count
    assert {name: count for name, count in clicks.items() if count > MAX_CLICKS} == {}
