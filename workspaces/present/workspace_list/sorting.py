"""The order of the list, and its columns that sort it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from workspaces.coder.types import Workspace
from workspaces.list_search import ListSearch
from workspaces.present.statuses import status_order
from workspaces.present.workspace_list.columns import COLUMNS
from workspaces.present.workspace_list.models import SortLink
from workspaces.schedule import nonzero_time

LATEST = datetime.max.replace(tzinfo=UTC)
EARLIEST = datetime.min.replace(tzinfo=UTC)


def last_used(workspace: Workspace) -> datetime:
    """Return when a workspace was last used; the earliest time if never."""
    return nonzero_time(workspace.last_used_at) or EARLIEST


def stops_at(workspace: Workspace) -> datetime:
    """Return when a running workspace stops; the latest time for others."""
    build = workspace.latest_build
    return (nonzero_time(build.deadline) if build.status == "running" else None) or LATEST


# By the key in the address. "used" begins with the latest.
SORT_VALUES: dict[str, Callable[[Workspace], Any]] = {
    "name": lambda workspace: workspace.name.casefold(),
    "status": lambda workspace: status_order(workspace.latest_build.status),
    "used": last_used,
    "stops": stops_at,
    "template": lambda workspace: (workspace.template_display_name or workspace.template_name).casefold(),
}
REVERSED = frozenset({"used"})


def sort_workspaces(workspaces: Sequence[Workspace], sort: str) -> Sequence[Workspace]:
    """Return the workspaces in this order, equal ones by name; in Coder's without one."""
    key = sort.removeprefix("-")
    if key not in SORT_VALUES:
        return workspaces
    by_name = sorted(workspaces, key=SORT_VALUES["name"])
    return sorted(by_name, key=SORT_VALUES[key], reverse=sort.startswith("-") != (key in REVERSED))


def make_sort_links(search: ListSearch) -> tuple[SortLink, ...]:
    """Return the header of each column: a link that sorts by it, then in reverse, then in Coder's order again."""
    links = []
    for column in COLUMNS:
        following = {"": column.sort_key, column.sort_key: f"-{column.sort_key}"}.get(search.sort, column.sort_key)
        if search.sort == f"-{column.sort_key}":
            following = ""
        is_reversed = search.sort.startswith("-") != (column.sort_key in REVERSED)
        is_current = bool(column.sort_key) and search.sort.removeprefix("-") == column.sort_key
        links.append(
            SortLink(
                column=column,
                query=replace(search, sort=following).address() if column.sort_key else "",
                direction=("descending" if is_reversed else "ascending") if is_current else "",
            )
        )
    return tuple(links)
