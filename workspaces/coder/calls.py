"""Calls of Coder's API as data; client.py sends them. Each names its chapter of the API reference."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from workspaces.coder.appearance_types import Appearance
from workspaces.coder.scalars import NAME
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

NAME_PATTERN = re.compile(NAME)
type PathSegment = str | UUID | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Call[T]:
    """A request to Coder's API and the type of its response. The repr hides the body: it may contain a password."""

    method: str
    path: str
    response_type: Any  # the type T, which may be a union or a generic
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default=None, repr=False)
    audited: tuple[str, ...] = ()  # fields of the body that the audit log stores
    action: str = ""  # what a write does, for the audit log

    @property
    def is_write(self) -> bool:
        """Return whether the call may change something; a write is never retried automatically."""
        return self.method != "GET" and not self.path.endswith(("/authcheck", "/evaluate"))


def path(*segments: PathSegment) -> str:
    """Return a path under /api/v2. Raises ValueError for a segment that is no UUID, number or name of Coder's.

    httpx resolves `..`, so an unchecked segment could lead to another endpoint.
    """
    for segment in segments:
        if isinstance(segment, str) and not NAME_PATTERN.fullmatch(segment):
            raise ValueError(f"not a name: {segment!r}")
    return "".join(f"/{segment}" for segment in segments)


# ---- General, Users, Authorization


def build_info() -> Call[BuildInfo]:
    """Read version and URLs (chapter General: GET /buildinfo). Needs no token."""
    return Call(method="GET", path=path("buildinfo"), response_type=BuildInfo)


def app_host() -> Call[AppHost]:
    """Read the host of apps with subdomains (chapter Applications: GET /applications/host)."""
    return Call(method="GET", path=path("applications", "host"), response_type=AppHost)


def deployment_config() -> Call[DeploymentConfig]:
    """Read the configuration (chapter General: GET /deployment/config); for owners and auditors."""
    return Call(method="GET", path=path("deployment", "config"), response_type=DeploymentConfig)


def auth_methods() -> Call[AuthMethods]:
    """Read the enabled sign-in methods (chapter Users: GET /users/authmethods). Needs no token."""
    return Call(method="GET", path=path("users", "authmethods"), response_type=AuthMethods)


def login(email: str, password: str) -> Call[Session]:
    """Sign in with a password (chapter Authorization: POST /users/login). Needs no token."""
    body = {"email": email, "password": password}
    return Call(method="POST", path=path("users", "login"), response_type=Session, body=body, action="sign in")


def logout() -> Call[object]:
    """Revoke the token of this call (chapter Users: POST /users/logout)."""
    return Call(method="POST", path=path("users", "logout"), response_type=Any, action="sign out")


def me() -> Call[User]:
    """Read the user of the token (chapter Users: GET /users/me)."""
    return Call(method="GET", path=path("users", "me"), response_type=User)


def user(name: str) -> Call[User]:
    """Read a user by name (chapter Users: GET /users/{user}); NotFound for one that the token may not read."""
    return Call(method="GET", path=path("users", name), response_type=User)


def users(q: str = "", *, limit: int = 25, offset: int = 0) -> Call[UserPage]:
    """List a page of the users that match `q` (chapter Users: GET /users)."""
    query = {"q": q, "limit": str(limit), "offset": str(offset)}
    return Call(method="GET", path=path("users"), response_type=UserPage, query=query)


def authcheck(checks: Mapping[str, object]) -> Call[dict[str, bool]]:
    """Check permissions (chapter Authorization: POST /authcheck): checks by name, results by name."""
    return Call(method="POST", path=path("authcheck"), response_type=dict[str, bool], body={"checks": checks})


# ---- Organizations, Templates


def organizations() -> Call[tuple[Organization, ...] | None]:
    """List all organizations that the user may read (chapter Organizations: GET /organizations)."""
    return Call(method="GET", path=path("organizations"), response_type=tuple[Organization, ...] | None)


def appearance() -> Call[Appearance]:
    """Read how Coder's pages look (chapter Enterprise: GET /appearance). 404 without a license, and in free builds."""
    return Call(method="GET", path=path("appearance"), response_type=Appearance)


def templates(q: str = "") -> Call[tuple[Template, ...] | None]:
    """List the templates that the user may use (chapter Templates: GET /templates).

    Without `q` Coder may leave out deprecated ones; `deprecated:true` lists these.
    """
    query = {"q": q} if q else {}
    return Call(method="GET", path=path("templates"), response_type=tuple[Template, ...] | None, query=query)


# ---- Workspaces


def workspaces(q: str = "", *, limit: int = 25, offset: int = 0) -> Call[WorkspacePage]:
    """List a page of the workspaces that match `q` (chapter Workspaces: GET /workspaces)."""
    query = {"q": q, "limit": str(limit), "offset": str(offset)}
    return Call(method="GET", path=path("workspaces"), response_type=WorkspacePage, query=query)


def workspace(workspace_id: UUID, *, include_deleted: bool = False) -> Call[Workspace]:
    """Read a workspace (chapter Workspaces: GET /workspaces/{workspace}); 410 for a deleted one by default."""
    query = {"include_deleted": "true"} if include_deleted else {}
    return Call(method="GET", path=path("workspaces", workspace_id), response_type=Workspace, query=query)


def workspace_by_name(owner: str, name: str, *, include_deleted: bool = False) -> Call[Workspace]:
    """Read a workspace by name (chapter Workspaces: GET /users/{user}/workspace/{workspacename})."""
    query = {"include_deleted": "true"} if include_deleted else {}
    return Call(method="GET", path=path("users", owner, "workspace", name), response_type=Workspace, query=query)


def watch_workspace(workspace_id: UUID) -> Call[Workspace]:
    """Stream a workspace as it changes (chapter Workspaces: GET /workspaces/{workspace}/watch).

    Each `data` event holds the whole workspace. Use `AsyncCoder.stream`.
    """
    return Call(method="GET", path=path("workspaces", workspace_id, "watch"), response_type=Workspace)


def favorite(workspace_id: UUID) -> Call[None]:
    """Favorite a workspace (chapter Workspaces: PUT /workspaces/{workspace}/favorite); for its owner only."""
    return Call(method="PUT", path=path("workspaces", workspace_id, "favorite"), response_type=None, action="favorite")


def unfavorite(workspace_id: UUID) -> Call[None]:
    """Unfavorite a workspace (chapter Workspaces: DELETE /workspaces/{workspace}/favorite)."""
    return Call(
        method="DELETE", path=path("workspaces", workspace_id, "favorite"), response_type=None, action="unfavorite"
    )


def set_dormant(workspace_id: UUID, *, dormant: bool) -> Call[Workspace | None]:
    """Set the dormancy (chapter Workspaces: PUT /workspaces/{workspace}/dormant). Returns None (304) if unchanged."""
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
    """Set the deadline (aware) of the running build (chapter Workspaces: PUT /workspaces/{workspace}/extend)."""
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
    """Rename a workspace (chapter Workspaces: PATCH /workspaces/{workspace})."""
    return Call(
        method="PATCH",
        path=path("workspaces", workspace_id),
        response_type=None,
        body={"name": name},
        audited=("name",),
        action="rename",
    )


def set_autostart(workspace_id: UUID, schedule: str) -> Call[None]:
    """Set the autostart (chapter Workspaces: PUT /workspaces/{workspace}/autostart) as a cron schedule; "" is off."""
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
    """Set the time until shutdown (chapter Workspaces: PUT /workspaces/{workspace}/ttl) in ms; None is off."""
    return Call(
        method="PUT",
        path=path("workspaces", workspace_id, "ttl"),
        response_type=None,
        body={"ttl_ms": ttl_ms},
        audited=("ttl_ms",),
        action="ttl",
    )


def set_autoupdates(workspace_id: UUID, policy: str) -> Call[None]:
    """Set automatic updates (chapter Workspaces: PUT /workspaces/{workspace}/autoupdates): always or never."""
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
    """Check the autostart (chapter Workspaces: GET /workspaces/{workspace}/resolve-autostart)."""
    return Call(
        method="GET", path=path("workspaces", workspace_id, "resolve-autostart"), response_type=ResolveAutostart
    )


def report_usage(workspace_id: UUID, agent_id: UUID | None = None, app_name: str = "") -> Call[None]:
    """Report that a workspace is in use (chapter Workspaces: POST /workspaces/{workspace}/usage).

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
    """Read a build (chapter Builds: GET /workspacebuilds/{workspacebuild})."""
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
    """Start, stop or delete a workspace (chapter Builds: POST /workspaces/{workspace}/builds).

    `on_success` is the build that Coder creates after a stop, `reason` (dashboard, cli, ...) is shown in its history;
    both since 2.36, ignored before. `log_level` is debug or "": Coder accepts debug from administrators only, and only
    if its configuration allows it.
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
    """Cancel a build (chapter Builds: PATCH /workspacebuilds/{workspacebuild}/cancel).

    `expect_status` (pending or running): 2.36 responds 412 for any other status; 2.19 ignores it.
    """
    query = {"expect_status": expect_status} if expect_status else {}
    return Call(
        method="PATCH",
        path=path("workspacebuilds", build_id, "cancel"),
        response_type=Any,
        query=query,
        action="cancel",
    )
