"""What a deletion destroys, for the page that asks for confirmation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from workspaces.actions.decisions import decide
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Resource, Workspace
from workspaces.present.page_models import Status, Viewer
from workspaces.present.resources import resource_type_label
from workspaces.present.times import Moment, make_last_used
from workspaces.present.workspace_list.rows import make_row

# The types of resources that keep data.
DATA_TYPES = re.compile(r"volume|disk|claim|bucket|storage|filesystem|file_system|share|snapshot|database|_db_|rds|sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class LostResource:
    """A resource that the deletion destroys."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionPage:
    """The page that asks for confirmation."""

    id: UUID
    owner: str
    name: str
    is_own: bool
    status: Status
    is_running: bool
    favorite: bool
    data_resources: tuple[LostResource, ...]  # those that keep data
    other_resources: tuple[LostResource, ...]
    resources_unknown: bool  # Coder lists none, which may be wrong after a failed or canceled build
    apps: tuple[str, ...]  # the running ones
    last_used: Moment | None  # None: never
    reason: str  # why it cannot be deleted now; "" if it can
    can_orphan: bool  # the resources can be orphaned
    orphan_reason: str  # why not; "" if they can


def make_deletion_page(workspace: Workspace, viewer: Viewer, *, may_update_template: bool) -> DeletionPage:
    """Return the page for a workspace. Only with `may_update_template` can its resources be orphaned."""
    build = workspace.latest_build
    rights = replace(viewer.rights_for(workspace), update_template=may_update_template)
    decisions = decide(workspace, rights, viewer.capabilities, ["delete", "orphan"])
    resources = [each for each in build.resources or () if not each.hide or keeps_data(each, workspace)]
    return DeletionPage(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        is_own=rights.is_owner,
        status=make_row(workspace, viewer).status,
        is_running=build.status == "running",
        favorite=workspace.favorite,
        data_resources=tuple(make_lost_resource(each) for each in resources if keeps_data(each, workspace)),
        other_resources=tuple(make_lost_resource(each) for each in resources if not keeps_data(each, workspace)),
        resources_unknown=not resources and build.status in {"failed", "canceled"},
        apps=tuple(dict.fromkeys(running_apps(workspace))),
        last_used=make_last_used(workspace.last_used_at, viewer.now, viewer.zone),
        reason=decisions["delete"].reason,
        can_orphan=decisions["orphan"].allowed,
        orphan_reason=decisions["orphan"].reason,
    )


def keeps_data(resource: Resource, workspace: Workspace) -> bool:
    """Return whether a resource keeps data: by its type, or because it survived a stop."""
    outlived = workspace.latest_build.transition == "stop" and not resource.hide
    return outlived or bool(DATA_TYPES.search(resource.type.lower()))


def make_lost_resource(resource: Resource) -> LostResource:
    """Return a resource by name and kind."""
    return LostResource(name=resource.name, kind=resource_type_label(resource.type))


def running_apps(workspace: Workspace) -> Iterator[str]:
    """Yield the apps of connected agents."""
    for resource in workspace.latest_build.resources or ():
        for agent in resource.agents or ():
            apps = [app for app in agent.apps or () if not app.hidden and not app.external]
            yield from (sanitize_text(app.display_name) or app.slug for app in apps if agent.status == "connected")
