"""Test saved searches: saving, editing, the links of the list, the default."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html
from workspaces.models import SavedSearch
from workspaces.saved_searches import MAX_SAVED

FAILED = {"name": "Broken ones", "query": "?scope=all&q=status%3Afailed&sort=name", "pinned": "on"}
ADDRESS = "?scope=all&q=status%3Afailed&sort=name"


def saved_links(client: Client, query: str = "?scope=all") -> dict[str, str | None]:
    """Return the links above the list by their text."""
    links = Html(client.get(f"/workspaces/{query}")).one("nav", id="searches").all("a")
    return {link.text: link.get("href") for link in links}


def fields_of(row: SavedSearch, **changed: str) -> dict[str, str]:
    """Return what the form of a saved search sends; "" leaves a checkbox out."""
    fields = {"name": row.name, "pinned": "on" if row.pinned else "", "is_default": "on" if row.is_default else ""}
    return {f"search-{row.pk}-{name}": value for name, value in (fields | changed).items() if value}


def test_search_is_saved_from_list_and_linked_above_it(alice: Client, coder: SimulatedCoder) -> None:
    field = Html(alice.get(f"/workspaces/{ADDRESS}")).one("input", name="query")
    response = alice.post("/searches/", FAILED | {"query": field.get("value") or ""})
    assert (response.status_code, response.headers["Location"]) == (302, f"/workspaces/{ADDRESS}")
    page = Html(alice.get(response.headers["Location"]))
    assert page.one("div", id="messages").text == "Saved the search “Broken ones”."
    current = [a.text for a in page.one("nav", id="searches").all("a") if a.get("aria-current")]
    assert current == ["Broken ones"]
    assert saved_links(alice)["Broken ones"] == ADDRESS
    assert page.all("input", name="query") == []  # it is saved already


@pytest.mark.parametrize("query", ["", "?scope=all"])
def test_list_without_search_offers_nothing_to_save(alice: Client, query: str) -> None:
    nav = Html(alice.get(f"/workspaces/{query}")).one("nav", id="searches")
    assert "hidden" in dict(nav.element.attributes)
    assert nav.all("button") == []


def test_saved_search_keeps_words_as_coder_reads_them(alice: Client, coder: SimulatedCoder) -> None:
    alice.post("/searches/", FAILED | {"query": '?scope=mine&filters=template%3A"a b"&q=we%2Bb%26 outdated%3Atrue'})
    alice.get("/workspaces/" + (saved_links(alice)["Broken ones"] or ""))
    query = coder.last_request("GET /workspaces")["query"]["q"]
    assert query == 'owner:me template:"a b" outdated:true we+b&'


def test_search_that_is_not_pinned_is_only_on_its_page(alice: Client) -> None:
    alice.post("/searches/", {name: value for name, value in FAILED.items() if name != "pinned"})
    assert list(saved_links(alice)) == ["Edit"]
    assert "Broken ones" in Html(alice.get("/searches/")).one("main").text


def test_default_search_is_shown_when_list_is_opened_without_search(alice: Client, coder: SimulatedCoder) -> None:
    alice.post("/searches/", FAILED | {"is_default": "on"})
    alice.get("/workspaces/")
    assert coder.last_request("GET /workspaces")["query"]["q"] == "status:failed"
    alice.get("/workspaces/?scope=mine")
    assert coder.last_request("GET /workspaces")["query"]["q"] == "owner:me"
    alice.get("/workspaces/")
    assert coder.last_request("GET /workspaces")["query"]["q"] == "status:failed"


def test_second_default_search_replaces_first(alice: Client) -> None:
    alice.post("/searches/", FAILED | {"is_default": "on"})
    alice.post("/searches/", FAILED | {"is_default": "on", "name": "Other"})
    assert list(SavedSearch.objects.filter(is_default=True).values_list("name", flat=True)) == ["Other"]


def test_list_with_saved_searches_makes_one_call_to_coder(alice: Client, coder: SimulatedCoder) -> None:
    alice.get("/workspaces/")  # fetches the templates for the filters
    alice.post("/searches/", FAILED)
    coder.clear_requests()
    alice.get("/searches/")
    alice.get(f"/workspaces/{ADDRESS}")
    assert coder.request_lines() == ["GET /workspaces"]


def test_page_describes_each_search_and_its_address(alice: Client) -> None:
    alice.post("/searches/", FAILED | {"query": "?scope=all&q=web status%3Afailed&sort=-used&attention=update"})
    section = Html(alice.get("/searches/")).one("section")
    assert "All · Status: Failed · web · update required · least recently used first" in section.text
    address = "http://testserver/workspaces/?scope=all&q=status%3Afailed+web&sort=-used&attention=update"
    assert section.one("code").text == address


def test_saved_search_is_renamed_unpinned_and_made_default(alice: Client) -> None:
    alice.post("/searches/", FAILED)
    row = SavedSearch.objects.get()
    response = alice.post(f"/searches/{row.pk}/", fields_of(row, name="Failed", pinned="", is_default="on"))
    assert response.headers["Location"] == "/searches/"
    row.refresh_from_db()
    assert (row.name, row.pinned, row.is_default, row.q) == ("Failed", False, True, "status:failed")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("broken ONES", "You have a saved search with this name. Use another name."),
        (" ", "Enter a name."),
        ("\u0007", "Enter a name."),
        ("n" * 61, "Use at most 60 characters. You entered 61."),
    ],
)
def test_refused_name_is_explained_at_its_field_and_keeps_input(alice: Client, name: str, error: str) -> None:
    alice.post("/searches/", FAILED)
    new = Html(alice.post("/searches/", FAILED | {"name": name, "query": "?q=web"}))
    assert error in new.one("div", id="id_name_error").text
    assert new.one("input", name="query").get("value") == "?q=web"
    alice.post("/searches/", FAILED | {"name": "Other"})
    row = SavedSearch.objects.get(name="Other")
    response = alice.post(f"/searches/{row.pk}/", fields_of(row, name=name))
    assert response.status_code == 422
    assert error in Html(response).one("div", id=f"id_search-{row.pk}-name_error").text
    assert set(SavedSearch.objects.values_list("name", flat=True)) == {"Broken ones", "Other"}


@pytest.mark.parametrize("query", ["", "?q=" + "w" * 2001, "?q=%00"])
def test_address_that_list_would_refuse_is_not_saved(alice: Client, query: str) -> None:
    response = alice.post("/searches/", FAILED | {"query": query})
    assert response.status_code == 422
    assert not SavedSearch.objects.exists()


def test_search_beyond_limit_is_refused_with_reason(alice: Client) -> None:
    for number in range(MAX_SAVED):
        alice.post("/searches/", FAILED | {"name": f"s{number}"})
    response = alice.post("/searches/", FAILED)
    assert response.status_code == 422
    assert "You have 50 saved searches. Delete one first." in Html(response).one("main").text
    assert SavedSearch.objects.count() == MAX_SAVED


def test_deleted_search_is_gone_and_deleting_again_is_no_error(alice: Client) -> None:
    alice.post("/searches/", FAILED)
    row = SavedSearch.objects.get()
    for _again in range(2):
        assert alice.post(f"/searches/{row.pk}/delete/").headers["Location"] == "/searches/"
    assert list(saved_links(alice)) == []
    assert "No saved searches yet" in Html(alice.get("/searches/")).one("main").text


def test_searches_of_other_people_can_be_neither_seen_nor_changed(alice: Client, coder: SimulatedCoder) -> None:
    alice.post("/searches/", FAILED)
    row = SavedSearch.objects.get()
    bob = Client()
    sign_in(bob, "bob")
    assert "Broken ones" not in bob.get("/searches/").content.decode()
    assert bob.post(f"/searches/{row.pk}/", fields_of(row, name="Mine")).status_code == 404
    bob.post(f"/searches/{row.pk}/delete/")
    row.refresh_from_db()
    assert row.name == "Broken ones"


def test_search_of_impossible_number_is_not_found(alice: Client) -> None:
    number = 10**30
    assert alice.post(f"/searches/{number}/", {f"search-{number}-name": "x"}).status_code == 404
    assert alice.post(f"/searches/{number}/delete/").status_code == 302


def test_search_by_htmx_also_updates_links_above_list(alice: Client) -> None:
    alice.post("/searches/", FAILED)
    headers = {"HX-Request": "true", "HX-Request-Type": "partial"}
    html = alice.get(f"/workspaces/{ADDRESS}", headers=headers).content.decode()
    assert 'hx-target="#searches"' in html
    assert "<html" not in html
