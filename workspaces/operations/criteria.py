"""What the workspaces of a selection have in common: the search by which they were found.

Criteria are stored with an operation as JSON, and before the first write to a workspace it must still match them. What
Coder's search can express is `q`. Everything else is a filter: a pure function of a workspace that is registered here
by its name, so that a page with filters of its own (the fleet) adds them when the app is loaded (`AppConfig.ready`):

    criteria.register_filter("fleet", lambda workspace, parameters, now: matches(workspace, parameters, now))

`parameters` is JSON. A selection of ticked workspaces has no criteria.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder import calls
from workspaces.coder.client import Coder
from workspaces.coder.types import Workspace
from workspaces.present.workspace_list.attention import needs_attention
from workspaces.search import value_of, with_key

type Filter = Callable[[Workspace, Any, datetime], bool]  # workspace, parameters, now (aware, by Coder's clock)

FILTERS: dict[str, Filter] = {"attention": needs_attention}


def register_filter(name: str, matches: Filter) -> None:
    """Add a filter that criteria can name. It must not raise for any workspace."""
    FILTERS[name] = matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """The search of a selection; without values every workspace matches."""

    q: str = ""  # as Coder reads it, with its scope
    filters: Mapping[str, Any] = field(default_factory=dict)  # parameters by the name of a registered filter

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Criteria":
        """Return stored criteria."""
        return cls(q=data.get("q", ""), filters=data.get("filters", {}))

    def as_json(self) -> dict[str, Any]:
        """Return the criteria as they are stored."""
        return {"q": self.q, "filters": dict(self.filters)}


def read_matching(coder: Coder, workspace_id: UUID, criteria: Criteria, now: datetime) -> tuple[Workspace | None, str]:
    """Read a workspace with one call. Return it with "", or with a sentence why it does not match.

    Coder decides about `q`: the call is the search, narrowed to this workspace. Raises CoderError and SessionEnded.
    """
    workspace = search_workspace(coder, workspace_id, criteria.q) if criteria.q else None
    if workspace is None and criteria.q:
        return None, _("The workspace no longer matches the search “%(q)s”.") % {"q": criteria.q}
    workspace = workspace or coder.send(calls.workspace(workspace_id, include_deleted=True))
    for name, parameters in criteria.filters.items():
        if name not in FILTERS:  # of another release: what cannot be checked is not changed
            return workspace, _("The portal no longer has the filter “%(name)s”.") % {"name": name}
        if not FILTERS[name](workspace, parameters, now):
            return workspace, _("The workspace no longer matches the filters of the selection.")
    return workspace, ""


def search_workspace(coder: Coder, workspace_id: UUID, q: str) -> Workspace | None:
    """Return the workspace if Coder finds it by `q`. Raises CoderError and SessionEnded."""
    ids = value_of(q, "id")
    if ids and str(workspace_id) not in ids.lower().split(","):
        return None
    page = coder.send(calls.workspaces(q=with_key(q, "id", str(workspace_id)), limit=1))
    return next((each for each in page.workspaces or () if each.id == workspace_id), None)
