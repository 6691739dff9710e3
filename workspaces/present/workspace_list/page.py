"""A page of the list of workspaces: its rows in Coder's order, and links to other pages and searches."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from workspaces.coder.template_types import Template
from workspaces.coder.types import WorkspacePage
from workspaces.present.page_models import EmptyReason, ListPage, Row, Viewer
from workspaces.present.times import make_moment, to_milliseconds
from workspaces.present.workspace_list.menus import make_menus, make_presets, make_scopes, search_query
from workspaces.present.workspace_list.rows import make_row
from workspaces.search import value_of

DEFAULT_Q = "owner:me"
REFRESH_S, REFRESH_IN_TRANSITION_S = 30, 5


def make_list_page(
    result: WorkspacePage,
    viewer: Viewer,
    *,
    q: str,
    page: int,
    page_size: int,
    q_error: str = "",
    templates: Sequence[Template] = (),
) -> ListPage:
    """Return page number `page` (from 1) of the result for `q`, as this viewer sees it; `templates` fill the menus.

    A result without any workspace has one page, whatever page was asked for.
    """
    page = page if result.count else 1
    rows = tuple(make_row(workspace, viewer) for workspace in result.workspaces or ())
    pages = max(1, -(-result.count // page_size))
    offset = (page - 1) * page_size
    listed_count = max(
        0, min(page_size, result.count - offset)
    )  # Coder may list fewer: it omits workspaces that it hides
    return ListPage(
        q=q,
        q_error=q_error,
        scopes=make_scopes(q, viewer),
        presets=make_presets(q, viewer),
        menus=make_menus(q, templates),
        rows=rows,
        count=result.count,
        hidden_count=max(0, listed_count - len(rows)),
        start_index=offset + 1 if listed_count else 0,
        end_index=offset + listed_count if listed_count else 0,
        page=page,
        num_pages=pages,
        previous_query=search_query(q, min(page - 1, pages)) if page > 1 else "",
        next_query=search_query(q, page + 1) if page < pages else "",
        empty_reason="" if rows or q_error else empty_reason(q, page, result.count, listed_count),
        note="" if q_error else list_note(q, rows, result.count, viewer),
        read_at=make_moment(viewer.portal_now, viewer.portal_now, viewer.zone),
        read_ms=to_milliseconds(viewer.portal_now),
        refresh_s=refresh_interval_s(rows),
        shows_owner=value_of(q, "owner").lower() not in {"me", viewer.username.lower()},
    )


def empty_reason(q: str, page: int, count: int, counted: int) -> EmptyReason:
    """Return why a page has no rows; "" if Coder hides all that it counts."""
    if count and not counted and page > 1:
        return "beyond"
    if counted:
        return ""
    return "none" if q.strip().lower() in {"", DEFAULT_Q} else "no-match"


def list_note(q: str, rows: Sequence[Row], count: int, viewer: Viewer) -> str:
    """Return an explanation for a list that includes other people's workspaces; "" if it needs none."""
    if value_of(q, "shared").lower() == "true":
        if not count:
            alone = q.strip().lower() == "shared:true"
            return _("No workspaces are shared with you, and none of yours are shared.") if alone else ""
        return _("Workspaces that are shared with you, and your own shared workspaces.")
    if value_of(q, "owner") or not rows or len(rows) < count:
        return ""
    if any(row.owner != viewer.username for row in rows):
        return ""
    return _("Workspaces of other users appear here only if you have permission to view them.")


def refresh_interval_s(rows: Iterable[Row]) -> int:
    """Return the seconds until the page polls again: shorter while a workspace is in transition."""
    return REFRESH_IN_TRANSITION_S if any(row.in_transition for row in rows) else REFRESH_S
