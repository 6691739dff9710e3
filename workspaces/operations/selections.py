"""Selections: workspaces that a person chose for an action, frozen until the person confirms it.

A view that lists workspaces calls `create_selection` with a row for each, and shows the confirmation of the selection.
The list makes rows of `Workspace` objects (`rows_of_workspaces`). A view with rows of its own, such as the fleet's
compact ones, makes them with `SelectedRow.from_compact`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from workspaces.actions.decisions import decide
from workspaces.coder.types import Workspace
from workspaces.models import Operation, Selection
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS
from workspaces.present.page_models import Viewer

SELECTION_AGE = timedelta(hours=1)  # how long a selection can be confirmed
MAX_SELECTIONS = 20  # of a person; with one more the oldest one is deleted


class CompactRow(Protocol):
    """A workspace as the fleet holds it."""

    @property
    def id(self) -> UUID:
        """The workspace's id."""

    @property
    def owner(self) -> str:
        """The owner's username."""

    @property
    def name(self) -> str:
        """The workspace's name."""

    @property
    def daily_cost(self) -> int:
        """The daily cost of its latest build."""

    @property
    def favorite(self) -> bool:
        """Whether it is a favorite of the person."""

    @property
    def reasons(self) -> Mapping[str, str]:
        """Why an action is not possible, a sentence, by action; without one it is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedRow:
    """A workspace of a selection."""

    id: UUID
    owner: str
    name: str
    daily_cost: int  # of its latest build
    favorite: bool
    reason: str  # why the action is not possible, a sentence; "" if it is

    @classmethod
    def from_compact(cls, row: CompactRow, action: str) -> "SelectedRow":
        """Return the row for an action."""
        return cls(
            id=row.id,
            owner=row.owner,
            name=row.name,
            daily_cost=row.daily_cost,
            favorite=row.favorite,
            reason=row.reasons.get(action, ""),
        )

    def with_reason(self, reason: str) -> "SelectedRow":
        """Return the row with another reason against the action."""
        return replace(self, reason=reason)


def rows_of_workspaces(workspaces: Iterable[Workspace], viewer: Viewer, action: str) -> list[SelectedRow]:
    """Return the rows of workspaces, with the reasons of the rule that decides about the action on a single one."""
    return [
        SelectedRow(
            id=workspace.id,
            owner=workspace.owner_name,
            name=workspace.name,
            daily_cost=workspace.latest_build.daily_cost,
            favorite=workspace.favorite,
            reason=reason_against(workspace, viewer, action),
        )
        for workspace in workspaces
    ]


def reason_against(workspace: Workspace, viewer: Viewer, action: str) -> str:
    """Return the sentence against the action on this workspace; "" if it is possible."""
    if workspace.id in viewer.operations:
        return _("Another operation on this workspace is in progress.")
    rule = KINDS[action].rule
    return decide(workspace, viewer.rights_for(workspace), viewer.capabilities, [rule])[rule].reason


def create_selection(
    person: UUID,
    action: str,
    rows: Iterable[SelectedRow],
    *,
    criteria: Criteria | None = None,
    fields: Mapping[str, Any] | None = None,
) -> Selection:
    """Store the workspaces that a person selected for an action, and return the selection to confirm.

    `action`: a value of Operation.Kind. `rows`: one for each workspace, also where the action is not possible.
    `criteria`: the search that the selection is all of; None for ticked workspaces. `fields`: of the action's form, as
    they were sent, by name a list of texts.
    """
    selection = Selection.objects.create(
        person=person,
        action=Operation.Kind(action),
        fields=dict(fields or {}),
        rows=[[str(row.id), *astuple(row)[1:]] for row in rows],
        criteria=criteria.as_json() if criteria else {},
        created_at=timezone.now(),
    )
    older = Selection.objects.filter(person=person).order_by("-created_at").values_list("pk", flat=True)
    Selection.objects.filter(pk__in=list(older[MAX_SELECTIONS:])).delete()
    return selection


def find_selection(person: UUID, key: UUID) -> Selection | None:
    """Return a selection of this person that can still be confirmed."""
    return Selection.objects.filter(pk=key, person=person, created_at__gt=timezone.now() - SELECTION_AGE).first()


def rows_of_selection(selection: Selection) -> Sequence[SelectedRow]:
    """Return the workspaces of a stored selection."""
    return [
        SelectedRow(id=UUID(key), owner=owner, name=name, daily_cost=cost, favorite=favorite, reason=reason)
        for key, owner, name, cost, favorite, reason in selection.rows
    ]


def delete_expired(now: datetime) -> None:
    """Delete the selections that can no longer be confirmed."""
    Selection.objects.filter(created_at__lte=now - SELECTION_AGE).delete()
