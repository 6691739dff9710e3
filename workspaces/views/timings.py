"""The build timeline of any build."""

from collections.abc import Callable, Sequence
from functools import partial

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import build_calls
from workspaces.coder.client import gather
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.timings import MAX_COMPARED, BuildTimings, make_build_timings
from workspaces.views import lookup
from workspaces.views.responses import render_part

TEMPLATE = "workspaces/timings.html"
# So many builds are read, since starts and stops alternate and MAX_COMPARED of one transition are needed.
COMPARISON_LIMIT = 3 * MAX_COMPARED


@require_safe
@sign_in_required
def build(request: PortalRequest, owner: str, name: str, number: int) -> HttpResponse:
    """Show the timeline of one build, a part of its page."""
    return render_timings(request, partial(load_build_timings, request, owner, name, number))


def render_timings(request: PortalRequest, load: Callable[[], BuildTimings]) -> HttpResponse:
    """Render the timeline that `load` returns. Raises CoderError for a whole page."""
    unavailable = _("The build timeline could not be loaded.")
    return render_part(request, TEMPLATE, "timings", _("Build timeline"), unavailable, load)


def load_build_timings(request: PortalRequest, owner: str, name: str, number: int) -> BuildTimings:
    """Return the timings of a build by its number. Raises CoderError."""
    build = lookup.find_build(request, owner, name, number)
    timings, builds = gather(
        partial(request.coder.send, build_calls.build_timings(build.id)),
        partial(request.coder.send, build_calls.builds(build.workspace_id, limit=COMPARISON_LIMIT)),
    )
    return make_build_timings(build, timings, builds_before(request, build, builds or ()))


def builds_before(
    request: PortalRequest, build: WorkspaceBuild, newest: Sequence[WorkspaceBuild]
) -> Sequence[WorkspaceBuild]:
    """Return the builds before this one: from the newest ones, else by one more call. Numbers have no gaps."""
    newer_count = newest[0].build_number - build.build_number if newest else 0
    if newer_count <= MAX_COMPARED or len(newest) < COMPARISON_LIMIT:
        return newest
    return (
        request.coder.send(build_calls.builds(build.workspace_id, limit=COMPARISON_LIMIT, offset=newer_count + 1)) or ()
    )
