"""Coder's calls about templates, and the one that makes a workspace of one."""

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
)
from workspaces.coder.types import User, Workspace

# The fields of a creation whose values the audit log keeps.
CREATION_AUDITED = ("name", "template_version_id", "autostart_schedule", "ttl_ms", "automatic_updates")
ME = "me"  # what Coder calls whoever asks, wherever a username may stand


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWorkspace:
    """What is to be made: a name, a version of a template, and what was chosen beside them."""

    name: str
    template_version_id: UUID
    rich_parameter_values: Sequence[ParameterValue] = ()
    template_version_preset_id: UUID | None = None  # since 2.36
    autostart_schedule: str = ""  # "": off
    ttl_ms: int | None = None  # None: the template's default
    automatic_updates: str = ""  # always never; "": Coder's default

    @property
    def body(self) -> dict[str, object]:
        """What is sent; only what was chosen."""
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
    """One template (chapter Templates: GET /templates/{id})."""
    return Call(method="GET", path=path("templates", template_id), response_type=Template)


def versions(template_id: UUID) -> Call[tuple[TemplateVersion, ...] | None]:
    """All versions of a template, oldest first, without archived ones (GET /templates/{id}/versions)."""
    return Call(
        method="GET", path=path("templates", template_id, "versions"), response_type=tuple[TemplateVersion, ...] | None
    )


def version(version_id: UUID) -> Call[TemplateVersion]:
    """One version of a template, with what its author says of it (GET /templateversions/{id})."""
    return Call(method="GET", path=path("templateversions", version_id), response_type=TemplateVersion)


def rich_parameters(version_id: UUID) -> Call[tuple[RichParameter, ...] | None]:
    """The parameters of a version (chapter Templates: GET /templateversions/{id}/rich-parameters)."""
    segments = path("templateversions", version_id, "rich-parameters")
    return Call(method="GET", path=segments, response_type=tuple[RichParameter, ...] | None)


def presets(version_id: UUID) -> Call[tuple[Preset, ...] | None]:
    """The presets of a version (chapter Templates: GET /templateversions/{id}/presets); 404 before 2.36."""
    return Call(
        method="GET", path=path("templateversions", version_id, "presets"), response_type=tuple[Preset, ...] | None
    )


def external_auth(version_id: UUID) -> Call[tuple[ExternalAuth, ...] | None]:
    """The sign-ins elsewhere that a version needs (GET /templateversions/{id}/external-auth)."""
    segments = path("templateversions", version_id, "external-auth")
    return Call(method="GET", path=segments, response_type=tuple[ExternalAuth, ...] | None)


def evaluate(version_id: UUID, inputs: Mapping[str, str], owner_id: UUID) -> Call[Evaluation]:
    """The parameters that there are with these values, for this owner; 404 before 2.36.

    Chapter Templates: POST /templateversions/{id}/dynamic-parameters/evaluate. It changes nothing.
    """
    body = {"id": 1, "inputs": dict(inputs), "owner_id": str(owner_id)}
    segments = path("templateversions", version_id, "dynamic-parameters", "evaluate")
    return Call(method="POST", path=segments, response_type=Evaluation, body=body)


def user(name: str) -> Call[User]:
    """One person (chapter Users: GET /users/{user}); to be asked only by those who may read people."""
    return Call(method="GET", path=path("users", name), response_type=User)


def available_owners(organization_id: UUID, q: str, *, limit: int) -> Call[tuple[MinimalUser, ...] | None]:
    """People like `q` for whom whoever asks may make a workspace; 404 before 2.36.

    Chapter Workspaces: GET /organizations/{id}/members/{user}/workspaces/available-users.
    """
    segments = path("organizations", organization_id, "members", ME, "workspaces", "available-users")
    query = {"q": q, "limit": str(limit)}
    return Call(method="GET", path=segments, response_type=tuple[MinimalUser, ...] | None, query=query)


def quota(organization_id: UUID, owner: str = ME) -> Call[Quota]:
    """What a person's workspaces cost and may cost (GET /organizations/{id}/members/{user}/workspace-quota)."""
    segments = path("organizations", organization_id, "members", owner, "workspace-quota")
    return Call(method="GET", path=segments, response_type=Quota)


def build_parameters(build_id: UUID) -> Call[tuple[ParameterValue, ...] | None]:
    """The values that a build was made with (chapter Builds: GET /workspacebuilds/{id}/parameters)."""
    return Call(
        method="GET",
        path=path("workspacebuilds", build_id, "parameters"),
        response_type=tuple[ParameterValue, ...] | None,
    )


def create_workspace(new: NewWorkspace, owner: str = ME) -> Call[Workspace]:
    """Make a workspace and start it (chapter Workspaces: POST /users/{user}/workspaces)."""
    return Call(
        method="POST",
        path=path("users", owner, "workspaces"),
        response_type=Workspace,
        body=new.body,
        audited=CREATION_AUDITED,
        action="create",
    )


def create_member_workspace(new: NewWorkspace, organization_id: UUID, owner: str = ME) -> Call[Workspace]:
    """Make a workspace of a member's and start it.

    Chapter Workspaces: POST /organizations/{id}/members/{user}/workspaces. Coder would rather be asked by user,
    and serves this address still.
    """
    segments = path("organizations", organization_id, "members", owner, "workspaces")
    return Call(
        method="POST", path=segments, response_type=Workspace, body=new.body, audited=CREATION_AUDITED, action="create"
    )
