"""How a view answers: a whole page, or the fragment that changed with what there is to say about it."""

from collections.abc import Callable, Iterator
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
from workspaces.coder.errors import CoderError
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace
from workspaces.gateway import snapshots
from workspaces.gateway.error_messages import error_message_for
from workspaces.present.times import to_milliseconds
from workspaces.present.workspace.header import make_header
from workspaces.present.workspace_list.rows import make_row
from workspaces.views.navigation import next_url

REMAINDER_MARKER = "<!-- the rest -->"


def wants_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a fragment: not for a whole page, which it does to go back in its history."""
    htmx: HtmxDetails | None = getattr(request, "htmx", None)
    return htmx is not None and htmx.request_type == "partial"


def render_page(request: PortalRequest, template: str, part: str, page: object) -> HttpResponse:
    """A page, or as a fragment its `part`. What was shown is what stays on the page while Coder is away."""
    if wants_partial(request):
        return render(request, f"{template}#{part}", {"page": page})
    snapshots.save(request.person.fingerprint, request.get_full_path(), template, page)
    return render(request, template, {"page": page})


def render_part(
    request: PortalRequest, template: str, name: str, title: str, make: Callable[[], object]
) -> HttpResponse:
    """A part of a workspace's page, which loads after it: a whole page, or as a fragment the partial `name`.

    `make` gives its page object. What Coder refuses then, is said under `title` in the part's own place, which is
    the element with the id `name`: the page around it stands. A whole page is refused like any other.
    """
    try:
        page = make()
    except CoderError as error:
        if not wants_partial(request):
            raise
        told = error_message_for(error, write=False)
        missing = {"id": name, "title": title, "told": told, "address": request.get_full_path()}
        return render(request, "workspaces/parts.html#missing", missing)
    return render_page(request, template, name, page)


def stream_page[Page](
    request: PortalRequest,
    template: str,
    name: str,
    page: Page,
    complete: Callable[[], Page],
    *,
    keep: Callable[[Page], bool],
) -> StreamingHttpResponse:
    """A page whose beginning is sent before the rest of it is asked for, so that it is seen at once.

    The template holds HOLE where the partial `name` follows, which is rendered with the `complete` page. That must not
    raise: the answer has begun. What `keep` says yes to stays for the time in which Coder is away.
    """
    before, after = render_to_string(template, {"page": page}, request).split(REMAINDER_MARKER)
    person, path = request.person.fingerprint, request.get_full_path()

    def parts() -> Iterator[str]:
        yield before
        whole = complete()
        if keep(whole):
            snapshots.save(person, path, template, whole)
        yield render_to_string(f"{template}#{name}", {"page": whole}, request)
        yield after

    return StreamingHttpResponse(parts())


def messages_response(request: HttpRequest, status: int = 200) -> HttpResponse:
    """A fragment that only carries the pending messages; the page beside them stays as it is."""
    headers = {"HX-Reswap": "none", "Portal-Message": "1"}
    return HttpResponse(messages_fragment(request), status=status, headers=headers)


def messages_fragment(request: HttpRequest) -> str:
    """The pending messages, for the page's region of that name."""
    return render_to_string("base.html#messages_partial", {}, request)


def undo_button(workspace_id: UUID, name: str, *, now: bool, target: str = "") -> SafeString:
    """The button that takes back what was just done: the setting `name` (favorite, dormant), which is `now` so.

    Its answer goes to `target`, else to the workspace wherever the page shows it.
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
    """Send one write and answer with the workspace as it is after it, and with what to say about it.

    `undo` is the button that takes it back, where one can. A refusal of Coder's is said in its words beside the
    fresh state. A write whose answer was lost is neither repeated nor called failed. Raises SessionEnded.
    """
    try:
        request.coder.send(call)
    except CoderError as error:
        told = error_message_for(error, write=True)
        said_so = write_error_text(told.text, workspace_id, call, error)
        response = respond_after_write(request, workspace_id, messages.ERROR, said_so, told.status)
        if told.retry_after and response.status_code >= 400:  # beside a redirect it would hold that up
            response["Retry-After"] = str(told.retry_after)
        return response
    if undo:
        return respond_after_write(request, workspace_id, messages.SUCCESS, format_html("{} {}", done, undo), 200)
    return respond_after_write(request, workspace_id, messages.SUCCESS, done, 200, begins=True)


def write_error_text(sentence: str, workspace_id: UUID, call: Call[object], error: CoderError) -> str:
    """What is said of a refusal; where a parameter is its reason, with the way to the parameters of that version."""
    if not any(name.startswith("param.") for name in error.fields):
        return sentence
    return with_parameters_link(sentence, workspace_id, (call.body or {}).get("template_version_id"))


def with_parameters_link(sentence: str, workspace_id: UUID, version: object) -> str:
    """A sentence with the way to the parameters of the workspace with this version of its template."""
    address = reverse("workspaces:parameters_by_id", args=[workspace_id]) + (f"?version={version}" if version else "")
    return format_html('{} <a href="{}">{}</a>', sentence, address, _("Give the values in its parameters"))


def respond_after_write(
    request: PortalRequest, workspace_id: UUID, level: int, text: str, status: int, *, begins: bool = False
) -> HttpResponse:
    """What has happened, said where the person is: on the page they came from, or in the fragment they asked for.

    What `begins`, and has not ended by then, is said only until it has.
    """
    tag = progress_tag(workspace_id) if begins else ""
    if not wants_partial(request):
        messages.add_message(request, level, text, tag)
        return redirect(next_url(request))
    asked = timezone.now()
    try:
        workspace = request.coder.send(calls.workspace(workspace_id))
    except CoderError:
        messages.add_message(request, level, text)
        messages.warning(request, _("What the workspace does now could not be read; reload the page in a moment."))
        return messages_response(request, status)
    tag = tag if workspace.latest_build.status in IN_TRANSITION else ""
    messages.add_message(request, level, format_html("{}: {}", workspace.name, text), tag)
    return with_read_time(asked, workspace_fragment(request, workspace, status))


def with_read_time(asked: datetime, answer: HttpResponse) -> HttpResponse:
    """The answer, with when what it shows was asked for (ms since 1970): what the stream told before is older."""
    answer["Portal-Read"] = str(to_milliseconds(asked))
    return answer


def progress_tag(workspace_id: UUID) -> str:
    """What marks a message that something has begun: the page takes it away when that has ended."""
    return f"w-{workspace_id}"


def invalid_request(request: HttpRequest, form: Form) -> HttpResponse:
    """The request itself was wrong, which no page of the portal's sends: nothing was asked of Coder."""
    for field, errors in form.errors.items():
        messages.error(request, f"{field}: {' '.join(map(str, errors))}")
    if wants_partial(request):
        return messages_response(request, 422)
    return redirect(next_url(request))


def workspace_fragment(request: PortalRequest, workspace: Workspace, status: int) -> HttpResponse:
    """The workspace as the asking element shows it, then the messages."""
    viewer = rights.viewer_for(request, [workspace])
    if (request.htmx.target or "").startswith("tr"):
        html = render_to_string("workspaces/list.html#row", {"row": make_row(workspace, viewer)}, request)
    else:
        context = {"page": make_header(workspace, viewer)}
        html = render_to_string("workspaces/detail.html#header", context, request)
    return HttpResponse(html + messages_fragment(request), status=status)
