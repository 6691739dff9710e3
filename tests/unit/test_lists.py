"""A page of the list: its rows, its ways to other pages and searches."""

from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import NEW, OLD, STATUSES, recorded, running, viewer, workspace
from workspaces.actions import Dialect
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.present import Link, ListPage, Menu, list_page


def page_of(
    *workspaces: Workspace,
    count: int | None = None,
    q: str = "owner:me",
    page: int = 1,
    dialect: Dialect = NEW,
    **more: Any,
) -> ListPage:
    """A page of ten."""
    found = WorkspacePage(workspaces=workspaces, count=len(workspaces) if count is None else count)
    return list_page(found, viewer(dialect=dialect), q=q, page=page, page_size=10, **more)


def ten(count: int = 10) -> list[Workspace]:
    return [workspace()] * count


def asked(query: str) -> str:
    """The q of a link."""
    assert query.startswith("?")
    return parse_qs(query[1:], keep_blank_values=True)["q"][0]


def queries(links: tuple[Link, ...]) -> dict[str, str]:
    return {link.label: asked(link.query) for link in links}


def current(links: tuple[Link, ...]) -> list[str]:
    return [link.label for link in links if link.current]


# ---- rows and pages


def test_the_rows_stand_in_coders_order() -> None:
    names = ["zebra", "ant", "moth"]
    shown = page_of(*(workspace(name=name) for name in names))
    assert [row.name for row in shown.rows] == names


def test_a_page_in_the_middle_says_where_it_is() -> None:
    shown = page_of(*ten(), count=25, page=2)
    assert (shown.first, shown.last, shown.count, shown.page, shown.pages) == (11, 20, 25, 2, 3)
    assert (shown.previous, shown.next) == ("?q=owner%3Ame", "?q=owner%3Ame&page=3")


def test_the_first_page_has_none_before_it_and_the_last_none_after() -> None:
    assert (page_of(*ten(), count=20).previous, page_of(*ten(), count=20, page=2).next) == ("", "")
    assert page_of(*ten(), count=20).pages == 2


def test_an_empty_list_is_one_page() -> None:
    shown = page_of()
    assert (shown.first, shown.last, shown.pages, shown.previous, shown.next) == (0, 0, 1, "", "")


def test_rows_that_coder_counts_and_hides_are_said() -> None:
    shown = page_of(*ten(7), count=25)
    assert (shown.hidden, shown.first, shown.last) == (3, 1, 10)
    assert page_of(*ten(5), count=25, page=3).hidden == 0


def test_a_page_of_which_coder_hides_everything_is_not_called_empty() -> None:
    shown = page_of(count=4)
    assert (shown.hidden, shown.empty) == (4, "")


@pytest.mark.parametrize(
    ("q", "count", "page", "empty"),
    [
        ("owner:me", 0, 1, "none"),
        ("", 0, 1, "none"),
        (" Owner:Me ", 0, 1, "none"),
        ("owner:me status:failed", 0, 1, "no-match"),
        ("web", 0, 1, "no-match"),
        ("web", 0, 2, "no-match"),
        ("owner:me", 25, 4, "beyond"),
    ],
)
def test_a_page_without_rows_says_why(q: str, count: int, page: int, empty: str) -> None:
    assert page_of(q=q, count=count, page=page).empty == empty


def test_a_page_beyond_the_last_one_leads_back_to_the_last_one() -> None:
    assert page_of(count=25, page=9).previous == "?q=owner%3Ame&page=3"


def test_a_search_that_coder_refuses_keeps_its_words_and_says_why() -> None:
    shown = page_of(q="colour:red", q_error='"colour" is not a valid query param')
    assert (shown.q, shown.empty) == ("colour:red", "")
    assert shown.q_error == '"colour" is not a valid query param'


def test_a_slice_that_go_left_nil_is_an_empty_page() -> None:
    found = WorkspacePage(workspaces=None, count=0)
    assert list_page(found, viewer(), q="", page=1, page_size=10).rows == ()


@pytest.mark.parametrize("status", STATUSES)
def test_while_a_row_changes_the_list_asks_again_soon(status: str) -> None:
    changing = status in {"pending", "starting", "stopping", "canceling", "deleting"}
    assert page_of(workspace(), workspace(status)).refresh_s == (5 if changing else 30)


@pytest.mark.parametrize(
    ("q", "shows"),
    [
        ("owner:me", False),
        ("owner:ALICE", False),
        ("alice/web", False),
        ("owner:bob", True),
        ("", True),
        ("status:failed", True),
    ],
)
def test_the_owner_is_shown_where_it_may_be_somebody_else(q: str, shows: bool) -> None:
    assert page_of(q=q).shows_owner is shows


def test_the_page_says_when_it_was_true() -> None:
    assert page_of().snapshot.full == "today at 12:00, Europe/Dublin"


def test_four_thousand_workspaces_are_as_many_pages_as_they_need() -> None:
    shown = page_of(*ten(), count=4000, page=400)
    assert (shown.pages, shown.next, shown.last) == (400, "", 4000)


# ---- the ways to other searches


def test_the_scope_edits_the_owner_and_leaves_the_rest() -> None:
    shown = page_of(q="owner:bob status:failed web")
    assert queries(shown.scopes) == {"Mine": "owner:me status:failed web", "All": "status:failed web"}
    assert current(shown.scopes) == []


@pytest.mark.parametrize(
    ("q", "label"), [("owner:me", "Mine"), ("owner:alice", "Mine"), ("web", "All"), ("alice/web", "Mine")]
)
def test_the_scope_that_is_searched_is_marked(q: str, label: str) -> None:
    assert current(page_of(q=q).scopes) == [label]


def test_presets_edit_what_they_are_about() -> None:
    shown = page_of(q="owner:me web status:failed")
    assert queries(shown.presets) == {
        "Any state": "owner:me web",
        "Running": "owner:me web status:running",
        "Failed": "owner:me web status:failed",
        "Outdated": "owner:me web outdated:true",
        "Dormant": "owner:me web dormant:true",
        "Shared": "web shared:true",
    }


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("owner:me", ["Any state"]),
        ("status:running", ["Running"]),
        ("status:RUNNING web", ["Running"]),
        ("outdated:true", ["Outdated"]),
        ("dormant:true owner:me", ["Dormant"]),
        ("shared:true", ["Shared"]),
        ("status:stopped", []),
        ("status:running outdated:true", []),
    ],
)
def test_the_preset_that_is_searched_is_marked(q: str, label: list[str]) -> None:
    assert current(page_of(q=q).presets) == label


def test_coder_2_19_finds_nothing_that_is_shared() -> None:
    assert "Shared" not in queries(page_of(dialect=OLD).presets)


def test_a_link_leads_to_the_first_page() -> None:
    shown = page_of(*ten(), count=25, page=3)
    links = [*shown.scopes, *shown.presets, *(link for menu in shown.menus for link in menu.links)]
    assert not any("page=" in link.query for link in links)


def templates(*named: tuple[str, str], organizations: tuple[str, ...] = ("coder",)) -> list[Template]:
    body = recorded("template")
    return [
        msgspec.convert(body | {"name": name, "display_name": label, "organization_name": organization}, Template)
        for name, label in named
        for organization in organizations
    ]


def menu_of(shown: ListPage, key: str) -> Menu:
    return next(menu for menu in shown.menus if menu.key == key)


def test_the_menu_of_statuses_offers_all_that_coder_searches() -> None:
    menu = menu_of(page_of(q="owner:me status:stopped"), "status")
    assert menu.current == "Stopped"
    assert queries(menu.links)["Any"] == "owner:me"
    assert queries(menu.links)["Deleted"] == "owner:me status:deleted"
    assert len(menu.links) == 1 + len(STATUSES)


def test_the_menu_of_templates_goes_by_what_they_are_called() -> None:
    named = templates(("plain", ""), ("dev", "Dev on Kubernetes"), ("a", "Zoo"))
    menu = menu_of(page_of(templates=named), "template")
    assert list(queries(menu.links).items()) == [
        ("Any", "owner:me"),
        ("Dev on Kubernetes", "owner:me template:dev"),
        ("plain", "owner:me template:plain"),
        ("Zoo", "owner:me template:a"),
    ]
    assert menu.current == ""
    assert current(menu.links) == ["Any"]


def test_a_template_of_several_organizations_stands_in_the_menu_once() -> None:
    shown = page_of(templates=templates(("dev", "Dev"), organizations=("red", "blue")))
    assert [link.label for link in menu_of(shown, "template").links] == ["Any", "Dev"]
    assert [link.label for link in menu_of(shown, "organization").links] == ["Any", "blue", "red"]


def test_one_organization_needs_no_menu() -> None:
    assert [menu.key for menu in page_of(templates=templates(("dev", ""))).menus] == ["status", "template"]


def test_what_is_asked_and_unknown_stands_in_the_menu_as_it_was_asked() -> None:
    menu = menu_of(page_of(q='template:secret web"'), "template")
    assert menu.current == "secret"
    assert asked(menu.links[-1].query) == 'template:secret web"'


@given(st.text(max_size=40))
def test_whatever_is_searched_for_the_page_has_its_links(q: str) -> None:
    shown = page_of(q=q, templates=templates(("dev", "Dev")))
    assert shown.q == q
    assert len(shown.scopes) == 2


# ---- what real servers answered


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_a_page_that_a_real_coder_answered_is_shown(version: str) -> None:
    found = msgspec.convert(recorded("list-page", version), WorkspacePage)
    shown = list_page(found, viewer(), q="", page=2, page_size=2)
    assert (shown.count, shown.pages, len(shown.rows), shown.hidden) == (6, 3, 2, 0)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_an_offset_beyond_all_is_said_to_be_beyond(version: str) -> None:
    found = msgspec.convert(recorded("list-offset-beyond", version), WorkspacePage)
    assert list_page(found, viewer(), q="", page=21, page_size=25).empty == "beyond"


def test_the_sample_of_these_tests_is_alices_own() -> None:
    assert running()["owner_name"] == "alice"


# ---- what one may wonder about


def test_all_says_where_coder_shows_nobody_elses() -> None:
    assert "All of these are yours." in page_of(*ten(3), q="").note
    assert "All of these are yours." in page_of(*ten(3), q="status:running").note
    assert page_of(workspace(), workspace(owner_name="ben"), q="").note == ""


@pytest.mark.parametrize("q", ["owner:me", "owner:alice status:running"])
def test_who_asks_for_their_own_is_not_told_that_they_are(q: str) -> None:
    assert page_of(*ten(3), q=q).note == ""


def test_one_page_of_many_tells_nothing_of_the_others() -> None:
    assert page_of(*ten(), count=25, q="").note == ""


def test_shared_says_that_ones_own_are_among_them_and_where_there_are_none() -> None:
    assert "what of yours you share" in page_of(*ten(3), q="shared:true").note
    assert "Nobody shares a workspace with you now" in page_of(q="shared:true").note
    assert page_of(q="shared:true status:failed").note == ""


def test_beside_a_refusal_of_coders_nothing_else_is_said() -> None:
    assert page_of(q="shared:true", q_error="shared is not known", dialect=OLD).note == ""
