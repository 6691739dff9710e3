"""The workspaces that a page of the list shows, from what Coder returned.

Coder sorts by its own order alone, and knows no search for what needs attention. Such a list is one call for the first
200 workspaces. Where there are more, only those of the page are sorted or selected.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from workspaces.coder.types import Workspace, WorkspacePage
from workspaces.list_search import ListSearch
from workspaces.present.page_models import Viewer
from workspaces.present.workspace_list.attention import select_attention
from workspaces.present.workspace_list.sorting import sort_workspaces

MAX_SORTED = 200  # workspaces in one call


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What a page shows."""

    workspaces: Sequence[Workspace]  # on the page, in its order
    known: Sequence[Workspace]  # of which the numbers of the attention line are
    count: int  # of all pages
    listed_count: int  # how many Coder counts on this page; it may list fewer, as it omits what it hides
    page: int
    is_complete: bool  # `known` is all that matches the search


def call_limits(search: ListSearch, page: int, page_size: int) -> tuple[int, int]:
    """Return limit and offset of the call for a page (from 1)."""
    if (search.sort or search.attention) and page * page_size <= MAX_SORTED:
        return MAX_SORTED, 0
    return page_size, (page - 1) * page_size


def make_window(result: WorkspacePage, viewer: Viewer, search: ListSearch, page: int, page_size: int) -> Window:
    """Return what page number `page` shows of the response to the call with `call_limits`."""
    workspaces = result.workspaces or ()
    page = page if result.count else 1  # a result without any workspace has one page
    limit, offset = call_limits(search, page, page_size)
    start = (page - 1) * page_size
    is_complete = offset == 0 and result.count <= limit
    if is_complete and limit == MAX_SORTED:
        matching = sort_workspaces(select_attention(workspaces, viewer, search.attention), search.sort)
        count = len(matching) + (0 if search.attention else result.count - len(workspaces))
        selected = matching[start : start + page_size]
    else:
        of_page = workspaces[start : start + page_size] if limit == MAX_SORTED else workspaces
        count = result.count
        selected = sort_workspaces(select_attention(of_page, viewer, search.attention), search.sort)
        workspaces = of_page
    listed = max(0, min(page_size, count - start))
    return Window(
        workspaces=selected,
        known=workspaces,
        count=count,
        listed_count=len(selected) if search.attention else listed,
        page=page,
        is_complete=is_complete,
    )
