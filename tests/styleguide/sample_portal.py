"""URLs and views that render the portal's templates with sample objects, without Coder and without sessions.

The URLs have the names of the portal's own. A POST request changes the sample rows; `SampleState.reset` restores them.
`python -m tests.styleguide` serves this module, and the tests of this package drive it in a browser.
"""

from dataclasses import replace
from uuid import UUID

from django import forms
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import include, path, register_converter
from django.utils import timezone

from tests.styleguide import sample_data, sample_lists, samples
from workspaces.auth.sessions import Person
from workspaces.converters import CoderName
from workspaces.forms.account import AccountForm
from workspaces.forms.sign_in import LoginForm, TokenForm
from workspaces.list_search import ListSearch
from workspaces.present.page_models import Row
from workspaces.present.workspace.tabs import TabPage
from workspaces.present.workspace_list.row_menu import RowMenu
from workspaces.views.stream_fallback import stream_unavailable

register_converter(CoderName, "sample")


class SampleState:
    """The rows that the sample portal shows now, and the faults that it simulates."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Restore the initial rows and remove simulated faults."""
        self.rows = {row.id: row for row in sample_data.sample_rows()}
        self.refresh_s = 30
        self.error_status = 0  # HTTP status of every response to an htmx request; 0: no simulated error
        self.theme = ""
        self.requests: list[str] = []  # method and path of each request

    def set_status(self, number: int, status: str) -> Row:
        """Give workspace `number` a status and the actions and transition that belong to it."""
        old = self.rows[UUID(int=number + 1)]
        primary, more = sample_data.ACTIONS_BY_STATUS.get(status, (None, ()))
        new = replace(
            old, status=sample_data.sample_status(status), primary_action=primary, menu_actions=more,
            in_transition=status in sample_data.IN_TRANSITION, checksum=old.checksum + 1,
        )  # fmt: skip
        self.rows[old.id] = new
        return new

    def set_icon(self, number: int, url: str) -> None:
        """Give the template of workspace `number` an icon."""
        old = self.rows[UUID(int=number + 1)]
        self.rows[old.id] = replace(old, icon_url=url)


state = SampleState()


def sign_in(request: HttpRequest) -> None:
    """Attach a signed-in person to the request."""
    request.person = Person(  # type: ignore[attr-defined]  # as sign_in_required does
        id=UUID(int=1), username="alice", name="Alice Ó Briain", avatar_url="", roles=(), pasted=True,
        zone="Europe/Dublin", theme=state.theme, page_size=25, fingerprint="f",
    )  # fmt: skip


def simulated_error(request: HttpRequest) -> HttpResponse | None:
    """Record the request; return the simulated error if there is one and htmx sent the request."""
    state.requests.append(f"{request.method} {request.get_full_path()}")
    if state.error_status and request.htmx.request_type == "partial":  # type: ignore[attr-defined]  # django-htmx
        return HttpResponse(status=state.error_status)
    return None


def render_message(request: HttpRequest, text: str, begun: str = "") -> str:
    """Return the fragment with a success message; `begun` is the ID of the element whose transition it announces."""
    return render_to_string("base.html#messages_partial", {"messages": [Message(25, text, begun)]}, request)


def home(request: HttpRequest) -> HttpResponse:
    """Redirect to the list."""
    return redirect("workspaces:list")


def list_page(request: HttpRequest) -> HttpResponse:
    """Render the list: all rows, or those whose name contains `q`; `case` selects an empty state."""
    sign_in(request)
    if error := simulated_error(request):
        return error
    q, case = request.GET.get("q", ""), request.GET.get("case", "")
    rows = () if case else tuple(row for row in state.rows.values() if ":" in q or q in row.name)
    empty = case if case in {"none", "no-match", "beyond"} else "" if rows else "no-match"
    page = sample_lists.sample_list_page(rows, empty=empty)  # type: ignore[arg-type]  # one of Empty
    page = replace(page, search=ListSearch(scope="all", words=q), refresh_s=state.refresh_s)
    if case == "plain":
        page = replace(page, filters=replace(page.filters, selects=(), chips=()), attention=())
    if case == "error" or q == "bad:":
        page = replace(page, rows=(), empty_reason="", q_error="Query element \"bad:\" can only contain 1 ':'")
    partial = request.htmx.request_type == "partial"  # type: ignore[attr-defined]
    return render(request, "workspaces/list.html" + "#table" * partial, {"page": page})


def workspace_page(request: HttpRequest, owner: str, workspace: str) -> HttpResponse:
    """Render the page of the sample with this name."""
    sign_in(request)
    if error := simulated_error(request):
        return error
    row = next(row for row in state.rows.values() if row.name == workspace)
    header = replace(sample_data.sample_header(row), refresh_s=state.refresh_s, row=row)
    if request.htmx.request_type == "partial":  # type: ignore[attr-defined]
        return render(request, "workspaces/workspace.html#header", {"page": header})
    return render(request, "workspaces/overview.html", {"page": TabPage(header=header, tab="detail")})


def write_response(request: HttpRequest, row: Row, text: str) -> HttpResponse:
    """Return the response to a write, as the portal's views do."""
    htmx = request.htmx  # type: ignore[attr-defined]
    if htmx.request_type != "partial":
        return redirect(request.POST["next"])
    if (htmx.target or "").startswith("tr"):
        html = render_to_string("workspaces/list.html#row", {"row": row}, request)
    else:
        page = replace(sample_data.sample_header(row), row=row)
        html = render_to_string("workspaces/workspace.html#header", {"page": page}, request)
    begins = row.status.key in {"starting", "stopping"}
    return HttpResponse(html + render_message(request, text, begun=f"w-{row.id}" if begins else ""))


def builds(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Start a build."""
    sign_in(request)
    if error := simulated_error(request):
        return error
    statuses = {"stop": "stopping", "start": "starting", "retry": "starting", "update": "starting"}
    status = statuses[request.POST["transition"]]
    return write_response(request, state.set_status(workspace_id.int - 1, status), f"{status.capitalize()}.")


def favorite(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Add or remove the star."""
    sign_in(request)
    row = replace(state.rows[workspace_id], favorite=request.POST["favorite"] == "true")
    state.rows[workspace_id] = row
    return write_response(request, row, "Starred." if row.favorite else "The star is gone.")


def dormant(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Activate the workspace."""
    sign_in(request)
    return write_response(request, state.set_status(workspace_id.int - 1, "stopped"), "It is active again.")


def cancel(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """Cancel the build."""
    sign_in(request)
    return write_response(request, state.set_status(build_id.int - 1000, "canceled"), "Canceling.")


def actions(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Render the menu of a row, or the page of its actions."""
    sign_in(request)
    page = RowMenu(row=state.rows[workspace_id], agents=(), coder_url="https://coder.example.com")
    partial = request.htmx.request_type == "partial"  # type: ignore[attr-defined]
    return render(request, "workspaces/actions.html" + "#row_menu" * partial, {"page": page})


def extend(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Change nothing: other tests cover the settings."""
    sign_in(request)
    return write_response(request, state.rows[workspace_id], "Deadline changed.")


def login(request: HttpRequest) -> HttpResponse:
    """Render both sign-in forms with their values and errors."""
    token = "token" in request.POST
    form = LoginForm(request.POST if request.method == "POST" and not token else None)
    token_form = TokenForm(request.POST if token else None)
    for each in (form, token_form):
        if each.is_bound and each.is_valid():
            each.add_error(None, "The email or the password is incorrect.")
    context = {
        "form": form,
        "token_form": token_form,
        "auth": None,
        "cli_auth_url": "https://coder.example.com/cli-auth",
        "next": "/workspaces/",
        "ended": True,
    }
    return render(request, "workspaces/login.html", context, status=422 if request.method == "POST" else 200)


def account(request: HttpRequest) -> HttpResponse:
    """Render the account page."""
    sign_in(request)
    form: forms.Form = AccountForm(request.POST or None, initial={"page_size": 25})
    sessions = [
        {
            "browser": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36",
            "session_key": "a",
            "signed_in_at": timezone.now(),
        },
        {"browser": "", "session_key": "b", "signed_in_at": timezone.now()},
    ]
    context = {"form": form, "sessions": sessions, "present": "a", "messages": [Message(25, "Saved.")]}
    return render(request, "workspaces/account.html", context)


def error(request: HttpRequest, status: int) -> HttpResponse:
    """Render an error page."""
    sign_in(request)
    if status == 500:
        return render(None, "500.html")
    context = {
        "status": status, "title": "Coder is unreachable", "description": "Coder has been unreachable since 14:03.",
        "consequence": "Your workspaces are not affected.", "next_step": "Try again in a moment.",
        "detail": "connection refused" if status >= 500 else "",
        "retry_url": "/workspaces/" if status >= 429 else "",
    }  # fmt: skip
    return render(request, "workspaces/error.html", context)


def styleguide(request: HttpRequest) -> HttpResponse:
    """Render the styleguide."""
    sign_in(request)
    return render(request, "styleguide.html", {"samples": samples.build_samples()})


HANDOFF_NAMES = ("cookies", "ticket", "window", "handoff", "claim")
patterns = [
    path("", home, name="home"),
    path("login/", login, name="login"),
    path("logout/", home, name="logout"),
    path("account/", account, name="account"),
    path("operations/", home, name="operations"),
    path("activity/", home, name="activity"),
    path("account/sessions/end/", home, name="end_sessions"),
    path("account/sessions/end-one/", home, name="end_session"),
    path("workspaces/", list_page, name="list"),
    path("workspaces/new/", home, name="new"),
    path("searches/", home, name="searches"),
    path("palette/", home, name="palette"),
    path("bulk/", home, name="bulk"),
    path("workspaces/<uuid:workspace_id>/actions/", actions, name="actions"),
    path("workspaces/<uuid:workspace_id>/open/", actions, name="open"),
    path("workspaces/<uuid:workspace_id>/apps/<uuid:agent_id>/<str:app>/", home, name="app_redirect"),
    path("workspaces/<uuid:workspace_id>/favorite/", favorite, name="favorite"),
    path("workspaces/<uuid:workspace_id>/dormant/", dormant, name="dormant"),
    path("workspaces/<uuid:workspace_id>/builds/", builds, name="builds"),
    path("workspaces/<uuid:workspace_id>/extend/", extend, name="extend"),
    path("embed/workspaces/<uuid:workspace_id>/builds/", builds, name="embed_builds"),
    path("embed/workspaces/<uuid:workspace_id>/favorite/", favorite, name="embed_favorite"),
    *(path(f"embed/{name}/", home, name=f"embed_{name}") for name in HANDOFF_NAMES),
    path("live/builds/<uuid:build_id>/", stream_unavailable, name="live_build"),
    path("live/workspaces/", stream_unavailable, name="live_list"),
    path("live/workspaces/<uuid:workspace_id>/", stream_unavailable, name="live_workspace"),
    path("builds/<uuid:build_id>/cancel/", cancel, name="cancel"),
    path("@<sample:owner>/<sample:workspace>/", workspace_page, name="detail"),
    path("@<sample:owner>/<sample:workspace>/builds/", workspace_page, name="history"),
    path("@<sample:owner>/<sample:workspace>/settings/", workspace_page, name="settings"),
    path("@<sample:owner>/<sample:workspace>/parameters/", workspace_page, name="parameters"),
    path("@<sample:owner>/<sample:workspace>/builds/<int:number>/", home, name="build"),
    path("@<sample:owner>/<sample:workspace>/delete/", workspace_page, name="delete"),
    path("error/<int:status>/", error, name="error"),
    path("styleguide/", styleguide, name="styleguide"),
]
urlpatterns = [path("", include((patterns, "workspaces"), namespace="workspaces"))]
