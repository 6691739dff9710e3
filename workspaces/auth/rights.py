"""The viewer of a page: the person and their rights, as Coder grants them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.auth import sessions
from workspaces.auth.sessions import ViewerRequest
from workspaces.coder import calls
from workspaces.coder.client import Coder
from workspaces.coder.clock import CLOCK
from workspaces.coder.errors import CoderError
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.gateway import connection
from workspaces.gateway.cached_values import CachedValue
from workspaces.models import Item
from workspaces.present.page_models import OngoingOperation, Viewer

# By the token's fingerprint, and the ids of what Coder was asked about.
PERMISSIONS = CachedValue("rights", dict[str, bool], max_age_s=connection.CACHE_MAX_AGE_S)
TEMPLATE_PERMISSIONS = CachedValue("template_rights", dict[str, bool], max_age_s=connection.CACHE_MAX_AGE_S)
# The fields of Rights, and the actions of Coder's POST /authcheck.
CODER_ACTIONS = {
    "update": "update",
    "start": "start",
    "stop": "stop",
    "delete": "delete",
    "connect": "application_connect",
}
CONFIG_READER_ROLES = frozenset({"owner", "auditor"})  # may read GET /deployment/config


class RightsHolder(Protocol):
    """Who has the rights: the person of a session or of an operation."""

    @property
    def id(self) -> UUID:
        """The person's user id."""

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the token."""

    @property
    def site_owner(self) -> bool:
        """Whether the person has Coder's role "owner"."""


class RightsRequest(Protocol):
    """What asks for rights: a request of a browser, a stream, or a step of an operation."""

    @property
    def person(self) -> RightsHolder:
        """Who has the rights."""

    @property
    def coder(self) -> Coder:
        """The client that sends the person's token."""


def viewer_for(request: ViewerRequest, workspaces: Iterable[Workspace]) -> Viewer:
    """Return the person as the viewer of these workspaces, with their rights on each. Raises SessionEnded."""
    person, workspaces = request.person, list(workspaces)
    templates = cached_templates(person, workspaces) if len(workspaces) == 1 else ()
    offset, read_since = CLOCK.offset, request.coder.read_since  # before the rights are loaded
    return Viewer(
        id=person.id,
        username=person.username,
        zone=sessions.time_zone_for(request),
        now=timezone.now() + offset,
        clock_offset=offset,
        read_since=read_since,
        rights=load_rights(request, workspaces),
        capabilities=CoderCapabilities.for_version(request.coder.version),
        public_url=connection.public_url(),
        language=get_language() or "en",
        coder_version=request.coder.version,
        undeprecated_templates=frozenset(each.id for each in templates if not each.deprecated),
        build_durations={each.id: each.build_time_stats or {} for each in templates},
        operations=active_operations(person.id, workspaces),
        can_read_config=not CONFIG_READER_ROLES.isdisjoint(person.roles),
        app_host=connection.cached_app_host(person.fingerprint),
    )


def active_operations(person: UUID, workspaces: list[Workspace]) -> dict[UUID, OngoingOperation]:
    """Return the person's operations that are in progress, by the workspace's id."""
    items = Item.objects.filter(operation__person=person, ended_at=None, workspace__in=[each.id for each in workspaces])
    rows = items.values_list("workspace", "operation_id", "operation__kind", "phase")
    return {
        workspace_id: OngoingOperation(operation_id=operation, kind=kind, phase=phase)
        for workspace_id, operation, kind, phase in rows
    }


def cached_templates(person: sessions.Person, workspaces: list[Workspace]) -> list[Template]:
    """Return the workspaces' templates that are cached. Does not call Coder."""
    templates = (connection.cached_template(person.fingerprint, each.template_id) for each in workspaces)
    return [template for template in templates if template]


def load_rights(request: RightsRequest, workspaces: list[Workspace]) -> dict[UUID, Rights]:
    """Return the person's rights on each workspace, by its id; none where Coder does not respond. Raises SessionEnded.

    Owners have all rights on their workspaces. For the others Coder is asked in one call: by organization, because
    Coder's roles apply to an organization or to all of them, so that the cached response serves every page of the
    list. A workspace that is shared, or alone on its page, is asked about by itself.
    """
    foreign, scopes = permission_scopes(request.person, workspaces, alone=len(workspaces) == 1)
    try:
        permissions = fetch_permissions(request, foreign, scopes)
    except CoderError:
        permissions = {}
    return {each.id: build_rights(request.person, permissions, scopes.get(each.id)) for each in workspaces}


def load_rights_of_one(request: RightsRequest, workspace: Workspace) -> Rights:
    """Return the person's rights on one of many workspaces whose turns come. Raises CoderError and SessionEnded.

    Coder is asked by organization as for a list, so that the cached response serves all of them.
    """
    foreign, scopes = permission_scopes(request.person, [workspace], alone=False)
    return build_rights(request.person, fetch_permissions(request, foreign, scopes), scopes.get(workspace.id))


def permission_scopes(
    person: RightsHolder, workspaces: list[Workspace], *, alone: bool
) -> tuple[list[Workspace], dict[UUID, UUID]]:
    """Return the workspaces that others own, and by their ids the ids of what Coder is asked about."""
    foreign = [each for each in workspaces if each.owner_id != person.id]
    return foreign, {each.id: permission_scope(each, alone=alone) for each in foreign}


def permission_scope(workspace: Workspace, *, alone: bool) -> UUID:
    """Return the id of what Coder is asked about for this workspace: the workspace itself, or its organization."""
    return workspace.id if alone or workspace.shared_with else workspace.organization_id


def build_rights(person: RightsHolder, permissions: dict[str, bool], scope: UUID | None) -> Rights:
    """Return the rights within a scope; None: the person owns the workspace."""
    is_owner = scope is None
    granted = {name: is_owner or permissions.get(f"{scope} {action}", False) for name, action in CODER_ACTIONS.items()}
    update_template = permissions.get(f"{scope} template", False)
    return Rights(is_owner=is_owner, **granted, update_template=update_template, site_owner=person.site_owner)


def fetch_permissions(request: RightsRequest, foreign: list[Workspace], scopes: dict[UUID, UUID]) -> dict[str, bool]:
    """Return what Coder permits, by "<scope> <action>". Raises CoderError and SessionEnded."""
    if not scopes:
        return {}
    return PERMISSIONS.get_or_fetch(
        lambda: request.coder.send(calls.authcheck(permission_checks(foreign, scopes))),
        request.person.fingerprint,
        *sorted(set(scopes.values())),
    )


def permission_checks(foreign: list[Workspace], scopes: dict[UUID, UUID]) -> dict[str, dict[str, object]]:
    """Return the `checks` of POST /authcheck (chapter Authorization), by "<scope> <action>"."""
    checks: dict[str, dict[str, object]] = {}
    for workspace in foreign:
        scope = scopes[workspace.id]
        is_itself = scope == workspace.id
        itself = {"resource_id": str(workspace.id), "owner_id": str(workspace.owner_id)} if is_itself else {}
        checks |= scope_checks(scope, workspace.organization_id, itself)
    return checks


def scope_checks(scope: UUID, organization: UUID, itself: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """Return the checks of one scope: what names the workspace `itself`, else all of the organization."""
    resource = {"resource_type": "workspace", "organization_id": str(organization), **itself}
    template = {"resource_type": "template", "organization_id": str(organization)}
    return {
        **{f"{scope} {action}": {"object": resource, "action": action} for action in CODER_ACTIONS.values()},
        f"{scope} template": {"object": template, "action": "update"},
    }


def fetch_organization_rights(
    coder: Coder, person: sessions.Person, organizations: Collection[UUID]
) -> dict[UUID, Rights]:
    """Return the person's rights on the workspaces of others, by organization. Raises CoderError and SessionEnded."""
    checks: dict[str, object] = {}
    for organization in organizations:
        checks |= scope_checks(organization, organization, {})
    permissions = coder.send(calls.authcheck(checks))
    return {organization: build_rights(person, permissions, organization) for organization in organizations}


def may_update_template(request: ViewerRequest, workspace: Workspace, viewer: Viewer) -> bool:
    """Return whether the person may change the workspace's template; False where Coder does not respond.

    `viewer_for` does not ask Coder this for the person's own workspaces. Raises SessionEnded.
    """
    rights = viewer.rights[workspace.id]
    if not rights.is_owner:
        return rights.update_template
    template = {"resource_type": "template", "resource_id": str(workspace.template_id)}
    call = calls.authcheck({"template": {"object": template, "action": "update"}})
    try:
        permissions = TEMPLATE_PERMISSIONS.get_or_fetch(
            lambda: request.coder.send(call), request.person.fingerprint, workspace.template_id
        )
    except CoderError:
        return False
    return permissions.get("template", False)
