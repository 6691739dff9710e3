"""What differs between a failed build and the last build that succeeded before it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from workspaces.coder.template_types import ParameterValue
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.page_models import Viewer
from workspaces.present.times import Moment, make_moment
from workspaces.schedule import nonzero_time

SEARCHED_BUILDS = 25  # the newest ones, with the failed one
NO_SUCCESS = {
    "start": gettext_noop("No earlier start has succeeded."),
    "stop": gettext_noop("No earlier stop has succeeded."),
    "delete": gettext_noop("No earlier deletion has succeeded."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueChange:
    """One thing that differs. A parameter that only one of the builds has has no value in the other."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureChanges:
    """What has changed since the last success."""

    text: str  # which build that was, or that there is none
    number: int | None  # of the build that succeeded
    at: Moment | None  # the end of it
    changes: tuple[ValueChange, ...]


def find_last_success(failed: WorkspaceBuild, builds: Sequence[WorkspaceBuild]) -> WorkspaceBuild | None:
    """Return the newest build before the failed one that did the same and succeeded; `builds` are newest first."""
    return next(
        (
            build
            for build in builds
            if build.build_number < failed.build_number
            and build.transition == failed.transition
            and build.job.status == "succeeded"
        ),
        None,
    )


def make_failure_changes(
    failed: WorkspaceBuild,
    builds: Sequence[WorkspaceBuild],
    values: Sequence[ParameterValue],
    previous_values: Sequence[ParameterValue],
    viewer: Viewer,
) -> FailureChanges:
    """Return what differs between the failed build and the last success among `builds`, which are newest first.

    `values` are the parameters of the failed build, `previous_values` those of the one that succeeded.
    """
    success = find_last_success(failed, builds)
    if success is None:
        return FailureChanges(text=no_success_text(failed, builds), number=None, at=None, changes=())
    changes = tuple(compare_builds(failed, success, values, previous_values))
    text = (
        _("Changed since build #%(number)d, which succeeded:")
        if changes
        else _("Same version, parameters, and initiator as build #%(number)d, which succeeded.")
    )
    ended = nonzero_time(success.job.completed_at) or success.created_at
    return FailureChanges(
        text=text % {"number": success.build_number},
        number=success.build_number,
        at=make_moment(ended, viewer.now, viewer.zone),
        changes=changes,
    )


def no_success_text(failed: WorkspaceBuild, builds: Sequence[WorkspaceBuild]) -> str:
    """Return that no build of this kind has succeeded, or none of those that were read."""
    if len(builds) < SEARCHED_BUILDS and failed.transition in NO_SUCCESS:
        return _(NO_SUCCESS[failed.transition])
    return ngettext(
        "The latest build of this kind did not succeed.",
        "None of the latest %(count)d builds of this kind succeeded.",
        len(builds),
    ) % {"count": len(builds)}


def compare_builds(
    failed: WorkspaceBuild,
    success: WorkspaceBuild,
    values: Sequence[ParameterValue],
    previous_values: Sequence[ParameterValue],
) -> Iterator[ValueChange]:
    """Yield the template version, the parameters and the initiator where they differ, in this order."""
    if failed.template_version_id != success.template_version_id:
        yield ValueChange(
            label=_("Template version"), before=success.template_version_name, after=failed.template_version_name
        )
    before, after = ({each.name: each.value for each in each_build} for each_build in (previous_values, values))
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield ValueChange(
                label=sanitize_text(name),
                before=sanitize_text(before.get(name, "")),
                after=sanitize_text(after.get(name, "")),
            )
    if failed.initiator_id != success.initiator_id:
        yield ValueChange(label=_("Requested by"), before=success.initiator_name, after=failed.initiator_name)
