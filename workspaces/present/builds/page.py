"""One build as a page: what is known of it at once, and what Coder has to be asked for beside."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import decide
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.template_types import ParameterValue, RichParameter
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.action_buttons import make_allowed_action
from workspaces.present.builds.descriptions import build_title, duration_text, make_job_status, queue_time, run_time
from workspaces.present.builds.history import MIN_QUEUE_TIME
from workspaces.present.builds.log import BuildLogView
from workspaces.present.failures import error_code_text, failure_title
from workspaces.present.page_models import Action, Notice, Status, Viewer
from workspaces.present.resources import Resources, make_resources_for_build
from workspaces.present.text import sanitize_output, strip_control_codes
from workspaces.present.times import Moment, make_moment, make_optional_moment
from workspaces.present.workspace.notices import queue_notice

REFRESH_S = 5  # while it is under way


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildHeader:
    """What the build itself tells."""

    id: UUID
    workspace_id: UUID
    owner: str
    name: str
    number: int
    title: str  # what it did, and why
    status: Status
    summary: str  # what it is at; "" once it has ended
    failure_title: str  # what has failed, as a heading; "" where nothing has
    error: str  # in Coder's words, its lines whole
    error_explanation: str  # what Coder's code for the error means
    created: Moment
    ended: Moment | None
    duration: str  # "" while it has not ended
    queue_time: str  # in the queue; "" where that was no time
    version: str
    provisioner: str  # which provisioner took it; 2.36 tells its name
    workspace_status: str  # what the workspace is by this build
    in_progress: bool
    log_truncated: bool  # Coder kept the beginning of its log alone
    refresh_s: int  # 0: it has ended
    snapshot: Moment = field(repr=False, compare=False)  # of when it is; what it shows is no other for that


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """A parameter and the value that the build had."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildActions:
    """How the build stands in its workspace as it is now."""

    latest_number: int  # the number of the latest build
    workspace_deleted: bool  # the workspace has been deleted
    cancel: Action | None
    retry: Action | None
    queue_notice: Notice | None  # what it waits for


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDetails:
    """What else was asked for; None where Coder did not say, and why in `missed`."""

    actions: BuildActions | None
    log: BuildLogView | None
    parameters: tuple[ParameterRow, ...] | None
    resources: Resources
    errors: dict[str, str]  # by the name of what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPage:
    """The page; `rest` is None while it has not been asked for."""

    header: BuildHeader
    zone: str
    q: str
    details: BuildDetails | None = None


def make_build_header(build: WorkspaceBuild, viewer: Viewer) -> BuildHeader:
    """What the build itself tells, as this person sees it."""
    job = build.job
    queued, worked = queue_time(build), run_time(build)
    failed = failure_title(build.transition) if job.status == "failed" else ""
    under_way = build.status in IN_TRANSITION
    return BuildHeader(
        id=build.id,
        workspace_id=build.workspace_id,
        owner=build.workspace_owner_name,
        name=build.workspace_name,
        number=build.build_number,
        title=build_title(build),
        status=make_job_status(job),
        summary=build_summary(build, viewer),
        failure_title=failed,
        error=sanitize_output(job.error).strip(),
        error_explanation=error_code_text(job),
        created=make_moment(build.created_at, viewer.now, viewer.zone),
        ended=make_optional_moment(job.completed_at, viewer.now, viewer.zone),
        duration=duration_text(worked) if worked is not None else "",
        queue_time=duration_text(queued) if queued is not None and queued >= MIN_QUEUE_TIME else "",
        version=build.template_version_name,
        provisioner=job.worker_name,
        workspace_status=build.status,
        in_progress=under_way,
        log_truncated=job.logs_overflowed,
        refresh_s=REFRESH_S if under_way else 0,
        snapshot=make_moment(viewer.now, viewer.now, viewer.zone),
    )


def build_summary(build: WorkspaceBuild, viewer: Viewer) -> str:
    """Since when it is worked on. What waits has a notice of its own."""
    begun = make_optional_moment(build.job.started_at, viewer.now, viewer.zone)
    if build.job.status in {"running", "canceling"} and begun:
        return _("since %(moment)s") % {"moment": begun.short}
    return ""


def make_build_actions(build: WorkspaceBuild, workspace: Workspace, viewer: Viewer) -> BuildActions:
    """How it stands in its workspace. Only the latest build can be canceled, or tried again."""
    latest = workspace.latest_build
    is_latest = latest.id == build.id
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, ["cancel", "retry"])
    waits = is_latest and latest.status == "pending"
    return BuildActions(
        latest_number=latest.build_number,
        workspace_deleted=latest.status == "deleted",
        cancel=make_allowed_action("cancel", workspace, decisions) if is_latest else None,
        retry=make_allowed_action("retry", workspace, decisions) if is_latest else None,
        queue_notice=queue_notice(workspace, viewer, decisions) if waits else None,
    )


def make_parameter_rows(values: Sequence[ParameterValue], asked: Sequence[RichParameter]) -> tuple[ParameterRow, ...]:
    """The values in the order in which the version asks for them; the words of its options stand for theirs."""
    order = {each.name: place for place, each in enumerate(asked)}
    rich = {each.name: each for each in asked}
    sorted_values = sorted(values, key=lambda each: (order.get(each.name, len(order)), each.name))
    return tuple(make_parameter_row(each, rich.get(each.name)) for each in sorted_values)


def make_parameter_row(value: ParameterValue, asked: RichParameter | None) -> ParameterRow:
    """One value, under the name that people know."""
    options = {each.value: each.name for each in (asked.options if asked else None) or ()}
    label = (asked.display_name if asked else "") or value.name
    return ParameterRow(name=value.name, label=label, value=strip_control_codes(options.get(value.value, value.value)))


def make_build_resources(build: WorkspaceBuild, viewer: Viewer) -> Resources:
    """What it has made; of a build that was overtaken, that may be there no more."""
    return make_resources_for_build(build.workspace_id, build.resources or (), viewer, build_id=build.id)
