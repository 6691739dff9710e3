"""Browser tests for workspace creation (form, errors, evaluation, links to the form) and for parameter changes."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from coder_simulator.state import Template
from coder_simulator.version_plans import ExternalAuthPlan
from coder_simulator.world import PASSWORD
from tests.browser.sign_in import sign_in_by_request
from tests.portal import SimulatedCoder
from tests.styleguide.test_accessibility import OUTSIDE, findings
from tests.views.create_form import find_template, temporary_version_plan
from tests.views.odd_parameters import ODD_VALUES, SHOWN_DEFAULTS, odd_template

with_and_without_javascript = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])
# Chromium logs a line for each 422.
ignore_422_lines = pytest.mark.parametrize("ignored_console_lines", ["^error: Failed to load resource: .* 422"])
CREATE = "POST /users/alice/workspaces"


def open_form(page: Page) -> None:
    """Open the form of `dev` from the list."""
    page.goto("/workspaces/")
    page.get_by_role("link", name="Create workspace").first.click()
    page.get_by_role("link", name="Dev on Kubernetes").click()
    expect(page.get_by_role("heading", name="Create workspace")).to_be_visible()


def submit_form(page: Page) -> None:
    """Submit the form."""
    page.get_by_role("button", name="Create workspace").click()


@with_and_without_javascript
def test_create_form_creates_workspace_with_eight_parameters(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("US East").check()
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_label("GPU").check()
    alice.get_by_text("Schedule and updates").click()
    alice.get_by_label("Custom duration").check()
    alice.get_by_label("Hours", exact=True).fill("4")
    submit_form(alice)
    expect(alice).to_have_url(re.compile("/@alice/web/$"))
    expect(alice.locator("#messages")).to_contain_text("Creating web…")
    body = coder.last_request(CREATE)["body"]
    values = {parameter["name"]: parameter["value"] for parameter in body["rich_parameter_values"]}
    assert (body["name"], body["ttl_ms"], body["template_version_id"]) == (
        "web",
        14_400_000,
        find_template(coder).active_version.id,
    )
    assert values == {
        "region": "us-east",
        "cpu": "2",
        "disk": "20",
        "dotfiles": "none",
        "gpu": "true",
        "ides": '["code","jetbrains"]',
        "project": "ABC-123",
        "rebuild_cache": "false",
    }


@with_and_without_javascript
def test_enter_in_field_submits_create_form_when_other_buttons_come_first(alice: Page, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, external_auth=(ExternalAuthPlan(id="github", optional=True),)):
        open_form(alice)
        expect(alice.get_by_role("button", name="Check again")).to_be_visible()
        alice.get_by_label("Name").fill("web")
        alice.get_by_label("US East").check()
        alice.get_by_label("Project code").fill("ABC-123")
        alice.get_by_label("Project code").press("Enter")
        expect(alice).to_have_url(re.compile("/@alice/web/$"))
        assert coder.last_request(CREATE)["body"]["name"] == "web"


@with_and_without_javascript
def test_owner_field_suggests_users_and_creates_for_chosen_owner_as_staff(
    page: Page, coder: SimulatedCoder, *, javascript: bool
) -> None:
    sign_in_by_request(page, "admin")
    page.goto(f"/workspaces/new/{find_template(coder, 'plain').id}/?name=for-bob")
    suggestions = page.locator("#people option")
    initial_count = suggestions.count()
    page.get_by_label("Owner").fill("")
    page.get_by_label("Owner").press_sequentially("bo")
    expect(suggestions).to_have_count(1 if javascript else initial_count)
    page.get_by_label("Owner").press_sequentially("b")
    expect(page.get_by_label("Owner")).to_have_value("bob")
    submit_form(page)
    expect(page).to_have_url(re.compile("/@bob/for-bob/$"))
    assert coder.last_request("POST /users/bob/workspaces")["body"]["name"] == "for-bob"


@pytest.fixture
def second_organization_template(coder: SimulatedCoder) -> Iterator[Template]:
    """Add a template of a second organization of which Alice is a member."""
    world, person = coder.server.world, coder.user("alice")
    organization = world.add_organization("lab", display_name="Laboratory")
    person.organizations.append(organization)
    plan = find_template(coder, "plain").active_version.plan
    lab_template = world.add_template("bench", created_by=coder.user("admin"), plan=plan, organization=organization)
    yield lab_template
    coder.reset()
    person.organizations.remove(organization)
    del world.templates[lab_template.id], world.organizations[organization.id]


@with_and_without_javascript
def test_create_form_uses_organization_endpoint_with_several_organizations(
    second_organization_template: Template, alice: Page, coder: SimulatedCoder
) -> None:
    alice.goto(f"/workspaces/new/{second_organization_template.id}/?name=lab-work")
    submit_form(alice)
    expect(alice).to_have_url(re.compile("/@alice/lab-work/$"))
    assert coder.last_request(
        f"POST /organizations/{second_organization_template.organization.id}/members/alice/workspaces"
    )["body"] == {
        "name": "lab-work",
        "template_version_id": second_organization_template.active_version.id,
        "automatic_updates": "never",
    }


@ignore_422_lines
def test_invalid_field_gets_focus_and_input_is_kept_when_creation_is_rejected(
    alice: Page, coder: SimulatedCoder
) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_label("Dotfiles repository").fill("https://dots.example")
    alice.get_by_text("Schedule and updates").click()
    alice.get_by_text("Use a cron expression").click()
    alice.get_by_label("Cron expression").fill("every day")
    submit_form(alice)
    expect(alice.locator("#id_schedule_error")).to_contain_text("expected schedule to consist of 5 fields")
    assert alice.evaluate("document.activeElement.name") == "schedule"
    expect(alice.get_by_label("Dotfiles repository")).to_have_value("https://dots.example")


@ignore_422_lines
@with_and_without_javascript
def test_value_that_does_not_match_pattern_shows_template_message_before_pattern(
    alice: Page, coder: SimulatedCoder
) -> None:
    open_form(alice)
    alice.get_by_label("Project code").fill("abc")
    submit_form(alice)
    error = alice.locator("[id='id_param.project_error']")
    expect(error).to_have_text(re.compile(r"like ABC-123.* The pattern is \^\[A-Z\]"))
    expect(alice.get_by_label("Project code")).to_be_focused()
    assert CREATE not in coder.request_lines()


@ignore_422_lines
@with_and_without_javascript
def test_text_in_number_field_is_refused_at_field(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Project code").fill("ABC-1")
    alice.get_by_label("Disk (GiB)").press_sequentially("e")
    submit_form(alice)
    expect(alice.locator("[id='id_param.disk_error']")).to_contain_text("Enter a whole number")
    assert CREATE not in coder.request_lines()


def test_preset_applies_on_selection_and_typed_values_are_kept(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    expect(alice.get_by_label("Small")).to_be_checked()  # the template's default preset
    alice.get_by_label("None").check()
    alice.get_by_label("CPU cores").fill("3")
    alice.get_by_label("Large").check()
    expect(alice.locator(".preset-values")).to_contain_text("CPU cores")
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("None").check()
    expect(alice.get_by_label("CPU cores")).to_have_value("3")
    expect(alice.get_by_label("Name")).to_have_value("web")


@pytest.mark.parametrize("javascript", [False], ids=["without"])
def test_update_form_button_reevaluates_form_without_javascript(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Large").check()
    alice.get_by_role("button", name="Update the form").click()
    expect(alice.locator(".preset-values")).to_contain_text("8")
    expect(alice.get_by_label("Name")).to_have_value("web")


def test_form_is_evaluated_and_focus_is_kept_when_value_changes(alice: Page, coder: SimulatedCoder) -> None:
    open_form(alice)
    alice.get_by_label("None").check()
    expect(alice.get_by_label("CPU cores")).to_be_visible()
    coder.clear_requests()
    with alice.expect_response(lambda response: response.request.method == "POST"):
        alice.get_by_label("CPU cores").fill("9")
        alice.get_by_label("Disk (GiB)").focus()
    expect(alice.get_by_label("CPU cores")).to_have_value("9")
    assert alice.evaluate("document.activeElement.name") == "param.disk"
    evaluations = [request for request in coder.request_lines() if request.endswith("/evaluate")]
    assert coder.last_request(evaluations[-1])["body"]["inputs"]["cpu"] == "9"


def test_form_link_is_copied_and_prefills_form_when_opened(alice: Page, coder: SimulatedCoder) -> None:
    alice.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_form(alice)
    alice.get_by_label("Name").fill("web")
    alice.get_by_label("Project code").fill("ABC-123")
    alice.get_by_role("button", name="Copy link to this form").click()
    expect(alice.get_by_role("button", name="Link copied.")).to_be_visible()
    alice.goto(alice.evaluate("navigator.clipboard.readText()"))
    expect(alice.get_by_label("Name")).to_have_value("web")
    expect(alice.get_by_label("Project code")).to_have_value("ABC-123")
    expect(alice.locator("[data-parameter=project]")).to_contain_text("from the link")


@with_and_without_javascript
def test_parameter_change_starts_build_with_new_value_when_saved(alice: Page, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped", template="dev")
    web.latest_build.parameters |= {"region": "us-east", "cpu": "4", "disk": "20", "project": "ABC-123"}
    alice.goto("/@alice/web/parameters/")
    alice.get_by_label("CPU cores").fill("8")
    alice.get_by_role("button", name=re.compile("^Save and ")).click()
    expect(alice).to_have_url(re.compile("/@alice/web/$"))
    body = coder.last_request(f"POST /workspaces/{web.id}/builds")["body"]
    assert (body["transition"], {"name": "cpu", "value": "8"} in body["rich_parameter_values"]) == ("start", True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_create_and_parameter_pages_pass_axe_and_fit_viewport_in_each_theme(
    alice: Page, coder: SimulatedCoder, theme: str, width: int
) -> None:
    coder.place("web", "stopped", template="dev").latest_build.parameters |= {"project": "ABC-123"}
    alice.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    alice.set_viewport_size({"width": width, "height": 900})
    for address in (
        "/workspaces/new/",
        f"/workspaces/new/{find_template(coder).id}/?ttl_hours=4",
        "/@alice/web/parameters/",
    ):
        alice.goto(address)
        assert findings(alice) == []
        assert alice.evaluate(OUTSIDE) == []


@with_and_without_javascript
def test_untouched_odd_values_are_sent_byte_for_byte_by_browser(alice: Page, coder: SimulatedCoder) -> None:
    with odd_template(coder, "2.36"):
        web = coder.place("web", "stopped", template="dev")
        web.latest_build.parameters |= ODD_VALUES | {"ratio": "3e1", "huge": "NaN"}
        alice.goto("/@alice/web/parameters/")
        alice.get_by_label("One and a half").check()
        alice.get_by_role("button", name="Save and start").click()
        expect(alice).to_have_url(re.compile("/@alice/web/$"))
        body = coder.last_request(f"POST /workspaces/{web.id}/builds")["body"]
        assert body["rich_parameter_values"] == [{"name": "factor", "value": "1.5"}]


@with_and_without_javascript
def test_create_form_sends_odd_defaults_and_empty_option_from_browser(alice: Page, coder: SimulatedCoder) -> None:
    with odd_template(coder, "2.36"):
        open_form(alice)
        alice.get_by_label("Name").fill("web")
        alice.locator("#parameters > summary").click()
        alice.get_by_role("radio", name="None").check()
        submit_form(alice)
        expect(alice).to_have_url(re.compile("/@alice/web/$"))
        sent = coder.last_request(CREATE)["body"]["rich_parameter_values"]
        assert {each["name"]: each["value"] for each in sent} == SHOWN_DEFAULTS["2.36"] | {"proxy": ""}


def fill_in(page: Page) -> None:
    """Fill in a field of each kind."""
    open_form(page)
    page.get_by_label("Name").fill("half-done")
    page.get_by_label("Asia Pacific").or_(page.locator("[name='param.region'][value='ap-south']")).first.check()
    page.locator("[name='param.project']").fill("ABC-9")
    page.locator("[name='param.gpu']").check()
    page.get_by_text("Schedule and updates").click()
    page.get_by_label("Hours", exact=True).fill("7")


def expect_filled_in(page: Page) -> None:
    """Expect all values of `fill_in`."""
    expect(page.locator("[name='param.project']")).to_have_value("ABC-9")
    expect(page.get_by_label("Name")).to_have_value("half-done")
    expect(page.locator("[name='param.region'][value='ap-south']")).to_be_checked()
    expect(page.locator("[name='param.gpu']")).to_be_checked()
    expect(page.get_by_label("Hours", exact=True)).to_have_value("7")
    expect(page.get_by_label("Custom duration")).to_be_checked()


def end_session(page: Page) -> None:
    """End the browser's session. A response that is on its way would set its cookies again."""
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()


def test_form_shows_all_input_again_after_back_and_after_reload(alice: Page, coder: SimulatedCoder) -> None:
    fill_in(alice)
    alice.get_by_role("link", name="Workspaces", exact=True).first.click()
    alice.wait_for_url(re.compile("/workspaces/$"))
    alice.go_back()
    expect_filled_in(alice)
    alice.reload()
    expect_filled_in(alice)


def test_opened_again_from_list_form_is_empty(alice: Page, coder: SimulatedCoder) -> None:
    fill_in(alice)
    open_form(alice)
    expect(alice.locator("[name='param.project']")).to_have_value("")


def test_form_shows_all_input_again_when_session_ended_in_other_tab_and_page_is_reloaded(
    alice: Page, coder: SimulatedCoder
) -> None:
    fill_in(alice)
    address = alice.url
    end_session(alice)
    alice.reload()
    alice.wait_for_url(re.compile("/login/"))
    alice.get_by_label("Email").fill("alice@example.com")
    alice.get_by_label("Password").fill(PASSWORD)
    alice.get_by_role("button", name="Sign in", exact=True).click()
    alice.wait_for_url(address)
    expect_filled_in(alice)


def test_nothing_that_was_typed_stays_in_tab_after_sign_out(alice: Page, coder: SimulatedCoder) -> None:
    fill_in(alice)
    assert "half-done" in alice.evaluate("JSON.stringify({...sessionStorage})")
    address = alice.url
    alice.get_by_role("button", name="Account of alice").click()
    alice.get_by_role("button", name="Sign out").click()
    alice.wait_for_url(re.compile("/login/"))
    assert alice.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('form:'))") == []
    alice.goto(address)
    alice.get_by_label("Email").fill("alice@example.com")
    alice.get_by_label("Password").fill(PASSWORD)
    alice.get_by_role("button", name="Sign in", exact=True).click()
    alice.wait_for_url(address)
    expect(alice.locator("[name='param.project']")).to_have_value("")


@pytest.mark.parametrize("ignored_console_lines", ["40[13]"])  # the list reads what is Alice’s until it is left
def test_input_of_other_person_is_not_shown_in_same_tab(alice: Page, coder: SimulatedCoder) -> None:
    fill_in(alice)
    address = alice.url
    end_session(alice)
    alice.goto("about:blank")  # what the form still sends, without a session, would replace that of Bob
    sign_in_by_request(alice, "bob")
    alice.goto(address)
    alice.reload()
    expect(alice.locator("[name='param.project']")).to_have_value("")
    assert "half-done" not in alice.evaluate("JSON.stringify({...sessionStorage})")
