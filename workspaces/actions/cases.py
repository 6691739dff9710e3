"""Who asks what of which workspace and which Coder, and the reasons against it that several rules share."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from workspaces.coder.statuses import STATUSES
from workspaces.coder.types import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What Coder says this person may do with one workspace (POST /authcheck)."""

    mine: bool
    update: bool = False
    start: bool = False
    stop: bool = False
    delete: bool = False
    connect: bool = False  # may open its apps and ports
    update_template: bool = False  # of its template: may use any version of it
    site_owner: bool = False

    @property
    def reads_only(self) -> bool:
        """Whether nothing that writes is theirs."""
        return not (self.update or self.start or self.stop or self.delete)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What this version of Coder can do."""

    chains: bool  # `on_success`: a stop is followed by a start, on the server
    wakes_on_start: bool  # a start makes a dormant workspace active
    cancels_pending: bool  # `expect_status=pending`: what waits in the queue can always be taken out
    finds_shared: bool  # `shared:true` in a search
    keeps_prebuilds: bool  # prebuilt workspaces refuse schedules
    shares_in_organization: bool  # a port can be opened to everybody in the organisation, and to nobody else
    orphans_canceled: bool  # what a canceled build has made can be left behind as well
    off_keeps_max: bool  # a TTL that is switched off moves the running one's deadline to its latest

    @classmethod
    def of(cls, version: str) -> "Dialect":
        """The dialect of a version as Coder writes it ("v2.36.0+abc"); an unreadable one counts as old."""
        found = re.match(r"v?(\d+)\.(\d+)", version)
        new = found is not None and (int(found[1]), int(found[2])) >= (2, 36)
        return cls(
            chains=new,
            wakes_on_start=new,
            cancels_pending=new,
            finds_shared=new,
            keeps_prebuilds=new,
            shares_in_organization=new,
            orphans_canceled=new,
            off_keeps_max=new,
        )


def status_of(workspace: Workspace) -> str:
    """Coder's word, or "unknown" for one that the portal does not know."""
    status = workspace.latest_build.status
    return status if status in STATUSES else "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One workspace, one person, one Coder: what the rules below look at."""

    workspace: Workspace
    rights: Rights
    dialect: Dialect

    @property
    def status(self) -> str:
        """Coder's word, or "unknown" for one that the portal does not know."""
        return status_of(self.workspace)

    @property
    def retries(self) -> str:
        """The transition that a retry repeats; "" where nothing failed."""
        return self.workspace.latest_build.transition if self.status == "failed" else ""


# When the action makes sense at all, and the reason against it ("": none).
type Rule = tuple[Callable[[Workspace], bool], Callable[[Case], str]]


def fits(*statuses: str) -> Callable[[Workspace], bool]:
    """Whether the workspace has one of these statuses."""
    return lambda workspace: status_of(workspace) in statuses


def alive(workspace: Workspace) -> bool:
    """Whether it has not been deleted."""
    return status_of(workspace) != "deleted"


def must_update(workspace: Workspace) -> bool:
    """Whether it is outdated and the template, or its own policy, lets only the active version start."""
    binding = workspace.template_require_active_version or workspace.automatic_updates == "always"
    return workspace.outdated and binding


# ---- each reason is a sentence, or "" where it does not hold


def refused(case: Case, *, needs: Sequence[bool]) -> str:
    """The person lacks one of the rights that are needed."""
    if case.rights.reads_only:
        return _("You may look at this workspace, but not change it.")
    return "" if all(needs) else _("Coder does not let you do this with this workspace.")


def unsettled(case: Case) -> str:
    """Something is being done with it already, or nothing can be done any more."""
    match case.status:
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
                "status": case.workspace.latest_build.status
            }
    return gone(case)


def gone(case: Case) -> str:
    """It has been deleted."""
    return _("It has been deleted.") if case.status == "deleted" else ""


def external(case: Case) -> str:
    """Coder's own dashboard offers nothing for these either."""
    outside = case.workspace.latest_build.has_external_agent
    return _("Its agent runs outside of Coder; start and stop it there.") if outside else ""


def prebuilt(case: Case) -> str:
    """Coder answers 409 to whoever changes the schedule of one that waits to be claimed."""
    waits = case.dialect.keeps_prebuilds and case.workspace.is_prebuild
    return _("It was built in advance and waits for somebody to take it; Coder looks after it.") if waits else ""


def asleep(case: Case) -> str:
    """It is dormant, and a start would not wake it."""
    held = case.workspace.dormant_at and not case.dialect.wakes_on_start
    return _("It is dormant; activate it first.") if held else ""


def old_version(case: Case) -> str:
    """It would start with another version than the template's active one, and must not.

    Where a build of it failed or was canceled, Coder's dashboard offers the old version all the same, which
    Coder then refuses to everybody who may not change the template.
    """
    workspace, chooses = case.workspace, case.rights.update_template
    if not workspace.outdated:
        return ""
    if workspace.template_require_active_version and (case.status in {"running", "stopped"} or not chooses):
        return _("Its template lets only the active version start; update it instead.")
    free = case.status in {"canceled", "failed"} or (chooses and not case.dialect.chains)
    if workspace.automatic_updates == "always" and not free:
        return _("It is set to start with the active version always; update it instead.")
    return ""
