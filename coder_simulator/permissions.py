"""Check permissions: Coder's site roles, ownership and sharing, as far as the API calls need them."""

from coder_simulator.state import Template, User, Workspace
from coder_simulator.world import World

ANY = "*"
DORMANT_ACTIONS = frozenset({"create", "read", "update", "delete", "stop"})  # nobody can start a dormant workspace

SITE_ROLES: dict[str, dict[str, frozenset[str]]] = {
    # role: {resource type: actions}; "*" is every type or every action
    "owner": {ANY: frozenset({ANY}), "workspace_dormant": DORMANT_ACTIONS},
    "template-admin": {
        "template": frozenset({ANY}),
        "file": frozenset({"create", "read"}),
        "workspace": frozenset({"read"}),
        "user": frozenset({"read"}),
        "group": frozenset({"read"}),
        "group_member": frozenset({"read"}),
        "organization": frozenset({"read"}),
        "organization_member": frozenset({"read"}),
        "provisioner_daemon": frozenset({"create", "read", "update", "delete"}),
        "prebuilt_workspace": frozenset({"update", "delete"}),
    },
    "auditor": {
        "audit_log": frozenset({"create", "read"}),
        "connection_log": frozenset({"read"}),
        "deployment_config": frozenset({"read"}),
        "deployment_stats": frozenset({"read"}),
        "template": frozenset({"read", "view_insights"}),
        "user": frozenset({"read"}),
        "group": frozenset({"read"}),
        "group_member": frozenset({"read"}),
        "organization": frozenset({"read"}),
        "organization_member": frozenset({"read"}),
    },
    "user-admin": {
        "user": frozenset({"create", "read", "update", "delete", "read_personal", "update_personal"}),
        "group": frozenset({"create", "read", "update", "delete"}),
        "group_member": frozenset({"read"}),
        "assign_role": frozenset({"read", "assign", "unassign"}),
        "assign_org_role": frozenset({"read", "assign", "unassign"}),
        "organization": frozenset({"read"}),
        "organization_member": frozenset({"create", "read", "update", "delete"}),
    },
}

OWNER_ACTIONS: dict[str, frozenset[str]] = {
    # actions of users on their own resources
    "workspace": frozenset({ANY}),
    "workspace_dormant": DORMANT_ACTIONS,
    "api_key": frozenset({ANY}),
    "file": frozenset({"create", "read"}),
    "group_member": frozenset({"read"}),
    "inbox_notification": frozenset({ANY}),
    "notification_preference": frozenset({"read", "update"}),
    "organization_member": frozenset({"read"}),
    "provisioner_daemon": frozenset({"create", "read"}),
    "user": frozenset({"read", "read_personal", "update_personal"}),
    "user_secret": frozenset({ANY}),
}

MEMBER_ACTIONS: dict[str, frozenset[str]] = {
    # actions of members on the resources of their organization
    "organization": frozenset({"read"}),
    "template": frozenset({"read", "use"}),
    "provisioner_daemon": frozenset({"read"}),
    "provisioner_jobs": frozenset({"read"}),
    "assign_org_role": frozenset({"read"}),
}

SHARED_ROLES: dict[str, frozenset[str]] = {
    # actions of the roles in a workspace's access list (2.36)
    "use": frozenset({"read", "ssh", "application_connect", "start", "stop"}),
    "admin": frozenset({"read", "ssh", "application_connect", "start", "stop", "update", "share", "create_agent"}),
}


def is_allowed(
    user: User,
    action: str,
    kind: str,
    *,
    owner_id: str = "",
    organization_id: str = "",
    any_org: bool = False,
) -> bool:
    """Tell whether a user may do `action` on a `kind` of resource, of an owner or in an organization."""
    if any(_grants(SITE_ROLES[role], action, kind) for role in user.roles if role in SITE_ROLES):
        return True
    if owner_id == user.id and _grants(OWNER_ACTIONS, action, kind):
        return True
    is_member = any_org or organization_id in {o.id for o in user.organizations}
    return is_member and _grants(MEMBER_ACTIONS, action, kind)


def is_allowed_on_workspace(user: User, action: str, workspace: Workspace) -> bool:
    """Tell whether a user may do `action` (read, update, delete, start, stop, share) on a workspace."""
    kind = (
        "workspace_dormant"
        if workspace.dormant_at and action in {"start", "ssh", "application_connect"}
        else "workspace"
    )
    if is_allowed(user, action, kind, owner_id=workspace.owner.id):
        return True
    if workspace.is_prebuild and is_allowed(user, action, "prebuilt_workspace"):
        return True
    return kind == "workspace" and action in SHARED_ROLES.get(workspace.shared_with.get(user.id, ""), ())


def can_read_all_workspaces(user: User) -> bool:
    """Tell whether a user may read the workspaces of all users."""
    return is_allowed(user, "read", "workspace")


def is_allowed_on_template(world: World, user: User, template: Template, action: str = "read") -> bool:
    """Tell whether a user may read or use a template: by role, or as a member on its access list."""
    if is_allowed(user, action, "template"):
        return True
    member = is_allowed(user, action, "template", organization_id=template.organization.id)
    return member and (template.allowed is None or not world.licensed or user.username in template.allowed)


def _grants(role: dict[str, frozenset[str]], action: str, kind: str) -> bool:
    actions = role.get(kind) or role.get(ANY) or frozenset()
    return action in actions or ANY in actions
