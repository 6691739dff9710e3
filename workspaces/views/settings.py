"""The settings of one workspace, each saved by itself. setting_declarations.py declares them."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from workspaces.auth import drafts, rights, sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.datetimes import add_span, is_in_utc
from workspaces.forms.settings import DormantForm, ExtendForm, RenameForm
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace.tabs import TabPage
from workspaces.schedule import nonzero_time
from workspaces.setting_declarations import SETTINGS
from workspaces.views import lookup, tabs
from workspaces.views.responses import (
    invalid_request,
    messages_fragment,
    undo_button,
    wants_partial,
    write_and_respond,
)
from workspaces.views.settings_page import (
    TEMPLATE,
    form_invalid,
    is_from_setting,
    load_settings_page,
    save,
    write_failed,
)


@require_safe
@sign_in_required
def settings(request: PortalRequest, owner: str, name: str) -> HttpResponseBase:
    """Show all settings, a tab of the workspace's page."""
    workspace = tabs.find_workspace(request, owner, name)
    if response := tabs.redirect_renamed(request, workspace, name, "settings"):
        return response
    if drafted_forms := find_draft(request, workspace.id):
        drafts.finish_restore(request)  # before the response begins
        return tabs.render_loaded_tab(request, TEMPLATE, load_settings_page(request, workspace, drafted_forms))
    unavailable = _("The settings could not be loaded.")
    load = partial(load_settings_page, request, workspace)
    return tabs.render_tab(request, workspace, "settings", TEMPLATE, load, unavailable)


@require_safe
@sign_in_required
def by_id(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Redirect to the settings of the workspace with this id; for htmx, the section, whatever its name is by now."""
    if not wants_partial(request):
        return tabs.redirect_by_id(request, workspace_id, "settings")
    workspace = request.coder.send(calls.workspace(workspace_id))
    page = load_settings_page(request, workspace, drafted_forms := find_draft(request, workspace.id))
    if drafted_forms:
        drafts.finish_restore(request)
    html = render_to_string(f"{TEMPLATE}#settings", {"page": page}, request)
    return HttpResponse(html + (messages_fragment(request) if drafted_forms else ""))


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
    """Save a setting by its form and its call.

    It takes two calls: the write, and a read after it, or before it where what follows from it is known.
    """
    setting = SETTINGS[name]
    if not setting.form or not setting.call:
        raise ValueError(f"The setting {name} has a view of its own.")
    form = setting.form(request.POST, zone=sessions.time_zone_for(request))
    if not form.is_valid():
        return form_invalid(request, workspace_id, setting, form)
    call = setting.call(workspace_id, form)
    if setting.after is None:
        return save(request, workspace_id, setting, call, form=form)
    try:
        before = request.coder.send(calls.workspace(workspace_id))  # the audit log names the value before, too
    except CoderError as error:
        return write_failed(request, workspace_id, setting, error, form)
    return save(request, workspace_id, setting, call, form=form, workspace_after=setting.after(before, form))


@require_POST
@sign_in_required
def dormant(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Make the workspace dormant, or activate it. The settings page requests its fragment, other pages a row."""
    form = DormantForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    is_dormant = form.cleaned_data["dormant"]
    call = calls.set_dormant(workspace_id, dormant=is_dormant)
    if is_from_setting(request, SETTINGS["dormant"]):
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
        response["HX-Replace-Url"] = reverse("workspaces:settings", args=[after.owner_name, after.name])
        header = make_header(after, rights.viewer_for(request, [after]))
        page = TabPage(header=header, tab="settings")
        response.write(render_to_string("workspaces/workspace_page.html#tab_bar_partial", {"page": page}, request))
    return response


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
