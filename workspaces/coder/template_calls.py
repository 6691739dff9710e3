"""Calls of Coder's API about templates and their versions, and those that create workspaces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from workspaces.coder.calls import Call, path
from workspaces.coder.template_types import (
    Evaluation,
    ExternalAuth,
    MinimalUser,
    ParameterValue,
    Preset,
    Quota,
    RichParameter,
    Template,
    TemplateVersion,
    VersionResource,
)
from workspaces.coder.types import Workspace

# The fields of a creation whose values the audit log keeps.
CREATION_AUDITED = ("name", "template_version_id", "autostart_schedule", "ttl_ms", "automatic_updates")
ME = "me"  # the user of the token, in place of a username


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkspace:
    """The request to create a workspace: name, template version and options."""

    name: str
    template_version_id: UUID
    rich_parameter_values: Sequence[ParameterValue] = ()
    template_version_preset_id: UUID | None = None  # since 2.36
    autostart_schedule: str = ""  # "": off
    ttl_ms: int | None = None  # None: the template's default
    automatic_updates: str = ""  # always never; "": Coder's default

    @property
    def body(self) -> dict[str, object]:
        """Return the request body without the options that are not set."""
        values = [{"name": one.name, "value": one.value} for one in self.rich_parameter_values]
        chosen: dict[str, object] = {
            "name": self.name,
            "template_version_id": str(self.template_version_id),
            "rich_parameter_values": values,
            "template_version_preset_id": self.template_version_preset_id and str(self.template_version_preset_id),
            "autostart_schedule": self.autostart_schedule,
            "ttl_ms": self.ttl_ms,
            "automatic_updates": self.automatic_updates,
        }
        return {key: value for key, value in chosen.items() if value or key == "name"}


def template(template_id: UUID) -> Call[Template]:
    """Read a template (chapter Templates: GET /templates/{template})."""
    return Call(method="GET", path=path("templates", template_id), response_type=Template)


def versions(template_id: UUID) -> Call[tuple[TemplateVersion, ...] | None]:
    """List versions that are not archived, oldest first (chapter Templates: GET /templates/{template}/versions)."""
    return Call(
        method="GET", path=path("templates", template_id, "versions"), response_type=tuple[TemplateVersion, ...] | None
    )


def version(version_id: UUID) -> Call[TemplateVersion]:
    """Read a version with its message and readme (chapter Templates: GET /templateversions/{templateversion})."""
    return Call(method="GET", path=path("templateversions", version_id), response_type=TemplateVersion)


def rich_parameters(version_id: UUID) -> Call[tuple[RichParameter, ...] | None]:
    """List parameters (chapter Templates: GET /templateversions/{templateversion}/rich-parameters)."""
    segments = path("templateversions", version_id, "rich-parameters")
    return Call(method="GET", path=segments, response_type=tuple[RichParameter, ...] | None)


def presets(version_id: UUID) -> Call[tuple[Preset, ...] | None]:
    """List presets (chapter Templates: GET /templateversions/{templateversion}/presets); 404 before 2.36."""
    return Call(
        method="GET", path=path("templateversions", version_id, "presets"), response_type=tuple[Preset, ...] | None
    )


def version_resources(version_id: UUID) -> Call[tuple[VersionResource, ...] | None]:
    """List planned resources (chapter Templates: GET /templateversions/{templateversion}/resources)."""
    segments = path("templateversions", version_id, "resources")
    return Call(method="GET", path=segments, response_type=tuple[VersionResource, ...] | None)


def external_auth(version_id: UUID) -> Call[tuple[ExternalAuth, ...] | None]:
    """List required external auth (chapter Templates: GET /templateversions/{templateversion}/external-auth)."""
    segments = path("templateversions", version_id, "external-auth")
    return Call(method="GET", path=segments, response_type=tuple[ExternalAuth, ...] | None)


def evaluate(version_id: UUID, inputs: Mapping[str, str], owner_id: UUID) -> Call[Evaluation]:
    """Evaluate the parameters with these values for this owner; 404 before 2.36. Changes nothing.

    Chapter Templates: POST /templateversions/{templateversion}/dynamic-parameters/evaluate.
    """
    body = {"id": 1, "inputs": dict(inputs), "owner_id": str(owner_id)}
    segments = path("templateversions", version_id, "dynamic-parameters", "evaluate")
    return Call(method="POST", path=segments, response_type=Evaluation, body=body)


def available_owners(organization_id: UUID, q: str, *, limit: int) -> Call[tuple[MinimalUser, ...] | None]:
    """List users that match `q` and for whom the user may create a workspace; 404 before 2.36.

    Chapter Workspaces: GET /organizations/{id}/members/{user}/workspaces/available-users.
    """
    segments = path("organizations", organization_id, "members", ME, "workspaces", "available-users")
    query = {"q": q, "limit": str(limit)}
    return Call(method="GET", path=segments, response_type=tuple[MinimalUser, ...] | None, query=query)


def quota(organization_id: UUID, owner: str = ME) -> Call[Quota]:
    """Read cost and budget of a user's workspaces.

    Chapter Enterprise: GET /organizations/{organization}/members/{user}/workspace-quota.
    """
    segments = path("organizations", organization_id, "members", owner, "workspace-quota")
    return Call(method="GET", path=segments, response_type=Quota)


def build_parameters(build_id: UUID) -> Call[tuple[ParameterValue, ...] | None]:
    """List the parameter values of a build (chapter Builds: GET /workspacebuilds/{workspacebuild}/parameters)."""
    return Call(
        method="GET",
        path=path("workspacebuilds", build_id, "parameters"),
        response_type=tuple[ParameterValue, ...] | None,
    )


def create_workspace(new: NewWorkspace, owner: str = ME) -> Call[Workspace]:
    """Create a workspace and start it (chapter Workspaces: POST /users/{user}/workspaces)."""
    return Call(
        method="POST",
        path=path("users", owner, "workspaces"),
        response_type=Workspace,
        body=new.body,
        audited=CREATION_AUDITED,
        action="create",
    )


def create_member_workspace(new: NewWorkspace, organization_id: UUID, owner: str = ME) -> Call[Workspace]:
    """Create a workspace of an organization's member and start it.

    Chapter Workspaces: POST /organizations/{organization}/members/{user}/workspaces. Coder prefers
    `create_workspace` and still supports this endpoint.
    """
    segments = path("organizations", organization_id, "members", owner, "workspaces")
    return Call(
        method="POST", path=segments, response_type=Workspace, body=new.body, audited=CREATION_AUDITED, action="create"
    )
