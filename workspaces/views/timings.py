"""How long the parts of a build took: of the latest one of a workspace, and of any."""

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import build_calls
from workspaces.coder.client import gather
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.timings import COMPARED, BuildTimings, build_timings
from workspaces.views import lookup
from workspaces.views.responses import render_part

TEMPLATE = "workspaces/timings.html"
COMPARISON_LIMIT = 3 * COMPARED  # builds in which ten of one kind are looked for: starts and stops take turns


@require_safe
@signed_in
def timings(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Of the latest build: a part of the workspace's page."""
    return render_part(
        request, TEMPLATE, "timings", _("How long it took"), partial(load_latest_timings, request, workspace_id)
    )


@require_safe
@signed_in
def build(request: PortalRequest, owner: str, workspace: str, number: int) -> HttpResponse:
    """Of one build: a part of its page."""
    make = partial(load_build_timings, request, owner, workspace, number)
    return render_part(request, TEMPLATE, "timings", _("How long it took"), make)


def load_latest_timings(request: PortalRequest, workspace_id: UUID) -> BuildTimings:
    """Two calls, side by side. Raises CoderError, and Http404 for a workspace without a build."""
    found, others = gather(
        partial(request.coder.send, build_calls.workspace_timings(workspace_id)),
        partial(request.coder.send, build_calls.builds(workspace_id, limit=COMPARISON_LIMIT)),
    )
    if not others:
        raise Http404
    return build_timings(others[0], found, others)


def load_build_timings(request: PortalRequest, owner: str, workspace: str, number: int) -> BuildTimings:
    """The build by its number, then its timings beside those of others. Raises CoderError."""
    found = lookup.find_build(request, owner, workspace, number)
    told, others = gather(
        partial(request.coder.send, build_calls.build_timings(found.id)),
        partial(request.coder.send, build_calls.builds(found.workspace_id, limit=COMPARISON_LIMIT)),
    )
    return build_timings(found, told, builds_before(request, found, others or ()))


def builds_before(
    request: PortalRequest, build: WorkspaceBuild, newest: Sequence[WorkspaceBuild]
) -> Sequence[WorkspaceBuild]:
    """Those before it: among the newest ones, else by one call more, since builds are numbered without a gap."""
    later = newest[0].build_number - build.build_number if newest else 0
    if later <= COMPARED or len(newest) < COMPARISON_LIMIT:
        return newest
    return request.coder.send(build_calls.builds(build.workspace_id, limit=COMPARISON_LIMIT, offset=later + 1)) or ()
