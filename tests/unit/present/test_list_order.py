"""Test the order of the list, and its workspaces that need attention."""

from tests.unit.present.test_workspace_list import page_of
from tests.unit.samples import viewer, workspace
from workspaces.coder.types import WorkspacePage
from workspaces.list_search import ListSearch
from workspaces.present.statuses import status_order
from workspaces.present.workspace_list.page import make_list_page
from workspaces.present.workspace_list.sorting import make_sort_links, sort_workspaces


def test_sorted_list_is_one_list_of_all_pages() -> None:
    names = ["zebra", "ant", "moth", *(f"w{n:02}" for n in range(12))]
    response = WorkspacePage(workspaces=tuple(workspace(name=name) for name in names), count=len(names))
    search = ListSearch(sort="name")
    pages = [make_list_page(response, viewer(), search=search, page=n, page_size=10) for n in (1, 2)]
    assert [row.name for page in pages for row in page.rows] == sorted(names)
    assert (pages[1].page, pages[1].num_pages, pages[1].note) == (2, 2, "")


def test_sorted_list_of_more_than_200_sorts_its_page_and_says_so() -> None:
    response = WorkspacePage(workspaces=tuple(workspace(name=f"w{-n % 7}") for n in range(200)), count=201)
    page = make_list_page(response, viewer(), search=ListSearch(sort="-name"), page=1, page_size=10)
    assert [row.name for row in page.rows] == sorted((f"w{-n % 7}" for n in range(10)), reverse=True)
    assert page.note == "Only the workspaces on this page are sorted: the list has more than 200."


def test_column_sorts_then_reverses_then_restores_order_of_coder() -> None:
    addresses = {}
    for sort in ("", "name", "-name"):
        links = make_sort_links(ListSearch(sort=sort))
        (link,) = (link for link in links if link.column.key == "name")
        addresses[sort] = (link.query, link.direction)
    assert addresses == {
        "": ("?scope=mine&sort=name", ""),
        "name": ("?scope=mine&sort=-name", "ascending"),
        "-name": ("?scope=mine", "descending"),
    }


def test_workspaces_used_last_come_first_when_sorted_by_last_use() -> None:
    used = [workspace(name=f"w{hour}", last_used_at=f"2026-01-01T0{hour}:00:00Z") for hour in (1, 3, 2)]
    never = workspace(name="never", last_used_at="0001-01-01T00:00:00Z")
    assert [each.name for each in sort_workspaces([never, *used], "used")] == ["w3", "w2", "w1", "never"]
    assert [each.name for each in sort_workspaces([never, *used], "-used")] == ["never", "w1", "w2", "w3"]


def test_attention_counts_workspaces_and_links_to_them() -> None:
    page = page_of(workspace("failed"), workspace("failed"), workspace("running"))
    assert [(link.label, link.query) for link in page.attention] == [("2 failed", "?scope=mine&attention=failed")]
    assert page.attention_note == ""


def test_attention_says_on_this_page_when_list_has_more() -> None:
    assert page_of(workspace("failed"), count=30).attention_note == "on this page"


def test_attention_shows_only_its_workspaces() -> None:
    response = WorkspacePage(workspaces=(workspace("running"), workspace("failed", name="broken")), count=2)
    page = make_list_page(response, viewer(), search=ListSearch(attention="failed"), page=1, page_size=10)
    assert ([row.name for row in page.rows], page.count, page.hidden_count) == (["broken"], 1, 0)
    assert [(link.query, link.current) for link in page.attention] == [("?scope=mine", True)]


def test_status_order_begins_with_what_needs_attention() -> None:
    statuses = ["stopped", "pending", "running", "starting", "failed", "hibernating"]
    assert sorted(statuses, key=status_order) == ["failed", "running", "starting", "pending", "stopped", "hibernating"]
