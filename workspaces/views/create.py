"""A new workspace: pick a template, fill in its form, make it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import PortalRequest, SignInRequired, signed_in
from workspaces.coder import calls
from workspaces.coder.errors import AnswerLost, CoderError, Conflict, RateLimited, SessionEnded, Unreachable
from workspaces.coder.types import Workspace
from workspaces.creation import form_data, owners, pages
from workspaces.creation.form_data import FormData, FormRequest
from workspaces.creation.forms import CreateForm, initial_values
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.creation.template_cards import shelf
from workspaces.views.responses import messages_fragment, progress_tag, render_page, wants_partial

JUST_CREATED_S = 120  # s: a workspace of this name that is no older is the one whose answer was lost


@require_safe
@signed_in
def choose_template(request: PortalRequest) -> HttpResponse:
    """The templates to choose from; `from` leads on to the form of that workspace's own template."""
    if source := pages.parse_uuid(request.GET.get("from", "")):
        like = request.coder.send(calls.workspace(source))
        address = reverse("workspaces:new_form", args=[like.template_id])
        return redirect(f"{address}?{request.GET.urlencode()}")
    found = request.coder.send(calls.templates()) or ()
    page = shelf(found, connection.public_url(), request.GET.urlencode())
    return render_page(request, "workspaces/new.html", "templates", page)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def create(request: PortalRequest, template_id: UUID) -> HttpResponse:
    """The form of a template, filled in by the address; posted, the workspace. With `again` it is only asked anew."""
    draft = drafts.find_fields(request, request.person.id, request.path) if request.method == "GET" else None
    wanted = pages.parse_form_request(request, template_id, draft)
    facts = form_data.load_form_data_or_cached(request.coder, request.person, wanted)
    if request.method == "POST" and "again" not in request.POST:
        return create_workspace(request, wanted, facts)
    begun = initial_values(facts, request.GET, owner=wanted.owner, zone=sessions.time_zone_for(request).key)
    form = CreateForm(initial=begun, **pages.form_kwargs(wanted, facts))
    if wanted.is_submission:
        form.restore(wanted.data)
    if draft is not None:
        drafts.finish_restore(request)
    if request.POST.get("again") == "link" and not wants_partial(request):
        return redirect(request.path + pages.build_page(request, wanted, form).link)
    return render_form(request, wanted, form)


@require_safe
def people(request: HttpRequest, template_id: UUID) -> HttpResponse:
    """Suggestions for the owner that is being typed. Where there are none to be had, those that are there stay.

    That a session has ended is said when the form is sent, which keeps what is typed in it.
    """
    try:
        return suggest_owners(request, template_id)
    except (SignInRequired, SessionEnded, CoderError):
        return HttpResponse(status=204)


@signed_in
def suggest_owners(request: PortalRequest, template_id: UUID) -> HttpResponse:
    """The people like `owner`, as the fragment of the form. Raises CoderError."""
    template = connection.get_template(request.coder, request.person.fingerprint, template_id)
    typed = request.GET.get("owner", "")
    found = owners.suggest_owners(request.coder, request.person, template.organization_id, typed)
    return render(request, "workspaces/new_form.html#people", {"people": found})


def create_workspace(request: PortalRequest, wanted: FormRequest, facts: FormData) -> HttpResponse:
    """Ask Coder for it. A refusal stands at its field, with everything as it was typed."""
    data = request.POST.copy()
    data.setdefault("template_version_id", str(facts.version_id))
    form = CreateForm(data, **pages.form_kwargs(wanted, facts))
    form.add_evaluation_errors(facts.parameters)
    if not form.is_valid():
        return render_form(request, wanted, form, 422)
    try:
        made = request.coder.send(form.build_call(wanted.owner))
    except AnswerLost as error:
        return response_lost(request, wanted, form, error)
    except (Unreachable, RateLimited) as error:
        return coder_unavailable(request, wanted, form, error)
    except CoderError as error:
        if isinstance(error, Conflict) and (twin := find_just_created(request, wanted, form)):
            return redirect_to_workspace(
                request, twin, _("%(name)s was made a moment ago; this is it.") % {"name": twin.name}
            )
        form.add_coder_errors(error, for_another=wanted.owner != request.person.username)
        return render_form(request, wanted, form, 422)
    return redirect_to_workspace(request, made, _("%(name)s is made. Its first start has begun.") % {"name": made.name})


def response_lost(request: PortalRequest, wanted: FormRequest, form: CreateForm, error: AnswerLost) -> HttpResponse:
    """Coder was asked, and its answer did not arrive: look whether the workspace is there, and say what is the case."""
    try:
        found = find_just_created(request, wanted, form)
    except (Unreachable, RateLimited):
        return coder_unavailable(request, wanted, form, error)
    if found:
        said = _("Coder's answer did not arrive, but %(name)s is there: it was made.") % {"name": found.name}
        return redirect_to_workspace(request, found, said)
    form.add_error(None, _("Coder's answer did not arrive, and no workspace was made. Send it once more."))
    return render_form(request, wanted, form, 422)


def find_just_created(request: PortalRequest, wanted: FormRequest, form: CreateForm) -> Workspace | None:
    """The workspace of this name and template, if it is only a moment old: made by this form, sent a moment before."""
    found = form_data.find_workspace(request.coder, wanted.owner, form.cleaned_data["name"])
    if found is None or found.template_id != wanted.template_id:
        return None
    return found if (timezone.now() - found.created_at).total_seconds() < JUST_CREATED_S else None


def coder_unavailable(request: PortalRequest, wanted: FormRequest, form: CreateForm, error: CoderError) -> HttpResponse:
    """Coder is not there, or asks to slow down. A fragment leaves the form as it is; a page shows it filled in."""
    if wants_partial(request):
        raise error
    told = error_message_for(error, write=True)
    form.add_error(None, told.text)
    return render_form(request, wanted, form, told.status)


def redirect_to_workspace(request: PortalRequest, made: Workspace, text: str) -> HttpResponse:
    """To the page of the new workspace."""
    messages.success(request, text, progress_tag(made.id))
    address = reverse("workspaces:detail", args=[made.owner_name, made.name])
    return HttpResponse(status=204, headers={"HX-Redirect": address}) if wants_partial(request) else redirect(address)


def render_form(request: PortalRequest, wanted: FormRequest, form: CreateForm, status: int = 200) -> HttpResponse:
    """The form as a page, or as the fragment that it is."""
    context: dict[str, Any] = {"form": form, "page": pages.build_page(request, wanted, form)}
    if wants_partial(request):
        html = render(request, "workspaces/new_form.html#form", context, status=status)
        html.write(messages_fragment(request))
        return html
    return render(request, "workspaces/new_form.html", context, status=status)
