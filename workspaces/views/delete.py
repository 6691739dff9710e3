"""The deletion of a workspace: the page that confirms it, and the build."""

from django.contrib import messages
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from workspaces import build_requests
from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder.errors import CoderError, RateLimited, ResponseLost, Unreachable
from workspaces.coder.types import Workspace
from workspaces.forms.deletion import DeleteForm
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.workspace.deletion import DeletionPage, make_deletion_page
from workspaces.views import lookup
from workspaces.views.navigation import next_url
from workspaces.views.responses import progress_tag, redirect_page, render_form, wants_partial


@require_http_methods(["GET", "HEAD", "POST"])
@sign_in_required
def delete(request: PortalRequest, owner: str, name: str) -> HttpResponse:
    """Show what is lost with a workspace, and delete it if the form confirms that."""
    workspace = lookup.find_workspace(request, owner, name)
    if request.method == "POST":
        return delete_workspace(request, workspace)
    page = load_deletion(request, workspace)
    return render_deletion(request, page, DeleteForm(deletion=page))


def delete_workspace(request: PortalRequest, workspace: Workspace) -> HttpResponse:
    """Request the deletion from Coder if the form is valid. Errors are shown on the form."""
    page = load_deletion(request, workspace)
    form = DeleteForm(request.POST, deletion=page)
    if page.reason:
        return render_deletion(request, page, form, 409)
    if not form.is_valid():
        return render_deletion(request, page, form, 422)
    try:
        request.coder.send(build_requests.deletion_call(workspace.id, orphan=form.cleaned_data["orphan"]))
    except ResponseLost as error:
        messages.error(request, error_message_for(error, write=True).text)
        return redirect_page(request, reverse("workspaces:detail", args=[page.owner, page.name]))
    except CoderError as error:
        if isinstance(error, Unreachable | RateLimited) and wants_partial(request):
            raise
        message = error_message_for(error, write=True)
        form.add_error(None, message.text)
        return render_deletion(request, page, form, message.status)
    text = _("Deleting %(name)s…") % {"name": page.name}
    messages.success(request, text, progress_tag(page.id))
    owner = "me" if page.is_own else page.owner
    list_url = f"{reverse('workspaces:list')}?{urlencode({'q': f'owner:{owner}'})}"
    return redirect_page(request, next_url(request, list_url))


def load_deletion(request: PortalRequest, workspace: Workspace) -> DeletionPage:
    """Return the consequences of the deletion. The right to update the template is requested only if it matters."""
    viewer = rights.viewer_for(request, [workspace])
    may_be_orphaned = workspace.latest_build.status in {"failed", "canceled"}
    may_update_template = may_be_orphaned and rights.may_update_template(request, workspace, viewer)
    return make_deletion_page(workspace, viewer, may_update_template=may_update_template)


def render_deletion(request: PortalRequest, page: DeletionPage, form: DeleteForm, status: int = 200) -> HttpResponse:
    """Render the page that confirms the deletion."""
    return render_form(request, "workspaces/delete.html", {"page": page, "form": form}, status)
