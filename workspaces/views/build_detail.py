"""The page of one build, which is streamed, and its log as plain text."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import build_calls, calls, template_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CallError, CoderError, SessionEnded
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.forms.builds import BuildLogForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.builds.log import make_build_log, raw_lines
from workspaces.present.builds.page import (
    BuildDetails,
    BuildPage,
    make_build_actions,
    make_build_header,
    make_build_resources,
    make_parameter_rows,
)
from workspaces.views import lookup
from workspaces.views.responses import render_page, stream_page, wants_partial

TEMPLATE = "workspaces/build.html"
MAX_SAVED_LINES = 3000  # of the log of a page that is saved to be shown while Coder is unreachable


@require_safe
@sign_in_required
def build(request: PortalRequest, owner: str, name: str, number: int) -> HttpResponseBase:
    """Show a build. One call precedes the beginning of the page, all other ones run in parallel after it."""
    try:
        workspace_build = lookup.find_build(request, owner, name, number)
    except lookup.MissingBuild as error:
        return missing_build(request, error.workspace, number)
    if workspace_build.workspace_name.lower() != name.lower():
        return redirect(
            "workspaces:build", workspace_build.workspace_owner_name, workspace_build.workspace_name, number
        )
    viewer = rights.viewer_for(request, [])
    form = BuildLogForm(request.GET)
    header = make_build_header(workspace_build, viewer)
    page = BuildPage(header=header, q=form.query, q_error=form.error)
    load = partial(load_remainder, request, workspace_build, page)
    if wants_partial(request):
        return render_page(request, TEMPLATE, "build", load(raises_session_ended=True))
    return stream_page(request, TEMPLATE, "rest", page, load, may_be_saved=may_be_saved)


@require_safe
@sign_in_required
def log(request: PortalRequest, owner: str, name: str, number: int) -> HttpResponse:
    """Return the log as plain text, without control sequences for a terminal."""
    workspace_build = lookup.find_build(request, owner, name, number)
    lines = request.coder.send(build_calls.build_logs(workspace_build.id)) or ()
    filename = f"{workspace_build.workspace_owner_name}-{workspace_build.workspace_name}-build-{number}.txt"
    headers = {
        "Content-Disposition": content_disposition_header(as_attachment=False, filename=get_valid_filename(filename))
    }
    return HttpResponse("".join(raw_lines(lines)), content_type="text/plain; charset=utf-8", headers=headers)


def load_remainder(
    request: PortalRequest, build: WorkspaceBuild, page: BuildPage, *, raises_session_ended: bool = False
) -> BuildPage:
    """Return the page with its remainder, loaded in parallel. The place of what cannot be read shows the error.

    Without `raises_session_ended`, an ended session is shown as an error too, since the response has started.
    """
    loaders: dict[str, Callable[[], Any]] = {
        "log": partial(request.coder.send, build_calls.build_logs(build.id)),
        "workspace": partial(request.coder.send, calls.workspace(build.workspace_id, include_deleted=True)),
        "parameters": partial(request.coder.send, template_calls.build_parameters(build.id)),
        "rich_parameters": partial(request.coder.send, template_calls.rich_parameters(build.template_version_id)),
    }
    results = gather(
        *(partial(call_or_error, loader, raises_session_ended=raises_session_ended) for loader in loaders.values())
    )
    loaded = dict(zip(loaders, results, strict=True))
    errors = {
        name: error_message_for(error, write=False).text
        for name, error in loaded.items()
        if isinstance(error, CallError)
    }
    workspace: Workspace | None = loaded["workspace"] if "workspace" not in errors else None
    viewer = rights.viewer_for(request, [workspace] if workspace else [])
    failed = build.job.status == "failed"
    rest = BuildDetails(
        actions=make_build_actions(build, workspace, viewer) if workspace else None,
        log=None if "log" in errors else make_build_log(loaded["log"] or (), viewer.zone, failed=failed, q=page.q),
        parameters=None
        if "parameters" in errors
        else make_parameter_rows(
            loaded["parameters"] or (), () if "rich_parameters" in errors else loaded["rich_parameters"] or ()
        ),
        resources=make_build_resources(build, viewer),
        errors=errors,
    )
    return replace(page, details=rest)


def call_or_error(loader: Callable[[], Any], *, raises_session_ended: bool) -> Any:
    """Return the loader's result, or the error that it raises."""
    try:
        return loader()
    except SessionEnded as error:
        if raises_session_ended:
            raise
        return error
    except CoderError as error:
        return error


def may_be_saved(page: BuildPage) -> bool:
    """Return whether the page is complete, and small enough to be saved."""
    return (
        page.details is not None
        and not page.details.errors
        and page.details.log is not None
        and page.details.log.count <= MAX_SAVED_LINES
    )


def missing_build(request: PortalRequest, workspace: Workspace, number: int) -> HttpResponse:
    """Respond that there is no build of this number, with the number of the latest one."""
    context = {"workspace": workspace, "number": number, "latest": workspace.latest_build.build_number}
    return render(request, "workspaces/build_missing.html", context, status=404)
