"""Deleting a workspace: what is lost, the question, and the build that does it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workspaces import build_requests
from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder.errors import AnswerLost, CoderError, RateLimited, Unreachable
from workspaces.coder.types import Workspace
from workspaces.forms.deletion import DeleteForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.workspace.deletion import Deletion, deletion
from workspaces.views import lookup
from workspaces.views.navigation import next_url
from workspaces.views.responses import messages_fragment, progress_tag, wants_partial


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: PortalRequest, owner: str, workspace: str) -> HttpResponse:
    """What is lost with a workspace, and the question whether to; posted, the answer."""
    found = lookup.find_workspace(request, owner, workspace)
    if request.method == "POST":
        return delete_workspace(request, found)
    page = load_deletion(request, found)
    return render_form(request, page, DeleteForm(of=page))


def delete_workspace(request: PortalRequest, workspace: Workspace) -> HttpResponse:
    """Ask Coder to delete it, where the form says so. A refusal stands above the form, with all that was typed."""
    page = load_deletion(request, workspace)
    form = DeleteForm(request.POST, of=page)
    if page.reason:
        return render_form(request, page, form, 409)
    if not form.is_valid():
        return render_form(request, page, form, 422)
    try:
        request.coder.send(build_requests.deletion_call(workspace.id, orphan=form.cleaned_data["orphan"]))
    except AnswerLost as error:
        messages.error(request, error_message_for(error, write=True).text)
        return redirect_to(request, reverse("workspaces:detail", args=[page.owner, page.name]))
    except CoderError as error:
        if isinstance(error, Unreachable | RateLimited) and wants_partial(request):
            raise
        told = error_message_for(error, write=True)
        form.add_error(None, told.text)
        return render_form(request, page, form, told.status)
    text = _("%(name)s is being deleted.") % {"name": page.name}
    messages.success(request, text, progress_tag(page.id))
    owned = "me" if page.mine else page.owner
    listed = f"{reverse('workspaces:list')}?{urlencode({'q': f'owner:{owned}'})}"
    return redirect_to(request, next_url(request, listed))


def load_deletion(request: PortalRequest, workspace: Workspace) -> Deletion:
    """What deleting it comes to. Who looks after its template is asked only where that matters."""
    viewer = rights.viewer_for(request, [workspace])
    matters = workspace.latest_build.status in {"failed", "canceled"}
    looks_after = matters and rights.may_update_template(request, workspace, viewer)
    return deletion(workspace, viewer, looks_after_template=looks_after)


def redirect_to(request: PortalRequest, address: str) -> HttpResponse:
    """Lead there."""
    return HttpResponse(status=204, headers={"HX-Redirect": address}) if wants_partial(request) else redirect(address)


def render_form(request: PortalRequest, page: Deletion, form: DeleteForm, status: int = 200) -> HttpResponse:
    """The question as a page, or as the fragment that the form is."""
    context = {"page": page, "form": form}
    if wants_partial(request):
        html = render(request, "workspaces/delete.html#form", context, status=status)
        html.write(messages_fragment(request))
        return html
    return render(request, "workspaces/delete.html", context, status=status)
