"""The settings of one workspace, each saved by itself. setting_declarations.py declares them."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.types import Workspace
from workspaces.datetimes import add_span, is_in_utc
from workspaces.forms.settings import DormantForm, ExtendForm, RenameForm
from workspaces.schedule import nonzero_time
from workspaces.setting_declarations import SETTINGS
from workspaces.views import lookup
from workspaces.views.responses import (
    invalid_request,
    messages_fragment,
    render_page,
    undo_button,
    wants_partial,
    write_and_respond,
)
from workspaces.views.settings_page import TEMPLATE, form_invalid, load_settings_page, save, write_failed


@require_safe
@sign_in_required
def settings(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show all settings; as a fragment, the part of the workspace's page that loads after it."""
    workspace = request.coder.send(calls.workspace(workspace_id))
    drafted_forms = find_draft(request, workspace_id)
    page = load_settings_page(request, workspace, drafted_forms)
    if not drafted_forms:
        return render_page(request, TEMPLATE, "settings", page)
    drafts.finish_restore(request)
    response = render_page(request, TEMPLATE, "settings", page)
    if wants_partial(request):
        response.write(messages_fragment(request))
    return response


def find_draft(request: PortalRequest, workspace_id: UUID) -> dict[str, Form]:
    """Return the form that was sent after the session had ended, by its name on the page; {} if there is none."""
    for setting in SETTINGS.values():
        url = reverse(f"workspaces:{setting.name}", args=[workspace_id])
        if setting.form and (data := drafts.find_fields(request, request.person.id, url)) is not None:
            form = setting.form(data, zone=sessions.time_zone_for(request))
            return {setting.form_name(form): form}
    return {}


@require_POST
@sign_in_required
def save_setting(request: PortalRequest, workspace_id: UUID, name: str) -> HttpResponse:
    """Save a setting by its form and its call."""
    setting = SETTINGS[name]
    if not setting.form or not setting.call:
        raise ValueError(f"The setting {name} has a view of its own.")
    form = setting.form(request.POST, zone=sessions.time_zone_for(request))
    if not form.is_valid():
        return form_invalid(request, workspace_id, setting, form)
    return save(request, workspace_id, setting, setting.call(workspace_id, form), form=form)


@require_POST
@sign_in_required
def dormant(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Make the workspace dormant, or activate it. The settings page requests its fragment, other pages a row."""
    form = DormantForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    is_dormant = form.cleaned_data["dormant"]
    call = calls.set_dormant(workspace_id, dormant=is_dormant)
    if (request.htmx.target or "").endswith("#set-dormant"):
        button = undo_button(workspace_id, "dormant", now=is_dormant, target="#set-dormant")
        return save(request, workspace_id, SETTINGS["dormant"], call, undo=button)
    done = _("%(name)s is dormant.") if is_dormant else _("%(name)s is active again.")
    return write_and_respond(
        request, workspace_id, call, done, undo=undo_button(workspace_id, "dormant", now=is_dormant)
    )


@require_POST
@sign_in_required
def rename(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Rename the workspace. URLs with the old name redirect to it until the session ends."""
    setting = SETTINGS["rename"]
    form = RenameForm(request.POST)
    if not form.is_valid():
        return form_invalid(request, workspace_id, setting, form)
    name = form.cleaned_data["name"]
    try:
        before = request.coder.send(calls.workspace(workspace_id))
    except CoderError as error:
        return write_failed(request, workspace_id, setting, error, form)
    lookup.remember_old_name(request, before.owner_name, before.name, workspace_id)
    after = replace(before, name=name)
    response = save(request, workspace_id, setting, calls.rename(workspace_id, name), form=form, workspace_after=after)
    if wants_partial(request) and response.status_code == 200:
        on_detail_page = request.htmx.current_url_abs_path == detail_url(before)
        if on_detail_page:
            response["HX-Replace-Url"] = detail_url(after)
        response.write(render_to_string(f"{TEMPLATE}#title", {"name": name, "on_detail_page": on_detail_page}, request))
    return response


def detail_url(workspace: Workspace) -> str:
    """Return the URL of a workspace's page."""
    return reverse("workspaces:detail", args=[workspace.owner_name, workspace.name])


@require_POST
@sign_in_required
def extend(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Move the deadline of the running build: to a time, or by a number of hours."""
    setting = SETTINGS["extend"]
    form = ExtendForm(request.POST, zone=sessions.time_zone_for(request))
    if not form.is_valid():
        return form_invalid(request, workspace_id, setting, form)
    if deadline := form.cleaned_data["deadline"]:
        return save(request, workspace_id, setting, calls.extend(workspace_id, deadline), form=form)
    workspace = request.coder.send(calls.workspace(workspace_id))
    build = workspace.latest_build
    if not (before := nonzero_time(build.deadline)):
        form.add_error("deadline", _("This workspace has no deadline: it runs until it is stopped."))
        return form_invalid(request, workspace_id, setting, form)
    if (deadline := add_span(before, timedelta(hours=form.cleaned_data["hours"]))) is None or not is_in_utc(deadline):
        form.add_error("deadline", _("The deadline cannot be moved beyond the year 9999."))
        return form_invalid(request, workspace_id, setting, form)
    after = replace(workspace, latest_build=replace(build, deadline=deadline))
    return save(request, workspace_id, setting, calls.extend(workspace_id, deadline), form=form, workspace_after=after)
