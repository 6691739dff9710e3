"""Coder's calls: what is asked, as data. client.py sends them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from workspaces.coder.template_types import Template
from workspaces.coder.types import (
    AppHost,
    AuthMethods,
    BuildInfo,
    DeploymentConfig,
    Organization,
    ResolveAutostart,
    Session,
    User,
    UserPage,
    Workspace,
    WorkspaceBuild,
    WorkspacePage,
)

NAME_PATTERN = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*")
type PathSegment = str | UUID | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call[T]:
    """One request to Coder's API and the type of its answer. The repr hides the body: it may hold a password."""

    method: str
    path: str
    response_type: Any  # the type T, which may be a union or a generic
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    audited: tuple[str, ...] = ()  # the fields of the body whose values the audit log keeps
    action: str = ""  # what a write does, in Coder's words: the portal's record names it so

    @property
    def is_write(self) -> bool:
        """Whether it may change something: such a call is never repeated by itself."""
        return self.method != "GET" and not self.path.endswith(("/authcheck", "/evaluate"))


def path(*segments: PathSegment) -> str:
    """A path under /api/v2. Raises ValueError for a segment that is neither a UUID, a number, nor a name of Coder's.

    httpx folds `..`, so that a segment from outside could reach another address.
    """
    for segment in segments:
        if isinstance(segment, str) and not NAME_PATTERN.fullmatch(segment):
            raise ValueError(f"not a name: {segment!r}")
    return "".join(f"/{segment}" for segment in segments)


# ---- General, Users, Authorization


def build_info() -> Call[BuildInfo]:
    """Version and addresses (chapter General: GET /buildinfo). Needs no token."""
    return Call(method="GET", path=path("buildinfo"), response_type=BuildInfo)


def app_host() -> Call[AppHost]:
    """Where apps with a subdomain of their own are found (chapter Applications: GET /applications/host)."""
    return Call(method="GET", path=path("applications", "host"), response_type=AppHost)


def deployment_config() -> Call[DeploymentConfig]:
    """How Coder is configured (chapter General: GET /deployment/config); owners and auditors may know."""
    return Call(method="GET", path=path("deployment", "config"), response_type=DeploymentConfig)


def auth_methods() -> Call[AuthMethods]:
    """Open ways of signing in (chapter Users: GET /users/authmethods). Needs no token."""
    return Call(method="GET", path=path("users", "authmethods"), response_type=AuthMethods)


def login(email: str, password: str) -> Call[Session]:
    """A session for a password (chapter Authorization: POST /users/login). Needs no token."""
    body = {"email": email, "password": password}
    return Call(method="POST", path=path("users", "login"), response_type=Session, body=body, action="sign in")


def logout() -> Call[object]:
    """End the token that is used (chapter Users: POST /users/logout)."""
    return Call(method="POST", path=path("users", "logout"), response_type=Any, action="sign out")


def me() -> Call[User]:
    """Whose token it is (chapter Users: GET /users/me)."""
    return Call(method="GET", path=path("users", "me"), response_type=User)


def users(q: str = "", *, limit: int = 25, offset: int = 0) -> Call[UserPage]:
    """People who match (chapter Users: GET /users), a page of them."""
    query = {"q": q, "limit": str(limit), "offset": str(offset)}
    return Call(method="GET", path=path("users"), response_type=UserPage, query=query)


def authcheck(checks: Mapping[str, object]) -> Call[dict[str, bool]]:
    """What the person may do (chapter Authorization: POST /authcheck): checks by name, answered by name."""
    return Call(method="POST", path=path("authcheck"), response_type=dict[str, bool], body={"checks": checks})


# ---- Organizations, Templates


def organizations() -> Call[tuple[Organization, ...] | None]:
    """All organisations that the person may see (chapter Organizations: GET /organizations)."""
    return Call(method="GET", path=path("organizations"), response_type=tuple[Organization, ...] | None)


def templates() -> Call[tuple[Template, ...] | None]:
    """All templates that the person may use (chapter Templates: GET /templates)."""
    return Call(method="GET", path=path("templates"), response_type=tuple[Template, ...] | None)


# ---- Workspaces


def workspaces(q: str = "", *, limit: int = 25, offset: int = 0) -> Call[WorkspacePage]:
    """Workspaces that match (chapter Workspaces: GET /workspaces), a page of them."""
    query = {"q": q, "limit": str(limit), "offset": str(offset)}
    return Call(method="GET", path=path("workspaces"), response_type=WorkspacePage, query=query)


def workspace(workspace_id: UUID, *, include_deleted: bool = False) -> Call[Workspace]:
    """One workspace (chapter Workspaces: GET /workspaces/{id}); a deleted one is 410 unless asked for."""
    query = {"include_deleted": "true"} if include_deleted else {}
    return Call(method="GET", path=path("workspaces", workspace_id), response_type=Workspace, query=query)


def workspace_by_name(owner: str, name: str, *, include_deleted: bool = False) -> Call[Workspace]:
    """One workspace (chapter Workspaces: GET /users/{user}/workspace/{name})."""
    query = {"include_deleted": "true"} if include_deleted else {}
    return Call(method="GET", path=path("users", owner, "workspace", name), response_type=Workspace, query=query)


def watch(workspace_id: UUID) -> Call[Workspace]:
    """A workspace as it changes (chapter Workspaces: GET /workspaces/{id}/watch), a stream of events.

    Each `data` event is the whole workspace: read it by `AsyncCoder.stream`.
    """
    return Call(method="GET", path=path("workspaces", workspace_id, "watch"), response_type=Workspace)


def favorite(workspace_id: UUID) -> Call[None]:
    """Star it (chapter Workspaces: PUT /workspaces/{id}/favorite); its owner alone may."""
    return Call(method="PUT", path=path("workspaces", workspace_id, "favorite"), response_type=None, action="favorite")


def unfavorite(workspace_id: UUID) -> Call[None]:
    """Take the star away (chapter Workspaces: DELETE /workspaces/{id}/favorite)."""
    return Call(
        method="DELETE", path=path("workspaces", workspace_id, "favorite"), response_type=None, action="unfavorite"
    )


def set_dormant(workspace_id: UUID, *, dormant: bool) -> Call[Workspace | None]:
    """Dormant or active (chapter Workspaces: PUT /workspaces/{id}/dormant). None (304): it was so already."""
    body = {"dormant": dormant}
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "dormant"),
        response_type=Workspace | None,
        body=body,
        audited=("dormant",),
        action="dormant" if dormant else "activate",
    )


def extend(workspace_id: UUID, deadline: datetime) -> Call[object]:
    """Move the deadline of the running build (chapter Workspaces: PUT /workspaces/{id}/extend), aware."""
    body = {"deadline": deadline.isoformat()}
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "extend"),
        response_type=Any,
        body=body,
        audited=("deadline",),
        action="extend",
    )


def rename(workspace_id: UUID, name: str) -> Call[None]:
    """Another name (chapter Workspaces: PATCH /workspaces/{id})."""
    return Call(
        method="PATCH",
        path=path("workspaces", workspace_id),
        response_type=None,
        body={"name": name},
        audited=("name",),
        action="rename",
    )


def set_autostart(workspace_id: UUID, schedule: str) -> Call[None]:
    """When it starts by itself (chapter Workspaces: PUT /workspaces/{id}/autostart): a cron; "" is off."""
    body = {"schedule": schedule or None}
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "autostart"),
        response_type=None,
        body=body,
        audited=("schedule",),
        action="autostart",
    )


def set_ttl(workspace_id: UUID, ttl_ms: int | None) -> Call[None]:
    """How long after a start it stops (chapter Workspaces: PUT /workspaces/{id}/ttl), in ms; None is off."""
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "ttl"),
        response_type=None,
        body={"ttl_ms": ttl_ms},
        audited=("ttl_ms",),
        action="ttl",
    )


def set_autoupdates(workspace_id: UUID, policy: str) -> Call[None]:
    """Which version it starts with (chapter Workspaces: PUT /workspaces/{id}/autoupdates): always or never."""
    body = {"automatic_updates": policy}
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "autoupdates"),
        response_type=None,
        body=body,
        audited=("automatic_updates",),
        action="autoupdates",
    )


def resolve_autostart(workspace_id: UUID) -> Call[ResolveAutostart]:
    """Whether its autostart can work (chapter Workspaces: GET /workspaces/{id}/resolve-autostart)."""
    return Call(
        method="GET", path=path("workspaces", workspace_id, "resolve-autostart"), response_type=ResolveAutostart
    )


def usage(workspace_id: UUID, agent_id: UUID | None = None, app_name: str = "") -> Call[None]:
    """It is in use (chapter Workspaces: POST /workspaces/{id}/usage), and what of it.

    `app_name`: vscode, jetbrains, reconnecting-pty or ssh, of an agent.
    """
    body = {"agent_id": str(agent_id), "app_name": app_name} if agent_id and app_name else None
    return Call(
        method="POST",
        path=path("workspaces", workspace_id, "usage"),
        response_type=None,
        body=body,
        audited=("app_name",),
        action="usage",
    )


# ---- Builds


def build(build_id: UUID) -> Call[WorkspaceBuild]:
    """One build (chapter Builds: GET /workspacebuilds/{id})."""
    return Call(method="GET", path=path("workspacebuilds", build_id), response_type=WorkspaceBuild)


def create_build(
    workspace_id: UUID,
    *,
    transition: str,
    template_version_id: UUID | None = None,
    rich_parameter_values: Sequence[Mapping[str, str]] = (),
    on_success: Mapping[str, object] | None = None,
    reason: str = "",
    orphan: bool = False,
    log_level: str = "",
) -> Call[WorkspaceBuild]:
    """Start, stop or delete (chapter Builds: POST /workspaces/{id}/builds). Only what is given is sent.

    `on_success` is what Coder does by itself after a stop, `reason` (dashboard, cli, ...) what its history says of
    why (both since 2.36; older ones ignore them). `log_level` is debug or "": Coder takes it from those who
    administer it, and only where its configuration allows that.
    """
    body: dict[str, object] = {"transition": transition}
    if template_version_id:
        body["template_version_id"] = str(template_version_id)
    if rich_parameter_values:
        body["rich_parameter_values"] = [dict(value) for value in rich_parameter_values]
    if on_success:
        body["on_success"] = dict(on_success)
    if reason:
        body["reason"] = reason
    if orphan:
        body["orphan"] = True
    if log_level:
        body["log_level"] = log_level
    return Call(
        method="POST",
        path=path("workspaces", workspace_id, "builds"),
        response_type=WorkspaceBuild,
        body=body,
        audited=("transition", "template_version_id", "orphan", "log_level"),
        action=transition,
    )


def cancel_build(build_id: UUID, *, expect_status: str = "") -> Call[object]:
    """Cancel a build (chapter Builds: PATCH /workspacebuilds/{id}/cancel).

    `expect_status` (pending or running): since 2.36 anything else is refused with 412; 2.19 takes no notice.
    """
    query = {"expect_status": expect_status} if expect_status else {}
    return Call(
        method="PATCH",
        path=path("workspacebuilds", build_id, "cancel"),
        response_type=Any,
        query=query,
        action="cancel",
    )
