"""Test the settings of a workspace: content, calls to Coder and messages, as a page and as a fragment."""

import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, htmx_headers, sign_in
from tests.views.html import Html
from workspaces.actions.decisions import RULES
from workspaces.setting_declarations import SETTINGS

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


@pytest.fixture
def web(coder: SimulatedCoder, alice: Client) -> Workspace:
    """Return a running workspace of Alice; Coder's request log is empty."""
    return coder.place("web", template="dev", deadline_in_hours=3)


def settings_url(workspace: Workspace) -> str:
    """Return the URL of the settings."""
    return f"/@{workspace.owner.username}/{workspace.name}/settings/"


def save_setting(client: Client, workspace: Workspace, name: str, data: dict[str, Any]) -> Any:
    """Save a setting on the workspace page with htmx, and return the response."""
    headers = htmx_headers(f"section#set-{name}", page_path=f"/@{workspace.owner.username}/{workspace.name}/")
    return client.post(f"/workspaces/{workspace.id}/{name}/", data, headers=headers)


def setting_requests(coder: SimulatedCoder, workspace: Workspace) -> list[str]:
    """Return the requests that Coder got about the workspace and its template, without IDs."""
    return [re.sub(r"/[0-9a-f-]{36}", "", request) for request in coder.request_lines()]


@pytest.mark.parametrize("name", SETTINGS)
def test_declared_setting_has_rule_url_and_template_partial(name: str) -> None:
    assert name in RULES
    assert reverse(f"workspaces:{name}", args=[UUID(int=1)])
    get_template(f"workspaces/settings.html#{name}")  # raises TemplateDoesNotExist


def test_settings_page_calls_resolve_autostart_only_when_updates_are_always(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    alice.get(settings_url(web)).getvalue()
    assert setting_requests(coder, web) == ["GET /users/alice/workspace/web", "GET /templates"]
    web.autostart_schedule, web.automatic_updates = "0 8 * * 1", "always"
    coder.clear_requests()
    alice.get(settings_url(web)).getvalue()
    assert setting_requests(coder, web) == ["GET /users/alice/workspace/web", "GET /workspaces/resolve-autostart"]


@pytest.mark.parametrize(
    ("name", "data", "expected_requests"),
    [
        ("rename", {"name": "web-2"}, ["GET /workspaces", "PATCH /workspaces"]),
        ("ttl", {"ttl_hours": "1"}, ["PUT /workspaces/ttl", "GET /workspaces"]),
        ("autostart", {}, ["PUT /workspaces/autostart", "GET /workspaces"]),
        ("autoupdates", {"automatic_updates": "never"}, ["GET /workspaces", "PUT /workspaces/autoupdates"]),
        ("extend", {"hours": "1"}, ["GET /workspaces", "PUT /workspaces/extend"]),
        ("extend", {"deadline": "2099-01-01T00:00"}, ["PUT /workspaces/extend", "GET /workspaces"]),
        ("usage", {}, ["POST /workspaces/usage", "GET /workspaces"]),
        ("dormant", {"dormant": "true"}, ["PUT /workspaces/dormant", "GET /workspaces"]),
    ],
)
def test_setting_is_saved_with_two_calls(
    alice: Client, coder: SimulatedCoder, web: Workspace, name: str, data: dict[str, Any], expected_requests: list[str]
) -> None:
    alice.get(settings_url(web)).getvalue()  # the template is cached now
    coder.clear_requests()
    assert save_setting(alice, web, name, data).status_code == 200
    assert setting_requests(coder, web) == expected_requests


def test_saved_setting_refreshes_other_settings_and_page_header(alice: Client, web: Workspace) -> None:
    page = Html(save_setting(alice, web, "ttl", {"ttl_hours": "6"}))
    targets = [partial.get("hx-target") for partial in page.all("hx-partial")]
    assert {"#set-extend", "#set-usage", "#says-rename", "#rest-rename", "#messages", f"#w-{web.id}"} <= set(targets)
    assert "#says-ttl" not in targets
    assert page.one("input", name="ttl_hours").get("value") == "6"
    assert (
        "web: Time until shutdown (TTL) saved. Stops 6 hours after each start."
        in page.one("hx-partial", hx_target="#messages").text
    )


def test_collapsed_settings_summarize_current_values_and_effects(alice: Client, web: Workspace) -> None:
    web.autostart_schedule, web.ttl_ms = "CRON_TZ=Europe/Dublin 30 9 * * 1-5", 3_600_000
    page = Html(alice.get(settings_url(web)))
    assert page.one("div", id="says-autostart").text.startswith("Starts Monday to Friday at 09:30, Europe/Dublin.")
    assert "The next start is" in page.one("div", id="says-autostart").text
    assert page.one("div", id="says-ttl").text.startswith("Stops 1 hour after each start. If you restart it now, ")
    assert "“Never”" in page.one("div", id="rest-ttl").text
    assert not any("open" in dict(each.element.attributes) for each in page.all("details"))


def test_autostart_suggestion_hint_is_shown_only_without_schedule(alice: Client, web: Workspace) -> None:
    hint = "Save to turn on autostart with these days and this time"
    assert hint in Html(alice.get(settings_url(web))).one("section", id="set-autostart").text
    web.autostart_schedule = "30 9 * * 1-5"
    assert hint not in Html(alice.get(settings_url(web))).one("section", id="set-autostart").text


def test_saved_setting_without_htmx_redirects_with_message(alice: Client, web: Workspace) -> None:
    data = {"ttl_hours": "6", "next": settings_url(web)}
    response = alice.post(f"/workspaces/{web.id}/ttl/", data, follow=True)
    assert response.redirect_chain == [(settings_url(web), 302)]
    assert "Stops 6 hours after each start." in Html(response).one("div", id="messages").text


def test_rename_redirects_old_address_within_same_session_only(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    response = save_setting(alice, web, "rename", {"name": "web-2"})
    assert response.headers["HX-Replace-Url"] == "/@alice/web-2/settings/"
    redirected_response = alice.get("/@alice/web/", follow=True)
    assert redirected_response.redirect_chain[-1][0] == "/@alice/web-2/"
    other_client = Client()
    sign_in(other_client)
    assert other_client.get("/@alice/web/").status_code == 404
    coder.place("web")
    assert Html(alice.get("/@alice/web/")).one("h1").text == "web"


def test_rename_form_on_old_address_redirects_to_new_address(alice: Client, web: Workspace) -> None:
    form = {"name": "web-2", "next": "/@alice/web/"}
    response = alice.post(f"/workspaces/{web.id}/rename/", form, follow=True)
    assert response.redirect_chain[-1][0] == "/@alice/web-2/"


@BOTH_VERSIONS
def test_ttl_off_explains_effect_on_running_workspace_per_version(alice: Client, web: Workspace, version: str) -> None:
    web.latest_build.max_deadline = web.latest_build.deadline
    text = Html(alice.get(settings_url(web))).one("section", id="set-ttl").text
    assert ("the latest that the template allows" in text) is (version == "2.36")
    assert ("also removes the deadline" in text) is (version == "2.19")


def test_unusual_cron_is_shown_explained_and_saved_unchanged(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    web.autostart_schedule = "CRON_TZ=Europe/Dublin 0/20 7-9 * * MON"
    page = Html(alice.get(settings_url(web)))
    assert page.one("input", name="schedule").get("value") == "0/20 7-9 * * MON"
    cron_zone = page.one("input", id="id_cron_timezone").get("value")
    assert cron_zone == "Europe/Dublin"
    text = page.one("section", id="set-autostart").text
    assert "Custom schedule" in text
    assert "Next starts: " in text
    fields = {"schedule": page.one("input", name="schedule").get("value"), "timezone": cron_zone}
    save_setting(alice, web, "autostart", fields)
    body = coder.last_request(f"PUT /workspaces/{web.id}/autostart")["body"]
    assert body == {"schedule": "CRON_TZ=Europe/Dublin 0/20 7-9 * * MON"}


def test_autostart_warns_and_links_parameters_when_value_is_missing(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    web.autostart_schedule, web.automatic_updates = "0 8 * * 1", "always"
    coder.server.add_fault("answer", path="resolve-autostart$", status=200, body={"parameter_mismatch": True})
    element = Html(alice.get(settings_url(web))).one("div", id="says-autostart")
    assert "Autostart will fail: the active version of the template requires a value" in element.text
    assert element.one("a").get("href") == "/@alice/web/parameters/"


def test_read_only_user_sees_settings_without_forms_or_buttons(coder: SimulatedCoder, web: Workspace) -> None:
    tina = Client()
    sign_in(tina, "tina")
    section = Html(tina.get(settings_url(web))).one("section", id="settings")
    assert section.all("form") == section.all("button") == []
    reason = "You can view this workspace, but not change it."
    assert section.one("div", id="settings-reason").text == reason
    assert section.text.count(reason) == 1


def test_rename_is_explained_and_not_offered_when_coder_forbids_it(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    coder.server.world.allow_renames = False
    try:
        page = Html(alice.get(settings_url(web)))
    finally:
        coder.server.world.allow_renames = True
    assert page.all("input", name="name") == []
    assert "Renaming is disabled in this Coder deployment." in page.one("section", id="set-rename").text
    assert page.one("div", id="settings-reason").text == ""


def test_autostart_accepts_city_name_as_time_zone(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    response = save_setting(alice, web, "autostart", {"days": "1", "time": "08:00", "timezone": "new york"})
    assert coder.last_request(f"PUT /workspaces/{web.id}/autostart")["body"] == {
        "schedule": "CRON_TZ=America/New_York 0 8 * * 1"
    }
    assert Html(response).one("input", id="id_timezone").get("value") == "America/New_York"


def test_deadline_is_shown_as_absolute_time_in_users_zone(alice: Client, web: Workspace) -> None:
    alice.cookies["tz"] = "Asia%2FTokyo"
    page = Html(alice.get(settings_url(web)))
    assert "Times in Asia/Tokyo" in page.one("header").text
    section = page.one("section", id="set-extend")
    deadline = section.one("input", name="deadline").get("value")
    assert web.latest_build.deadline
    assert deadline == f"{web.latest_build.deadline.astimezone(ZoneInfo('Asia/Tokyo')):%Y-%m-%dT%H:%M}"


def test_deadline_is_parsed_in_users_zone(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    alice.cookies["tz"] = "Asia%2FTokyo"
    save_setting(alice, web, "extend", {"deadline": "2099-01-01T09:00"})
    body = coder.last_request(f"PUT /workspaces/{web.id}/extend")["body"]
    assert datetime.fromisoformat(body["deadline"]) == datetime(2099, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Asia/Tokyo", "UTC", "Pacific/Pago_Pago"])
def test_deadline_in_year_9999_is_saved_or_refused_and_pages_stay_readable(
    alice: Client, web: Workspace, zone: str
) -> None:
    alice.cookies["tz"] = zone.replace("/", "%2F")
    before = web.latest_build.deadline
    response = save_setting(alice, web, "extend", {"deadline": "9999-12-31T20:00"})
    exists_in_utc = zone != "Pacific/Pago_Pago"  # where it is year 10000 in UTC
    assert response.status_code == (200 if exists_in_utc else 422)
    assert (web.latest_build.deadline != before) == exists_in_utc
    for client_zone in ("Pacific%2FKiritimati", "Pacific%2FPago_Pago"):
        alice.cookies["tz"] = client_zone
        for url in ("/workspaces/", "/@alice/web/", settings_url(web)):
            assert alice.get(url).status_code == 200, url
    refused = save_setting(alice, web, "extend", {"hours": "720"})
    assert refused.status_code == (422 if exists_in_utc else 200)


@pytest.mark.parametrize(
    ("setting", "data", "message"),
    [
        ("autostart", {}, "web: Autostart is off."),
        ("autostart", {"days": "1", "time": "08:00"}, "web: Autostart saved. Starts every Monday at 08:00, UTC."),
        ("autoupdates", {"automatic_updates": "never"}, "web: Automatic updates are off. Each start uses version"),
        ("autoupdates", {"automatic_updates": "always"}, "web: Automatic updates saved. Each start uses the active"),
    ],
)
def test_saved_message_names_setting_once(
    alice: Client, web: Workspace, setting: str, data: dict[str, str], message: str
) -> None:
    response = save_setting(alice, web, setting, data)
    assert Html(response).one("hx-partial", hx_target="#messages").text.startswith(message)


def test_extend_presets_end_with_latest_allowed_deadline(alice: Client, coder: SimulatedCoder, web: Workspace) -> None:
    web.latest_build.max_deadline = coder.time_ago(hours=-5)  # two hours after its deadline
    presets = Html(alice.get(settings_url(web))).one("div", class_="presets").all("button")
    latest_button = presets[-1]
    assert presets[0].text.startswith("+1 hour")
    assert "+4 hours" not in " ".join(preset.text for preset in presets)
    assert latest_button.text.startswith("Latest allowed")
    save_setting(alice, web, "extend", {"deadline": latest_button.get("value")})
    assert web.latest_build.deadline == web.latest_build.max_deadline


@pytest.mark.parametrize(
    ("name", "data", "field", "text"),
    [
        ("rename", {"name": "no spaces"}, "name", "Use letters and digits, with single hyphens"),
        ("rename", {"name": ""}, "name", "Enter a name."),
        ("ttl", {"ttl_hours": "-1"}, "ttl_hours", "Enter 0 or more."),
        ("ttl", {"ttl_minutes": "many"}, "ttl_minutes", "Enter a whole number."),
        ("autostart", {"days": "1"}, "time", "Enter a start time."),
        ("autostart", {"time": "08:00"}, "days", "Select at least one day, or turn off autostart."),
        ("autostart", {"days": "1", "time": "08:00", "timezone": "Mars/Phobos"}, "timezone", "Unknown time zone"),
        ("autostart", {"days": "1", "time": "08:00", "timezone": "Berln"}, "timezone", "Did you mean Europe/Berlin?"),
        ("autostart", {"days": "1", "time": "08:00", "timezone": "Louisville"}, "timezone", "or America/Louisville."),
        ("autoupdates", {"automatic_updates": "maybe"}, "automatic_updates", "Choose one of the options."),
        ("extend", {}, "deadline", "Enter a date and a time."),
        ("extend", {"deadline": "tomorrow"}, "deadline", "Enter a date and a time"),
    ],
)
@pytest.mark.parametrize("fragment", [True, False], ids=["fragment", "page"])
def test_invalid_setting_keeps_input_shows_field_error_and_writes_nothing(
    alice: Client,
    coder: SimulatedCoder,
    web: Workspace,
    *,
    name: str,
    data: dict[str, str],
    field: str,
    text: str,
    fragment: bool,
) -> None:
    url = f"/workspaces/{web.id}/{name}/"
    response: Any = save_setting(alice, web, name, data) if fragment else alice.post(url, data)
    assert response.status_code == 422
    page = Html(response).one("section", id=f"set-{name}")
    assert "open" in dict(page.all("details")[0].element.attributes)
    assert text in page.one("div", id=f"id_{field}_error").text
    shown_values = [element.get("value") for element in page.all("input", id=f"id_{field}")]
    assert field in {"days", "automatic_updates"} or shown_values == [data.get(field, "")]
    assert not [request for request in coder.request_lines() if not request.startswith("GET")]


def test_hostile_cron_is_escaped_on_settings_page(alice: Client, web: Workspace) -> None:
    web.autostart_schedule = '"><script>alert(1)</script>{{ 7*7 }} * * * *'
    source = alice.get(settings_url(web)).getvalue().decode()
    assert "<script>alert" not in source
    assert "{{ 7*7 }}" in source


def test_open_app_reports_usage_and_links_to_address_from_coder(
    alice: Client, coder: SimulatedCoder, web: Workspace
) -> None:
    agent = web.agents[0]
    base = "https://coder.example.com/@alice/web.main"
    for app, href, body in (
        ("code-server", f"{base}/apps/code-server/", None),
        ("docs", "https://example.com/docs", None),
        ("terminal", f"{base}/terminal", {"agent_id": agent.id, "app_name": "reconnecting-pty"}),
    ):
        data = {"agent_id": agent.id, "app": app, "href": "https://evil.example.com/"}
        response = alice.post(f"/workspaces/{web.id}/usage/", data)
        assert response.status_code == 200
        link = next(link for link in Html(response).all("a", class_="btn-primary"))
        assert (link.get("href"), link.get("target"), link.get("rel")) == (href, "_blank", "noopener")
        assert coder.last_request(f"POST /workspaces/{web.id}/usage")["body"] == body


def test_vscode_link_contains_no_token(alice: Client, web: Workspace) -> None:
    data = {"agent_id": web.agents[0].id, "app": "vscode"}
    response = alice.post(f"/workspaces/{web.id}/usage/", data, headers=htmx_headers("div#opening"))
    address = urlsplit(Html(response).one("a").get("href"))
    assert (address.scheme, address.netloc, address.path) == ("vscode", "coder.coder-remote", "/open")
    assert "owner=alice&workspace=web&url=https%3A%2F%2Fcoder.example.com&agent=main" in address.query
    assert "token" not in address.query


def test_open_unknown_app_returns_404_with_message(alice: Client, web: Workspace) -> None:
    data = {"agent_id": web.agents[0].id, "app": "nothing"}
    response = alice.post(f"/workspaces/{web.id}/usage/", data, headers=htmx_headers(f"section#w-{web.id}"))
    assert response.status_code == 404
    assert "This app is not available now." in Html(response).one("hx-partial", hx_target="#messages").text


def test_open_app_links_to_app_when_coder_rejects_usage(coder: SimulatedCoder, web: Workspace) -> None:
    tina = Client()
    sign_in(tina, "tina")
    response = tina.post(f"/workspaces/{web.id}/usage/", {"agent_id": web.agents[0].id, "app": "docs"})
    page = Html(response)
    assert response.status_code == 200
    assert page.one("a", class_="btn-primary").get("href") == "https://example.com/docs"
    assert "Coder did not record this activity" in page.one("div", id="messages").text
