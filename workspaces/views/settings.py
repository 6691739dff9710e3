"""The settings of one workspace, each saved by itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.types import Workspace
from workspaces.forms.settings import (
    AutostartForm,
    AutoupdatesForm,
    DormantForm,
    ExtendForm,
    FavoriteForm,
    RenameForm,
    TtlForm,
)
from workspaces.schedule import nonzero_time
from workspaces.views import lookup
from workspaces.views.responses import change, messages_fragment, misread, shown, undo, wants_partial
from workspaces.views.settings_page import TEMPLATE, form_name, kept, not_done, save, sheet


@require_safe
@signed_in
def settings(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """All settings: a page, and the part of the workspace's page that loads after it."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    tried = typed_before(request, workspace_id)
    page = sheet(request, workspace, tried)
    if not tried:
        return shown(request, TEMPLATE, "settings", page)
    drafts.finish_restore(request)
    answer = shown(request, TEMPLATE, "settings", page)
    if wants_partial(request):
        answer.write(messages_fragment(request))
    return answer


def typed_before(request: PortalRequest, workspace_id: UUID) -> dict[str, Form]:
    """The form that was sent when the session had ended, by its name on the page, with what was typed."""
    makers: dict[str, Callable[[QueryDict], Form]] = {
        "rename": RenameForm,
        "ttl": TtlForm,
        "autostart": AutostartForm,
        "autoupdates": AutoupdatesForm,
        "extend": partial(ExtendForm, zone=sessions.time_zone_for(request)),
    }
    for name, make in makers.items():
        address = reverse(f"workspaces:{name}", args=[workspace_id])
        if (data := drafts.find_fields(request, request.person.id, address)) is not None:
            form = make(data)
            return {form_name(name, form): form}
    return {}


@require_POST
@signed_in
def favorite(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Star it, or take the star away."""
    form = FavoriteForm(request.POST)
    if not form.is_valid():
        return misread(request, form)
    star = form.cleaned_data["favorite"]
    call = calls.favorite(workspace_id) if star else calls.unfavorite(workspace_id)
    done = _("Starred. Your list begins with what is starred.") if star else _("The star is gone.")
    return change(request, workspace_id, call, done, undo=undo(workspace_id, "favorite", now=star))


@require_POST
@signed_in
def dormant(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Lay it to rest, or wake it."""
    form = DormantForm(request.POST)
    if not form.is_valid():
        return misread(request, form)
    rest = form.cleaned_data["dormant"]
    call = calls.set_dormant(workspace_id, dormant=rest)
    if (request.htmx.target or "").endswith("#set-dormant"):
        back = undo(workspace_id, "dormant", now=rest, target="#set-dormant")
        return save(request, workspace_id, "dormant", call, undo=back)
    done = _("It is dormant now.") if rest else _("It is active again. Start it when you need it.")
    return change(request, workspace_id, call, done, undo=undo(workspace_id, "dormant", now=rest))


@require_POST
@signed_in
def rename(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Another name. The old address leads to the new one until the session ends."""
    form = RenameForm(request.POST)
    if not form.is_valid():
        return kept(request, workspace_id, "rename", form)
    name = form.cleaned_data["name"]
    try:
        before = request.coder.send(calls.workspace(workspace_id))
    except CoderError as error:
        return not_done(request, workspace_id, "rename", error, form)
    lookup.remember(request, before.owner_name, before.name, workspace_id)
    after = replace(before, name=name)
    answer = save(request, workspace_id, "rename", calls.rename(workspace_id, name), form=form, known=after)
    if wants_partial(request) and answer.status_code == 200:
        at_home = request.htmx.current_url_abs_path == address(before)
        if at_home:
            answer["HX-Replace-Url"] = address(after)
        answer.write(render_to_string(f"{TEMPLATE}#title", {"name": name, "at_home": at_home}, request))
    return answer


def address(workspace: Workspace) -> str:
    """Where the page of a workspace is."""
    return reverse("workspaces:detail", args=[workspace.owner_name, workspace.name])


@require_POST
@signed_in
def ttl(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """How long it runs after a start."""
    form = TtlForm(request.POST)
    if not form.is_valid():
        return kept(request, workspace_id, "ttl", form)
    return save(request, workspace_id, "ttl", calls.set_ttl(workspace_id, form.ttl_ms), form=form)


@require_POST
@signed_in
def autostart(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """When it starts by itself."""
    form = AutostartForm(request.POST)
    if not form.is_valid():
        return kept(request, workspace_id, "autostart", form)
    return save(request, workspace_id, "autostart", calls.set_autostart(workspace_id, form.cron), form=form)


@require_POST
@signed_in
def autoupdates(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Which version it starts with."""
    form = AutoupdatesForm(request.POST)
    if not form.is_valid():
        return kept(request, workspace_id, "autoupdates", form)
    call = calls.set_autoupdates(workspace_id, form.cleaned_data["automatic_updates"])
    return save(request, workspace_id, "autoupdates", call, form=form)


@require_POST
@signed_in
def extend(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """When it stops this time: at a moment, or so many hours later than it would."""
    form = ExtendForm(request.POST, zone=sessions.time_zone_for(request))
    if not form.is_valid():
        return kept(request, workspace_id, "extend", form)
    if at := form.cleaned_data["deadline"]:
        return save(request, workspace_id, "extend", calls.extend(workspace_id, at), form=form)
    workspace = request.coder.send(calls.workspace(workspace_id))
    build = workspace.latest_build
    if not (deadline := nonzero_time(build.deadline)):
        form.add_error("deadline", _("It does not stop by itself, so there is no time to move."))
        return kept(request, workspace_id, "extend", form)
    at = deadline + timedelta(hours=form.cleaned_data["hours"])
    moved = replace(workspace, latest_build=replace(build, deadline=at))
    return save(request, workspace_id, "extend", calls.extend(workspace_id, at), form=form, known=moved)
