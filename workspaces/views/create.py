"""The creation of a workspace: the choice of a template, its form, and the call."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import PortalRequest, SignInRequired, sign_in_required
from workspaces.coder import calls
from workspaces.coder.clock import CLOCK
from workspaces.coder.errors import CoderError, Conflict, RateLimited, ResponseLost, SessionEnded, Unreachable
from workspaces.coder.types import Workspace
from workspaces.creation import form_data, owners, pages
from workspaces.creation.form_data import FormData, FormRequest
from workspaces.creation.forms import CreateForm, initial_values
from workspaces.creation.summary import make_summary
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.creation.template_cards import make_template_list
from workspaces.views.responses import progress_tag, redirect_page, render_form, render_page, wants_partial

JUST_CREATED_S = 120  # s; a workspace of this name that is not older comes from the request that Coder did not answer


@dataclass(frozen=True, slots=True)
class CreationPages:
    """The pages that a form of a new workspace is on, and leads to."""

    render_form: Callable[[PortalRequest, FormRequest, CreateForm, int], HttpResponse]
    workspace_url: Callable[[PortalRequest, Workspace], str]


@require_safe
@sign_in_required
def choose_template(request: PortalRequest) -> HttpResponse:
    """Show the templates; `from`, the id of a workspace, redirects to the form of its template."""
    if source_id := pages.parse_uuid(request.GET.get("from", "")):
        source = request.coder.send(calls.workspace(source_id))
        url = reverse("workspaces:new_form", args=[source.template_id])
        return redirect(f"{url}?{request.GET.urlencode()}")
    templates = request.coder.send(calls.templates()) or ()
    page = make_template_list(templates, connection.public_url(), request.GET.urlencode())
    return render_page(request, "workspaces/template_picker.html", "templates", page)


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def create(request: PortalRequest, template_id: UUID) -> HttpResponse:
    """Show the form of a template with the values of the query, and create a workspace.

    A POST with `again` only renders the form for the values that it has; with `again=summary` and htmx, the summary.
    """
    request.changes_nothing = "again" in request.POST
    draft = drafts.find_fields(request, request.person.id, request.path) if request.method == "GET" else None
    form_request = pages.parse_form_request(request, template_id, draft)
    only_summary = request.POST.get("again") == "summary" and wants_partial(request)
    load = form_data.load_shown_form_data if only_summary else form_data.load_form_data_or_cached
    coder_data = load(request.coder, request.person, form_request)
    if request.method == "POST" and "again" not in request.POST:
        return create_workspace(request, form_request, coder_data, PORTAL_PAGES)
    form = shown_form(request, form_request, coder_data)
    if only_summary:
        return render(request, "workspaces/create.html#summary_body", summary_context(request, form_request, form))
    if draft is not None:
        drafts.finish_restore(request)
    if request.POST.get("again") == "link" and not wants_partial(request):
        return redirect(request.path + pages.build_page(request, form_request, form).link)
    return render_creation(request, form_request, form)


def shown_form(request: PortalRequest, form_request: FormRequest, coder_data: FormData) -> CreateForm:
    """Return the form with the values of the address or, of a form that was sent to be shown again, with its own."""
    initial = initial_values(
        coder_data, request.GET, owner=form_request.owner, zone=sessions.time_zone_for(request).key
    )
    form = CreateForm(initial=initial, **pages.form_kwargs(form_request, coder_data))
    if form_request.is_submission:
        form.restore(form_request.data)
    return form


@require_safe
def people(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Suggest owners for what is typed. On an error the browser keeps the earlier suggestions.

    An ended session is reported when the form is sent, which keeps what was typed.
    """
    try:
        return suggest_owners(request, template_id)
    except (SignInRequired, SessionEnded, CoderError):
        return HttpResponse(status=204)


@sign_in_required
def suggest_owners(request: PortalRequest, template_id: UUID) -> HttpResponse:
    """Render the people whose name resembles `owner`. Raises CoderError."""
    template = connection.get_template(request.coder, request.person.fingerprint, template_id)
    text = request.GET.get("owner", "")
    suggestions = owners.suggest_owners(request.coder, request.person, template.organization_id, text)
    return render(request, "workspaces/create.html#people", {"people": suggestions})


def create_workspace(
    request: PortalRequest, form_request: FormRequest, coder_data: FormData, shown: CreationPages
) -> HttpResponse:
    """Request the workspace from Coder. Errors are shown at the fields of the form."""
    data = request.POST.copy()
    data.setdefault("template_version_id", str(coder_data.version_id))
    form = CreateForm(data, **pages.form_kwargs(form_request, coder_data))
    form.add_evaluation_errors(coder_data.parameters)
    if not form.is_valid():
        return shown.render_form(request, form_request, form, 422)
    try:
        workspace = request.coder.send(form.build_call(form_request.owner))
    except ResponseLost as error:
        return response_lost(request, form_request, form, error, shown)
    except (Unreachable, RateLimited) as error:
        return coder_unavailable(request, form_request, form, error, shown)
    except CoderError as error:
        if isinstance(error, Conflict) and (existing := find_just_created(request, form_request, form)):
            text = _("%(name)s was already created.") % {"name": existing.name}
            return redirect_to_workspace(request, existing, text, shown)
        form.add_coder_errors(error, for_another=form_request.owner != request.person.username)
        return shown.render_form(request, form_request, form, 422)
    if form.needs_ttl_off:
        turn_off_ttl(request, workspace)
    return redirect_to_workspace(request, workspace, _("Creating %(name)s…") % {"name": workspace.name}, shown)


def turn_off_ttl(request: PortalRequest, workspace: Workspace) -> None:
    """Switch the TTL of a new workspace off; a message says where that failed."""
    try:
        request.coder.send(calls.set_ttl(workspace.id, None))
    except CoderError as error:
        text = _("%(name)s is created, but its time until shutdown is the template’s default. Change it in Settings.")
        reason = error_message_for(error, write=True).description
        messages.warning(request, " ".join([reason, text % {"name": workspace.name}]))


def response_lost(
    request: PortalRequest, form_request: FormRequest, form: CreateForm, error: ResponseLost, shown: CreationPages
) -> HttpResponse:
    """Look whether the workspace exists after Coder's response was lost, and respond accordingly."""
    try:
        workspace = find_just_created(request, form_request, form)
    except (Unreachable, RateLimited):
        return coder_unavailable(request, form_request, form, error, shown)
    if workspace:
        if form.needs_ttl_off:
            turn_off_ttl(request, workspace)
        text = _("Coder’s response was lost, but %(name)s was created.") % {"name": workspace.name}
        return redirect_to_workspace(request, workspace, text, shown)
    form.add_error(None, _("Coder’s response was lost, and no workspace was created. Try again."))
    return shown.render_form(request, form_request, form, 422)


def find_just_created(request: PortalRequest, form_request: FormRequest, form: CreateForm) -> Workspace | None:
    """Return the workspace of this name and template if it is younger than JUST_CREATED_S, else None."""
    workspace = form_data.find_workspace(request.coder, form_request.owner, form.cleaned_data["name"])
    if workspace is None or workspace.template_id != form_request.template_id:
        return None
    return workspace if (CLOCK.now() - workspace.created_at).total_seconds() < JUST_CREATED_S else None


def coder_unavailable(
    request: PortalRequest, form_request: FormRequest, form: CreateForm, error: CoderError, shown: CreationPages
) -> HttpResponse:
    """Show the form with the error of an unreachable or rate-limiting Coder; for htmx, raise the error."""
    if wants_partial(request):
        raise error
    message = error_message_for(error, write=True)
    form.add_error(None, message.text)
    return shown.render_form(request, form_request, form, message.status)


def redirect_to_workspace(
    request: PortalRequest, workspace: Workspace, text: str, shown: CreationPages
) -> HttpResponse:
    """Redirect to the page of the new workspace, with a message."""
    messages.success(request, text, progress_tag(workspace.id))
    return redirect_page(request, shown.workspace_url(request, workspace))


def detail_url(_request: PortalRequest, workspace: Workspace) -> str:
    """Return the URL of a workspace's page."""
    return reverse("workspaces:detail", args=[workspace.owner_name, workspace.name])


def render_creation(
    request: PortalRequest, form_request: FormRequest, form: CreateForm, status: int = 200
) -> HttpResponse:
    """Render the page of the form."""
    context = {"page": pages.build_page(request, form_request, form)} | summary_context(request, form_request, form)
    return render_form(request, "workspaces/create.html", context, status)


def summary_context(request: PortalRequest, form_request: FormRequest, form: CreateForm) -> dict[str, object]:
    """Return the form and its summary for a template."""
    return {"form": form, "summary": make_summary(form, form_request.owner, request.person.username)}


PORTAL_PAGES = CreationPages(render_form=render_creation, workspace_url=detail_url)
