"""Check permissions: Coder's site roles, ownership and sharing, as far as the API calls need them."""

from coder_simulator.rbac_names import ACTIONS, RESOURCE_TYPES
from coder_simulator.state import Template, User, Workspace
from coder_simulator.world import World

ANY = "*"
DORMANT_ACTIONS = frozenset({"create", "read", "update", "delete", "stop"})  # nobody can start a dormant workspace
READ = frozenset({"read"})
WRITE = frozenset({"create", "read", "update", "delete"})

Grants = dict[str, frozenset[str]]
"""Actions by resource type; "*" is every type or every action of the API."""

SITE_ROLES: dict[str, Grants] = {
    "owner": {ANY: frozenset({ANY}), "workspace_dormant": DORMANT_ACTIONS},
    "template-admin": {
        "template": frozenset({ANY}),
        "file": frozenset({"create", "read"}),
        "workspace": READ,
        "user": READ,
        "group": READ,
        "group_member": READ,
        "organization": READ,
        "organization_member": READ,
        "provisioner_daemon": WRITE,
        "prebuilt_workspace": frozenset({"update", "delete"}),
    },
    "auditor": {
        "audit_log": frozenset({"create", "read"}),
        "connection_log": READ,
        "deployment_config": READ,
        "deployment_stats": READ,
        "template": frozenset({"read", "view_insights"}),
        "user": READ,
        "group": READ,
        "group_member": READ,
        "organization_member": READ,
    },
    "user-admin": {
        "user": WRITE | {"read_personal", "update_personal"},
        "group": WRITE,
        "group_member": READ,
        "assign_role": frozenset({"read", "assign", "unassign"}),
        "assign_org_role": frozenset({"read", "assign", "unassign"}),
        "organization_member": WRITE,
    },
}
SITE_ROLES_2_36 = SITE_ROLES | {role: SITE_ROLES[role] | {"organization": READ} for role in ("auditor", "user-admin")}

# actions of users on their own workspaces: in 2.36 only in an organization that they are members of
OWN_WORKSPACE_ACTIONS: Grants = {"workspace": frozenset({ANY}), "workspace_dormant": DORMANT_ACTIONS}
# actions of users on their other resources
OWNER_ACTIONS: Grants = {
    "api_key": frozenset({ANY}),
    "file": frozenset({"create", "read"}),
    "group_member": READ,
    "inbox_notification": frozenset({ANY}),
    "notification_preference": frozenset({"read", "update"}),
    "organization_member": READ,
    "provisioner_daemon": frozenset({"create", "read"}),
    "user": frozenset({"read", "read_personal", "update_personal"}),
    "user_secret": frozenset({ANY}),
}

# actions of members on the resources of their organization
MEMBER_ACTIONS: Grants = {
    "organization": READ,
    "provisioner_daemon": READ,
    "assign_org_role": READ,
}
MEMBER_ACTIONS_2_36 = MEMBER_ACTIONS | {"organization_member": READ}

# actions on a template of the users on its access list, which has the organization's members at first
TEMPLATE_USER_ACTIONS = frozenset({"read", "use"})

SHARED_ROLES: Grants = {
    # actions of the roles in a workspace's access list (2.36)
    "use": frozenset({"read", "ssh", "application_connect", "start", "stop"}),
    "admin": frozenset({"read", "ssh", "application_connect", "start", "stop", "update", "share", "create_agent"}),
}


def is_allowed(
    world: World,
    user: User,
    action: str,
    kind: str,
    *,
    owner_id: str = "",
    organization_id: str = "",
    any_org: bool = False,
) -> bool:
    """Tell whether a user may do `action` on a `kind` of resource, of an owner or in an organization."""
    site_roles = SITE_ROLES_2_36 if world.modern else SITE_ROLES
    if any(_grants(site_roles[role], action, kind) for role in user.roles if role in site_roles):
        return True
    is_member = any_org or any(o.id == organization_id for o in user.organizations)
    if owner_id == user.id:
        if _grants(OWNER_ACTIONS, action, kind):
            return True
        if (is_member or not world.modern) and _grants(OWN_WORKSPACE_ACTIONS, action, kind):
            return True
    return is_member and _grants(MEMBER_ACTIONS_2_36 if world.modern else MEMBER_ACTIONS, action, kind)


def is_allowed_on_workspace(world: World, user: User, action: str, workspace: Workspace) -> bool:
    """Tell whether a user may do `action` (read, update, delete, start, stop, share) on a workspace."""
    kind = (
        "workspace_dormant"
        if workspace.dormant_at and action in {"start", "ssh", "application_connect"}
        else "workspace"
    )
    organization_id = workspace.template.organization.id
    if is_allowed(world, user, action, kind, owner_id=workspace.owner.id, organization_id=organization_id):
        return True
    if workspace.is_prebuild and is_allowed(world, user, action, "prebuilt_workspace"):
        return True
    return kind == "workspace" and action in SHARED_ROLES.get(workspace.shared_with.get(user.id, ""), ())


def can_read_all_workspaces(world: World, user: User) -> bool:
    """Tell whether a user may read the workspaces of all users."""
    return is_allowed(world, user, "read", "workspace")


def is_allowed_on_template(world: World, user: User, template: Template, action: str = "read") -> bool:
    """Tell whether a user may read or use a template: by role, or as a member on its access list."""
    if is_allowed(world, user, action, "template"):
        return True
    if action not in TEMPLATE_USER_ACTIONS or template.organization not in user.organizations:
        return False
    return template.allowed is None or not world.licensed or user.username in template.allowed


def _grants(role: Grants, action: str, kind: str) -> bool:
    actions = role.get(kind) or role.get(ANY) or frozenset()
    return action in actions or (ANY in actions and action in ACTIONS and kind in RESOURCE_TYPES)
