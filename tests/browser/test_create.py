"""A new workspace in a browser: made, refused, asked anew, linked to; and the parameters of one that exists."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.plans import ExternalAuthPlan
from coder_simulator.state import Template
from tests.browser.sign_in import enter_quickly
from tests.portal import SimulatedCoder
from tests.styleguide.test_sight import OUTSIDE, findings
from tests.views.creating import plan, template

both = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
refused = pytest.mark.parametrize("expected", ["^error: Failed to load resource: .* 422"])  # Chromium's own line
CREATE = "POST /users/alice/workspaces"


def open_form(page: Page) -> None:
    """The form of `dev`, as somebody finds it from the list."""
    page.goto("/workspaces/")
    page.get_by_role("link", name="New workspace").first.click()
    page.get_by_role("link", name="Dev on Kubernetes").click()
    expect(page.get_by_role("heading", name="New workspace")).to_be_visible()


def make(page: Page) -> None:
    page.get_by_role("button", name="Make and start it").click()


@both
def test_somebody_makes_a_workspace_with_eight_parameters(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("US East").check()
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_label("GPU").check()
    alice.get_by_text("When it starts and stops").click()
    alice.get_by_label("Hours").fill("4")
    make(alice)
    expect(alice).to_have_url(re.compile("/@alice/web/$"))
    expect(alice.locator("#messages")).to_contain_text("web is made. Its first start has begun.")
    body = coder.last(CREATE)["body"]
    sent = {each["name"]: each["value"] for each in body["rich_parameter_values"]}
    assert (body["name"], body["ttl_ms"], body["template_version_id"]) == (
        "web",
        14_400_000,
        template(coder).active_version.id,
    )
    assert sent == {
        "region": "us-east",
        "cpu": "2",
        "disk": "20",
        "dotfiles": "none",
        "gpu": "true",
        "ides": '["code","jetbrains"]',
        "project": "ABC-123",
        "rebuild_cache": "false",
    }


@both
def test_enter_in_a_field_makes_the_workspace_though_other_buttons_stand_before(
    alice: Page, coder: SimulatedCoder
) -> None:
    with plan(coder, external_auth=(ExternalAuthPlan(id="github", optional=True),)):
        open_form(alice)
        expect(alice.get_by_role("button", name="look again")).to_be_visible()
        alice.get_by_label("Name").fill("web")
        alice.get_by_label("US East").check()
        alice.get_by_label("Project code").fill("ABC-123")
        alice.get_by_label("Project code").press("Enter")
        expect(alice).to_have_url(re.compile("/@alice/web/$"))
        assert coder.last(CREATE)["body"]["name"] == "web"


@both
def test_staff_type_an_owner_and_are_suggested_who_is_like_that(
    page: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    enter_quickly(page, "admin")
    page.goto(f"/workspaces/new/{template(coder, 'plain').id}/?name=for-bob")
    suggested = page.locator("#people option")
    first = suggested.count()
    page.get_by_label("Owner").fill("")
    page.get_by_label("Owner").press_sequentially("bo")
    expect(suggested).to_have_count(1 if javascript else first)
    page.get_by_label("Owner").press_sequentially("b")
    expect(page.get_by_label("Owner")).to_have_value("bob")
    make(page)
    expect(page).to_have_url(re.compile("/@bob/for-bob/$"))
    assert coder.last("POST /users/bob/workspaces")["body"]["name"] == "for-bob"


@pytest.fixture
def laboratory(coder: SimulatedCoder) -> Iterator[Template]:
    """A template of a second organisation, of which Alice is a member too."""
    world, person = coder.server.world, coder.user("alice")
    other = world.add_organization("lab", display_name="Laboratory")
    person.organizations.append(other)
    plan = template(coder, "plain").active_version.plan
    made = world.add_template("bench", created_by=coder.user("admin"), plan=plan, organization=other)
    yield made
    coder.reset()
    person.organizations.remove(other)
    del world.templates[made.id], world.organizations[other.id]


@both
def test_where_there_are_several_organisations_the_older_address_makes_it(
    laboratory: Template, alice: Page, coder: SimulatedCoder
) -> None:
    alice.goto(f"/workspaces/new/{laboratory.id}/?name=lab-work")
    make(alice)
    expect(alice).to_have_url(re.compile("/@alice/lab-work/$"))
    assert coder.last(f"POST /organizations/{laboratory.organization.id}/members/alice/workspaces")["body"] == {
        "name": "lab-work",
        "template_version_id": laboratory.active_version.id,
        "automatic_updates": "never",
    }


@refused
def test_a_refusal_has_the_focus_and_nothing_typed_is_lost(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_label("Dotfiles repository").fill("https://dots.example")
    alice.get_by_text("When it starts and stops").click()
    alice.get_by_text("As a cron instead").click()
    alice.get_by_label("Schedule as a cron").fill("every day")
    make(alice)
    expect(alice.locator("#id_schedule_error")).to_contain_text("expected schedule to consist of 5 fields")
    assert alice.evaluate("document.activeElement.name") == "schedule"
    expect(alice.get_by_label("Dotfiles repository")).to_have_value("https://dots.example")


def test_the_browser_itself_stops_what_does_not_fit(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Project code").fill("abc")
    make(alice)
    assert alice.evaluate("document.activeElement.name") == "param.project"
    assert CREATE not in coder.asked()


def test_a_preset_is_applied_at_once_and_typing_goes_on(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    expect(alice.get_by_label("Small")).to_be_checked()  # the template's own choice
    alice.get_by_label("None: choose each value").check()
    alice.get_by_label("CPU cores").fill("3")
    alice.get_by_label("Large").check()
    expect(alice.locator(".fixed")).to_contain_text("CPU cores")
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("None: choose each value").check()
    expect(alice.get_by_label("CPU cores")).to_have_value("3")
    expect(alice.get_by_label("Name")).to_have_value("web")


@pytest.mark.parametrize("javascript", [False], ids=["without"])
def test_without_scripts_a_button_asks_anew(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Large").check()
    alice.get_by_role("button", name="Update the form").click()
    expect(alice.locator(".fixed")).to_contain_text("8")
    expect(alice.get_by_label("Name")).to_have_value("web")


def test_a_changed_value_is_asked_about_and_the_focus_stays(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("None: choose each value").check()
    expect(alice.get_by_label("CPU cores")).to_be_visible()
    coder.forget()
    with alice.expect_response(lambda answer: answer.request.method == "POST"):
        alice.get_by_label("CPU cores").fill("9")
        alice.get_by_label("Disk (GiB)").focus()
    expect(alice.get_by_label("CPU cores")).to_have_value("9")
    assert alice.evaluate("document.activeElement.name") == "param.disk"
    asked = [each for each in coder.asked() if each.endswith("/evaluate")]
    assert coder.last(asked[-1])["body"]["inputs"]["cpu"] == "9"


def test_a_link_to_the_form_is_copied_and_fills_in_the_same_form(alice: Page, coder: SimulatedCoder) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_role("button", name="Copy a link to this form").click()
    expect(alice.get_by_role("button", name="The link to this form is copied.")).to_be_visible()
    alice.goto(alice.evaluate("navigator.clipboard.readText()"))
    expect(alice.get_by_label("Name")).to_have_value("web")
    expect(alice.get_by_label("Project code")).to_have_value("ABC-123")
    expect(alice.locator("[data-parameter=project]")).to_contain_text("from the address")


@both
def test_parameters_are_changed_through_a_new_start(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev")
    web.latest_build.parameters |= {"region": "us-east", "cpu": "4", "disk": "20", "project": "ABC-123"}
    alice.goto("/@alice/web/parameters/")
    alice.get_by_label("CPU cores").fill("8")
    alice.get_by_role("button", name=re.compile("^Save and ")).click()
    expect(alice).to_have_url(re.compile("/@alice/web/$"))
    body = coder.last(f"POST /workspaces/{web.id}/builds")["body"]
    assert (body["transition"], {"name": "cpu", "value": "8"} in body["rich_parameter_values"]) == ("start", True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_whoever_sees_or_hears_the_pages_finds_nothing_amiss(
    alice: Page, coder: SimulatedCoder, theme: str, width: int
) -> None:
    coder.place("web", "stopped", template="dev").latest_build.parameters |= {"project": "ABC-123"}
    alice.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    alice.set_viewport_size({"width": width, "height": 900})
    for address in (
        "/workspaces/new/",
        f"/workspaces/new/{template(coder).id}/?ttl_hours=4",
        "/@alice/web/parameters/",
    ):
        alice.goto(address)
        assert findings(alice) == []
        assert alice.evaluate(OUTSIDE) == []
