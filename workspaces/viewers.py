"""Who looks, and what Coder lets them do: the facts that the pure functions need beside Coder's answer."""

from collections.abc import Iterable
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from workspaces import sessions, upstream
from workspaces.actions import Dialect, Rights
from workspaces.coder import calls
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.coder.types import Workspace
from workspaces.present import Viewer
from workspaces.sessions import PortalRequest

ACTIONS = ("update", "start", "stop", "delete")


def of(request: PortalRequest, workspaces: Iterable[Workspace]) -> Viewer:
    """The person who looks, with their rights on these workspaces."""
    person = request.person
    return Viewer(
        id=person.id,
        username=person.username,
        zone=sessions.zone_of(request),
        now=timezone.now(),
        rights=rights(request, list(workspaces)),
        dialect=Dialect.of(request.coder.version),
        public_url=upstream.public_url(),
        language=get_language() or "en",
    )


def rights(request: PortalRequest, workspaces: list[Workspace]) -> dict[UUID, Rights]:
    """What may be done with each of them. One's own are one's own; about the others Coder is asked, by organisation.

    Coder's roles reach over an organisation or over all of them, so what it answers is kept for some minutes; a
    single workspace of somebody else's is asked about by itself, since it may have been shared.
    """
    person = request.person
    foreign = [workspace for workspace in workspaces if workspace.owner_id != person.id]
    single = len(workspaces) == 1
    told = asked(request, foreign, single=single) if foreign else {}
    return {workspace.id: right(person, workspace, told, single=single) for workspace in workspaces}


def right(person: sessions.Person, workspace: Workspace, told: dict[str, bool], *, single: bool) -> Rights:
    """One workspace's rights, from what Coder told."""
    mine = workspace.owner_id == person.id
    scope = workspace.id if single else workspace.organization_id
    may = {action: mine or told.get(f"{scope} {action}", False) for action in ACTIONS}
    return Rights(mine=mine, **may, update_template=told.get(f"{scope} template", False), site_owner=person.site_owner)


def asked(request: PortalRequest, foreign: list[Workspace], *, single: bool) -> dict[str, bool]:
    """Coder's answers by scope (a workspace or an organisation) and action. Where it gives none, nothing is allowed."""
    scopes = {workspace.id if single else workspace.organization_id for workspace in foreign}
    key = f"rights.{request.person.fingerprint}.{'.'.join(sorted(map(str, scopes)))}"
    try:
        return upstream.kept(key, lambda: request.coder.send(calls.authcheck(checks(foreign, single=single))))
    except SessionEnded:
        raise
    except CoderError:
        return {}


def checks(foreign: list[Workspace], *, single: bool) -> dict[str, dict[str, object]]:
    """The questions to POST /authcheck."""
    questions: dict[str, dict[str, object]] = {}
    for workspace in foreign:
        thing: dict[str, object] = {
            "resource_type": "workspace",
            "organization_id": str(workspace.organization_id),
        }
        if single:
            thing |= {"resource_id": str(workspace.id), "owner_id": str(workspace.owner_id)}
        scope = workspace.id if single else workspace.organization_id
        questions |= {f"{scope} {action}": {"object": thing, "action": action} for action in ACTIONS}
        template = {"resource_type": "template", "organization_id": str(workspace.organization_id)}
        questions[f"{scope} template"] = {"object": template, "action": "update"}
    return questions
