"""The history of a workspace: its builds, day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import Decision, decide
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.datetimes import to_zone
from workspaces.present.builds.descriptions import (
    build_title,
    duration_text,
    first_error_line,
    make_job_status,
    queue_time,
    run_time,
)
from workspaces.present.page_models import Status, Viewer
from workspaces.present.times import MONTHS, Moment, clock_text, make_moment
from workspaces.schedule import weekday_name

PAGE_SIZE = 25  # builds
MAX_EXPANDED_PAGES = 8  # that a workspace's page shows at a time; older builds have their own page
MIN_QUEUE_TIME = timedelta(seconds=2)  # a shorter time in the queue is not shown


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One build of a history."""

    id: UUID
    number: int
    title: str  # what it did and why
    status: Status
    created: Moment  # its short form is the time of day
    duration: str  # "" until it ends
    queue_time: str  # "" if it was short
    version: str
    previous_version: str  # of the build before it, if that was another one
    error: str
    startable_version: UUID | None  # this template version, if the workspace can be started with it again
    can_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryDay:
    """The builds of one day in the viewer's zone."""

    iso: str
    label: str
    entries: tuple[HistoryEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Some pages of a history, the newest build first."""

    id: UUID
    owner: str
    name: str
    deleted: bool
    days: tuple[HistoryDay, ...]
    page: int  # the last shown page, from 1
    first_page: int  # the first shown page
    has_older: bool  # there are older builds

    @property
    def more_query(self) -> str:
        """What the query of its addresses has beside the page: Coder finds a deleted workspace by name on request."""
        return "&include_deleted=1" if self.deleted else ""

    @property
    def can_expand(self) -> bool:
        """Whether the next page can be added below this one."""
        return self.page < MAX_EXPANDED_PAGES


def make_history(
    workspace: Workspace,
    builds: Sequence[WorkspaceBuild],
    viewer: Viewer,
    *,
    may_choose_version: bool,
    first_page: int,
    page: int,
) -> History:
    """Return the pages from `first_page` to `page`. `builds` are those on these pages, and one more if there is one.

    `may_choose_version`: whether the viewer may start any version of the template.
    """
    visible = builds[: (page - first_page + 1) * PAGE_SIZE]
    rights = replace(viewer.rights_for(workspace), update_template=may_choose_version)
    decisions = decide(workspace, rights, viewer.capabilities, ["cancel", "change_version"])
    entries = list(make_entries(workspace, visible, builds[1:], decisions, viewer))
    days = groupby(zip(entries, visible, strict=True), key=lambda each: local_day(each[1], viewer))
    return History(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        deleted=workspace.latest_build.status == "deleted",
        days=tuple(
            HistoryDay(
                iso=day.isoformat(),
                label=day_label(day, viewer),
                entries=tuple(entry for entry, _build in day_entries),
            )
            for day, day_entries in days
        ),
        page=page,
        first_page=first_page,
        has_older=len(builds) > len(visible),
    )


def make_entries(
    workspace: Workspace,
    visible: Sequence[WorkspaceBuild],
    earlier_builds: Sequence[WorkspaceBuild],
    decisions: Mapping[str, Decision],
    viewer: Viewer,
) -> Iterator[HistoryEntry]:
    """Yield the entries. The last successful start with another version offers a start with that version."""
    offered = {workspace.latest_build.template_version_id}
    for number, build in enumerate(visible):
        earlier = earlier_builds[number] if number < len(earlier_builds) else None
        succeeded = build.transition == "start" and build.job.status == "succeeded"
        can_start = succeeded and build.template_version_id not in offered and decisions["change_version"].allowed
        offered |= {build.template_version_id} if succeeded else set()
        can_cancel = build.id == workspace.latest_build.id and decisions["cancel"].allowed
        yield make_entry(build, earlier, viewer, starts=can_start, cancels=can_cancel)


def make_entry(
    build: WorkspaceBuild, earlier: WorkspaceBuild | None, viewer: Viewer, *, starts: bool, cancels: bool
) -> HistoryEntry:
    """Return the entry of a build. `earlier` is the build before it."""
    is_other_version = earlier is not None and earlier.template_version_id != build.template_version_id
    queue, run = queue_time(build), run_time(build)
    at = make_moment(build.created_at, viewer.now, viewer.zone)
    return HistoryEntry(
        id=build.id,
        number=build.build_number,
        title=build_title(build),
        status=make_job_status(build.job),
        created=replace(at, short=clock_text(to_zone(build.created_at, viewer.zone))),
        duration=duration_text(run) if run is not None else "",
        queue_time=duration_text(queue) if queue is not None and queue >= MIN_QUEUE_TIME else "",
        version=build.template_version_name,
        previous_version=earlier.template_version_name if earlier and is_other_version else "",
        error=first_error_line(build.job.error),
        startable_version=build.template_version_id if starts else None,
        can_cancel=cancels,
    )


def local_day(build: WorkspaceBuild, viewer: Viewer) -> date:
    """Return the day of a build's creation in the viewer's zone."""
    return to_zone(build.created_at, viewer.zone).date()


def day_label(day: date, viewer: Viewer) -> str:
    """Return the heading of a past day: "Today", "Yesterday", "Wednesday, November 12"."""
    today = to_zone(viewer.now, viewer.zone).date()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    parts = {
        "weekday": weekday_name(day.isoweekday() % 7),
        "day": day.day,
        "month": _(MONTHS[day.month - 1]),
        "year": day.year,
    }
    if day.year == today.year:
        return _("%(weekday)s, %(month)s %(day)d") % parts
    return _("%(weekday)s, %(month)s %(day)d, %(year)d") % parts
