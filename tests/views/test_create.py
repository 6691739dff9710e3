"""Test creating a workspace: the template list, the form, and the request that Coder gets."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from coder_simulator.version_plans import ExternalAuthPlan, ParameterOption, RichParameter, VersionPlan
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.create_form import (
    WEB_FORM,
    create_form_url,
    field_error,
    find_template,
    form_values,
    parameter_field,
    template_version_id,
    temporary_license,
    temporary_version_plan,
)
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
CREATE = "POST /users/alice/workspaces"
PLAIN_FORM = {"name": "notes"}


def sent_parameters(coder: SimulatedCoder, request: str = CREATE) -> dict[str, str]:
    """Return the parameter values that Coder got."""
    return {each["name"]: each["value"] for each in coder.last_request(request)["body"]["rich_parameter_values"]}


# ---- the templates


def test_template_card_shows_start_time_and_links_to_form(alice: Client, coder: SimulatedCoder) -> None:
    find_template(coder).durations_ms["start"][:] = [95_000.0]
    page = Html(alice.get("/workspaces/new/"))
    card = page.one("article", data_template=find_template(coder).id)
    find_template(coder).durations_ms["start"].clear()
    assert card.one("a").get("href") == create_form_url(coder)
    assert "Dev on Kubernetes A pod with a home volume Starts in about 2 minutes" in card.text
    assert coder.request_lines() == ["GET /templates"]


def test_template_links_pass_on_query_parameters(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get("/workspaces/new/?name=mine&param.cpu=4"))
    link = page.one("article", data_template=find_template(coder).id).one("a").get("href")
    assert link == f"{create_form_url(coder)}?name=mine&param.cpu=4"


def test_deprecated_template_shows_message_and_has_no_form(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_license(coder, "old", deprecation_message="Use **Plain**."):
        page = Html(alice.get("/workspaces/new/"))
        form = Html(alice.get(create_form_url(coder, "old")))
    card = page.one("article", data_template=find_template(coder, "old").id)
    assert (card.all("a"), card.one("strong").text) == ([], "Plain")
    assert "You cannot create workspaces from it. Use Plain ." in form.one("main").text.replace("Plain.", "Plain .")
    assert form.all("form", id="new") == []


def test_templates_are_grouped_by_organization_when_there_are_several(alice: Client, coder: SimulatedCoder) -> None:
    world = coder.server.world
    assert [h.text for h in Html(alice.get("/workspaces/new/")).all("h2")] == ["Templates"]
    organization = world.add_organization("lab", display_name="Laboratory")
    coder.user("alice").organizations.append(organization)
    bench = world.add_template("bench", created_by=coder.user("admin"), plan=VersionPlan(), organization=organization)
    try:
        assert [h.text for h in Html(alice.get("/workspaces/new/")).all("h2")] == ["Coder", "Laboratory"]
    finally:
        coder.user("alice").organizations.remove(organization)
        del world.templates[bench.id], world.organizations[organization.id]


# ---- the form


@BOTH_VERSIONS
def test_form_suggests_unused_name(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("plain")
    coder.place("plain-2", owner="bob")
    assert form_values(Html(alice.get(create_form_url(coder, "plain"))))["name"] == ["plain-2"]


@pytest.mark.parametrize(("version", "calls"), [("2.19", 8), ("2.36", 10)])
def test_form_makes_expected_number_of_coder_calls(alice: Client, coder: SimulatedCoder, calls: int) -> None:
    alice.get(create_form_url(coder))
    assert len(coder.request_lines()) == calls
    coder.clear_requests()
    alice.get(create_form_url(coder))
    assert len(coder.request_lines()) == calls - 2  # rights and template names are cached


@BOTH_VERSIONS
def test_each_parameter_type_has_matching_control(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(f"{create_form_url(coder)}?preset=none"))
    assert [radio.get("value") for radio in parameter_field(page, "region").all("input")] == [
        "eu-west",
        "us-east",
        "ap-south",
    ]
    cpu = parameter_field(page, "cpu").one("input")
    assert [cpu.get(name) for name in ("type", "inputmode", "value")] == ["text", "numeric", "2"]
    assert parameter_field(page, "gpu").one("input").get("type") == "checkbox"
    assert parameter_field(page, "ides").one("textarea").text == "code jetbrains"
    project = parameter_field(page, "project").one("input")
    assert "required" in dict(project.element.attributes)


@BOTH_VERSIONS
def test_parameter_shows_description_and_constraints(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(f"{create_form_url(coder)}?preset=none"))
    assert "Fixed at creation" in parameter_field(page, "region").text
    assert "Dublin" in parameter_field(page, "region").text
    assert parameter_field(page, "cpu").one("strong").text == "vCPU"
    assert "Can only increase From 10 to 500." in parameter_field(page, "disk").text
    assert "Applies to the next start only" in parameter_field(page, "rebuild_cache").text
    assert parameter_field(page, "project").one("input").get("aria-describedby") == "id_param.project_helptext"


@BOTH_VERSIONS
def test_form_lists_parameters_without_value_before_all_parameters(alice: Client, coder: SimulatedCoder) -> None:
    summary = Html(alice.get(create_form_url(coder))).one("p", class_="missing-values")
    assert summary.text == "Required: Project code . All other parameters have a value."
    assert summary.one("a").get("href") == "#id_param.project"
    full_summary = Html(alice.get(f"{create_form_url(coder)}?param.project=ABC-123")).one("p", class_="missing-values")
    assert full_summary.text == "All parameters have a value. You can change them."


@BOTH_VERSIONS
def test_form_defaults_with_required_values_create_workspace(alice: Client, coder: SimulatedCoder) -> None:
    form_data = form_values(Html(alice.get(f"{create_form_url(coder)}?preset=none"))) | {
        "name": ["web"],
        "param.project": ["ABC-123"],
    }
    response = alice.post(create_form_url(coder), form_data)
    assert (response.status_code, response.headers["Location"]) == (302, "/@alice/web/")
    assert coder.last_request(CREATE)["body"] == {
        "name": "web",
        "template_version_id": find_template(coder).active_version.id,
        "rich_parameter_values": [
            {"name": "region", "value": "eu-west"},
            {"name": "cpu", "value": "2"},
            {"name": "disk", "value": "20"},
            {"name": "dotfiles", "value": "none"},
            {"name": "gpu", "value": "false"},
            {"name": "ides", "value": '["code","jetbrains"]'},
            {"name": "project", "value": "ABC-123"},
            {"name": "rebuild_cache", "value": "false"},
        ],
        "automatic_updates": "never",
    }
    assert "Creating web…" in Html(alice.get("/@alice/web/")).one("div", id="messages").text


@BOTH_VERSIONS
def test_autostart_ttl_and_automatic_updates_are_sent_on_create(alice: Client, coder: SimulatedCoder) -> None:
    alice.post(
        create_form_url(coder, "plain"),
        PLAIN_FORM
        | {
            "ttl_hours": "4",
            "ttl_minutes": "30",
            "days": ["1", "2", "3"],
            "time": "09:30",
            "timezone": "Europe/Dublin",
            "automatic_updates": "always",
        },
    )
    body = coder.last_request(CREATE)["body"]
    assert (body["ttl_ms"], body["autostart_schedule"], body["automatic_updates"]) == (
        16_200_000,
        "CRON_TZ=Europe/Dublin 30 9 * * 1-3",
        "always",
    )


def test_checkbox_and_list_values_are_sent_in_coder_format(alice: Client, coder: SimulatedCoder) -> None:
    alice.post(create_form_url(coder), WEB_FORM | {"param.gpu": "true", "param.ides": "vim\r\n\r\n emacs "})
    assert (sent_parameters(coder)["gpu"], sent_parameters(coder)["ides"]) == ("true", '["vim","emacs"]')


def test_create_uses_organization_endpoint_when_organization_is_sent(alice: Client, coder: SimulatedCoder) -> None:
    organization = find_template(coder, "plain").organization.id
    alice.post(create_form_url(coder, "plain"), PLAIN_FORM | {"organization": organization})
    assert coder.request_lines()[-1] == f"POST /organizations/{organization}/members/alice/workspaces"


# ---- values from the query


def test_values_from_query_are_filled_in_and_marked(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(
        alice.get(f"{create_form_url(coder)}?name=mine&param.cpu=8&param.ides=vim&param.ides=emacs&param.gpu=true")
    )
    form_data = form_values(page)
    assert (form_data["name"], form_data["param.cpu"], form_data["param.ides"]) == (["mine"], ["8"], ["vim\nemacs"])
    assert form_data["param.gpu"] == ["true"]
    assert "from the link" in parameter_field(page, "cpu").text
    assert "from the link" not in parameter_field(page, "disk").text
    assert "GET /workspaces" not in coder.request_lines()


def test_settings_section_is_open_when_query_sets_ttl(alice: Client, coder: SimulatedCoder) -> None:
    closed_section = Html(alice.get(create_form_url(coder))).one("details", id="folded")
    open_section = Html(alice.get(f"{create_form_url(coder)}?ttl_hours=3")).one("details", id="folded")
    assert ("open" in dict(closed_section.element.attributes), "open" in dict(open_section.element.attributes)) == (
        False,
        True,
    )


def test_version_is_selected_by_query_parameter(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(f"{create_form_url(coder)}?version={template_version_id(coder, 3)}"))
    assert parameter_field(page, "team").one("input").get("name") == "param.team"
    assert form_values(page)["template_version_id"] == [template_version_id(coder, 3)]


@BOTH_VERSIONS
def test_form_copies_values_of_source_workspace(alice: Client, coder: SimulatedCoder) -> None:
    source = coder.place("web", template="dev", autostart_schedule="CRON_TZ=Europe/Oslo 15 8 * * 1-5")
    source.latest_build.parameters |= {"region": "us-east", "cpu": "8", "rebuild_cache": "true"}
    response = alice.get(f"/workspaces/new/?from={source.id}")
    assert response.headers["Location"] == f"{create_form_url(coder)}?from={source.id}"
    form_data = form_values(Html(alice.get(response.headers["Location"])))
    assert [form_data[name] for name in ("name", "param.region", "param.cpu")] == [["web-copy"], ["us-east"], ["8"]]
    assert "param.rebuild_cache" not in form_data  # an ephemeral parameter applies to one start only
    assert (form_data["days"], form_data["time"], form_data["timezone"]) == (list("12345"), ["08:15"], ["Europe/Oslo"])


def test_form_shows_notice_when_source_workspace_is_unknown(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(f"{create_form_url(coder)}?from={find_template(coder).id}"))
    assert "does not exist, or you do not have access to it" in page.one("form", id="new").text


def test_form_link_fills_in_same_values(alice: Client, coder: SimulatedCoder) -> None:
    input_values = WEB_FORM | {
        "param.ides": "vim\nemacs",
        "param.gpu": "true",
        "ttl_hours": "3",
        "days": ["1"],
        "time": "07:00",
    }
    response = alice.post(create_form_url(coder), input_values | {"again": "link", "timezone": "Asia/Tokyo"})
    link = response.headers["Location"]
    form_data = form_values(Html(alice.get(link)))
    assert parse_qs(urlsplit(link).query)["param.ides"] == ["vim", "emacs"]
    for name, value in input_values.items():
        assert form_data[name] == (value if isinstance(value, list) else [value])
    assert not [
        request for request in coder.request_lines() if request.endswith("/workspaces") and request[:4] == "POST"
    ]


# ---- 2.36: dependent parameters, controls


def test_form_refresh_keeps_input_without_validating_it(alice: Client, coder: SimulatedCoder) -> None:
    input_values = {"name": "Half a na", "param.project": "", "param.disk": "55", "ttl_hours": "x", "again": "1"}
    response = alice.post(
        create_form_url(coder), input_values, headers=htmx_headers("form#new", page_path=create_form_url(coder))
    )
    page, form_data = Html(response), form_values(Html(response))
    assert response.status_code == 200
    assert page.all("div", class_="error") == []
    assert [form_data[name] for name in ("name", "param.disk", "ttl_hours")] == [["Half a na"], ["55"], ["x"]]
    assert not [each for each in page.all("input") if "autofocus" in dict(each.element.attributes)]


def test_form_refresh_evaluates_parameters_with_typed_values(alice: Client, coder: SimulatedCoder) -> None:
    alice.post(create_form_url(coder), WEB_FORM | {"again": "1", "param.cpu": "99"})
    (request,) = [each for each in coder.request_lines() if each.endswith("/evaluate")]
    body = coder.last_request(request)["body"]
    assert (body["inputs"]["cpu"], body["owner_id"]) == ("99", coder.user("alice").id)


def test_parameter_form_types_select_matching_controls(alice: Client, coder: SimulatedCoder) -> None:
    parameters = (
        RichParameter(name="size", type="number", form_type="slider", validation_min=1, validation_max=9),
        RichParameter(name="on", type="bool", form_type="switch", default_value="true"),
        RichParameter(name="notes", form_type="textarea"),
        RichParameter(name="zone", form_type="dropdown", options=(ParameterOption(name="A", value="a"),)),
        RichParameter(
            name="tools", type="list(string)", form_type="multi-select", options=(ParameterOption(name="A", value="a"),)
        ),
    )
    with temporary_version_plan(coder, parameters=parameters, presets=()):
        page = Html(alice.get(create_form_url(coder)))
        response = alice.post(
            create_form_url(coder), {"name": "x", "param.size": "3", "param.tools": ["a"], "param.zone": "a"}
        )
        parameter_values = sent_parameters(coder)
    size = parameter_field(page, "size").one("input")
    assert "data-slider" in dict(size.element.attributes)
    assert (size.get("data-min"), size.get("data-max")) == ("1", "9")
    assert parameter_field(page, "on").one("input").get("role") == "switch"
    assert len(parameter_field(page, "notes").all("textarea")) == len(parameter_field(page, "zone").all("select")) == 1
    assert parameter_field(page, "tools").one("input").get("type") == "checkbox"
    assert response.status_code == 302
    assert (parameter_values["tools"], parameter_values["on"]) == ('["a"]', "false")


def test_form_lists_parameters_when_evaluate_endpoint_is_missing(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("answer", path="/evaluate$", status=404, body={"message": "Resource not found"})
    assert (
        parameter_field(Html(alice.get(f"{create_form_url(coder)}?preset=none")), "cpu").one("input").get("value")
        == "2"
    )


# ---- other owners, rights, quotas, external authentication


def test_form_has_no_owner_field_for_member(alice: Client, coder: SimulatedCoder) -> None:
    assert Html(alice.get(create_form_url(coder))).all("input", name="owner") == []


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_staff_create_workspace_for_other_user(db: None, coder: SimulatedCoder) -> None:
    admin = Client()
    sign_in(admin, "admin")
    page = Html(admin.get(f"{create_form_url(coder, 'plain')}?owner=bob"))
    assert form_values(page)["owner"] == ["bob"]
    assert "bob" in [option.get("value") for option in page.one("datalist", id="people").all("option")]
    response = admin.post(create_form_url(coder, "plain"), {"name": "for-bob", "owner": "bob"})
    assert response.headers["Location"] == "/@bob/for-bob/"
    assert coder.request_lines()[-1] == "POST /users/bob/workspaces"


@BOTH_VERSIONS
def test_unknown_owner_shows_error_at_owner_field(db: None, coder: SimulatedCoder) -> None:
    admin = Client()
    sign_in(admin, "admin")
    response = admin.post(create_form_url(coder, "plain"), {"name": "x", "owner": "nobody"})
    assert (response.status_code, bool(field_error(Html(response), "owner"))) == (422, True)


@BOTH_VERSIONS
def test_member_creating_for_other_owner_sees_refusal_and_keeps_input(alice: Client, coder: SimulatedCoder) -> None:
    response = alice.post(create_form_url(coder, "plain"), {"name": "x", "owner": "bob"})
    assert (response.status_code, len(Html(response).one("div", class_="summary-errors").all("p"))) == (422, 1)
    assert form_values(Html(response))["name"] == ["x"]


def test_form_shows_quota(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_license(coder):
        coder.user("alice").quota = 10
        page = Html(alice.get(create_form_url(coder)))
    assert "Quota: 0 of 10 credits per day used, 10 left." in page.one("form", id="new").text


def test_missing_external_auth_is_named_and_linked(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, external_auth=(ExternalAuthPlan(id="github"),)):
        form = Html(alice.get(create_form_url(coder))).one("form", id="new")
        response = alice.post(create_form_url(coder), WEB_FORM)
    assert "This template requires your GitHub account." in form.text
    assert form.all("a")[0].text == "Connect GitHub"
    assert response.status_code == 422
    assert "must be authenticated before creating a workspace" in Html(response).one("form", id="new").text


def test_settings_fixed_by_template_are_neither_offered_nor_sent(alice: Client, coder: SimulatedCoder) -> None:
    template_settings = {"allow_user_autostart": False, "allow_user_autostop": False, "require_active_version": True}
    with temporary_license(coder, "plain", **template_settings):
        page = Html(alice.get(create_form_url(coder, "plain")))
        alice.post(create_form_url(coder, "plain"), PLAIN_FORM | {"ttl_hours": "4", "automatic_updates": "never"})
    form_data = form_values(page)
    assert not {"ttl_hours", "days", "schedule", "automatic_updates"} & form_data.keys()
    assert set(coder.last_request(CREATE)["body"]) == {"name", "template_version_id"}
    assert "open" not in dict(page.one("details", id="folded").element.attributes)


@BOTH_VERSIONS
def test_version_field_is_absent_when_active_version_is_required(alice: Client, coder: SimulatedCoder) -> None:
    assert len(Html(alice.get(create_form_url(coder))).one("select", name="template_version_id").all("option")) > 1
    with temporary_license(coder, require_active_version=True):
        page = Html(alice.get(create_form_url(coder)))
    assert page.all("select", name="template_version_id") == []
    assert form_values(page)["template_version_id"] == [template_version_id(coder, 1)]


def test_form_returns_404_for_template_not_allowed_to_user(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_license(coder, "plain", allowed=frozenset({"bob"})):
        assert alice.get(create_form_url(coder, "plain")).status_code == 404
