"""The rules of what posts or cancels a build. Each says why not, or ""."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from workspaces.actions.cases import Case, Rule, asleep, external, fits, old_version, refused, status_of, unsettled
from workspaces.coder.statuses import SETTLED


def start(case: Case) -> str:
    """From stopped or canceled."""
    reason = refused(case, needs=[case.rights.start]) or unsettled(case) or external(case) or asleep(case)
    if not reason and case.status == "running":
        return _("It is running already.")
    if not reason and case.status == "failed":
        return _("Its last build failed; retry that one.")
    return reason or old_version(case)


def stop(case: Case) -> str:
    """From running or canceled; dormant or not."""
    reason = refused(case, needs=[case.rights.stop]) or unsettled(case) or external(case)
    if not reason and case.status == "stopped":
        return _("It is stopped already.")
    if not reason and case.status == "failed":
        return _("Its last build failed; retry that one.")
    return reason


def restart(case: Case) -> str:
    """From running: the portal stops it, waits, and starts it again."""
    reason = refused(case, needs=[case.rights.start, case.rights.stop]) or unsettled(case) or external(case)
    if not reason and case.status != "running":
        return _("It is not running; start it.")
    return reason or asleep(case) or old_version(case)


def update(case: Case) -> str:
    """A start with the active version; of a running one after a stop."""
    needs = [case.rights.start, case.rights.stop or case.status != "running"]
    reason = refused(case, needs=needs) or unsettled(case) or external(case) or asleep(case)
    if not reason and not case.workspace.outdated:
        return _("It has the active version of its template already.")
    return reason


def retry(case: Case) -> str:
    """The transition that failed, once more."""
    rights = {"start": case.rights.start, "stop": case.rights.stop, "delete": case.rights.delete}
    reason = refused(case, needs=[rights.get(case.retries, True)]) or unsettled(case) or external(case)
    if not reason and not case.retries:
        return _("Its last build did not fail.")
    if not reason and case.retries == "start":
        return asleep(case) or old_version(case)
    return reason


def cancel(case: Case) -> str:
    """The build that runs or waits."""
    reason = refused(case, needs=[case.rights.update]) or external(case)
    if reason:
        return reason
    if case.status == "pending" and not case.dialect.cancels_pending:
        return _("This version of Coder cancels a build only once it runs.")
    if case.status in {"starting", "stopping", "deleting"}:
        may = case.workspace.template_allow_user_cancel_workspace_jobs or case.rights.site_owner
        return "" if may else _("Its template lets only site owners cancel a build.")
    if case.status == "canceling":
        return _("The build is being canceled already.")
    return "" if case.status == "pending" else _("Nothing is being built.")


def delete(case: Case) -> str:
    """From any status in which builds are taken; dormant or not."""
    return refused(case, needs=[case.rights.delete]) or unsettled(case)


def orphan(case: Case) -> str:
    """A deletion that leaves behind what was made: where the last build did not come to its end."""
    reason = delete(case)
    if not reason and not case.rights.update_template:
        return _("Only somebody who may change its template can leave behind what it has made.")
    broken = {"failed", "canceled"} if case.dialect.orphans_canceled else {"failed"}
    if not reason and case.status not in broken:
        return _("Only what a build has left unfinished can be left behind.")
    return reason


def parameters(case: Case) -> str:
    """A start with other parameters."""
    reason = refused(case, needs=[case.rights.start]) or unsettled(case) or external(case)
    outdated = case.workspace.outdated and case.workspace.template_require_active_version
    if not reason and outdated and not case.rights.update_template:
        return _("Its template lets only the active version start; update it first.")
    return reason


def change_version(case: Case) -> str:
    """A start with any version of the template: Coder lets everybody choose one who may start the workspace.

    Its dashboard offers that only to those who may change the template.
    """
    reason = refused(case, needs=[case.rights.start]) or unsettled(case) or external(case) or asleep(case)
    if not reason and case.workspace.template_require_active_version and not case.rights.update_template:
        return _("Its template lets only the active version start.")
    return reason


RULES: Mapping[str, Rule] = {
    "start": (fits("stopped", "canceled"), start),
    "stop": (fits("running", "canceled", "unknown"), stop),
    "restart": (fits("running"), restart),
    "update": (lambda workspace: workspace.outdated and status_of(workspace) in SETTLED, update),
    "retry": (fits("failed"), retry),
    "cancel": (fits("pending", "starting", "stopping", "deleting"), cancel),
    "delete": (fits(*SETTLED), delete),
    "orphan": (fits("failed", "canceled"), orphan),
    "parameters": (fits(*SETTLED), parameters),
    "change_version": (fits(*SETTLED), change_version),
}
