"""One build: its page, whose head is sent before the rest is asked for, and its log as plain text."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import build_calls, calls, template_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CallError, CoderError, SessionEnded
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.forms.builds import BuildLogForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.builds.log import build_log, raw
from workspaces.present.builds.page import BuildPage, BuildRest, build_head, made, parameter_rows, standing
from workspaces.views import lookup
from workspaces.views.responses import render_page, stream_page, wants_partial

TEMPLATE = "workspaces/build.html"
MAX_SAVED_LINES = 3000  # lines: a page with a longer log is not kept for the time in which Coder is away


@require_safe
@signed_in
def build(request: PortalRequest, owner: str, workspace: str, number: int) -> HttpResponseBase:
    """The page of a build: one call before it begins, all others side by side. As a fragment, all of it at once."""
    try:
        found = lookup.find_build(request, owner, workspace, number)
    except lookup.MissingBuild as missing:
        return missing_build(request, missing.workspace, number)
    if found.workspace_name.lower() != workspace.lower():
        return redirect("workspaces:build", found.workspace_owner_name, found.workspace_name, number)
    viewer = rights.viewer_for(request, [])
    q = BuildLogForm(request.GET).asked
    page = BuildPage(head=build_head(found, viewer), zone=viewer.zone.key, q=q)
    whole = partial(load_remainder, request, found, page)
    if wants_partial(request):
        return render_page(request, TEMPLATE, "build", whole(strict=True))
    return stream_page(request, TEMPLATE, "rest", page, whole, keep=may_be_saved)


@require_safe
@signed_in
def log(request: PortalRequest, owner: str, workspace: str, number: int) -> HttpResponse:
    """The log as plain text, to read elsewhere or to send to somebody. Nothing in it is for a terminal."""
    found = lookup.find_build(request, owner, workspace, number)
    lines = request.coder.send(build_calls.build_logs(found.id)) or ()
    name = f"{found.workspace_owner_name}-{found.workspace_name}-build-{number}.txt"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse("".join(raw(lines)), content_type="text/plain; charset=utf-8", headers=headers)


def load_remainder(
    request: PortalRequest, build: WorkspaceBuild, page: BuildPage, *, strict: bool = False
) -> BuildPage:
    """The page with all that Coder has to be asked for, side by side. What it does not say, its place says why.

    `strict`: an end of the session is raised; else it is said as well, since the page has begun.
    """
    asks: dict[str, Callable[[], Any]] = {
        "log": partial(request.coder.send, build_calls.build_logs(build.id)),
        "workspace": partial(request.coder.send, calls.workspace(build.workspace_id, include_deleted=True)),
        "parameters": partial(request.coder.send, template_calls.build_parameters(build.id)),
        "asked": partial(request.coder.send, template_calls.rich_parameters(build.template_version_id)),
    }
    answers = gather(*(partial(call_or_error, ask, strict=strict) for ask in asks.values()))
    told_of = dict(zip(asks, answers, strict=True))
    missed = {
        name: error_message_for(error, write=False).text
        for name, error in told_of.items()
        if isinstance(error, CallError)
    }
    workspace: Workspace | None = told_of["workspace"] if "workspace" not in missed else None
    viewer = rights.viewer_for(request, [workspace] if workspace else [])
    failed = build.job.status == "failed"
    rest = BuildRest(
        standing=standing(build, workspace, viewer) if workspace else None,
        log=None if "log" in missed else build_log(told_of["log"] or (), viewer.zone, failed=failed, q=page.q),
        parameters=None
        if "parameters" in missed
        else parameter_rows(told_of["parameters"] or (), () if "asked" in missed else told_of["asked"] or ()),
        resources=made(build, viewer),
        missed=missed,
    )
    return replace(page, rest=rest)


def call_or_error(ask: Callable[[], Any], *, strict: bool) -> Any:
    """Coder's answer, or its error."""
    try:
        return ask()
    except SessionEnded as error:
        if strict:
            raise
        return error
    except CoderError as error:
        return error


def may_be_saved(page: BuildPage) -> bool:
    """Whether the page can be kept for the time in which Coder is away: all of it is there, and it is not large."""
    return (
        page.rest is not None
        and not page.rest.missed
        and page.rest.log is not None
        and page.rest.log.count <= MAX_SAVED_LINES
    )


def missing_build(request: PortalRequest, workspace: Workspace, number: int) -> HttpResponse:
    """There is no build of this number: which there are."""
    context = {"workspace": workspace, "number": number, "latest": workspace.latest_build.build_number}
    return render(request, "workspaces/build_missing.html", context, status=404)
