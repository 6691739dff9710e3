"""Responses of the views: whole pages, fragments for htmx, and redirects with messages."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from workspaces.auth import rights
from workspaces.auth.sessions import PortalRequest
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.errors import PARAMETER_PREFIX, CoderError, Conflict
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace
from workspaces.gateway import snapshots
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.times import to_milliseconds
from workspaces.present.workspace.header import Header, make_header
from workspaces.present.workspace_list.rows import make_row
from workspaces.views.navigation import next_url
from workspaces.views.snapshot_keys import snapshot_key

REMAINDER_MARKER = "<!-- remainder -->"


def wants_partial(request: HttpRequest) -> bool:
    """Return whether htmx requests a fragment; it requests a whole page to restore its history."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and htmx.request_type == "partial"


def target_id(request: PortalRequest) -> str:
    """Return the id of the element that htmx replaces with the response; "" if it has none."""
    return (request.htmx.target or "").rpartition("#")[2]


def render_page(request: PortalRequest, template: str, partial_name: str, page: object) -> HttpResponse:
    """Render a page, or for htmx its partial. The page is saved to be shown while Coder is unreachable."""
    if wants_partial(request):
        return render(request, f"{template}#{partial_name}", {"page": page})
    save_snapshot(request, template, page)
    return render(request, template, {"page": page})


def save_snapshot(request: PortalRequest, template: str, page: object) -> None:
    """Store a page to be shown while Coder is unreachable."""
    if key := snapshot_key(request, request.person.fingerprint):
        snapshots.STORE.save(request.person.id, key, template, page)


def render_part(
    request: PortalRequest,
    template: str,
    partial_name: str,
    title: str,
    unavailable: str,
    load: Callable[[], object],
    *,
    element_id: str = "",
) -> HttpResponse:
    """Render a part of a workspace's page that is loaded after it, or the part as a page of its own.

    `load` returns the page object. For htmx, an error of Coder's is rendered with the `title` and the sentence
    `unavailable`, which says what could not be loaded, in the element whose id is `element_id`, by default
    `partial_name`. Raises CoderError for a whole page.
    """
    try:
        page = load()
    except CoderError as error:
        if not wants_partial(request):
            raise
        context = {
            "id": element_id or partial_name,
            "title": title,
            "unavailable": unavailable,
            "message": error_message_for(error, write=False),
            "url": request.get_full_path(),
        }
        return render(request, "workspaces/components.html#section_error", context)
    return render_page(request, template, partial_name, page)


def stream_page[Page](
    request: PortalRequest,
    template: str,
    partial_name: str,
    page: Page,
    load_remainder: Callable[[], Page],
    *,
    may_be_saved: Callable[[Page], bool],
) -> StreamingHttpResponse:
    """Stream a page: send its beginning, then load the remainder, so that the browser shows the beginning at once.

    In the template, REMAINDER_MARKER stands for the partial, which is rendered with the page that `load_remainder`
    returns. It must not raise: the response has started. If `may_be_saved` returns True, the whole page is saved to
    be shown while Coder is unreachable.
    """
    beginning, end = render_to_string(template, {"page": page}, request).split(REMAINDER_MARKER)

    zone = timezone.get_current_timezone()

    def chunks() -> Iterator[str]:
        yield beginning
        with timezone.override(zone):
            whole_page = load_remainder()
        if may_be_saved(whole_page):
            save_snapshot(request, template, whole_page)
        yield render_to_string(f"{template}#{partial_name}", {"page": whole_page}, request)
        yield end

    return StreamingHttpResponse(chunks())


def render_form(request: HttpRequest, template: str, context: Mapping[str, object], status: int = 200) -> HttpResponse:
    """Render the page of a form, or for htmx its partial `form` and the messages."""
    if not wants_partial(request):
        return render(request, template, context, status=status)
    response = render(request, f"{template}#form", context, status=status)
    response.write(messages_fragment(request))
    return response


def redirect_page(request: HttpRequest, url: str) -> HttpResponse:
    """Redirect the browser's page, also after a request of htmx, which follows a plain redirect by itself."""
    return HttpResponse(status=204, headers={"HX-Redirect": url}) if wants_partial(request) else redirect(url)


def messages_response(request: HttpRequest, status: int = 200) -> HttpResponse:
    """Return a fragment with the pending messages only; htmx replaces nothing else on the page."""
    headers = {"HX-Reswap": "none", "Portal-Message": "1"}
    return HttpResponse(messages_fragment(request), status=status, headers=headers)


def messages_fragment(request: HttpRequest) -> str:
    """Render the pending messages for the page's message region."""
    return render_to_string("base.html#messages_partial", {}, request)


def undo_button(workspace_id: UUID, name: str, *, now: bool, target: str = "") -> SafeString:
    """Render the button that undoes a change of `name` (favorite, dormant), whose value is `now`.

    htmx puts the response into `target`, else into the element of the workspace.
    """
    context = {
        "address": reverse(f"workspaces:{name}", args=[workspace_id]),
        "target": target or f"#w-{workspace_id}",
        "name": name,
        "value": "false" if now else "true",
    }
    return render_to_string("workspaces/settings.html#undo", context)


def write_and_respond(
    request: PortalRequest, workspace_id: UUID, call: Call[object], done: str, *, undo: str = ""
) -> HttpResponse:
    """Send a write to Coder and respond with the workspace as it is afterwards, and a message.

    `done` is the message, with %(name)s for the workspace's name. `undo` is the HTML of a button that reverts the
    write. An error of Coder's becomes the message. A write whose response was lost is not repeated, and the message
    does not call it failed. Raises SessionEnded.
    """
    try:
        request.coder.send(call)
    except CoderError as error:
        if (
            isinstance(error, Conflict)
            and error.has_active_build
            and (text := active_build_text(request, workspace_id))
        ):
            return respond_after_write(request, workspace_id, messages.INFO, text, 409, names_workspace=True)
        message = error_message_for(error, write=True)
        text = write_error_text(message.text, workspace_id, call, error)
        response = respond_after_write(request, workspace_id, messages.ERROR, text, message.status)
        if message.retry_after and response.status_code >= 400:  # with a redirect it would delay that
            response["Retry-After"] = str(message.retry_after)
        return response
    read_time = timezone.now()
    workspace = read_workspace(request, workspace_id)
    text = done % {"name": workspace.name if workspace else _("the workspace")}
    if undo:
        text = format_html("{} {}", text, undo)
    add_message(request, workspace_id, workspace, messages.SUCCESS, text, in_progress=not undo)
    if not wants_partial(request):
        return redirect(next_url(request))
    return with_read_time(read_time, changed_fragment(request, workspace, 200))


def active_build_text(request: PortalRequest, workspace_id: UUID) -> str:
    """Return which build of the workspace is in progress; "" if it has ended by now, or Coder does not say."""
    workspace = read_workspace(request, workspace_id)
    text = {
        "pending": _("A build of %(name)s is already waiting in the queue. No new build was requested."),
        "starting": _("%(name)s is already starting. No new build was requested."),
        "stopping": _("%(name)s is already stopping. No new build was requested."),
        "canceling": _("A build of %(name)s is being canceled. Try again when it has ended."),
        "deleting": _("%(name)s is already being deleted. No new build was requested."),
    }.get(workspace.latest_build.status if workspace else "", "")
    return text % {"name": workspace.name} if workspace and text else ""


def write_error_text(sentence: str, workspace_id: UUID, call: Call[object], error: CoderError) -> str:
    """Return the sentence about an error, with a link to the parameters if the error is about one of them."""
    if not any(name.startswith(PARAMETER_PREFIX) for name in error.fields):
        return sentence
    return with_parameters_link(sentence, workspace_id, (call.body or {}).get("template_version_id"))


def parameters_url(workspace_id: UUID, version: object) -> str:
    """Return the URL of the workspace's parameters for this version of its template."""
    return reverse("workspaces:parameters_by_id", args=[workspace_id]) + (f"?version={version}" if version else "")


def with_parameters_link(sentence: str, workspace_id: UUID, version: object) -> str:
    """Return the sentence with a link to the workspace's parameters for this version of its template."""
    url = parameters_url(workspace_id, version)
    return format_html('{} <a href="{}">{}</a>', sentence, url, _("Set the values in Parameters"))


def respond_after_write(
    request: PortalRequest,
    workspace_id: UUID,
    level: int,
    text: str,
    status: int,
    *,
    in_progress: bool = False,
    names_workspace: bool = False,
) -> HttpResponse:
    """Respond with a message and the workspace's fragment; without htmx, redirect to the page that the form was on.

    `in_progress`: the page removes the message when the workspace's build has ended. For htmx the workspace's name
    precedes a text that does not name it (`names_workspace`).
    """
    if not wants_partial(request):
        messages.add_message(request, level, text, progress_tag(workspace_id) if in_progress else "")
        return redirect(next_url(request))
    read_time = timezone.now()
    workspace = read_workspace(request, workspace_id)
    if workspace and not names_workspace:
        text = format_html("{}: {}", workspace.name, text)
    add_message(request, workspace_id, workspace, level, text, in_progress=in_progress)
    return with_read_time(read_time, changed_fragment(request, workspace, status))


def read_workspace(request: PortalRequest, workspace_id: UUID) -> Workspace | None:
    """Return the workspace after a write; None if Coder does not return it."""
    try:
        return request.coder.send(calls.workspace(workspace_id))
    except CoderError:
        return None


def add_message(
    request: HttpRequest, workspace_id: UUID, workspace: Workspace | None, level: int, text: str, *, in_progress: bool
) -> None:
    """Add the message about a write, and a warning if the workspace could not be read after it.

    A message that is `in_progress` is tagged unless the build has ended already.
    """
    ends_later = workspace is None or workspace.latest_build.status in IN_TRANSITION
    messages.add_message(request, level, text, progress_tag(workspace_id) if in_progress and ends_later else "")
    if workspace is None:
        messages.warning(request, _("The current state could not be loaded. Reload the page in a moment."))


def changed_fragment(request: PortalRequest, workspace: Workspace | None, status: int) -> HttpResponse:
    """Return the fragment of a workspace after a write; the messages alone if it could not be read."""
    return workspace_fragment(request, workspace, status) if workspace else messages_response(request, status)


def with_read_time(read_time: datetime, response: HttpResponse) -> HttpResponse:
    """Return the response with the header Portal-Read: when its data was requested (ms since 1970).

    The page ignores events of the stream that are older.
    """
    response["Portal-Read"] = str(to_milliseconds(read_time))
    return response


def progress_tag(workspace_id: UUID) -> str:
    """Return the tag of a message that the page removes when the workspace's build has ended."""
    return f"w-{workspace_id}"


def invalid_request(request: HttpRequest, form: Form) -> HttpResponse:
    """Respond to a form that no page of the portal sends: a message for each error, and no call to Coder."""
    for field, errors in form.errors.items():
        text = " ".join(map(str, errors))
        messages.error(request, f"{form[field].label}: {text}" if field in form.fields else text)
    if wants_partial(request):
        return messages_response(request, 422)
    return redirect(next_url(request))


def workspace_fragment(request: PortalRequest, workspace: Workspace, status: int) -> HttpResponse:
    """Render the workspace for the element that htmx replaces (a row, or the header of a page), and the messages."""
    viewer = rights.viewer_for(request, [workspace])
    if (request.htmx.target or "").startswith("tr"):
        html = str(render_to_string("workspaces/list.html#row", {"row": make_row(workspace, viewer)}, request))
    else:
        html = header_fragments(request, make_header(workspace, viewer))
    return HttpResponse(html + messages_fragment(request), status=status)


def header_fragments(request: PortalRequest, header: Header) -> str:
    """Render the header of a workspace's page, and the partials of the other parts that show its state."""
    html = render_to_string("workspaces/workspace.html#header", {"page": header}, request)
    return html + render_to_string("workspaces/workspace.html#other_parts", {"page": header}, request)
