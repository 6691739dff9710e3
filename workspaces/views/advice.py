"""What helps with one workspace and takes further calls to know: the first part that its page loads."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, signed_in
from workspaces.coder import build_calls, calls, template_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, Forbidden, NotFound
from workspaces.coder.types import Workspace
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.failures import NO_QUOTA, error_code, make_excerpt
from workspaces.present.page_models import Viewer
from workspaces.present.workspace.advice import Advice, deprecation, new_version, quota_words, wanted
from workspaces.views.responses import render_part

TEMPLATE = "workspaces/advice.html"
UNREADABLE = {
    "log": gettext_noop("Where its build failed could not be read."),
    "debug": gettext_noop("Whether a retry can log more could not be read."),
    "template": gettext_noop("Whether its template is still to be used could not be read."),
    "version": gettext_noop("What the new version brings could not be read."),
    "autostart": gettext_noop("Whether it can start by itself could not be read."),
    "quota": gettext_noop("What it costs could not be read."),
}

type Loaders = dict[str, Callable[[], Any]]


@require_safe
@signed_in
def advice(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """All that there is: a page, and the part of the workspace's page that is loaded at once."""
    return render_part(request, TEMPLATE, "advice", "", partial(load_advice, request, workspace_id))


def load_advice(request: PortalRequest, workspace_id: UUID) -> Advice:
    """The advice on the workspace as it is now; what its state needs is asked side by side."""
    workspace = request.coder.send(calls.workspace(workspace_id, include_deleted=True))
    viewer = rights.viewer_for(request, [workspace])
    asks = {
        name: ask
        for topic in wanted(workspace, viewer)
        for name, ask in topic_loaders(request, workspace, topic).items()
    }
    answers = gather(*(partial(call_or_error, ask) for ask in asks.values())) if asks else ()
    told = dict(zip(asks, answers, strict=True))
    refused = {name: told.pop(name) for name in asks if isinstance(told[name], CoderError)}
    return build_advice(workspace, viewer, told, refused)


def topic_loaders(request: PortalRequest, workspace: Workspace, topic: str) -> Loaders:
    """What is asked about a topic, by names that begin with it."""
    coder, build = request.coder, workspace.latest_build
    active = workspace.template_active_version_id
    topics: dict[str, Loaders] = {
        "log": {"log": partial(coder.send, build_calls.build_logs(build.id))},
        "debug": {"debug": partial(connection.is_terraform_debug_enabled, coder, request.person.fingerprint)},
        "template": {
            "template": partial(connection.get_template, coder, request.person.fingerprint, workspace.template_id),
        },
        "version": {
            "version": partial(coder.send, template_calls.version(active)),
            "version asks": partial(coder.send, template_calls.rich_parameters(active)),
            "version asked": partial(coder.send, template_calls.rich_parameters(build.template_version_id)),
        },
        "autostart": {"autostart": partial(coder.send, calls.resolve_autostart(workspace.id))},
        "quota": {
            "quota": partial(coder.send, template_calls.quota(workspace.organization_id, workspace.owner_name)),
        },
    }
    return topics[topic]


def call_or_error(ask: Callable[[], Any]) -> Any:
    """Its answer, or the error of Coder's: the others are shown without it. Raises SessionEnded."""
    try:
        return ask()
    except CoderError as error:
        return error


def build_advice(workspace: Workspace, viewer: Viewer, told: dict[str, Any], refused: dict[str, CoderError]) -> Advice:
    """What was told, as advice. What is not this person's to see is left out, any other refusal said."""
    knows_version = {"version", "version asks", "version asked"} <= told.keys()
    failed = {name.split()[0]: error for name, error in refused.items() if not isinstance(error, Forbidden | NotFound)}
    return Advice(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        build_number=workspace.latest_build.build_number,
        failing=make_excerpt(told.get("log")),
        version=new_version(told["version"], told["version asks"], told["version asked"], viewer)
        if knows_version
        else None,
        deprecated=deprecation(told.get("template")),
        debugs=told.get("debug", False),
        lacks_values="autostart" in told and told["autostart"].parameter_mismatch,
        quota=quota_words(workspace, told.get("quota")),
        over_budget=error_code(workspace.latest_build.job) == NO_QUOTA,
        missed=tuple(
            f"{_(UNREADABLE[name])} {error_message_for(error, write=False).text}" for name, error in failed.items()
        ),
    )
