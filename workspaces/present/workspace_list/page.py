"""A page of the list of workspaces: its rows, and links to other pages and searches."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from workspaces.coder.template_types import Template
from workspaces.coder.types import WorkspacePage
from workspaces.list_search import ListSearch, NamedSearch
from workspaces.present.page_models import Row, Viewer
from workspaces.present.times import make_moment, to_milliseconds
from workspaces.present.workspace_list.attention import make_attention
from workspaces.present.workspace_list.filters import make_filters
from workspaces.present.workspace_list.models import EmptyReason, ListPage
from workspaces.present.workspace_list.rows import make_row
from workspaces.present.workspace_list.saved import make_saved_searches
from workspaces.present.workspace_list.sorting import make_sort_links
from workspaces.present.workspace_list.window import MAX_SORTED, Window, make_window
from workspaces.search import value_of

REFRESH_S, REFRESH_IN_TRANSITION_S = 30, 5


def make_list_page(
    result: WorkspacePage,
    viewer: Viewer,
    *,
    search: ListSearch,
    page: int,
    page_size: int,
    q_error: str = "",
    templates: Sequence[Template] = (),
    saved: Sequence[NamedSearch] = (),
) -> ListPage:
    """Return page number `page` (from 1) of the result for `search`, as this viewer sees it.

    `result` is the response to the call with `window.call_limits`; `templates` fill the filters. Streams leave out
    `saved`, the person's saved searches.
    """
    window = make_window(result, viewer, search, page, page_size)
    rows = tuple(make_row(workspace, viewer) for workspace in window.workspaces)
    pages = max(1, -(-window.count // page_size))
    offset, listed = (window.page - 1) * page_size, window.listed_count
    return ListPage(
        search=search,
        live_query=search.form_query(window.page),
        address=search.address(window.page),
        q_error=q_error,
        filters=make_filters(search, viewer, templates),
        attention=() if q_error else make_attention(window.known, viewer, search),
        attention_note="" if window.is_complete else _("on this page"),
        headers=make_sort_links(search),
        rows=rows,
        count=window.count,
        can_select_all=pages > 1 and (window.is_complete or not search.attention),
        hidden_count=max(0, listed - len(rows)),
        start_index=offset + 1 if listed else 0,
        end_index=offset + listed if listed else 0,
        page=window.page,
        num_pages=pages,
        previous_query=search.address(min(window.page - 1, pages)) if window.page > 1 else "",
        next_query=search.address(window.page + 1) if window.page < pages else "",
        empty_reason="" if rows or q_error else empty_reason(search, window),
        note="" if q_error else list_note(search, rows, window, viewer),
        read_at=make_moment(viewer.read_at, viewer.portal_now, viewer.zone),
        read_ms=to_milliseconds(viewer.read_at),
        refresh_s=refresh_interval_s(rows),
        saved=make_saved_searches(saved, search),
    )


def empty_reason(search: ListSearch, window: Window) -> EmptyReason:
    """Return why a page has no rows; "" if Coder hides all that it counts."""
    if window.count and not window.listed_count and window.page > 1:
        return "beyond"
    if window.listed_count:
        return ""
    return "none" if search.is_plain and search.scope != "shared" else "no-match"


def list_note(search: ListSearch, rows: Sequence[Row], window: Window, viewer: Viewer) -> str:
    """Return an explanation of the list: its order, or whose workspaces it has; "" if it needs none."""
    if search.sort and not window.is_complete:
        return _("Only the workspaces on this page are sorted: the list has more than %(limit)d.") % {
            "limit": MAX_SORTED
        }
    if search.scope == "shared":
        if not window.count:
            return _("No workspaces are shared with you, and none of yours are shared.") if search.is_plain else ""
        return _("Workspaces that are shared with you, and your own shared workspaces.")
    if search.scope == "mine" or value_of(search.q, "owner") or not rows or len(rows) < window.count:
        return ""
    if any(row.owner != viewer.username for row in rows):
        return ""
    return _("Workspaces of other users appear here only if you have permission to view them.")


def refresh_interval_s(rows: Iterable[Row]) -> int:
    """Return the seconds until the page polls again: shorter while a workspace is in transition."""
    return REFRESH_IN_TRANSITION_S if any(row.in_transition for row in rows) else REFRESH_S
