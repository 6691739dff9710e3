"""Who looks, and what Coder lets them do: the facts that the pure functions need beside Coder's answer."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import Rights
from workspaces.auth import sessions
from workspaces.auth.sessions import ViewerRequest
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.gateway import connection
from workspaces.models import Item
from workspaces.present.page_models import OngoingOperation, Viewer

# Rights by their names here, and as Coder calls them.
ACTIONS = {
    "update": "update",
    "start": "start",
    "stop": "stop",
    "delete": "delete",
    "connect": "application_connect",
}
READ_CONFIG = frozenset({"owner", "auditor"})  # the roles that Coder tells how it is configured


def viewer_for(request: ViewerRequest, workspaces: Iterable[Workspace]) -> Viewer:
    """The person who looks, with their rights on these workspaces."""
    person, workspaces = request.person, list(workspaces)
    templates = cached_templates(person, workspaces) if len(workspaces) == 1 else ()
    return Viewer(
        id=person.id,
        username=person.username,
        zone=sessions.time_zone_for(request),
        now=timezone.now(),
        rights=load_rights(request, workspaces),
        capabilities=CoderCapabilities.for_version(request.coder.version),
        public_url=connection.public_url(),
        language=get_language() or "en",
        coder_version=request.coder.version,
        undeprecated_templates=frozenset(each.id for each in templates if not each.deprecated),
        build_durations={each.id: each.build_time_stats or {} for each in templates},
        operations=active_operations(person.id, workspaces),
        can_read_config=not READ_CONFIG.isdisjoint(person.roles),
        app_host=connection.cached_app_host(person.fingerprint),
    )


def active_operations(person: UUID, workspaces: list[Workspace]) -> dict[UUID, OngoingOperation]:
    """What the portal does with these workspaces for this person now."""
    items = Item.objects.filter(operation__person=person, ended_at=None, workspace__in=[each.id for each in workspaces])
    found = items.values_list("workspace", "operation_id", "operation__kind", "phase")
    return {
        each: OngoingOperation(operation_id=operation, kind=kind, phase=phase) for each, operation, kind, phase in found
    }


def cached_templates(person: sessions.Person, workspaces: list[Workspace]) -> list[Template]:
    """The templates of the workspaces, as far as they are known without asking."""
    found = (connection.cached_template(person.fingerprint, each.template_id) for each in workspaces)
    return [each for each in found if each]


def load_rights(request: ViewerRequest, workspaces: list[Workspace]) -> dict[UUID, Rights]:
    """What may be done with each of them. One's own are one's own; about the others Coder is asked, in one call.

    Coder's roles reach over an organisation or over all of them, so it is asked by organisation, and what it answers
    is kept for some minutes. One that stands alone on its page, or is shared, is asked about by itself.
    """
    person = request.person
    scopes = {
        each.id: permission_scope(each, alone=len(workspaces) == 1) for each in workspaces if each.owner_id != person.id
    }
    told = fetch_permissions(request, [each for each in workspaces if each.id in scopes], scopes) if scopes else {}
    return {each.id: build_rights(person, each, told, scopes.get(each.id)) for each in workspaces}


def permission_scope(workspace: Workspace, *, alone: bool) -> UUID:
    """What Coder is asked about for this workspace: itself, or its organisation."""
    return workspace.id if alone or workspace.shared_with else workspace.organization_id


def build_rights(person: sessions.Person, workspace: Workspace, told: dict[str, bool], scope: UUID | None) -> Rights:
    """One workspace's rights, from what Coder told; without a scope it is one's own."""
    mine = scope is None
    may = {name: mine or told.get(f"{scope} {action}", False) for name, action in ACTIONS.items()}
    update_template = told.get(f"{scope} template", False)
    return Rights(is_owner=mine, **may, update_template=update_template, site_owner=person.site_owner)


def fetch_permissions(request: ViewerRequest, foreign: list[Workspace], scopes: dict[UUID, UUID]) -> dict[str, bool]:
    """Coder's answers by scope and action. Where it gives none, nothing is allowed."""
    key = f"rights.{request.person.fingerprint}.{'.'.join(sorted({str(scope) for scope in scopes.values()}))}"
    try:
        return connection.get_or_fetch(
            key, lambda: request.coder.send(calls.authcheck(permission_checks(foreign, scopes)))
        )
    except CoderError:
        return {}


def permission_checks(foreign: list[Workspace], scopes: dict[UUID, UUID]) -> dict[str, dict[str, object]]:
    """The questions to POST /authcheck."""
    questions: dict[str, dict[str, object]] = {}
    for workspace in foreign:
        scope = scopes[workspace.id]
        organization = {"organization_id": str(workspace.organization_id)}
        thing: dict[str, object] = {"resource_type": "workspace", **organization}
        if scope == workspace.id:
            thing |= {"resource_id": str(workspace.id), "owner_id": str(workspace.owner_id)}
        questions |= {f"{scope} {action}": {"object": thing, "action": action} for action in ACTIONS.values()}
        template = {"resource_type": "template", **organization}
        questions[f"{scope} template"] = {"object": template, "action": "update"}
    return questions


def may_update_template(request: ViewerRequest, workspace: Workspace, viewer: Viewer) -> bool:
    """Whether this person may change the workspace's template. About one's own workspace `of` does not ask that.

    What Coder answers is kept for some minutes; where it gives no answer, it is no. Raises SessionEnded.
    """
    right = viewer.rights[workspace.id]
    if not right.is_owner:
        return right.update_template
    thing = {"resource_type": "template", "resource_id": str(workspace.template_id)}
    call = calls.authcheck({"template": {"object": thing, "action": "update"}})
    try:
        told = connection.get_or_fetch(
            f"template_rights.{request.person.fingerprint}.{workspace.template_id}", lambda: request.coder.send(call)
        )
    except CoderError:
        return False
    return told.get("template", False)
