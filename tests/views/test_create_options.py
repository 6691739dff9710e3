"""Test the choices in the form of a new workspace: options, presets, owners; and untrusted text of templates."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client

from coder_simulator.version_plans import ParameterOption, Preset, RichParameter
from tests.portal import SimulatedCoder, sign_in
from tests.views.create_form import (
    WEB_FORM,
    create_form_url,
    field_error,
    find_template,
    form_values,
    parameter_field,
    temporary_license,
    temporary_version_plan,
)
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])
OPTIONS = (ParameterOption(name="A", value="a"), ParameterOption(name="B", value="b"))
PARAMETERS = (
    RichParameter(name="few", default_value="a", options=OPTIONS),
    RichParameter(name="menu", form_type="dropdown", default_value="a", options=OPTIONS),
    RichParameter(name="tools", type="list(string)", form_type="multi-select", default_value="[]", options=OPTIONS),
)
UNLISTED_VALUES = {"param.few": ["moon"], "param.menu": ["moon"], "param.tools": ["a", "moon"]}


def sign_in_client(name: str) -> Client:
    """Return a client that is signed in as this user."""
    client = Client()
    sign_in(client, name)
    return client


# ---- a value that is none of the options


def test_query_value_outside_options_is_shown_among_options(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=PARAMETERS, presets=()):
        query = "param.few=moon&param.menu=moon&param.tools=a&param.tools=moon"
        page = Html(alice.get(f"{create_form_url(coder)}?{query}"))
    form_data = form_values(page)
    assert {name: form_data[name] for name in UNLISTED_VALUES} == UNLISTED_VALUES
    for name in ("few", "menu", "tools"):
        assert "moon (not one of the options)" in parameter_field(page, name).text


def test_value_outside_options_is_refused_and_kept_on_each_submission(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=PARAMETERS, presets=()):
        first_response = alice.post(create_form_url(coder), {"name": "web", **UNLISTED_VALUES})
        second_response = alice.post(create_form_url(coder), form_values(Html(first_response)))
    for response in (first_response, second_response):
        assert response.status_code == 422
        for name in UNLISTED_VALUES:
            assert field_error(Html(response), name) == "“moon” is not one of the options."
        assert form_values(Html(response))["param.tools"] == ["a", "moon"]
    assert "POST /users/alice/workspaces" not in coder.request_lines()


@BOTH_VERSIONS
def test_copied_value_outside_options_is_shown_among_options(alice: Client, coder: SimulatedCoder) -> None:
    source = coder.place("web", template="dev")
    source.latest_build.parameters |= {"region": "moon-base", "project": "ABC-123"}
    page = Html(alice.get(f"{create_form_url(coder)}?from={source.id}"))
    assert form_values(page)["param.region"] == ["moon-base"]
    assert "moon-base (not one of the options)" in parameter_field(page, "region").text


# ---- presets (2.36)


def test_preset_sets_its_values_and_is_sent(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(create_form_url(coder)))
    large_id = page.one("input", name="preset", id="id_preset_2").get("value")
    refreshed_page = Html(alice.post(create_form_url(coder), WEB_FORM | {"preset": large_id, "again": "1"}))
    assert "CPU cores 8" in refreshed_page.one("div", class_="preset-values").text
    assert form_values(refreshed_page)["param.cpu"] == [
        "4"
    ]  # the typed value, hidden, for when the preset is deselected
    alice.post(create_form_url(coder), form_values(refreshed_page))
    body = coder.last_request("POST /users/alice/workspaces")["body"]
    parameter_values = {each["name"]: each["value"] for each in body["rich_parameter_values"]}
    assert (body["template_version_preset_id"], parameter_values["cpu"]) == (large_id, "8")
    restored_page = Html(alice.post(create_form_url(coder), form_values(refreshed_page) | {"preset": "", "again": "1"}))
    assert parameter_field(restored_page, "cpu").one("input").get("value") == "4"


def test_presets_show_name_and_description_and_default_is_selected(alice: Client, coder: SimulatedCoder) -> None:
    small_preset = Preset(id=str(UUID(int=1)), name="Small", parameters={"cpu": "2"})
    large_preset = Preset(
        id=str(UUID(int=2)),
        name="Large",
        parameters={"cpu": "8"},
        default=True,
        description="For **builds**",
        icon="/icon/k8s.png",
    )
    with temporary_version_plan(coder, presets=(small_preset, large_preset)):
        page = Html(alice.get(create_form_url(coder)))
        page_without_preset = Html(alice.get(f"{create_form_url(coder)}?preset=none"))
        page_with_value = Html(alice.get(f"{create_form_url(coder)}?param.disk=30"))
        link = alice.post(create_form_url(coder), form_values(page_without_preset) | {"again": "link"}).headers[
            "Location"
        ]
    option = page.one("div", id="id_preset").all("label")[2]
    assert (option.text, option.one("strong").text) == ("Large For builds", "builds")
    assert option.one("img").get("src").endswith("/icon/k8s.png")
    assert "CPU cores 8" in page.one("div", class_="preset-values").text
    assert form_values(page)["preset"] == [option.one("input").get("value")]
    assert (form_values(page_without_preset)["preset"], form_values(page_with_value)["preset"]) == ([""], [""])
    assert parse_qs(urlsplit(link).query)["preset"] == ["none"]  # explicit, because the template has a default preset


# ---- the owner


@pytest.mark.parametrize(
    ("version", "endpoint"),
    [("2.19", "/users"), ("2.36", "/organizations/{}/members/me/workspaces/available-users")],
)
def test_owner_suggestions_search_coder_and_cache_result(db: None, coder: SimulatedCoder, endpoint: str) -> None:
    admin = sign_in_client("admin")
    field = Html(admin.get(create_form_url(coder, "plain"))).one("input", name="owner")
    assert (field.get("list"), field.get("hx-get")) == ("people", f"{create_form_url(coder, 'plain')}people/")
    coder.clear_requests()
    response = admin.get(field.get("hx-get"), {"owner": "BO"})
    people = Html(response).one("datalist", id="people").all("option")
    assert [option.get("value") for option in people] == ["bob"]
    request = "GET " + endpoint.format(find_template(coder, "plain").organization.id)
    assert coder.last_request(request)["query"]["q"] == "bo"
    admin.get(field.get("hx-get"), {"owner": "bo"})
    assert coder.request_lines().count(request) == 1  # a recent search is cached


@BOTH_VERSIONS
@pytest.mark.parametrize("search", ['role:owner "', "a:b c", "ключ", "x" * 5000])
def test_owner_search_sends_only_safe_characters_to_coder(db: None, coder: SimulatedCoder, search: str) -> None:
    admin = sign_in_client("admin")
    coder.clear_requests()
    assert admin.get(f"{create_form_url(coder, 'plain')}people/", {"owner": search}).status_code == 200
    (query,) = [entry["query"]["q"] for entry in coder.server.requests() if "q" in entry["query"]]
    assert re.fullmatch(r"[\w.+@-]{0,64}", query)


@BOTH_VERSIONS
def test_owner_suggestions_return_204_when_coder_cannot_be_asked(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse")
    assert alice.get(f"{create_form_url(coder, 'plain')}people/?owner=b").status_code == 204
    coder.server.clear_faults()
    coder.server.world.tokens.clear()
    assert alice.get(f"{create_form_url(coder)}people/?owner=b").status_code == 204
    assert Client().get(f"{create_form_url(coder)}people/?owner=b").status_code == 204


def test_owner_suggestions_fall_back_when_available_users_answers_403(db: None, coder: SimulatedCoder) -> None:
    admin = sign_in_client("admin")
    coder.server.add_fault("answer", path="/available-users$", status=403, body={"message": "Forbidden"})
    response = admin.get(f"{create_form_url(coder, 'plain')}people/", {"owner": "bob"})
    assert [option.get("value") for option in Html(response).all("option")] == ["bob"]


# ---- untrusted text


def test_untrusted_parameter_names_descriptions_and_options_are_escaped(alice: Client, coder: SimulatedCoder) -> None:
    hostile_text = '<script>alert(1)</script>"><hx-partial hx-target="body">{{ 7*7 }}'
    parameters = (
        RichParameter(
            name='we"ird <name>',
            display_name=hostile_text,
            description=f"{hostile_text} [x](javascript:alert(1))",
            default_value=hostile_text,
            options=(
                ParameterOption(
                    name=hostile_text, value=hostile_text, description=hostile_text, icon="javascript:alert(1)"
                ),
            ),
        ),
        RichParameter(
            name="text", default_value=hostile_text, validation_regex='^"><script>$', validation_error=hostile_text
        ),
    )
    with temporary_version_plan(coder, parameters=parameters, presets=(), readme=hostile_text):
        html = alice.get(create_form_url(coder)).content.decode()
        response = alice.post(
            create_form_url(coder), {"name": "x", 'param.we"ird <name>': hostile_text, "param.text": "y"}
        )
    assert "<script>alert" not in html
    assert "<hx-" not in html.replace('<hx-partial hx-target="#messages"', "")
    assert "javascript:" not in html.replace("(javascript:alert(1))", "")
    assert "49" not in Html(html).one("form", id="new").text
    assert response.status_code == 422  # the pattern of `text`


def test_escape_sequences_and_bidi_controls_are_removed_from_template_text(
    alice: Client, coder: SimulatedCoder
) -> None:
    hostile_text = "\x1b[31mred\x1b[0m \u202eneve\x07"
    options = (
        ParameterOption(name=hostile_text, value="a", description=hostile_text),
        ParameterOption(name="B", value="b"),
    )
    parameters = (
        RichParameter(
            name="one", display_name=hostile_text, description=hostile_text, default_value="a", options=options
        ),
        RichParameter(name="two", form_type="dropdown", default_value="a", options=options),
    )
    with (
        temporary_version_plan(coder, parameters=parameters, presets=(), readme=hostile_text),
        temporary_license(coder, description=hostile_text),
    ):
        form_response, list_response = alice.get(create_form_url(coder)), alice.get("/workspaces/new/")
    for response in (form_response, list_response):
        text = response.content.decode()
        assert "red neve" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "[31m" not in text


@BOTH_VERSIONS
def test_200_options_are_shown_as_menu_and_last_can_be_chosen(alice: Client, coder: SimulatedCoder) -> None:
    options = tuple(ParameterOption(name=f"Machine {n}", value=f"m-{n}") for n in range(200))
    with temporary_version_plan(
        coder, parameters=(RichParameter(name="machine", options=options, required=True),), presets=()
    ):
        page = Html(alice.get(create_form_url(coder)))
        response = alice.post(create_form_url(coder), {"name": "web", "param.machine": "m-199"})
        body = coder.last_request("POST /users/alice/workspaces")["body"]
    assert [each.get("value") for each in parameter_field(page, "machine").one("select").all("option")] == [
        "",
        *(f"m-{n}" for n in range(200)),
    ]
    assert response.status_code == 302
    assert body["rich_parameter_values"] == [{"name": "machine", "value": "m-199"}]


@BOTH_VERSIONS
def test_parameter_description_of_10_kb_is_shown_in_full(alice: Client, coder: SimulatedCoder) -> None:
    description = "word " * 2000 + "the end"
    with temporary_version_plan(
        coder, parameters=(RichParameter(name="text", description=description, default_value="x"),), presets=()
    ):
        page = Html(alice.get(create_form_url(coder)))
    assert parameter_field(page, "text").text.endswith("the end")


@BOTH_VERSIONS
def test_long_value_is_sent_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    long_url = f"https://{'x' * 70_000}"
    response = alice.post(create_form_url(coder), WEB_FORM | {"param.dotfiles": long_url})
    assert response.status_code == 302
    sent = coder.last_request("POST /users/alice/workspaces")["body"]["rich_parameter_values"]
    assert {"name": "dotfiles", "value": long_url} in sent
