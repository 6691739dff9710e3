"""The history of a workspace: its builds, day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import Decision, decide
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.present.builds.descriptions import first_line, job_mark, ran, reason_words, span_words, waited
from workspaces.present.page_models import Status, Viewer
from workspaces.present.times import MONTHS, Moment, clock_text, make_moment
from workspaces.schedule import weekday_name

PAGE = 25  # builds
MOST = 8  # pages that lie open in place at a time; what is older has a page of its own
WAITED = timedelta(seconds=2)  # a shorter time in the queue is not worth a word


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One build of a history."""

    id: UUID
    number: int
    words: str  # what it did, and why
    mark: Status
    at: Moment  # asked for; its short words are the time of day
    took: str  # "" while it has not ended
    waited: str  # in the queue; "" where that was no time
    version: str
    replaced: str  # the version of the build before it, where that was another one
    error: str
    again: UUID | None  # this version of the template, where the workspace can be started with it once more
    cancels: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The builds of one day of the viewer's."""

    iso: str
    words: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Some pages of it, the newest build first."""

    id: UUID
    owner: str
    name: str
    deleted: bool
    days: tuple[Day, ...]
    page: int  # the last of the pages that are shown, from 1
    first: int  # the first of them
    older: bool  # there are more after it

    @property
    def grows(self) -> bool:
        """Whether the next page can be put below this one, in place."""
        return self.page < MOST


def history(
    workspace: Workspace, builds: Sequence[WorkspaceBuild], viewer: Viewer, *, chooses: bool, first: int, page: int
) -> History:
    """The pages from `first` to `page`. `builds` are theirs and one more, where there is one.

    `chooses`: whether this person may start any version of the template.
    """
    shown = builds[: (page - first + 1) * PAGE]
    rights = replace(viewer.rights_for(workspace), update_template=chooses)
    decisions = decide(workspace, rights, viewer.capabilities, ["cancel", "change_version"])
    entries = list(listed(workspace, shown, builds[1:], decisions, viewer))
    days = groupby(zip(entries, shown, strict=True), key=lambda each: day_of(each[1], viewer))
    return History(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        deleted=workspace.latest_build.status == "deleted",
        days=tuple(
            Day(iso=f"{day:%Y-%m-%d}", words=day_words(day, viewer), entries=tuple(entry for entry, _build in found))
            for day, found in days
        ),
        page=page,
        first=first,
        older=len(builds) > len(shown),
    )


def listed(
    workspace: Workspace,
    shown: Sequence[WorkspaceBuild],
    before: Sequence[WorkspaceBuild],
    decisions: Mapping[str, Decision],
    viewer: Viewer,
) -> Iterator[Entry]:
    """Each build, with the one before it. Another version can be started again from the last start that it had."""
    seen = {workspace.latest_build.template_version_id}
    for number, build in enumerate(shown):
        earlier = before[number] if number < len(before) else None
        worked = build.transition == "start" and build.job.status == "succeeded"
        starts = worked and build.template_version_id not in seen and decisions["change_version"].allowed
        seen |= {build.template_version_id} if worked else set()
        cancels = build.id == workspace.latest_build.id and decisions["cancel"].allowed
        yield entry(build, earlier, viewer, starts=starts, cancels=cancels)


def entry(
    build: WorkspaceBuild, earlier: WorkspaceBuild | None, viewer: Viewer, *, starts: bool, cancels: bool
) -> Entry:
    """One build, and the one that was `earlier`."""
    changed = earlier is not None and earlier.template_version_id != build.template_version_id
    queued, worked = waited(build), ran(build)
    at = make_moment(build.created_at, viewer.now, viewer.zone)
    return Entry(
        id=build.id,
        number=build.build_number,
        words=reason_words(build),
        mark=job_mark(build.job),
        at=replace(at, short=clock_text(build.created_at.astimezone(viewer.zone))),
        took=span_words(worked) if worked is not None else "",
        waited=span_words(queued) if queued is not None and queued >= WAITED else "",
        version=build.template_version_name,
        replaced=earlier.template_version_name if earlier and changed else "",
        error=first_line(build.job.error),
        again=build.template_version_id if starts else None,
        cancels=cancels,
    )


def day_of(build: WorkspaceBuild, viewer: Viewer) -> date:
    """The day on which it was asked for, where the viewer is."""
    return build.created_at.astimezone(viewer.zone).date()


def day_words(day: date, viewer: Viewer) -> str:
    """A day that is past, as a heading: "Today", "Yesterday", "Wednesday, 12 November"."""
    today = viewer.now.astimezone(viewer.zone).date()
    if day == today:
        return _("Today")
    if day == today - timedelta(days=1):
        return _("Yesterday")
    words = {
        "weekday": weekday_name(day.isoweekday() % 7),
        "day": day.day,
        "month": _(MONTHS[day.month - 1]),
        "year": day.year,
    }
    if day.year == today.year:
        return _("%(weekday)s, %(day)d %(month)s") % words
    return _("%(weekday)s, %(day)d %(month)s %(year)d") % words
