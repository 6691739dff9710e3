"""The page of one build: a header from the build itself, and details that take more calls."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import decide
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.template_types import ParameterValue, RichParameter
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.action_buttons import make_allowed_action
from workspaces.present.builds.descriptions import build_title, duration_text, make_job_status, queue_time, run_time
from workspaces.present.builds.history import MIN_QUEUE_TIME
from workspaces.present.builds.log import BuildLogView
from workspaces.present.failures import error_code_text, failure_title
from workspaces.present.page_models import Action, Notice, Status, Viewer
from workspaces.present.resources import Resources, make_resources_for_build
from workspaces.present.times import Moment, make_moment, make_optional_moment
from workspaces.present.workspace.notices import queue_notice

REFRESH_S = 5  # while it is in progress


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildHeader:
    """The header, from the build alone."""

    id: UUID
    workspace_id: UUID
    owner: str
    name: str
    number: int
    title: str  # what it did and why
    status: Status
    summary: str  # since when it runs; "" unless it runs
    failure_title: str  # a heading; "" if it did not fail
    error: str  # Coder's message with its line breaks
    error_explanation: str  # the meaning of Coder's error code
    created: Moment
    ended: Moment | None
    duration: str  # "" until it ends
    queue_time: str  # "" if it was short
    version: str
    provisioner: str  # the provisioner's name (2.36)
    workspace_status: str  # the workspace's status by this build
    in_progress: bool
    log_truncated: bool  # Coder kept only the beginning of its log
    refresh_s: int  # 0 after its end
    read_at: Moment = field(repr=False, compare=False)  # not part of what it shows


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterRow:
    """A parameter and its value in the build."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildActions:
    """What can be done with the build in the workspace's current state."""

    latest_number: int  # of the latest build
    cancel: Action | None
    retry: Action | None
    queue_notice: Notice | None  # while it is queued


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildDetails:
    """The details; None for what could not be read, with the reason in `errors`."""

    actions: BuildActions | None
    log: BuildLogView | None
    parameters: tuple[ParameterRow, ...] | None
    resources: Resources
    errors: dict[str, str]  # by the name of the detail


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildPage:
    """The page; `details` is None before they are read."""

    header: BuildHeader
    q: str  # the search of the log
    q_error: str = ""  # why the log cannot be searched for q
    details: BuildDetails | None = None


def make_build_header(build: WorkspaceBuild, viewer: Viewer) -> BuildHeader:
    """Return the header of a build as this viewer sees it."""
    job = build.job
    queue, run = queue_time(build), run_time(build)
    failed = failure_title(build.transition) if job.status == "failed" else ""
    in_progress = build.status in IN_TRANSITION
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
        error=sanitize_text(job.error).strip(),
        error_explanation=error_code_text(job),
        created=make_moment(build.created_at, viewer.now, viewer.zone),
        ended=make_optional_moment(job.completed_at, viewer.now, viewer.zone),
        duration=duration_text(run) if run is not None else "",
        queue_time=duration_text(queue) if queue is not None and queue >= MIN_QUEUE_TIME else "",
        version=build.template_version_name,
        provisioner=job.worker_name,
        workspace_status=build.status,
        in_progress=in_progress,
        log_truncated=job.logs_overflowed,
        refresh_s=REFRESH_S if in_progress else 0,
        read_at=make_moment(viewer.read_at, viewer.portal_now, viewer.zone),
    )


def build_summary(build: WorkspaceBuild, viewer: Viewer) -> str:
    """Return since when it runs; a queued build has a notice instead."""
    started = make_optional_moment(build.job.started_at, viewer.now, viewer.zone)
    if build.job.status in {"running", "canceling"} and started:
        return _("since %(moment)s") % {"moment": started.short}
    return ""


def make_build_actions(build: WorkspaceBuild, workspace: Workspace, viewer: Viewer) -> BuildActions:
    """Return what can be done with a build. Only the latest build can be canceled or retried."""
    latest = workspace.latest_build
    is_latest = latest.id == build.id
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities, ["cancel", "retry"])
    is_queued = is_latest and latest.status == "pending"
    return BuildActions(
        latest_number=latest.build_number,
        cancel=make_allowed_action("cancel", workspace, decisions) if is_latest else None,
        retry=make_allowed_action("retry", workspace, decisions) if is_latest else None,
        queue_notice=queue_notice(workspace, viewer, decisions) if is_queued else None,
    )


def make_parameter_rows(
    values: Sequence[ParameterValue], parameters: Sequence[RichParameter]
) -> tuple[ParameterRow, ...]:
    """Return the values in the order of the version's parameters, with the names of options instead of their values."""
    order = {each.name: place for place, each in enumerate(parameters)}
    by_name = {each.name: each for each in parameters}
    sorted_values = sorted(values, key=lambda each: (order.get(each.name, len(order)), each.name))
    return tuple(make_parameter_row(each, by_name.get(each.name)) for each in sorted_values)


def make_parameter_row(value: ParameterValue, parameter: RichParameter | None) -> ParameterRow:
    """Return one value with the label of its parameter."""
    options = {each.value: each.name for each in (parameter.options if parameter else None) or ()}
    label = sanitize_text(parameter.display_name if parameter else "") or value.name
    return ParameterRow(name=value.name, label=label, value=sanitize_text(options.get(value.value, value.value)))


def make_build_resources(build: WorkspaceBuild, viewer: Viewer) -> Resources:
    """Return the resources of a build, which later builds may have removed."""
    return make_resources_for_build(build.workspace_id, build.resources or (), viewer, build_id=build.id)
