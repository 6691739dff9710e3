"""Test the saved searches of the staff table."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, signed_in
from tests.views.html import Html
from workspaces.fleet import searches
from workspaces.models import FleetSearch

URL = "/staff/workspaces/searches/"
TABLE = "/staff/workspaces/"


def saved_links(client: Client, address: str = TABLE) -> dict[str, str]:
    """Return the addresses of the saved searches by name."""
    navs = Html(client.get(address)).all("nav", aria_label="Saved searches")
    return {link.text: link.get("href") for nav in navs for link in nav.all("a")}


@pytest.fixture
def admin(db: None, coder: SimulatedCoder) -> Client:
    """Return a client in which an owner of the deployment has signed in."""
    return signed_in(coder, "admin")


def test_search_is_saved_with_filters_order_and_groups(admin: Client) -> None:
    address = "idle=30&status=running&sort=-daily-cost&group=owner"
    admin.post(f"{URL}?{address}&page=2", {"name": "Idle"})
    assert saved_links(admin) == {"Idle": "?idle=30&status=running&sort=-daily-cost&group=owner"}


def test_own_search_is_not_shown_to_others(admin: Client, coder: SimulatedCoder) -> None:
    admin.post(f"{URL}?idle=30", {"name": "Idle"})
    assert saved_links(signed_in(coder, "tina")) == {}


def test_published_search_is_shown_to_all_staff(admin: Client, coder: SimulatedCoder) -> None:
    admin.post(f"{URL}?idle=30", {"name": "Idle", "is_published": "on"})
    tina = signed_in(coder, "tina")
    assert saved_links(tina) == {"Idle": "?idle=30"}
    tina.post(f"{URL}{FleetSearch.objects.get().pk}/delete/")
    assert FleetSearch.objects.count() == 1


def test_only_who_may_change_the_configuration_publishes(db: None, coder: SimulatedCoder) -> None:
    response = signed_in(coder, "tina").post(f"{URL}?idle=30", {"name": "Idle", "is_published": "on"})
    assert (response.status_code, FleetSearch.objects.count()) == (404, 0)


def test_same_name_replaces_the_search(admin: Client) -> None:
    admin.post(f"{URL}?idle=30", {"name": "Idle"})
    admin.post(f"{URL}?idle=90", {"name": "idle"})
    assert saved_links(admin) == {"idle": "?idle=90"}


def test_search_is_deleted(admin: Client) -> None:
    admin.post(f"{URL}?idle=30", {"name": "Idle"})
    admin.post(f"{URL}{FleetSearch.objects.get().pk}/delete/")
    assert FleetSearch.objects.count() == 0


def test_number_of_searches_is_limited(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "MAX_SAVED", 1)
    admin.post(f"{URL}?idle=30", {"name": "one"})
    admin.post(f"{URL}?idle=30", {"name": "two"})
    assert saved_links(admin).keys() == {"one"}


@pytest.mark.parametrize(("query", "name"), [("idle=30", " \x00 "), ("idle=30", "x" * 61), ("nothing=1", "x")])
def test_invalid_search_is_not_saved(admin: Client, query: str, name: str) -> None:
    admin.post(f"{URL}?{query}", {"name": name})
    assert FleetSearch.objects.count() == 0


def test_search_of_another_release_is_left_out(admin: Client) -> None:
    admin.post(f"{URL}?idle=30", {"name": "Idle"})
    FleetSearch.objects.update(query="gone=1")
    assert saved_links(admin, f"{TABLE}?idle=7") == {}


def test_members_save_no_search(db: None, coder: SimulatedCoder) -> None:
    assert signed_in(coder, "alice").post(f"{URL}?idle=30", {"name": "x"}).status_code == 404
