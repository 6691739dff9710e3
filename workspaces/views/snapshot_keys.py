"""The keys of snapshots: the page's path and those parameters of its query that its view knows.

A parameter that no view reads makes no further snapshot: otherwise each made-up query would store the page again.
"""

from collections.abc import Mapping

from django.http import HttpRequest
from django.utils.http import urlencode

from workspaces.forms.agents import LogForm
from workspaces.forms.builds import BuildLogForm, HistoryForm
from workspaces.forms.list import ListForm
from workspaces.gateway.snapshots import SnapshotKey

# By URL name. Pages of other URLs have no query.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "list": tuple(ListForm.base_fields),
    "agent_log": tuple(LogForm.base_fields),
    "build": tuple(BuildLogForm.base_fields),
    "history": (*HistoryForm.base_fields, "include_deleted"),
    "embed_workspaces": ("q", "limit"),
    "operations": ("page",),
    "detail": ("include_deleted",),
}
ANY_PARAMETER = frozenset({"new"})  # its links repeat the whole query, so it is kept only without one


def snapshot_key(request: HttpRequest, fingerprint: str) -> SnapshotKey | None:
    """Return the key of a page's snapshot for this token; None for a page that is not kept."""
    name = request.resolver_match.url_name if request.resolver_match else None
    if name is None or (name in ANY_PARAMETER and request.GET):
        return None
    query = {each: request.GET[each] for each in PARAMETERS.get(name, ()) if each in request.GET}
    return fingerprint, f"{request.path}?{urlencode(query)}" if query else request.path
