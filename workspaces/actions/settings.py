"""The rules of what changes a workspace without a build. Each says why not, or ""."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from workspaces.actions.cases import Case, Rule, alive, fits, gone, prebuilt, refused, status_of, unsettled
from workspaces.coder.statuses import IN_TRANSITION, SETTLED
from workspaces.schedule import real


def favorite(case: Case) -> str:
    """Coder keeps stars for owners only."""
    if not case.rights.mine:
        return _("Only %(owner)s can star this workspace.") % {"owner": case.workspace.owner_name}
    reason = refused(case, needs=[case.rights.update]) or gone(case)
    return reason or (_("It has a star already.") if case.workspace.favorite else "")


def unfavorite(case: Case) -> str:
    """The other way."""
    if not case.rights.mine:
        return _("Only %(owner)s can star this workspace.") % {"owner": case.workspace.owner_name}
    reason = refused(case, needs=[case.rights.update]) or gone(case)
    return reason or ("" if case.workspace.favorite else _("It has no star."))


def setting(case: Case) -> str:
    """Whatever may be changed as long as it is there."""
    goes = unsettled(case) if case.status == "deleting" else ""
    return refused(case, needs=[case.rights.update]) or gone(case) or goes


def dormant(case: Case) -> str:
    """Lay it to rest."""
    reason = setting(case) or prebuilt(case) or unsettled(case)
    return reason or (_("It is dormant already.") if case.workspace.dormant_at else "")


def activate(case: Case) -> str:
    """Wake it."""
    reason = setting(case) or prebuilt(case)
    return reason or ("" if case.workspace.dormant_at else _("It is not dormant."))


def rename(case: Case) -> str:
    """Where the deployment allows it."""
    return setting(case) or ("" if case.workspace.allow_renames else _("This Coder does not allow new names."))


def scheduled(case: Case) -> str:
    """Autostart and TTL."""
    return setting(case) or prebuilt(case)


def autoupdates(case: Case) -> str:
    """The workspace's own policy, where the template leaves it one."""
    bound = case.workspace.template_require_active_version
    return setting(case) or (_("Its template decides this: it always starts with the active version.") if bound else "")


def extend(case: Case) -> str:
    """Move the time at which it stops by itself."""
    reason = scheduled(case)
    if not reason and case.status in IN_TRANSITION | {"unknown"}:
        return unsettled(case)
    if not reason and case.status != "running":
        return _("Only a running workspace stops by itself.")
    if not reason and not real(case.workspace.latest_build.deadline):
        return _("It does not stop by itself, so there is no time to move.")
    return reason


def usage(case: Case) -> str:
    """Tell Coder that it is in use."""
    return setting(case) or ("" if case.status == "running" else _("It is not running."))


RULES: Mapping[str, Rule] = {
    "favorite": (lambda workspace: alive(workspace) and not workspace.favorite, favorite),
    "unfavorite": (lambda workspace: alive(workspace) and workspace.favorite, unfavorite),
    "dormant": (
        lambda workspace: status_of(workspace) in SETTLED - {"running"} and not workspace.dormant_at,
        dormant,
    ),
    "activate": (lambda workspace: alive(workspace) and workspace.dormant_at is not None, activate),
    "rename": (alive, rename),
    "extend": (fits("running"), extend),
    "autostart": (alive, scheduled),
    "ttl": (alive, scheduled),
    "autoupdates": (alive, autoupdates),
    "usage": (fits("running"), usage),
}
