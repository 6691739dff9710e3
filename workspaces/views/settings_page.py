"""The page of a workspace's settings: how it is loaded, and the responses after a setting was sent."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from workspaces import timezones
from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, RateLimited, ResponseLost, Unreachable
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.forms.setting_form import SettingForm, SettingSpec
from workspaces.gateway import connection, snapshots
from workspaces.gateway.error_messages import ErrorMessage, error_message_for
from workspaces.present.settings.autostart import needs_active_version
from workspaces.present.settings.page import SettingsModel, make_settings
from workspaces.present.workspace.header import Header, make_header
from workspaces.present.workspace.tabs import TabPage
from workspaces.setting_declarations import SETTINGS, unbound_forms
from workspaces.views.navigation import next_url, path_of
from workspaces.views.responses import (
    header_fragments,
    messages_fragment,
    messages_response,
    target_id,
    wants_partial,
    with_read_time,
)

TEMPLATE = "workspaces/settings.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsPage(TabPage):
    """The settings of a workspace and their forms, by name."""

    settings: SettingsModel
    forms: Mapping[str, Form]
    autostart_checked: bool = True  # Coder was asked whether an autostart can work

    @property
    def zones(self) -> list[str]:
        """Return the names of all time zones."""
        return list(timezones.offered_zones())


def load_settings_page(
    request: PortalRequest,
    workspace: Workspace,
    bound_forms: Mapping[str, Form] | None = None,
    *,
    check_autostart: bool = True,
) -> SettingsPage:
    """Return the settings page of a workspace, with the bound forms in place of those that show Coder's values.

    `check_autostart`: ask Coder whether an autostart can work. Raises SessionEnded.
    """
    viewer = rights.viewer_for(request, [workspace])
    template, mismatch = gather(
        partial(load_template, request, workspace),
        partial(load_mismatch, request, workspace) if check_autostart else skip,
    )
    settings = make_settings(SETTINGS.values(), workspace, viewer, template, lacks_parameter_values=mismatch)
    for form in (bound_forms or {}).values():
        if isinstance(form, SettingForm):
            form.apply_limits(settings)
    forms = {**unbound_forms(workspace, settings, viewer.zone), **(bound_forms or {})}
    forms["cron"].fields["timezone"].widget.attrs["id"] = "id_cron_timezone"  # the other form's field has the name's id
    return SettingsPage(
        settings=settings,
        header=make_header(workspace, viewer),
        tab="settings",
        forms=forms,
        autostart_checked=check_autostart,
    )


def load_template(request: PortalRequest, workspace: Workspace) -> Template | None:
    """Return the workspace's template, from a cache if possible; None if it cannot be read."""
    try:
        return connection.get_template(request.coder, request.person.fingerprint, workspace.template_id)
    except CoderError:
        return None


def load_mismatch(request: PortalRequest, workspace: Workspace) -> bool | None:
    """Return whether an autostart lacks the value of a parameter; None if that cannot be, or Coder does not answer."""
    if not workspace.autostart_schedule or not needs_active_version(workspace):
        return None
    try:
        return request.coder.send(calls.resolve_autostart(workspace.id)).parameter_mismatch
    except CoderError:
        return None


def skip() -> None:
    """Ask Coder nothing."""


def save(
    request: PortalRequest,
    workspace_id: UUID,
    setting: SettingSpec,
    call: Call[Any],
    *,
    form: SettingForm | None = None,
    workspace_after: Workspace | None = None,
    undo: str = "",
) -> HttpResponse:
    """Send the write of a setting and respond with the setting as it is afterwards.

    Coder's validation errors are shown on the form. `workspace_after` is the workspace after the write if the
    caller knows it, else it is read. `undo` is the HTML of a button for the message. Raises SessionEnded.
    """
    try:
        request.coder.send(call)
    except CoderError as error:
        if form is None or isinstance(error, Unreachable | RateLimited):
            return write_failed(request, workspace_id, setting, error, form)
        form.add_coder_errors(error)
        return form_invalid(request, workspace_id, setting, form)
    return write_succeeded(request, workspace_id, setting, workspace_after, undo)


def write_succeeded(
    request: PortalRequest, workspace_id: UUID, setting: SettingSpec, workspace_after: Workspace | None, undo: str
) -> HttpResponse:
    """Respond to a saved setting: a message with its new value, and for htmx the fragments that changed."""
    read_time = timezone.now()
    try:
        workspace = workspace_after or request.coder.send(calls.workspace(workspace_id))
        page = load_settings_page(request, workspace, check_autostart=setting.affects_autostart)
    except CoderError:
        messages.success(request, _("%(setting)s saved.") % {"setting": _(setting.title)})
        messages.warning(request, _("The current state could not be loaded. Reload the page in a moment."))
        return messages_response(request) if wants_partial(request) else redirect_back(request, workspace_id)
    messages.success(request, format_html("{}: {} {}", page.settings.name, saved_message(page, setting), undo))
    if not wants_partial(request):
        return redirect_back(request, workspace_id)
    response = (
        saved_fragments(request, page, setting.name, 200)
        if is_from_setting(request, setting)
        else header_response(request, page.header, 200)
    )
    return response if workspace_after else with_read_time(read_time, response)


def saved_message(page: SettingsPage, setting: SettingSpec) -> str:
    """Return the message that the setting was saved, with the first sentences about its new value.

    A sentence that begins with the setting's title, such as "Autostart is off.", needs no other one before it.
    """
    title = _(setting.title)
    sentences = [line.text for line in page.settings.by_name[setting.name].lines][: setting.saved_lines]
    saved = _(setting.saved_message) % {"setting": title}
    return " ".join(sentences if sentences and sentences[0].startswith(title) else [saved, *sentences])


def form_invalid(request: PortalRequest, workspace_id: UUID, setting: SettingSpec, form: SettingForm) -> HttpResponse:
    """Respond with the form, its errors and what was typed."""
    try:
        workspace = request.coder.send(calls.workspace(workspace_id))
    except CoderError as error:
        return write_failed(request, workspace_id, setting, error, form)
    partial_response = wants_partial(request)
    if is_from_other_place(request, workspace.owner_name, workspace.name, setting):
        return header_form_invalid(request, workspace, form)
    check_autostart = setting.affects_autostart or not partial_response
    page = load_settings_page(request, workspace, {setting.form_name(form): form}, check_autostart=check_autostart)
    if partial_response:
        clear_messages = messages_fragment(request)  # the message of an earlier write is about another value
        return HttpResponse(setting_fragment(request, page, setting.name) + clear_messages, status=422)
    return render(request, TEMPLATE, {"page": page}, status=422)


def header_form_invalid(request: PortalRequest, workspace: Workspace, form: SettingForm) -> HttpResponse:
    """Respond to a button outside of the settings that posted what cannot be saved: the reason is a message."""
    for errors in form.errors.values():
        messages.error(request, " ".join(map(str, errors)))
    if not wants_partial(request):
        return redirect_back(request, workspace.id)
    return header_response(request, make_header(workspace, rights.viewer_for(request, [workspace])), 422)


def is_from_setting(request: PortalRequest, setting: SettingSpec) -> bool:
    """Return whether htmx replaces the setting with the response."""
    return target_id(request) == f"set-{setting.name}"


def is_from_other_place(request: PortalRequest, owner: str, name: str, setting: SettingSpec) -> bool:
    """Return whether the form is not one of the settings page, but a button elsewhere on the workspace's pages."""
    if wants_partial(request):
        return not is_from_setting(request, setting)
    settings_url = reverse("workspaces:settings", args=[owner, name])
    return path_of(next_url(request, settings_url)) != settings_url


def header_response(request: PortalRequest, header: Header, status: int) -> HttpResponse:
    """Respond with the header of the workspace's page and the messages."""
    return HttpResponse(header_fragments(request, header) + messages_fragment(request), status=status)


def write_failed(
    request: PortalRequest, workspace_id: UUID, setting: SettingSpec, error: CoderError, form: SettingForm | None
) -> HttpResponse:
    """Respond to an error that is not about the form: the page and what was typed stay, a message says the error.

    If Coder's answer was lost, or Coder limits the rate, the workspace is read again to show its present state.
    """
    message = error_message_for(error, write=True)
    bound_forms = {setting.form_name(form): form} if form else {}
    page = None
    if isinstance(error, ResponseLost) or not isinstance(error, Unreachable):
        with suppress(Unreachable, RateLimited):
            page = load_settings_page(request, request.coder.send(calls.workspace(workspace_id)), bound_forms)
    messages.error(request, message.text)
    if wants_partial(request):
        response = (
            saved_fragments(request, page, "", message.status) if page else messages_response(request, message.status)
        )
        return with_retry_after(response, message)
    page = page or last_seen_page(request, workspace_id, bound_forms)
    if page is None or not form or is_from_other_place(request, page.settings.owner, page.settings.name, setting):
        return redirect_back(request, workspace_id)
    return with_retry_after(render(request, TEMPLATE, {"page": page}, status=message.status), message)


def last_seen_page(request: PortalRequest, workspace_id: UUID, bound_forms: Mapping[str, Form]) -> SettingsPage | None:
    """Return the settings page as this person saw it last, with the bound forms; None if they did not see it."""
    key = request.person.fingerprint, path_of(next_url(request))
    snapshot = snapshots.STORE.get_recent(request.person.id, key)
    if snapshot is None or not isinstance(snapshot.page, SettingsPage) or snapshot.page.settings.id != workspace_id:
        return None
    return replace(snapshot.page, forms={**snapshot.page.forms, **bound_forms})


def saved_fragments(request: PortalRequest, page: SettingsPage, saved: str, status: int) -> HttpResponse:
    """Respond with the saved setting, the text of the other ones, the header of the page, and the messages.

    `saved` is the setting's name. If it is "", nothing was saved, and no form on the page is replaced.
    """
    html = setting_fragment(request, page, saved) if saved else ""
    html += render_to_string(f"{TEMPLATE}#other_fragments", {"page": page, "saved": saved}, request)
    html += render_to_string("workspaces/workspace.html#other_parts", {"page": page.header}, request)
    return HttpResponse(html + messages_fragment(request), status=status)


def setting_fragment(request: PortalRequest, page: SettingsPage, name: str) -> str:
    """Return the HTML of one setting."""
    return render_to_string(f"{TEMPLATE}#setting", {"page": page, "setting": page.settings.by_name[name]}, request)


def redirect_back(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Redirect to the page that the form was on, else to the settings page."""
    return redirect(next_url(request, reverse("workspaces:settings_by_id", args=[workspace_id])))


def with_retry_after(response: HttpResponse, message: ErrorMessage) -> HttpResponse:
    """Return the response with the header Retry-After, if Coder or the portal named a time (s)."""
    if message.retry_after:
        response["Retry-After"] = str(message.retry_after)
    return response
