"""The rules for actions that create or cancel a build. Each returns the reason against the action, or ""."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from workspaces.actions.context import ActionContext, known_status
from workspaces.actions.reasons import (
    reason_dormant,
    reason_external_agent,
    reason_in_transition,
    reason_no_build,
    reason_not_allowed,
    reason_outdated,
)
from workspaces.actions.rules import Rule, has_status
from workspaces.coder.statuses import SETTLED
from workspaces.coder.types import Workspace


def check_start(context: ActionContext) -> str:
    """Check a start: from stopped or canceled."""
    reason = reason_no_build(context, needs=[context.rights.start]) or reason_dormant(context)
    if not reason and context.status == "running":
        return _("The workspace is already running.")
    if not reason and context.status == "failed":
        return _("The latest build failed. Retry the build.")
    return reason or reason_outdated(context)


def check_stop(context: ActionContext) -> str:
    """Check a stop: from running or canceled, dormant or not."""
    reason = reason_no_build(context, needs=[context.rights.stop])
    if not reason and context.status == "stopped":
        return _("The workspace is already stopped.")
    if not reason and context.status == "failed":
        return _("The latest build failed. Retry the build.")
    return reason


def check_restart(context: ActionContext) -> str:
    """Check a restart: from running. The portal stops the workspace, waits, and starts it again."""
    reason = reason_no_build(context, needs=[context.rights.start, context.rights.stop])
    if not reason and context.status != "running":
        return _("The workspace is not running. Start it instead.")
    return reason or reason_dormant(context) or reason_outdated(context)


def check_update(context: ActionContext) -> str:
    """Check an update: a start with the active version, after a stop if the workspace runs."""
    needs = [context.rights.start, context.rights.stop or context.status != "running"]
    reason = reason_no_build(context, needs=needs) or reason_dormant(context)
    if not reason and not context.workspace.outdated:
        return _("The workspace already uses the active version.")
    return reason


def check_retry(context: ActionContext) -> str:
    """Check a retry: the failed transition again."""
    rights = {"start": context.rights.start, "stop": context.rights.stop, "delete": context.rights.delete}
    reason = reason_no_build(context, needs=[rights.get(context.failed_transition, True)])
    if not reason and not context.failed_transition:
        return _("The latest build did not fail.")
    if not reason and context.failed_transition == "start":
        return reason_dormant(context) or reason_outdated(context)
    return reason


def check_cancel(context: ActionContext) -> str:
    """Check the cancellation of the running or queued build."""
    reason = reason_not_allowed(context, needs=[context.rights.update]) or reason_external_agent(context)
    if reason:
        return reason
    if context.status == "pending" and not context.capabilities.supports_cancel_pending:
        return _("This version of Coder cannot cancel a queued build.")
    if context.status in {"starting", "stopping", "deleting"}:
        may_cancel = context.workspace.template_allow_user_cancel_workspace_jobs or context.rights.site_owner
        return "" if may_cancel else _("The template allows only users with the Owner role to cancel builds.")
    if context.status == "canceling":
        return _("The build is already being canceled.")
    return "" if context.status == "pending" else _("No build is in progress.")


def check_delete(context: ActionContext) -> str:
    """Check a deletion: from any status that accepts builds, dormant or not."""
    return reason_not_allowed(context, needs=[context.rights.delete]) or reason_in_transition(context)


def check_orphan(context: ActionContext) -> str:
    """Check a deletion that orphans the resources: only after a build that did not complete."""
    reason = check_delete(context)
    if not reason and not context.rights.update_template:
        return _("Only template admins can orphan resources.")
    broken = {"failed", "canceled"} if context.capabilities.supports_orphan_canceled else {"failed"}
    if not reason and context.status not in broken:
        return _("Resources can be orphaned only after a build that did not complete.")
    return reason


def check_parameters(context: ActionContext) -> str:
    """Check a start with other parameters."""
    reason = reason_no_build(context, needs=[context.rights.start])
    must_update = context.workspace.outdated and context.workspace.template_require_active_version
    if not reason and must_update and not context.rights.update_template:
        return _("The template requires the active version. Update the workspace first.")
    return reason


def check_change_version(context: ActionContext) -> str:
    """Check a start with any version of the template. Coder lets everybody choose one who may start the workspace.

    Coder's dashboard offers it only to people who may change the template.
    """
    reason = reason_no_build(context, needs=[context.rights.start]) or reason_dormant(context)
    if not reason and context.workspace.template_require_active_version and not context.rights.update_template:
        return _("The template requires the active version.")
    return reason


def has_update(workspace: Workspace) -> bool:
    """Return whether the workspace can be updated in its state."""
    return workspace.outdated and known_status(workspace) in SETTLED


RULES: Mapping[str, Rule] = {
    "start": Rule(has_status("stopped", "canceled"), check_start),
    "stop": Rule(has_status("running", "canceled", "unknown"), check_stop),
    "restart": Rule(has_status("running"), check_restart),
    "update": Rule(has_update, check_update),
    "retry": Rule(has_status("failed"), check_retry),
    "cancel": Rule(has_status("pending", "starting", "stopping", "deleting"), check_cancel),
    "delete": Rule(has_status(*SETTLED), check_delete),
    "orphan": Rule(has_status("failed", "canceled"), check_orphan),
    "parameters": Rule(has_status(*SETTLED), check_parameters),
    "change_version": Rule(has_status(*SETTLED), check_change_version),
}
