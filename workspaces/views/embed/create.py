"""The short form of a new workspace in a frame.

What the address of the frame holds was chosen by the page around it, and a repository or a script that somebody else
chose must be seen before it runs. So with any value, and where the short form does not suffice, the frame leads to the
portal's own form in a tab.
"""

from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from django.forms import BoundField
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder.types import Workspace
from workspaces.creation import form_data, pages
from workspaces.creation.form_data import FormRequest
from workspaces.creation.forms import CreateForm
from workspaces.forms.embed import FrameForm
from workspaces.present.creation.form_page import CreatePage
from workspaces.views import create as portal_create
from workspaces.views.embed.frames import framed, look_of
from workspaces.views.embed.writes import FIELDS, is_foreign_frame, limit_response, named_frame, not_in_a_frame

FORM_FIELDS = FIELDS | {"name", "organization", "template_version_id", "preset"}
PARAMETER_PREFIXES = ("param.", "original.")


@dataclass(frozen=True, slots=True)
class ShortForm:
    """The form as a frame shows it."""

    page: CreatePage
    form: CreateForm
    required: list[BoundField]  # parameters
    optional: list[BoundField]
    portal_url: str  # the portal's own form, with the values of the address
    is_short: bool  # the frame has the form, and not only a link to the portal's

    @property
    def has_invalid_option(self) -> bool:
        """Whether one of the parameters that are folded has an error."""
        return any(field.errors for field in self.optional)


@require_http_methods(["GET", "HEAD", "POST"])
@named_frame
@framed
@sign_in_required
def create(request: PortalRequest, template_id: UUID) -> HttpResponse:
    """Show the short form of a template, and create a workspace. Without buttons, a link to the portal's form."""
    if request.method == "POST":
        names = request.POST.keys() - FORM_FIELDS
        is_sent_by_form = all(name.startswith(PARAMETER_PREFIXES) for name in names)
        if (
            not is_sent_by_form
            or chosen_values(request)
            or request.GET.get("actions") == "none"
            or is_foreign_frame(request)
        ):
            return not_in_a_frame()
        if response := limit_response(request):
            return response
    form_request = replace(pages.parse_form_request(request, template_id), is_short=True)
    coder_data = form_data.load_form_data_or_cached(request.coder, request.person, form_request)
    if request.method == "POST":
        return portal_create.create_workspace(request, form_request, coder_data, FRAME_PAGES)
    form = portal_create.shown_form(request, form_request, coder_data)
    return render_form(request, form_request, form, 200)


def chosen_values(request: PortalRequest) -> dict[str, list[str]]:
    """Return the values of the address by name, without those of the frame's look."""
    return {name: values for name, values in request.GET.lists() if name not in FrameForm.base_fields}


def render_form(request: PortalRequest, form_request: FormRequest, form: CreateForm, status: int) -> HttpResponse:
    """Render the form in the frame."""
    look, page, values = look_of(request), pages.build_page(request, form_request, form), chosen_values(request)
    portal_url = reverse("workspaces:new_form", args=[form_request.template_id])
    is_complete = all(each.done or each.optional for each in page.sign_ins)
    short = ShortForm(
        page=page,
        form=form,
        required=[field for field in form.parameters if field.field.required],
        optional=[field for field in form.parameters if not field.field.required],
        portal_url=f"{portal_url}?{urlencode(values, doseq=True)}" if values else portal_url,
        is_short=look.has_actions and is_complete and not values,
    )
    context = {"short": short, "frame": look, "url": request.path + look.query}
    return render(request, "embed/create.html", context, status=status)


def workspace_url(request: PortalRequest, workspace: Workspace) -> str:
    """Return the URL of the new workspace's card, in the look of this frame."""
    url = reverse("workspaces:embed_workspace", args=[workspace.owner_name, workspace.name])
    return url + look_of(request).query


FRAME_PAGES = portal_create.CreationPages(render_form=render_form, workspace_url=workspace_url)
