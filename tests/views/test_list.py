"""Test the workspace list."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, create_token, htmx_headers, sign_in
from tests.views.html import Html


def workspace_names(page: Html) -> list[str]:
    """Return the names of the listed workspaces, in order."""
    return [link.text for link in page.all("a", class_="name")]


def get_links(page: Html, label: str) -> dict[str, str]:
    """Return the links of one group (Scope, Quick filters) by their text."""
    (group,) = [nav for nav in page.all("nav") if nav.get("aria-label") == label]
    return {link.text: link.get("href") for link in group.all("a")}


def current_link(page: Html, label: str) -> list[str]:
    """Return the text of the links that are marked as current in one group."""
    (group,) = [nav for nav in page.all("nav") if nav.get("aria-label") == label]
    return [link.text for link in group.all("a", aria_current="true")]


def test_root_url_redirects_to_list(alice: Client) -> None:
    assert alice.get("/").headers["Location"] == "/workspaces/"


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_list_shows_only_own_workspaces_without_search(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("theirs", owner="bob")
    page = Html(alice.get("/workspaces/"))
    assert workspace_names(page) == ["web"]
    assert page.one("input", id="q").get("value") == ""
    assert coder.last_request("GET /workspaces")["query"] == {"q": "owner:me", "limit": "25", "offset": "0"}


def test_row_shows_name_and_status_as_text_and_data_attributes(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    row = Html(alice.get("/workspaces/")).one("tr", id=f"w-{web.id}")
    assert row.get("data-status") == "stopped"
    assert row.one("span", class_="status-badge").text == "Stopped"
    assert row.one("a", class_="name").get("href") == "/@alice/web/"


@pytest.mark.parametrize(
    "status",
    ["pending", "starting", "running", "stopping", "stopped", "failed", "canceling", "canceled", "deleting"],
)
def test_row_shows_each_coder_status(alice: Client, coder: SimulatedCoder, status: str) -> None:
    web = coder.place("web", status)
    row = Html(alice.get("/workspaces/")).one("tr", id=f"w-{web.id}")
    assert row.get("data-status") == status
    assert row.one("span", class_="status-badge").text == status.capitalize()


def test_list_shows_workspace_with_unknown_status(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.server.add_fault("unknown_statuses", path="/workspaces$")
    page = Html(alice.get("/workspaces/"))
    assert workspace_names(page) == ["web"]
    assert "hibernating" in page.one("table").text


def test_list_ignores_unknown_fields_of_coder(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.server.add_fault("unknown_fields")
    assert workspace_names(Html(alice.get("/workspaces/"))) == ["web"]


def test_presets_and_scopes_edit_search_and_keep_other_terms(alice: Client) -> None:
    page = Html(alice.get("/workspaces/", {"q": "owner:me template:plain web"}))
    assert get_links(page, "Quick filters")["Running"] == "?scope=mine&q=template%3Aplain+status%3Arunning+web"
    assert get_links(page, "Scope")["All"] == "?scope=all&q=template%3Aplain+web"
    assert current_link(page, "Scope") == ["Mine"]
    assert current_link(page, "Quick filters") == ["Any status"]


def test_preset_matching_search_is_marked_as_current(alice: Client) -> None:
    page = Html(alice.get("/workspaces/", {"q": "owner:me status:failed"}))
    assert current_link(page, "Quick filters") == ["Failed"]


@pytest.mark.parametrize(("version", "is_offered"), [("2.19", False), ("2.36", True)])
def test_shared_scope_is_offered_when_coder_supports_sharing(alice: Client, *, is_offered: bool) -> None:
    assert ("Shared with me" in get_links(Html(alice.get("/workspaces/")), "Scope")) is is_offered


def options(page: Html, name: str) -> dict[str, str]:
    """Return the choices of a filter's field by their text."""
    return {option.text: option.get("value") for option in page.one("select", name=name).all("option")}


def test_filter_fields_offer_statuses_and_available_templates(alice: Client) -> None:
    page = Html(alice.get("/workspaces/"))
    assert options(page, "template")["Dev on Kubernetes"] == "dev"
    assert options(page, "template")["Template"] == ""
    assert options(page, "status")["Stopped"] == "stopped"


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_address_keeps_words_in_field_and_shows_filters_as_chips(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", "stopped")
    page = Html(alice.get("/workspaces/", {"q": 'owner:me  status:"running" we'}))
    assert workspace_names(page) == ["web"]
    assert page.one("input", id="q").get("value") == "we"
    assert [chip.text for chip in page.all("a", class_="chip")] == ["Status: Running Remove filter"]
    assert coder.last_request("GET /workspaces")["query"]["q"] == 'owner:me status:"running" we'


@pytest.mark.parametrize("headers", [{}, htmx_headers("section#table")], ids=["page", "fragment"])
def test_form_of_list_is_one_search(alice: Client, coder: SimulatedCoder, headers: dict[str, str]) -> None:
    fields = {"scope": "mine", "filters": "dormant:false", "q": "we", "status": "running", "template": "", "sort": ""}
    response = alice.get("/workspaces/", fields, headers=headers)
    assert coder.last_request("GET /workspaces")["query"]["q"] == "owner:me dormant:false status:running we"
    address = "/workspaces/?scope=mine&q=dormant%3Afalse+status%3Arunning+we"
    assert response.headers["HX-Push-Url"] == address
    coder.clear_requests()
    alice.get(address)
    assert coder.last_request("GET /workspaces")["query"]["q"] == "owner:me dormant:false status:running we"


def test_scope_is_remembered_for_addresses_without_one(alice: Client, coder: SimulatedCoder) -> None:
    alice.get("/workspaces/", {"scope": "all"})
    page = Html(alice.get("/workspaces/"))
    assert current_link(page, "Scope") == ["All"]
    assert coder.last_request("GET /workspaces")["query"].get("q", "") == ""


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_sorted_list_makes_one_call_for_200(alice: Client, coder: SimulatedCoder) -> None:
    for name in ("b", "c", "a"):
        coder.place(name)
    alice.get("/workspaces/")
    coder.clear_requests()
    page = Html(alice.get("/workspaces/", {"sort": "-name"}))
    assert workspace_names(page) == ["c", "b", "a"]
    assert coder.request_lines() == ["GET /workspaces"]
    assert coder.last_request("GET /workspaces")["query"] == {"q": "owner:me", "limit": "200", "offset": "0"}
    assert [header.text for header in page.all("th", aria_sort="descending")] == ["Workspace"]


def test_attention_line_leads_to_its_workspaces(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("broken", "failed")
    (link,) = Html(alice.get("/workspaces/")).one("ul", class_="attention").all("a")
    assert link.text == "1 failed"
    assert workspace_names(Html(alice.get("/workspaces/" + link.get("href")))) == ["broken"]


def test_empty_search_requests_all_workspaces(alice: Client, coder: SimulatedCoder) -> None:
    alice.get("/workspaces/", {"q": ""})
    assert coder.last_request("GET /workspaces")["query"].get("q", "") == ""


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.parametrize("headers", [{}, htmx_headers("section#table")], ids=["page", "fragment"])
def test_invalid_search_shows_coder_error_under_field(
    alice: Client, coder: SimulatedCoder, headers: dict[str, str]
) -> None:
    coder.place("web")
    response = alice.get("/workspaces/", {"q": "bad:search:here"}, headers=headers)
    page = Html(response)
    assert response.status_code == 200
    error = page.one("p", id="q-error").text
    assert error.startswith("Coder does not accept this search. Coder’s message: ")
    assert "can only contain 1 ':'" in error
    assert "hidden" not in dict(page.one("p", id="q-error").element.attributes)
    assert page.all("tr") == []
    if not headers:
        field = page.one("input", id="q")
        assert (field.get("value"), field.get("aria-invalid")) == ("bad:search:here", "true")


def test_too_long_search_is_refused_under_field_without_a_call(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(alice.get("/workspaces/", {"q": "x" * 2001, "page": "2"}))
    assert page.one("p", id="q-error").text == "Use at most 2000 characters. This search has 2001."
    field = page.one("input", id="q")
    assert (field.get("value"), field.get("aria-invalid")) == ("x" * 2000, "true")
    assert page.all("tr") == []
    assert page.all("nav", class_="pagination") == []
    assert not [line for line in coder.request_lines() if line.startswith("GET /workspaces")]


def test_search_with_nul_is_refused_under_field_without_a_call(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(alice.get("/workspaces/?q=we%00b"))
    assert page.one("p", id="q-error").text == "Remove the null character from the text."
    field = page.one("input", id="q")
    assert (field.get("value"), field.get("aria-invalid")) == ("web", "true")
    assert page.all("tr") == []
    assert not [line for line in coder.request_lines() if line.startswith("GET /workspaces")]


@pytest.mark.parametrize("path", ["/workspaces/?page=%00", "/live/workspaces/?p=%00", "/activity/?workspace=%00"])
def test_nul_in_another_parameter_is_refused_without_a_call(alice: Client, coder: SimulatedCoder, path: str) -> None:
    response = alice.get(path)
    assert (response.status_code, response.content) == (400, b"The portal could not read this request.")
    assert coder.request_lines() == []


def test_search_error_is_hidden_without_error(alice: Client) -> None:
    element = Html(alice.get("/workspaces/")).one("p", id="q-error")
    assert "hidden" in dict(element.element.attributes)


def test_htmx_search_returns_only_table(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    response = alice.get("/workspaces/", {"q": "web"}, headers=htmx_headers("section#table"))
    assert response.content.decode().strip().startswith('<section id="table"')
    assert workspace_names(Html(response)) == ["web"]


def test_htmx_history_restore_returns_full_page(alice: Client) -> None:
    headers = {"HX-Request": "true", "HX-Request-Type": "full", "HX-History-Restore-Request": "true"}
    assert "<!doctype html>" in alice.get("/workspaces/", headers=headers).content.decode()


def test_list_is_paginated_by_preferred_page_size(alice: Client, coder: SimulatedCoder) -> None:
    for number in range(12):
        coder.place(f"w{number:02}", "stopped")
    alice.post("/account/", {"zone": "", "theme": "", "page_size": "10"})
    first_page, second_page = (Html(alice.get("/workspaces/", {"page": page})) for page in (1, 2))
    assert (len(workspace_names(first_page)), workspace_names(second_page)) == (10, ["w10", "w11"])
    assert first_page.one("a", rel="next").get("href") == "?scope=mine&page=2"
    assert second_page.one("a", rel="prev").get("href") == "?scope=mine"
    assert second_page.one("p", id="count").text == "11 to 12 of 12 workspaces"
    assert coder.last_request("GET /workspaces")["query"] == {"q": "owner:me", "limit": "10", "offset": "10"}


def test_page_past_last_shows_notice_and_link_to_first_page(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    page = Html(alice.get("/workspaces/", {"page": "7"}))
    assert page.one("h2").text == "Page not found"
    assert page.one("div", class_="empty-state").one("a").get("href") == "?scope=mine"
    assert "Page 7 of" not in page.one("main").text


@pytest.mark.parametrize("number", ["0", "-1", "two", "99999999999"])
def test_invalid_page_number_shows_first_page(alice: Client, coder: SimulatedCoder, number: str) -> None:
    coder.place("web")
    assert workspace_names(Html(alice.get("/workspaces/", {"page": number}))) == ["web"]


@pytest.mark.parametrize(
    ("q", "title"), [("owner:me", "You have no workspaces yet"), ("owner:me nothing", "No workspaces found")]
)
def test_empty_list_shows_reason(alice: Client, q: str, title: str) -> None:
    page = Html(alice.get("/workspaces/", {"q": q}))
    assert page.one("h2").text == title
    assert page.one("p", id="count").text == "No workspaces"


def test_empty_shared_list_names_no_search_to_clear(alice: Client) -> None:
    main = Html(alice.get("/workspaces/", {"scope": "shared"})).one("main")
    assert "No workspaces are shared with you, and none of yours are shared." in main.text
    assert "No workspace matches" not in main.text
    assert "Clear" not in main.text


def test_count_mentions_workspaces_that_coder_counts_but_hides(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice.get("/workspaces/")
    fetch = coder.server.http.get
    body = fetch("/api/v2/workspaces", headers={"Coder-Session-Token": create_token(coder)}).json()
    coder.server.add_fault("answer", path="/workspaces$", body={**body, "count": 3})
    page = Html(alice.get("/workspaces/"))
    assert workspace_names(page) == [web.name]
    assert "You do not have access to 2 of them." in page.one("p", id="count").text


def test_list_makes_one_coder_call_once_template_names_are_cached(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.get("/workspaces/")
    assert sorted(coder.request_lines()) == ["GET /templates", "GET /workspaces"]
    coder.clear_requests()
    alice.get("/workspaces/")
    assert coder.request_lines() == ["GET /workspaces"]


def test_rights_on_other_users_workspaces_are_requested_once(alice: Client, coder: SimulatedCoder) -> None:
    admin = Client()
    sign_in(admin, "admin")
    coder.place("web")
    coder.place("api", owner="bob")
    admin.get("/workspaces/", {"q": ""})
    coder.clear_requests()
    page = Html(admin.get("/workspaces/", {"q": ""}))
    assert workspace_names(page) == ["web", "api"]
    assert coder.request_lines() == ["GET /workspaces"]


def test_template_name_is_escaped_and_isolated_from_text_direction(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    template = next(each for each in coder.server.world.templates.values() if each.name == "plain")
    original_name = template.display_name
    template.display_name = "<b>שלום</b>"
    try:
        page = Html(alice.get("/workspaces/"))
    finally:
        template.display_name = original_name
    assert page.one("tbody").all("td")[1].one("bdi").text == "<b>שלום</b>"


def test_list_never_shows_workspaces_of_another_user(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    coder.place("web", favorite=True)
    coder.place("api", owner="bob")
    name_lists = [workspace_names(Html(client.get("/workspaces/"))) for client in (alice, bob, alice, bob)]
    assert name_lists == [["web"], ["api"], ["web"], ["api"]]


def test_template_menu_is_not_shared_between_users(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    alice.get("/workspaces/")
    coder.server.add_fault("answer", path="/templates$", body=[])
    assert list(options(Html(bob.get("/workspaces/")), "template")) == ["Template"]
    assert "Plain" in options(Html(alice.get("/workspaces/")), "template")


def test_list_shows_own_last_seen_page_when_coder_is_unreachable(alice: Client, coder: SimulatedCoder) -> None:
    bob = Client()
    sign_in(bob, "bob")
    coder.place("web")
    alice.get("/workspaces/")
    coder.server.add_fault("refuse")
    own_response, other_response = alice.get("/workspaces/"), bob.get("/workspaces/")
    assert (own_response.status_code, other_response.status_code) == (503, 503)
    assert workspace_names(Html(own_response)) == ["web"]
    assert "This is the page as you last saw it." in Html(own_response).one("div", id="messages").text
    assert workspace_names(Html(other_response)) == []
    assert "Coder has been unreachable since" in Html(other_response).one("main").text
