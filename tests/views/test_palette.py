"""Test the palette: what it finds, in which order, and with how many calls to Coder."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html


def lines(client: Client, q: str = "") -> list[str]:
    """Return the text of each line."""
    page = Html(client.get("/palette/", {"q": q}))
    return [item.text for item in page.one("ul", class_="palette-entries").all("li")]


def test_palette_without_words_lists_own_workspaces_then_pages(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    coder.place("api", owner="bob")
    found = lines(alice)
    assert found[0] == "web alice · Running"
    assert found[-6:] == ["Workspaces", "Create workspace", "Saved searches", "Operations", "Activity", "Account"]
    assert not [line for line in found if "bob" in line or line.startswith("Stop")]
    assert coder.last_request("GET /workspaces")["query"] == {"q": "owner:me", "limit": "10", "offset": "0"}


def test_palette_searches_coder_by_longest_word(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("payments")
    coder.place("web")
    assert lines(alice, "pay") == ["payments alice · Running", *lines(alice, "pay")[1:]]
    assert coder.last_request("GET /workspaces")["query"]["q"] == 'name:"pay"'
    lines(alice, 'sto pay"ments')
    assert coder.last_request("GET /workspaces")["query"]["q"] == 'name:"ments"'


@pytest.mark.parametrize(("status", "word", "value"), [("running", "stop", "stop"), ("stopped", "start", "start")])
def test_action_comes_first_when_its_name_is_typed(
    alice: Client, coder: SimulatedCoder, status: str, word: str, value: str
) -> None:
    workspace = coder.place("web", status)
    button = Html(alice.get("/palette/", {"q": f"{word} web"})).one("ul", class_="palette-entries").one("button")
    assert (button.get("formaction"), button.get("name"), button.get("value")) == (
        f"/workspaces/{workspace.id}/builds/",
        "transition",
        value,
    )
    assert lines(alice, f"{word} web")[0].endswith("web")


def test_templates_are_found_by_their_name(alice: Client, coder: SimulatedCoder) -> None:
    page = Html(alice.get("/palette/", {"q": "create from hang"}))
    links = [link.get("href") or "" for link in page.one("ul", class_="palette-entries").all("a")]
    assert links
    assert all(link.startswith("/workspaces/new/") for link in links)


def test_palette_makes_one_call_to_coder_once_templates_are_cached(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web")
    alice.get("/palette/")
    coder.clear_requests()
    alice.get("/palette/", {"q": "web"}, headers=htmx_headers())
    assert coder.request_lines(ignore=()) == ["GET /workspaces"]


def test_palette_for_scripts_has_only_lines_and_shortcuts(alice: Client) -> None:
    html = alice.get("/palette/", headers=htmx_headers()).content.decode()
    assert "<html" not in html
    assert "<input" not in html
    assert "Keyboard shortcuts" in html


@pytest.mark.parametrize("q", ["n" * 101, "nothing-of-this-name"])
def test_palette_says_when_nothing_is_found(alice: Client, q: str) -> None:
    found = lines(alice, q)
    assert found == ["No results."] or len(q) > 100


def test_shortcuts_are_off_when_preference_says_so(alice: Client) -> None:
    assert Html(alice.get("/account/")).one("html").get("data-shortcuts")
    alice.post("/account/", {"zone": "", "theme": "", "page_size": "25"})
    assert not Html(alice.get("/account/")).one("html").get("data-shortcuts")
