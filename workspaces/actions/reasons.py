"""Reasons against an action that several rules share. Each is a sentence, or "" if it does not apply."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from workspaces.actions.context import ActionContext


def reason_not_allowed(context: ActionContext, *, needs: Sequence[bool]) -> str:
    """Return the reason if the person lacks one of the needed rights."""
    if context.rights.is_read_only:
        return _("You can view this workspace, but not change it.")
    return "" if all(needs) else _("You do not have permission to change this workspace.")


def reason_in_transition(context: ActionContext) -> str:
    """Return the reason if the status accepts no new build: in transition, deleted or unknown."""
    match context.status:
        case "pending":
            return _("A build is queued. Wait until it ends.")
        case "starting":
            return _("The workspace is starting. Wait until it has started.")
        case "stopping":
            return _("The workspace is stopping. Wait until it has stopped.")
        case "canceling":
            return _("A build is being canceled. Wait until it ends.")
        case "deleting":
            return _("The workspace is being deleted.")
        case "unknown":
            return _(
                "Coder reports the status “%(status)s”, which the portal does not know. Open the workspace in Coder."
            ) % {"status": context.workspace.latest_build.status}
    return reason_deleted(context)


def reason_deleted(context: ActionContext) -> str:
    """Return the reason if the workspace has been deleted."""
    return _("The workspace was deleted.") if context.status == "deleted" else ""


def reason_external_agent(context: ActionContext) -> str:
    """Return the reason if an agent runs outside of Coder. Coder's dashboard offers no builds for these either."""
    is_external = context.workspace.latest_build.has_external_agent
    return _("This workspace has an external agent. Start and stop the agent on its machine.") if is_external else ""


def reason_no_build(context: ActionContext, *, needs: Sequence[bool]) -> str:
    """Return the reason that every build has in common: rights, status or an external agent."""
    return reason_not_allowed(context, needs=needs) or reason_in_transition(context) or reason_external_agent(context)


def reason_prebuilt(context: ActionContext) -> str:
    """Return the reason if it is an unclaimed prebuilt workspace: Coder answers 409 to changes of its schedule."""
    is_locked = context.capabilities.locks_prebuilds and context.workspace.is_prebuild
    return _("This is an unclaimed prebuilt workspace. Coder manages it.") if is_locked else ""


def reason_dormant(context: ActionContext) -> str:
    """Return the reason if it is dormant and a start does not activate it."""
    stays_dormant = context.workspace.dormant_at and not context.capabilities.activates_on_start
    return _("The workspace is dormant. Activate it first.") if stays_dormant else ""


def reason_outdated(context: ActionContext) -> str:
    """Return the reason if it must start with the template's active version and has another one.

    After a failed or canceled build, Coder's dashboard offers the old version all the same, but Coder then refuses
    it to everybody who may not change the template.
    """
    workspace, may_choose = context.workspace, context.rights.update_template
    if not workspace.outdated:
        return ""
    is_broken = context.status in {"canceled", "failed"}
    if workspace.template_require_active_version and (context.status in {"running", "stopped"} or not may_choose):
        return _("The template requires the active version. Update the workspace instead.")
    is_exempt = is_broken or (may_choose and not context.capabilities.supports_on_success)
    if workspace.automatic_updates == "always" and not is_exempt:
        return _("Automatic updates are on. Update the workspace instead.")
    return ""
