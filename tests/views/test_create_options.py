"""Test the choices in the form of a new workspace: options, presets, owners; and untrusted text of templates."""

import re
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from django.test import Client

from coder_simulator.version_plans import ParameterOption, Preset, RichParameter
from tests.portal import SimulatedCoder, sign_in
from tests.views.create_form import (
    WEB,
    create_form_url,
    field_error,
    form_values,
    parameter_field,
    template,
    temporary_version_plan,
    with_license,
)
from tests.views.html import Html

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
AB = (ParameterOption(name="A", value="a"), ParameterOption(name="B", value="b"))
CHOICES = (
    RichParameter(name="few", default_value="a", options=AB),
    RichParameter(name="menu", form_type="dropdown", default_value="a", options=AB),
    RichParameter(name="tools", type="list(string)", form_type="multi-select", default_value="[]", options=AB),
)
BEYOND = {"param.few": ["moon"], "param.menu": ["moon"], "param.tools": ["a", "moon"]}


def browser(name: str) -> Client:
    """The browser of somebody who has signed in."""
    found = Client()
    sign_in(found, name)
    return found


# ---- a value that is none of the options


def test_query_value_outside_options_is_shown_among_options(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=CHOICES, presets=()):
        query = "param.few=moon&param.menu=moon&param.tools=a&param.tools=moon"
        page = Html(alice.get(f"{create_form_url(coder)}?{query}"))
    sent = form_values(page)
    assert {name: sent[name] for name in BEYOND} == BEYOND
    for name in ("few", "menu", "tools"):
        assert "moon (none of the options)" in parameter_field(page, name).text


def test_value_outside_options_is_refused_and_kept_on_each_submission(alice: Client, coder: SimulatedCoder) -> None:
    with temporary_version_plan(coder, parameters=CHOICES, presets=()):
        first = alice.post(create_form_url(coder), {"name": "web", **BEYOND})
        second = alice.post(create_form_url(coder), form_values(Html(first)))
    for answer in (first, second):
        assert answer.status_code == 422
        for name in BEYOND:
            assert field_error(Html(answer), name) == "“moon” is none of the options."
        assert form_values(Html(answer))["param.tools"] == ["a", "moon"]
    assert "POST /users/alice/workspaces" not in coder.request_lines()


@BOTH
def test_copied_value_outside_options_is_shown_among_options(alice: Client, coder: SimulatedCoder) -> None:
    like = coder.place("web", template="dev")
    like.latest_build.parameters |= {"region": "moon-base", "project": "ABC-123"}
    page = Html(alice.get(f"{create_form_url(coder)}?from={like.id}"))
    assert form_values(page)["param.region"] == ["moon-base"]
    assert "moon-base (none of the options)" in parameter_field(page, "region").text


# ---- presets (2.36)


def test_preset_sets_its_values_and_is_sent(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get(create_form_url(coder)))
    large = page.one("input", name="preset", id="id_preset_2").get("value")
    again = Html(alice.post(create_form_url(coder), WEB | {"preset": large, "again": "1"}))
    assert "CPU cores 8" in again.one("div", class_="preset-values").text
    assert form_values(again)["param.cpu"] == ["4"]  # the typed value, hidden, for when the preset is deselected
    alice.post(create_form_url(coder), form_values(again))
    body = coder.last_request("POST /users/alice/workspaces")["body"]
    sent = {each["name"]: each["value"] for each in body["rich_parameter_values"]}
    assert (body["template_version_preset_id"], sent["cpu"]) == (large, "8")
    back = Html(alice.post(create_form_url(coder), form_values(again) | {"preset": "", "again": "1"}))
    assert parameter_field(back, "cpu").one("input").get("value") == "4"


def test_presets_show_name_and_description_and_default_is_selected(alice: Client, coder: SimulatedCoder) -> None:
    small = Preset(id=str(UUID(int=1)), name="Small", parameters={"cpu": "2"})
    large = Preset(
        id=str(UUID(int=2)),
        name="Large",
        parameters={"cpu": "8"},
        default=True,
        description="For **builds**",
        icon="/icon/k8s.png",
    )
    with temporary_version_plan(coder, presets=(small, large)):
        page = Html(alice.get(create_form_url(coder)))
        none = Html(alice.get(f"{create_form_url(coder)}?preset=none"))
        given = Html(alice.get(f"{create_form_url(coder)}?param.disk=30"))
        link = alice.post(create_form_url(coder), form_values(none) | {"again": "link"}).headers["Location"]
    option = page.one("div", id="id_preset").all("label")[2]
    assert (option.text, option.one("strong").text) == ("Large For builds", "builds")
    assert option.one("img").get("src").endswith("/icon/k8s.png")
    assert "CPU cores 8" in page.one("div", class_="preset-values").text
    assert form_values(page)["preset"] == [option.one("input").get("value")]
    assert (form_values(none)["preset"], form_values(given)["preset"]) == ([""], [""])
    assert parse_qs(urlsplit(link).query)["preset"] == ["none"]  # explicit, because the template has a default preset


# ---- the owner


@pytest.mark.parametrize(
    ("version", "asked"),
    [("2.19", "/users"), ("2.36", "/organizations/{}/members/me/workspaces/available-users")],
)
def test_owner_suggestions_search_coder_and_cache_result(db: None, coder: SimulatedCoder, asked: str) -> None:
    admin = browser("admin")
    field = Html(admin.get(create_form_url(coder, "plain"))).one("input", name="owner")
    assert (field.get("list"), field.get("hx-get")) == ("people", f"{create_form_url(coder, 'plain')}people/")
    coder.clear_requests()
    answer = admin.get(field.get("hx-get"), {"owner": "BO"})
    people = Html(answer).one("datalist", id="people").all("option")
    assert [option.get("value") for option in people] == ["bob"]
    request = "GET " + asked.format(template(coder, "plain").organization.id)
    assert coder.last_request(request)["query"]["q"] == "bo"
    admin.get(field.get("hx-get"), {"owner": "bo"})
    assert coder.request_lines().count(request) == 1  # a recent search is cached


@BOTH
@pytest.mark.parametrize("typed", ['role:owner "', "a:b c", "\x00", "ключ", "x" * 5000])
def test_owner_search_sends_only_safe_characters_to_coder(db: None, coder: SimulatedCoder, typed: str) -> None:
    admin = browser("admin")
    coder.clear_requests()
    assert admin.get(f"{create_form_url(coder, 'plain')}people/", {"owner": typed}).status_code == 200
    (asked,) = [entry["query"]["q"] for entry in coder.server.requests() if "q" in entry["query"]]
    assert re.fullmatch(r"[\w.+@-]{0,64}", asked)


@BOTH
def test_owner_suggestions_return_204_when_coder_cannot_be_asked(alice: Client, coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse")
    assert alice.get(f"{create_form_url(coder, 'plain')}people/?owner=b").status_code == 204
    coder.server.clear_faults()
    coder.server.world.tokens.clear()
    assert alice.get(f"{create_form_url(coder)}people/?owner=b").status_code == 204
    assert Client().get(f"{create_form_url(coder)}people/?owner=b").status_code == 204


def test_owner_suggestions_fall_back_when_available_users_answers_403(db: None, coder: SimulatedCoder) -> None:
    admin = browser("admin")
    coder.server.add_fault("answer", path="/available-users$", status=403, body={"message": "Forbidden"})
    answer = admin.get(f"{create_form_url(coder, 'plain')}people/", {"owner": "bob"})
    assert [option.get("value") for option in Html(answer).all("option")] == ["bob"]


# ---- untrusted text


def test_untrusted_parameter_names_descriptions_and_options_are_escaped(alice: Client, coder: SimulatedCoder) -> None:
    evil = '<script>alert(1)</script>"><hx-partial hx-target="body">{{ 7*7 }}'
    listed = (
        RichParameter(
            name='we"ird <name>',
            display_name=evil,
            description=f"{evil} [x](javascript:alert(1))",
            default_value=evil,
            options=(ParameterOption(name=evil, value=evil, description=evil, icon="javascript:alert(1)"),),
        ),
        RichParameter(name="text", default_value=evil, validation_regex='^"><script>$', validation_error=evil),
    )
    with temporary_version_plan(coder, parameters=listed, presets=(), readme=evil):
        html = alice.get(create_form_url(coder)).content.decode()
        answer = alice.post(create_form_url(coder), {"name": "x", 'param.we"ird <name>': evil, "param.text": "y"})
    assert "<script>alert" not in html
    assert "<hx-" not in html.replace('<hx-partial hx-target="#messages"', "")
    assert "javascript:" not in html.replace("(javascript:alert(1))", "")
    assert "49" not in Html(html).one("form", id="new").text
    assert answer.status_code == 422  # the pattern of `text`


def test_escape_sequences_and_bidi_controls_are_removed_from_template_text(
    alice: Client, coder: SimulatedCoder
) -> None:
    evil = "\x1b[31mred\x1b[0m \u202eneve\x07"
    options = (ParameterOption(name=evil, value="a", description=evil), ParameterOption(name="B", value="b"))
    listed = (
        RichParameter(name="one", display_name=evil, description=evil, default_value="a", options=options),
        RichParameter(name="two", form_type="dropdown", default_value="a", options=options),
    )
    with (
        temporary_version_plan(coder, parameters=listed, presets=(), readme=evil),
        with_license(coder, description=evil),
    ):
        form, picker = alice.get(create_form_url(coder)), alice.get("/workspaces/new/")
    for answer in (form, picker):
        text = answer.content.decode()
        assert "red neve" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
        assert "[31m" not in text


@BOTH
def test_200_options_are_shown_as_menu_and_last_can_be_chosen(alice: Client, coder: SimulatedCoder) -> None:
    options = tuple(ParameterOption(name=f"Machine {n}", value=f"m-{n}") for n in range(200))
    with temporary_version_plan(
        coder, parameters=(RichParameter(name="machine", options=options, required=True),), presets=()
    ):
        page = Html(alice.get(create_form_url(coder)))
        answer = alice.post(create_form_url(coder), {"name": "web", "param.machine": "m-199"})
        body = coder.last_request("POST /users/alice/workspaces")["body"]
    assert [each.get("value") for each in parameter_field(page, "machine").one("select").all("option")] == [
        "",
        *(f"m-{n}" for n in range(200)),
    ]
    assert answer.status_code == 302
    assert body["rich_parameter_values"] == [{"name": "machine", "value": "m-199"}]


@BOTH
def test_parameter_description_of_10_kb_is_shown_in_full(alice: Client, coder: SimulatedCoder) -> None:
    long = "word " * 2000 + "the end"
    with temporary_version_plan(
        coder, parameters=(RichParameter(name="text", description=long, default_value="x"),), presets=()
    ):
        page = Html(alice.get(create_form_url(coder)))
    assert parameter_field(page, "text").text.endswith("the end")


@BOTH
def test_too_long_value_shows_error_at_field_and_is_kept(alice: Client, coder: SimulatedCoder) -> None:
    answer = alice.post(create_form_url(coder), WEB | {"param.dotfiles": "x" * 10_001})
    assert (answer.status_code, field_error(Html(answer), "param.dotfiles")) == (422, "This is too long for one value.")
    assert form_values(Html(answer))["param.dotfiles"] == ["x" * 10_001]
