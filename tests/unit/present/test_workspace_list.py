"""Test a page of the workspace list: its rows, pagination, filters and notes."""

from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.samples import NEW, OLD, STATUSES, recorded_body, running, viewer, workspace
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.list_search import ListSearch, parse_search
from workspaces.present.page_models import Link
from workspaces.present.workspace_list.models import ListPage, Select
from workspaces.present.workspace_list.page import make_list_page

ALL = ListSearch(scope="all")


def page_of(
    *workspaces: Workspace,
    count: int | None = None,
    q: str = "owner:me",
    page: int = 1,
    capabilities: CoderCapabilities = NEW,
    **context: Any,
) -> ListPage:
    """Return a page of the list with a page size of ten."""
    response = WorkspacePage(workspaces=workspaces, count=len(workspaces) if count is None else count)
    search = parse_search(q, None, "alice")
    return make_list_page(
        response, viewer(capabilities=capabilities), search=search, page=page, page_size=10, **context
    )


def sample_workspaces(count: int = 10) -> list[Workspace]:
    """Return this many running workspaces."""
    return [workspace()] * count


def query_of(query: str) -> str:
    """Return scope and search of a link's query string: "mine status:failed"."""
    assert query.startswith("?")
    parameters = parse_qs(query[1:])
    return " ".join([*parameters["scope"], *parameters.get("q", [])])


def link_queries(links: tuple[Link, ...]) -> dict[str, str]:
    """Return the search of each link."""
    return {link.label: query_of(link.query) for link in links}


def current_labels(links: tuple[Link, ...]) -> list[str]:
    """Return the labels of the links that are marked as current."""
    return [link.label for link in links if link.current]


# ---- rows and pages


def test_rows_keep_the_order_of_coder() -> None:
    names = ["zebra", "ant", "moth"]
    page = page_of(*(workspace(name=name) for name in names))
    assert [row.name for row in page.rows] == names


def test_middle_page_has_range_count_and_links_to_neighbors() -> None:
    page = page_of(*sample_workspaces(), count=25, page=2)
    assert (page.start_index, page.end_index, page.count, page.page, page.num_pages) == (
        11,
        20,
        25,
        2,
        3,
    )
    assert (page.previous_query, page.next_query) == ("?scope=mine", "?scope=mine&page=3")


def test_first_page_has_no_previous_link_and_last_page_no_next_link() -> None:
    assert (
        page_of(*sample_workspaces(), count=20).previous_query,
        page_of(*sample_workspaces(), count=20, page=2).next_query,
    ) == ("", "")
    assert page_of(*sample_workspaces(), count=20).num_pages == 2


def test_empty_list_has_one_page() -> None:
    page = page_of()
    assert (
        page.start_index,
        page.end_index,
        page.num_pages,
        page.previous_query,
        page.next_query,
    ) == (
        0,
        0,
        1,
        "",
        "",
    )


def test_rows_counted_but_hidden_by_coder_are_reported() -> None:
    page = page_of(*sample_workspaces(7), count=25)
    assert (page.hidden_count, page.start_index, page.end_index) == (3, 1, 10)
    assert page_of(*sample_workspaces(5), count=25, page=3).hidden_count == 0


def test_page_with_only_hidden_rows_is_not_reported_as_empty() -> None:
    page = page_of(count=4)
    assert (page.hidden_count, page.empty_reason) == (4, "")


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
def test_page_without_rows_has_reason(q: str, count: int, page: int, empty: str) -> None:
    assert page_of(q=q, count=count, page=page).empty_reason == empty


@pytest.mark.parametrize("q_error", ["", "No."])
def test_list_without_workspaces_has_one_page_whatever_page_was_asked_for(q_error: str) -> None:
    page = page_of(q="name:none", count=0, page=2, q_error=q_error)
    assert (page.page, page.num_pages, page.previous_query, page.next_query) == (1, 1, "", "")


def test_page_beyond_last_links_back_to_last_page() -> None:
    assert page_of(count=25, page=9).previous_query == "?scope=mine&page=3"


def test_invalid_search_keeps_its_query_and_shows_error() -> None:
    page = page_of(q="colour:red", q_error='"colour" is not a valid query param')
    assert (page.search.q, page.empty_reason) == ("colour:red", "")
    assert page.q_error == '"colour" is not a valid query param'


def test_null_workspaces_are_an_empty_page() -> None:
    response = WorkspacePage(workspaces=None, count=0)
    assert make_list_page(response, viewer(), search=ALL, page=1, page_size=10).rows == ()


@pytest.mark.parametrize("status", STATUSES)
def test_refresh_interval_is_short_while_a_row_is_in_transition(status: str) -> None:
    changing = status in {"pending", "starting", "stopping", "canceling", "deleting"}
    assert page_of(workspace(), workspace(status)).refresh_s == (5 if changing else 30)


def test_snapshot_time_is_absolute() -> None:
    assert page_of().read_at.short == "today at 12:00"


def test_four_thousand_workspaces_have_four_hundred_pages() -> None:
    page = page_of(*sample_workspaces(), count=4000, page=400)
    assert (page.num_pages, page.next_query, page.end_index) == (400, "", 4000)


# ---- links to other searches


def test_scope_links_replace_owner_and_keep_other_terms() -> None:
    page = page_of(q="owner:bob status:failed web")
    assert link_queries(page.filters.scopes) == {
        "Mine": "mine status:failed web",
        "All": "all status:failed web",
        "Shared with me": "shared status:failed web",
    }
    assert current_labels(page.filters.scopes) == []


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("owner:me", "Mine"),
        ("owner:alice", "Mine"),
        ("web", "All"),
        ("alice/web", "Mine"),
        ("shared:true", "Shared with me"),
    ],
)
def test_current_scope_is_marked(q: str, label: str) -> None:
    assert current_labels(page_of(q=q).filters.scopes) == [label]


def test_preset_links_replace_preset_terms_and_keep_search_words() -> None:
    page = page_of(q="owner:me web status:failed")
    assert link_queries(page.filters.presets) == {
        "Any status": "mine web",
        "Running": "mine status:running web",
        "Failed": "mine status:failed web",
        "Outdated": "mine outdated:true web",
        "Dormant": "mine dormant:true web",
    }


@pytest.mark.parametrize(
    ("q", "label"),
    [
        ("owner:me", ["Any status"]),
        ("status:running", ["Running"]),
        ("status:RUNNING web", ["Running"]),
        ("outdated:true", ["Outdated"]),
        ("dormant:true owner:me", ["Dormant"]),
        ("status:stopped", []),
        ("status:running outdated:true", []),
    ],
)
def test_current_preset_is_marked(q: str, label: list[str]) -> None:
    assert current_labels(page_of(q=q).filters.presets) == label


def test_shared_scope_is_missing_on_2_19() -> None:
    assert list(link_queries(page_of(capabilities=OLD).filters.scopes)) == ["Mine", "All"]


def test_filter_links_lead_to_first_page() -> None:
    filters = page_of(*sample_workspaces(), count=25, page=3, q="status:running web").filters
    links = [*filters.scopes, *filters.presets, *filters.chips]
    assert not any("page=" in link.query for link in links)


def test_chip_names_its_filter_and_removes_only_it() -> None:
    page = page_of(q='status:running template:dev name:"a b" web', templates=templates(("dev", "Dev on Kubernetes")))
    assert link_queries(page.filters.chips) == {
        "Status: Running": 'all template:dev name:"a b" web',
        "Template: Dev on Kubernetes": 'all status:running name:"a b" web',
        "Name: a b": "all status:running template:dev web",
    }


def test_form_repeats_what_its_fields_do_not_hold() -> None:
    page = page_of(q="owner:bob status:running web")
    assert page.filters.hidden == (("scope", "all"), ("filters", "owner:bob"))


def templates(*names: tuple[str, str], organizations: tuple[str, ...] = ("coder",)) -> list[Template]:
    """Return a template of this name and display name for each organization."""
    body = recorded_body("template")
    return [
        msgspec.convert(body | {"name": name, "display_name": label, "organization_name": organization}, Template)
        for name, label in names
        for organization in organizations
    ]


def select_of(page: ListPage, key: str) -> Select:
    """Return the field of the page for this key."""
    return next(select for select in page.filters.selects if select.key == key)


def test_status_field_offers_every_status() -> None:
    select = select_of(page_of(q="owner:me status:stopped"), "status")
    assert [choice.label for choice in select.choices if choice.current] == ["Stopped"]
    assert len(select.choices) == len(STATUSES)


def test_template_field_is_sorted_by_display_name() -> None:
    named = templates(("plain", ""), ("dev", "Dev on Kubernetes"), ("a", "Zoo"))
    select = select_of(page_of(templates=named), "template")
    values = [(choice.value, choice.label) for choice in select.choices]
    assert values == [("dev", "Dev on Kubernetes"), ("plain", "plain"), ("a", "Zoo")]
    assert not select.is_active


def test_template_of_several_organizations_is_offered_once() -> None:
    page = page_of(templates=templates(("dev", "Dev"), organizations=("red", "blue")))
    assert [choice.label for choice in select_of(page, "template").choices] == ["Dev"]
    assert [choice.label for choice in select_of(page, "organization").choices] == ["blue", "red"]


def test_organization_field_is_missing_for_one_organization() -> None:
    page = page_of(templates=templates(("dev", "")))
    assert [select.key for select in page.filters.selects] == ["status", "template"]


def test_unknown_filter_value_is_offered_and_current() -> None:
    select = select_of(page_of(q="template:secret web"), "template")
    assert [(choice.value, choice.current) for choice in select.choices] == [("secret", True)]


@given(st.text(max_size=40))
def test_page_has_scope_links_for_any_query(q: str) -> None:
    page = page_of(q=q, templates=templates(("dev", "Dev")))
    assert len(page.filters.scopes) == 3


# ---- recorded responses


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_page_is_shown(version: str) -> None:
    response = msgspec.convert(recorded_body("list-page", version), WorkspacePage)
    page = make_list_page(response, viewer(), search=ALL, page=2, page_size=2)
    assert (page.count, page.num_pages, len(page.rows), page.hidden_count) == (6, 3, 2, 0)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_offset_beyond_last_page_is_reported_as_beyond(version: str) -> None:
    response = msgspec.convert(recorded_body("list-offset-beyond", version), WorkspacePage)
    assert make_list_page(response, viewer(), search=ALL, page=21, page_size=25).empty_reason == "beyond"


def test_sample_workspace_belongs_to_alice() -> None:
    assert running()["owner_name"] == "alice"


# ---- notes


def test_note_says_when_others_appear_if_coder_returns_only_own_workspaces() -> None:
    note = "Workspaces of other users appear here only if you have permission to view them."
    assert page_of(*sample_workspaces(3), q="").note == note
    assert page_of(*sample_workspaces(3), q="status:running").note == note
    assert page_of(workspace(), workspace(owner_name="ben"), q="").note == ""


@pytest.mark.parametrize("q", ["owner:me", "owner:alice status:running"])
def test_note_is_empty_when_query_filters_by_own_name(q: str) -> None:
    assert page_of(*sample_workspaces(3), q=q).note == ""


def test_note_is_empty_when_list_has_more_pages() -> None:
    assert page_of(*sample_workspaces(), count=25, q="").note == ""


def test_note_explains_shared_search_with_and_without_results() -> None:
    assert "your own shared workspaces" in page_of(*sample_workspaces(3), q="shared:true").note
    assert "No workspaces are shared with you" in page_of(q="shared:true").note
    assert page_of(q="shared:true status:failed").note == ""


def test_note_is_empty_beside_search_error() -> None:
    assert page_of(q="shared:true", q_error="shared is not known", capabilities=OLD).note == ""
