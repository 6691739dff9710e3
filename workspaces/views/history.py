"""The tab of the builds: the timeline of the latest build, and the build history."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import build_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.forms.builds import HistoryForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.builds.history import PAGE_SIZE, History, make_history
from workspaces.present.builds.timings import BuildTimings, make_build_timings
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace.tabs import TabPage
from workspaces.views import tabs
from workspaces.views.responses import render_part, target_id, wants_partial
from workspaces.views.timings import render_timings

TEMPLATE = "workspaces/history.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildsPage(TabPage):
    """The tab. A part is None if it could not be loaded, and the timeline beside older builds."""

    history: History | None
    timings: BuildTimings | None
    errors: dict[str, str]  # why a part could not be loaded


@require_safe
@sign_in_required
def history(request: PortalRequest, owner: str, name: str) -> HttpResponseBase:
    """Show the latest build's timeline and a page of builds; for htmx also one of the two, or all pages up to one."""
    workspace = tabs.find_workspace(request, owner, name)
    if response := tabs.redirect_renamed(request, workspace, name, "history"):
        return response
    part = target_id(request) if wants_partial(request) else ""
    if part == "history":
        unavailable = _("The build history could not be loaded.")
        load_part = partial(load_history, request, workspace)
        return render_part(request, TEMPLATE, "history", _("Build history"), unavailable, load_part)
    if part == "timings-place":
        return render_timings(request, partial(load_latest_timings, request, workspace))
    unavailable = _("The builds could not be loaded.")
    return tabs.render_tab(
        request, workspace, "history", TEMPLATE, partial(load_builds, request, workspace), unavailable
    )


def load_builds(request: PortalRequest, workspace: Workspace) -> BuildsPage:
    """Return the tab, loaded in parallel. The place of what cannot be read shows the error. Raises SessionEnded."""
    first, last = HistoryForm(request.GET).pages
    shows_timeline = first == 1
    builds, timings = gather(
        partial(call_or_error, partial(request_builds, request, workspace, first, last)),
        partial(call_or_error, partial(request.coder.send, build_calls.workspace_timings(workspace.id)))
        if shows_timeline
        else skip,
    )
    viewer = rights.viewer_for(request, [workspace])
    page = BuildsPage(
        header=make_header(workspace, viewer),
        tab="history",
        history=None if isinstance(builds, CoderError) else history_model(request, workspace, builds, first, last),
        timings=make_build_timings(workspace.latest_build, timings, () if isinstance(builds, CoderError) else builds)
        if shows_timeline and not isinstance(timings, CoderError)
        else None,
        errors={
            part: error_message_for(result, write=False).text
            for part, result in (("history", builds), ("timings", timings))
            if isinstance(result, CoderError)
        },
    )
    if len(page.errors) > shows_timeline:  # nothing is left to show
        raise builds
    return page


def call_or_error[Result](loader: Callable[[], Result]) -> Result | CoderError:
    """Return the loader's result, or the CoderError that it raises. Raises SessionEnded."""
    try:
        return loader()
    except CoderError as error:
        return error


def skip() -> None:
    """Request nothing."""


def load_history(request: PortalRequest, workspace: Workspace) -> History:
    """Return the requested pages of the history. Raises CoderError."""
    first, last = HistoryForm(request.GET).pages
    return history_model(request, workspace, request_builds(request, workspace, first, last), first, last)


def request_builds(request: PortalRequest, workspace: Workspace, first: int, last: int) -> tuple[WorkspaceBuild, ...]:
    """Return the builds of these pages, and one more, which tells if there are older ones. Raises CoderError."""
    limit, offset = (last - first + 1) * PAGE_SIZE + 1, (first - 1) * PAGE_SIZE
    return request.coder.send(build_calls.builds(workspace.id, limit=limit, offset=offset)) or ()


def history_model(
    request: PortalRequest, workspace: Workspace, builds: tuple[WorkspaceBuild, ...], first: int, last: int
) -> History:
    """Return the pages of the history. The right to choose a version is requested only if it matters."""
    viewer = rights.viewer_for(request, [workspace])
    requires_active_version = workspace.template_require_active_version
    may_choose_version = requires_active_version and rights.may_update_template(request, workspace, viewer)
    return make_history(workspace, builds, viewer, may_choose_version=may_choose_version, first_page=first, page=last)


def load_latest_timings(request: PortalRequest, workspace: Workspace) -> BuildTimings:
    """Return the timings of the latest build. Raises CoderError."""
    timings, builds = gather(
        partial(request.coder.send, build_calls.workspace_timings(workspace.id)),
        partial(request_builds, request, workspace, 1, 1),
    )
    return make_build_timings(workspace.latest_build, timings, builds)
