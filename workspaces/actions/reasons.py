"""Reasons against an action that several rules share. Each is a sentence, or "" if it does not apply."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from workspaces.actions.context import ActionContext


def reason_not_allowed(context: ActionContext, *, needs: Sequence[bool]) -> str:
    """Return the reason if the person lacks one of the needed rights."""
    if context.rights.is_read_only:
        return _("You may look at this workspace, but not change it.")
    return "" if all(needs) else _("Coder does not let you do this with this workspace.")


def reason_in_transition(context: ActionContext) -> str:
    """Return the reason if the status accepts no new build: in transition, deleted or unknown."""
    match context.status:
        case "pending":
            return _("A build waits for its turn; wait until it has ended.")
        case "starting":
            return _("It is starting; wait until that has ended.")
        case "stopping":
            return _("It is stopping; wait until that has ended.")
        case "canceling":
            return _("A build is being canceled; wait until that has ended.")
        case "deleting":
            return _("It is being deleted.")
        case "unknown":
            return _("Coder calls its status “%(status)s”, which this portal does not know; open it in Coder.") % {
                "status": context.workspace.latest_build.status
            }
    return reason_deleted(context)


def reason_deleted(context: ActionContext) -> str:
    """Return the reason if the workspace has been deleted."""
    return _("It has been deleted.") if context.status == "deleted" else ""


def reason_external_agent(context: ActionContext) -> str:
    """Return the reason if an agent runs outside of Coder. Coder's dashboard offers no builds for these either."""
    is_external = context.workspace.latest_build.has_external_agent
    return _("Its agent runs outside of Coder; start and stop it there.") if is_external else ""


def reason_no_build(context: ActionContext, *, needs: Sequence[bool]) -> str:
    """Return the reason that every build has in common: rights, status or an external agent."""
    return reason_not_allowed(context, needs=needs) or reason_in_transition(context) or reason_external_agent(context)


def reason_prebuilt(context: ActionContext) -> str:
    """Return the reason if it is an unclaimed prebuilt workspace: Coder answers 409 to changes of its schedule."""
    is_locked = context.capabilities.locks_prebuilds and context.workspace.is_prebuild
    return _("It was built in advance and waits for somebody to take it; Coder looks after it.") if is_locked else ""


def reason_dormant(context: ActionContext) -> str:
    """Return the reason if it is dormant and a start does not activate it."""
    stays_dormant = context.workspace.dormant_at and not context.capabilities.activates_on_start
    return _("It is dormant; activate it first.") if stays_dormant else ""


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
        return _("Its template lets only the active version start; update it instead.")
    is_exempt = is_broken or (may_choose and not context.capabilities.supports_on_success)
    if workspace.automatic_updates == "always" and not is_exempt:
        return _("It is set to start with the active version always; update it instead.")
    return ""
