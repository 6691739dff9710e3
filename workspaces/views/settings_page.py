"""How the settings of a workspace are shown with their forms, and how one that was saved or refused is answered."""

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
from workspaces.coder.errors import AnswerLost, CoderError, RateLimited, Unreachable
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.forms import settings
from workspaces.forms.settings import SettingForm
from workspaces.gateway import connection, snapshots
from workspaces.gateway.error_messages import ErrorMessage, error_message_for
from workspaces.present.settings.autostart import needs_active_version
from workspaces.present.settings.page import Settings
from workspaces.present.settings.page import settings as settings_of
from workspaces.present.workspace.header import Header, make_header
from workspaces.views.navigation import next_url
from workspaces.views.responses import messages_fragment, read_at, said, wants_partial

TEMPLATE = "workspaces/settings.html"
# Those on which it depends whether an autostart works.
ABOUT_STARTS = frozenset({"autostart", "autoupdates", "dormant"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The page of the settings: what they are, and their forms by name. `cron` is the other form of `autostart`."""

    facts: Settings
    header: Header
    forms: Mapping[str, Form]
    resolved: bool = True  # it is known whether an autostart would work

    @property
    def zones(self) -> list[str]:
        """The names of the time zones that there are."""
        return sorted(timezones.zone_names())


def sheet(
    request: PortalRequest, workspace: Workspace, tried: Mapping[str, Form] | None = None, *, resolve: bool = True
) -> Sheet:
    """The settings of a workspace; `tried` are forms that stand in the place of fresh ones, as they were typed.

    Whether an autostart would work is asked only with `resolve`.
    """
    viewer = rights.viewer_for(request, [workspace])
    asked = mismatch_of if resolve else unasked
    template, mismatch = gather(partial(template_of, request, workspace), partial(asked, request, workspace))
    facts = settings_of(workspace, viewer, template, mismatch=mismatch)
    forms = settings.fresh(workspace, facts, viewer.zone)
    return Sheet(
        facts=facts,
        header=make_header(workspace, viewer),
        forms={**forms, **{name: settings.fitted(form, facts) for name, form in (tried or {}).items()}},
        resolved=resolve,
    )


def template_of(request: PortalRequest, workspace: Workspace) -> Template | None:
    """Its template, asked once in a while; None where it cannot be read: the page can do without."""
    try:
        return connection.get_template(request.coder, request.person.fingerprint, workspace.template_id)
    except CoderError:
        return None


def mismatch_of(request: PortalRequest, workspace: Workspace) -> bool | None:
    """Whether its autostart would lack a value. None where nothing hangs on that, or where Coder does not say."""
    if not workspace.autostart_schedule or not needs_active_version(workspace):
        return None
    try:
        return request.coder.send(calls.resolve_autostart(workspace.id)).parameter_mismatch
    except CoderError:
        return None


def unasked(request: PortalRequest, workspace: Workspace) -> None:
    """Nothing: whether an autostart would work does not hang on what is being saved."""


def save(
    request: PortalRequest,
    workspace_id: UUID,
    name: str,
    call: Call[Any],
    *,
    form: SettingForm | None = None,
    known: Workspace | None = None,
    undo: str = "",
) -> HttpResponse:
    """Send one write of the setting `name` and answer with it as it is after it.

    A refusal stands in Coder's words on the form. `known` is the workspace as it is once the write is done, where
    that was known before; else it is read. Raises SessionEnded.
    """
    try:
        request.coder.send(call)
    except CoderError as error:
        if form is None or isinstance(error, Unreachable | RateLimited):
            return not_done(request, workspace_id, name, error, form)
        form.add_coder_errors(error)
        return kept(request, workspace_id, name, form)
    return done(request, workspace_id, name, known, undo)


def done(request: PortalRequest, workspace_id: UUID, name: str, known: Workspace | None, undo: str) -> HttpResponse:
    """It is saved: what the setting says now, as a message, and where a fragment was asked for, all that changed."""
    asked = timezone.now()
    try:
        workspace = known or request.coder.send(calls.workspace(workspace_id))
        page = sheet(request, workspace, resolve=name in ABOUT_STARTS)
    except CoderError:
        messages.success(request, _("Saved."))
        messages.warning(request, _("What the workspace does now could not be read; reload the page in a moment."))
        return said(request) if wants_partial(request) else back(request, workspace_id)
    messages.success(request, format_html("{}: {} {}", page.facts.name, saved_words(page, name), undo))
    if not wants_partial(request):
        return back(request, workspace_id)
    answer = changed(request, page, name, 200)
    return answer if known else read_at(asked, answer)


def saved_words(page: Sheet, name: str) -> str:
    """That it is saved, and what the setting says now."""
    lines = [line.text for line in page.facts.each[name].says]
    if name == "usage":
        return " ".join([_("Coder counts it as used now."), *lines[:1]])
    return " ".join([_("Saved."), *lines[:2]])


def kept(request: PortalRequest, workspace_id: UUID, name: str, form: Form) -> HttpResponse:
    """It is not saved, and the form says why at its fields: everything typed stands there still."""
    try:
        workspace = request.coder.send(calls.workspace(workspace_id))
    except CoderError as error:
        return not_done(request, workspace_id, name, error, form)
    resolve = name in ABOUT_STARTS or not wants_partial(request)
    page = sheet(request, workspace, {form_name(name, form): form}, resolve=resolve)
    if wants_partial(request):
        return HttpResponse(render_to_string(f"{TEMPLATE}#{name}", {"page": page}, request), status=422)
    return render(request, TEMPLATE, {"page": page}, status=422)


def not_done(
    request: PortalRequest, workspace_id: UUID, name: str, error: CoderError, form: Form | None
) -> HttpResponse:
    """Coder did not say yes, and not what is wrong with the form either: the page stands, and so does what was typed.

    Where the answer was lost, or Coder asks to slow down, the workspace is read: what is the case, is shown.
    """
    told = error_message_for(error, write=True)
    tried = {form_name(name, form): form} if form else {}
    page = None
    if isinstance(error, AnswerLost) or not isinstance(error, Unreachable):
        with suppress(Unreachable, RateLimited):
            page = sheet(request, request.coder.send(calls.workspace(workspace_id)), tried)
    messages.error(request, told.text)
    if wants_partial(request):
        return patient(changed(request, page, "", told.status) if page else said(request, told.status), told)
    page = page or last_seen(request, workspace_id, tried)
    if page is None or not form:
        return back(request, workspace_id)
    return patient(render(request, TEMPLATE, {"page": page}, status=told.status), told)


def last_seen(request: PortalRequest, workspace_id: UUID, tried: Mapping[str, Form]) -> Sheet | None:
    """The settings as this person last saw them, with what they have typed since."""
    found = snapshots.get_recent(request.person.fingerprint, reverse("workspaces:settings", args=[workspace_id]))
    if found is None or not isinstance(found.page, Sheet):
        return None
    return replace(found.page, forms={**found.page.forms, **tried})


def changed(request: PortalRequest, page: Sheet, name: str, status: int) -> HttpResponse:
    """The setting that was saved, what the other ones say now, the head of the page, and the messages.

    Where nothing was saved (`name` is ""), no form is touched: what is typed stands in the browser.
    """
    context = {"page": page, "saved": name}
    own = render_to_string(f"{TEMPLATE}#{name}", context, request) if name else ""
    beside = render_to_string(f"{TEMPLATE}#beside", context, request)
    return HttpResponse(own + beside + messages_fragment(request), status=status)


def back(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """To the page that they came from."""
    return redirect(next_url(request, reverse("workspaces:settings", args=[workspace_id])))


def patient(response: HttpResponse, told: ErrorMessage) -> HttpResponse:
    """The answer, with the time after which another try is welcome."""
    if told.retry_after:
        response["Retry-After"] = str(told.retry_after)
    return response


def form_name(name: str, form: Form) -> str:
    """The form's name on the page: a cron that was typed stands in the other form of `autostart`."""
    return "cron" if name == "autostart" and form.data.get("schedule", "").strip() else name
