"""The sensitive metadata of resources, which a page shows only on request."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import build_calls, calls
from workspaces.coder.client import gather
from workspaces.coder.text import sanitize_text, strip_control_codes
from workspaces.forms.resources import RevealForm
from workspaces.present.resources import find_secret
from workspaces.views.navigation import next_url
from workspaces.views.responses import invalid_request, respond_after_write, wants_partial


@require_POST
@sign_in_required
def reveal(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show one sensitive value: for htmx in its place, else as a page."""
    form = RevealForm(request.POST)
    if not form.is_valid():
        return invalid_request(request, form)
    key, build = form.cleaned_data["key"], form.cleaned_data["build"]
    load_workspace = partial(request.coder.send, calls.workspace(workspace_id, include_deleted=True))
    if build:
        workspace, build_resources = gather(
            load_workspace, partial(request.coder.send, build_calls.build_resources(build))
        )
    else:
        workspace = load_workspace()
        build_resources = workspace.latest_build.resources
    value = find_secret(build_resources or (), form.cleaned_data["resource"], key)
    if value is None:
        text = _("This value no longer exists: there is a newer build.")
        return respond_after_write(request, workspace_id, messages.ERROR, text, 404)
    context = {
        "key": sanitize_text(key),
        "value": strip_control_codes(value),  # the person asked for it, and it may be a token
        "workspace": workspace,
        "back": next_url(request),
    }
    template = "workspaces/resources.html#revealed" if wants_partial(request) else "workspaces/resources.html"
    return render(request, template, context)
