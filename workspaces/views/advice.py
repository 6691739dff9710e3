"""The advice on one workspace that takes further calls: the first part that its page loads."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_safe

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.coder import build_calls, calls, template_calls
from workspaces.coder.client import gather
from workspaces.coder.errors import CoderError, Forbidden, NotFound
from workspaces.coder.template_types import ParameterValue
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.gateway import connection
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.failure_changes import (
    SEARCHED_BUILDS,
    FailureChanges,
    find_last_success,
    make_failure_changes,
)
from workspaces.present.failures import NO_QUOTA, error_code, make_excerpt
from workspaces.present.page_models import Viewer
from workspaces.present.workspace.advice import (
    Advice,
    build_cost,
    deprecation_message,
    make_new_version,
    quota_text,
    required_answers,
    shortage_text,
)
from workspaces.views.responses import render_part

TEMPLATE = "workspaces/advice.html"
UNREADABLE = {
    "log": gettext_noop("The failing log lines could not be loaded."),
    "changes": gettext_noop("The changes since the last success could not be loaded."),
    "debug": gettext_noop("The debug option could not be loaded."),
    "template": gettext_noop("The deprecation status of the template could not be loaded."),
    "version": gettext_noop("The changes of the new version could not be loaded."),
    "autostart": gettext_noop("The autostart check could not be loaded."),
    "quota": gettext_noop("The quota could not be loaded."),
}

type Loaders = dict[str, Callable[[], Any]]


@require_safe
@sign_in_required
def advice(request: PortalRequest, workspace_id: UUID) -> HttpResponse:
    """Show the advice, a part of the workspace's page."""
    unavailable = _("More information about this workspace could not be loaded.")
    return render_part(request, TEMPLATE, "advice", "", unavailable, partial(load_advice, request, workspace_id))


def load_advice(request: PortalRequest, workspace_id: UUID) -> Advice:
    """Return the advice on the workspace in its present state, loaded in parallel. Raises CoderError."""
    workspace = request.coder.send(calls.workspace(workspace_id, include_deleted=True))
    viewer = rights.viewer_for(request, [workspace])
    loaders = {
        name: loader
        for topic in required_answers(workspace, viewer)
        for name, loader in topic_loaders(request, workspace, viewer, topic).items()
    }
    results = gather(*(partial(call_or_error, loader) for loader in loaders.values())) if loaders else ()
    loaded = dict(zip(loaders, results, strict=True))
    errors = {name: loaded.pop(name) for name in loaders if isinstance(loaded[name], CoderError)}
    return make_advice(workspace, viewer, loaded, errors)


def topic_loaders(request: PortalRequest, workspace: Workspace, viewer: Viewer, topic: str) -> Loaders:
    """Return the loaders for a topic, by names whose first word is the topic."""
    coder, build = request.coder, workspace.latest_build
    active = workspace.template_active_version_id
    topics: dict[str, Loaders] = {
        "log": {"log": partial(coder.send, build_calls.build_logs(build.id))},
        "changes": {"changes": partial(load_failure_changes, request, build, viewer)},
        "debug": {"debug": partial(connection.is_terraform_debug_enabled, coder, request.person.fingerprint)},
        "template": {
            "template": partial(connection.get_template, coder, request.person.fingerprint, workspace.template_id),
        },
        "version": {
            "version": partial(coder.send, template_calls.version(active)),
            "version parameters": partial(coder.send, template_calls.rich_parameters(active)),
            "version parameters now": partial(coder.send, template_calls.rich_parameters(build.template_version_id)),
        },
        "autostart": {"autostart": partial(coder.send, calls.resolve_autostart(workspace.id))},
        "quota": {
            "quota": partial(coder.send, template_calls.quota(workspace.organization_id, workspace.owner_name)),
        },
    }
    return topics[topic]


def load_failure_changes(request: PortalRequest, failed: WorkspaceBuild, viewer: Viewer) -> FailureChanges:
    """Return what has changed since the last success: one call, and two more if there is one. Raises CoderError."""
    builds = request.coder.send(build_calls.builds(failed.workspace_id, limit=SEARCHED_BUILDS)) or ()
    success = find_last_success(failed, builds)
    # Not in parallel: this runs in the pool of `gather`, whose threads must not wait for one another.
    values = load_values(request, failed) if success else ()
    previous_values = load_values(request, success) if success else ()
    return make_failure_changes(failed, builds, values, previous_values, viewer)


def load_values(request: PortalRequest, build: WorkspaceBuild) -> tuple[ParameterValue, ...]:
    """Return the parameter values of a build. Raises CoderError."""
    return request.coder.send(template_calls.build_parameters(build.id)) or ()


def call_or_error(loader: Callable[[], Any]) -> Any:
    """Return the loader's result, or the CoderError that it raises. Raises SessionEnded."""
    try:
        return loader()
    except CoderError as error:
        return error


def make_advice(workspace: Workspace, viewer: Viewer, loaded: dict[str, Any], errors: dict[str, CoderError]) -> Advice:
    """Return the advice from what was loaded. What the person may not see is left out, other errors are shown."""
    knows_version = {"version", "version parameters", "version parameters now"} <= loaded.keys()
    topic_errors = {
        name.split()[0]: error for name, error in errors.items() if not isinstance(error, Forbidden | NotFound)
    }
    over_budget = error_code(workspace.latest_build.job) == NO_QUOTA
    quota = loaded.get("quota")
    return Advice(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        build_number=workspace.latest_build.build_number,
        log_is_read="log" in loaded,
        excerpt=make_excerpt(loaded.get("log")),
        changes=loaded.get("changes"),
        version=make_new_version(
            loaded["version"], loaded["version parameters"], loaded["version parameters now"], viewer
        )
        if knows_version
        else None,
        deprecation=deprecation_message(loaded.get("template")),
        can_debug=loaded.get("debug", False),
        lacks_parameter_values="autostart" in loaded and loaded["autostart"].parameter_mismatch,
        quota=shortage_text(workspace, quota, build_cost(loaded.get("log")))
        if over_budget
        else quota_text(workspace, quota),
        over_budget=over_budget,
        errors=tuple(
            f"{_(UNREADABLE[name])} {error_message_for(error, write=False).text}"
            for name, error in topic_errors.items()
        ),
    )
