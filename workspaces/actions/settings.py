"""The rules for actions that change a workspace without a build. Each returns the reason against it, or ""."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from workspaces.actions.context import ActionContext, known_status
from workspaces.actions.reasons import reason_deleted, reason_in_transition, reason_not_allowed, reason_prebuilt
from workspaces.actions.rules import Rule, exists, has_status
from workspaces.coder.statuses import IN_TRANSITION, SETTLED
from workspaces.coder.types import Workspace
from workspaces.schedule import nonzero_time


def check_favorite(context: ActionContext) -> str:
    """Check marking it as a favorite. Coder keeps favorites for owners only."""
    if not context.rights.is_owner:
        return _("Only %(owner)s can favorite this workspace.") % {"owner": context.workspace.owner_name}
    reason = reason_not_allowed(context, needs=[context.rights.update]) or reason_deleted(context)
    return reason or (_("The workspace is already a favorite.") if context.workspace.favorite else "")


def check_unfavorite(context: ActionContext) -> str:
    """Check removing it from the favorites."""
    if not context.rights.is_owner:
        return _("Only %(owner)s can favorite this workspace.") % {"owner": context.workspace.owner_name}
    reason = reason_not_allowed(context, needs=[context.rights.update]) or reason_deleted(context)
    return reason or ("" if context.workspace.favorite else _("The workspace is not a favorite."))


def check_setting(context: ActionContext) -> str:
    """Check a setting that can be changed as long as the workspace exists."""
    reason = reason_not_allowed(context, needs=[context.rights.update]) or reason_deleted(context)
    return reason or (reason_in_transition(context) if context.status == "deleting" else "")


def check_dormant(context: ActionContext) -> str:
    """Check making it dormant."""
    reason = check_setting(context) or reason_prebuilt(context) or reason_in_transition(context)
    return reason or (_("The workspace is already dormant.") if context.workspace.dormant_at else "")


def check_activate(context: ActionContext) -> str:
    """Check activating a dormant workspace."""
    reason = check_setting(context) or reason_prebuilt(context)
    return reason or ("" if context.workspace.dormant_at else _("The workspace is not dormant."))


def check_rename(context: ActionContext) -> str:
    """Check a new name: the deployment must allow it."""
    return check_setting(context) or (
        "" if context.workspace.allow_renames else _("Renaming is disabled in this Coder deployment.")
    )


def check_schedule(context: ActionContext) -> str:
    """Check a change of autostart or TTL."""
    return check_setting(context) or reason_prebuilt(context)


def check_autoupdates(context: ActionContext) -> str:
    """Check a change of automatic updates: the template must leave the choice to the workspace."""
    is_fixed = context.workspace.template_require_active_version
    return check_setting(context) or (_("The template requires the active version at each start.") if is_fixed else "")


def check_extend(context: ActionContext) -> str:
    """Check a new deadline of the running build."""
    reason = check_schedule(context)
    if not reason and context.status in IN_TRANSITION | {"unknown"}:
        return reason_in_transition(context)
    if not reason and context.status != "running":
        return _("Autostop applies to running workspaces only.")
    if not reason and not nonzero_time(context.workspace.latest_build.deadline):
        return _("This workspace has no deadline: it runs until it is stopped.")
    return reason


def check_usage(context: ActionContext) -> str:
    """Check reporting its use to Coder."""
    return check_setting(context) or ("" if context.status == "running" else _("The workspace is not running."))


def can_become_dormant(workspace: Workspace) -> bool:
    """Return whether the workspace is active and does not run."""
    return known_status(workspace) in SETTLED - {"running"} and not workspace.dormant_at


def is_dormant(workspace: Workspace) -> bool:
    """Return whether the workspace exists and is dormant."""
    return exists(workspace) and workspace.dormant_at is not None


RULES: Mapping[str, Rule] = {
    "favorite": Rule(lambda workspace: exists(workspace) and not workspace.favorite, check_favorite),
    "unfavorite": Rule(lambda workspace: exists(workspace) and workspace.favorite, check_unfavorite),
    "dormant": Rule(can_become_dormant, check_dormant),
    "activate": Rule(is_dormant, check_activate),
    "rename": Rule(exists, check_rename),
    "extend": Rule(has_status("running"), check_extend),
    "autostart": Rule(exists, check_schedule),
    "ttl": Rule(exists, check_schedule),
    "autoupdates": Rule(exists, check_autoupdates),
    "usage": Rule(has_status("running"), check_usage),
}
