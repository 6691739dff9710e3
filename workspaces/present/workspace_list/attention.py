"""What needs attention in a list: failed, unhealthy, stopping soon, deleted soon, must be updated."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import ngettext_lazy

from workspaces.actions.context import must_update
from workspaces.coder.types import Workspace
from workspaces.list_search import ListSearch
from workspaces.present.agent_health import find_faults
from workspaces.present.page_models import Tone, Viewer
from workspaces.present.statuses import is_deleted_soon
from workspaces.present.workspace_list.models import AttentionLink
from workspaces.schedule import nonzero_time

STOPS_SOON = timedelta(minutes=30)


def is_failed(workspace: Workspace, _now: datetime) -> bool:
    """Return whether the latest build failed."""
    return workspace.latest_build.status == "failed"


def is_unhealthy(workspace: Workspace, now: datetime) -> bool:
    """Return whether an agent has a fault."""
    return workspace.latest_build.status == "running" and bool(find_faults(workspace, now))


def stops_soon(workspace: Workspace, now: datetime) -> bool:
    """Return whether it runs and stops within half an hour."""
    deadline = nonzero_time(workspace.latest_build.deadline)
    is_running = workspace.latest_build.status == "running" and workspace.dormant_at is None
    return is_running and deadline is not None and timedelta(0) < deadline - now <= STOPS_SOON


def needs_update(workspace: Workspace, _now: datetime) -> bool:
    """Return whether it cannot start before it is updated."""
    return must_update(workspace)


# By the key in the address: which workspaces count, how urgent they are, and the text with their number.
KINDS: dict[str, tuple[Callable[[Workspace, datetime], bool], Tone, object]] = {
    "failed": (is_failed, "bad", ngettext_lazy("%(n)d failed", "%(n)d failed", "n")),
    "unhealthy": (is_unhealthy, "warn", ngettext_lazy("%(n)d unhealthy", "%(n)d unhealthy", "n")),
    "stopping": (
        stops_soon,
        "warn",
        ngettext_lazy("%(n)d stops within 30 minutes", "%(n)d stop within 30 minutes", "n"),
    ),
    "deleting": (
        is_deleted_soon,
        "bad",
        ngettext_lazy("%(n)d will be deleted soon", "%(n)d will be deleted soon", "n"),
    ),
    "update": (needs_update, "warn", ngettext_lazy("%(n)d requires an update", "%(n)d require an update", "n")),
}


def select_attention(workspaces: Sequence[Workspace], viewer: Viewer, key: str) -> Sequence[Workspace]:
    """Return the workspaces that need this kind of attention; all of them without a key."""
    if key not in KINDS:
        return workspaces
    return [workspace for workspace in workspaces if needs_attention(workspace, key, viewer.now)]


def needs_attention(workspace: Workspace, key: str, now: datetime) -> bool:
    """Return whether the workspace needs this kind of attention. `now` is aware, by Coder's clock."""
    return KINDS[key][0](workspace, now)


def make_attention(workspaces: Sequence[Workspace], viewer: Viewer, search: ListSearch) -> tuple[AttentionLink, ...]:
    """Return a link for each kind of attention that a workspace needs; the current one leads back to all."""
    return tuple(attention_links(workspaces, viewer, search))


def attention_links(workspaces: Sequence[Workspace], viewer: Viewer, search: ListSearch) -> Iterator[AttentionLink]:
    """Yield the links, the most urgent kind first."""
    for key, (counts, tone, text) in KINDS.items():
        number = sum(counts(workspace, viewer.now) for workspace in workspaces)
        is_current = search.attention == key
        if number or is_current:
            yield AttentionLink(
                label=str(text % {"n": number}),  # type: ignore[operator]  # a lazy plural is a string with arguments
                tone=tone,
                query=replace(search, attention="" if is_current else key).address(),
                current=is_current,
            )
