"""Checks an item of a bulk before its first write, by the rules that decide about a single action.

The workspace is read, must still match the criteria of its selection, and the action must be possible now.
"""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.decisions import decide
from workspaces.auth import rights
from workspaces.coder.client import Coder
from workspaces.coder.clock import CLOCK
from workspaces.coder.types import Workspace
from workspaces.models import Item, Operation
from workspaces.operations import credentials, criteria, parameter_checks
from workspaces.operations.criteria import Criteria
from workspaces.operations.kinds import KINDS, Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationPerson:
    """The person of an operation, as the holder of rights."""

    id: UUID
    fingerprint: str
    site_owner: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRequest:
    """A step of an operation, as it asks for rights."""

    person: OperationPerson
    coder: Coder


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """A workspace as it was read, and the sentence against the action; "" if it is possible."""

    workspace: Workspace | None  # None: it was not found
    reason: str


def check_item(item: Item, coder: Coder) -> CheckResult:
    """Read the item's workspace and check it. Raises CoderError and SessionEnded."""
    operation = item.operation
    workspace, reason = criteria.read_matching(
        coder, item.workspace, Criteria.from_json(operation.criteria), CLOCK.now()
    )
    if workspace is None or reason:
        return CheckResult(workspace=workspace, reason=reason)
    kind = KINDS[operation.kind]
    reason = reason_against(operation, kind, workspace, coder)
    return CheckResult(workspace=workspace, reason=reason or missing_values(kind, workspace, coder))


def reason_against(operation: Operation, kind: Kind, workspace: Workspace, coder: Coder) -> str:
    """Return the sentence against the action on this workspace, "" if it is possible. Raises CoderError."""
    person = OperationPerson(
        id=operation.person,
        fingerprint=credentials.operation_fingerprint(operation),
        site_owner=operation.is_site_owner,
    )
    request = OperationRequest(person=person, coder=coder)
    granted = rights.load_rights_of_one(request, workspace)
    capabilities = CoderCapabilities.for_version(coder.version)
    return decide(workspace, granted, capabilities, [kind.rule])[kind.rule].reason


def missing_values(kind: Kind, workspace: Workspace, coder: Coder) -> str:
    """Return a sentence with the parameters whose values the version to start with lacks. Raises CoderError."""
    version = kind.version(workspace) if kind.version and kind.needs_values else None
    if version is None or version == workspace.latest_build.template_version_id:
        return ""
    names = parameter_checks.missing_parameters(coder, workspace, version)
    if not names:
        return ""
    text = _("The active version requires values that the workspace does not have: %(names)s.")
    return text % {"names": ", ".join(names)}
