"""A site of the portal's templates filled with sample objects: neither Coder nor a session is needed to look at it.

The addresses bear the names of the real ones. What a POST asks for is done to the sample rows, which are begun
anew by `reset`, so that the little JavaScript can be driven in a browser.
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

from tests.styleguide import sample_data
from workspaces.auth.sessions import Person
from workspaces.converters import CoderName
from workspaces.forms.account import AccountForm
from workspaces.forms.sign_in import LoginForm, TokenForm
from workspaces.present.page_models import Menu, Row
from workspaces.views.live import unserved

register_converter(CoderName, "sample")


class State:
    """What the sample Coder knows now."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """The rows as the styleguide has them, and a portal that answers."""
        self.rows = {row.id: row for row in sample_data.sample_rows()}
        self.refresh_s = 30
        self.fault = 0  # the status of every fragment that is asked for, 0: none
        self.theme = ""
        self.asked: list[str] = []

    def become(self, number: int, status: str) -> Row:
        """Workspace `number` of the samples takes on a status."""
        old = self.rows[UUID(int=number + 1)]
        primary, more = sample_data.OFFERS.get(status, (None, ()))
        new = replace(old, status=sample_data.mark(status), primary=primary, more=more, version=old.version + 1)
        self.rows[old.id] = new
        return new

    def with_icon(self, number: int, url: str) -> None:
        """Workspace `number` is made from a template with an icon."""
        old = self.rows[UUID(int=number + 1)]
        self.rows[old.id] = replace(old, icon_url=url)


state = State()


def sign_in(request: HttpRequest) -> None:
    """Somebody looks."""
    request.person = Person(  # type: ignore[attr-defined]  # as signed_in does
        id=UUID(int=1), username="alice", name="Alice Ó Briain", avatar_url="", roles=(), pasted=True,
        zone="Europe/Dublin", theme=state.theme, page_size=25, fingerprint="f",
    )  # fmt: skip


def fragment_fault(request: HttpRequest) -> HttpResponse | None:
    """The fault that was ordered, for fragments alone."""
    state.asked.append(f"{request.method} {request.get_full_path()}")
    if state.fault and request.htmx.request_type == "partial":  # type: ignore[attr-defined]  # django-htmx
        return HttpResponse(status=state.fault)
    return None


def said(request: HttpRequest, text: str, level: int = 25, begun: str = "") -> str:
    """A message as a fragment carries it."""
    return render_to_string("base.html#messages_partial", {"messages": [Message(level, text, begun)]}, request)


def home(request: HttpRequest) -> HttpResponse:
    """To the list."""
    return redirect("workspaces:list")


def listing(request: HttpRequest) -> HttpResponse:
    """The list: all rows, or those whose name holds `q`; `case` picks an empty state."""
    sign_in(request)
    if fault := fragment_fault(request):
        return fault
    q, case = request.GET.get("q", ""), request.GET.get("case", "")
    rows = () if case else tuple(row for row in state.rows.values() if ":" in q or q in row.name)
    empty = case if case in {"none", "no-match", "beyond"} else "" if rows else "no-match"
    page = replace(sample_data.list_page(rows, empty=empty), q=q, refresh_s=state.refresh_s, menus=menus(case))  # type: ignore[arg-type]  # one of Empty
    if case == "error" or q == "bad:":
        page = replace(page, rows=(), empty="", q_error="Query element \"bad:\" can only contain 1 ':'")
    partial = request.htmx.request_type == "partial"  # type: ignore[attr-defined]
    return render(request, "workspaces/list.html" + "#table" * partial, {"page": page})


def menus(case: str) -> tuple[Menu, ...]:
    """The menus of the list."""
    return sample_data.list_page(()).menus if case != "plain" else ()


def detail(request: HttpRequest, owner: str, workspace: str) -> HttpResponse:
    """The page of a sample, by its name."""
    sign_in(request)
    if fault := fragment_fault(request):
        return fault
    row = next(row for row in state.rows.values() if row.name == workspace)
    header = replace(sample_data.header(row), refresh_s=state.refresh_s, row=row)
    partial = request.htmx.request_type == "partial"  # type: ignore[attr-defined]
    return render(request, "workspaces/detail.html" + "#header" * partial, {"page": header})


def changed(request: HttpRequest, row: Row, text: str) -> HttpResponse:
    """The answer to a write, as the views give it."""
    htmx = request.htmx  # type: ignore[attr-defined]
    if htmx.request_type != "partial":
        return redirect(request.POST["next"])
    if (htmx.target or "").startswith("tr"):
        html = render_to_string("workspaces/list.html#row", {"row": row}, request)
    else:
        page = replace(sample_data.header(row), row=row)
        html = render_to_string("workspaces/detail.html#header", {"page": page}, request)
    moves = row.status.key in {"starting", "stopping"}
    return HttpResponse(html + said(request, text, begun=f"w-{row.id}" if moves else ""))


def builds(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """A build begins."""
    sign_in(request)
    if fault := fragment_fault(request):
        return fault
    if request.method == "GET":
        return HttpResponse('<section id="history" class="part"></section>')
    doing = {"stop": "stopping", "start": "starting", "retry": "starting", "update": "starting"}
    status = doing[request.POST["transition"]]
    return changed(request, state.become(workspace_id.int - 1, status), f"{status.capitalize()}.")


def favorite(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Star, or no star."""
    sign_in(request)
    row = replace(state.rows[workspace_id], favorite=request.POST["favorite"] == "true")
    state.rows[workspace_id] = row
    return changed(request, row, "Starred." if row.favorite else "The star is gone.")


def dormant(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """Active again."""
    sign_in(request)
    return changed(request, state.become(workspace_id.int - 1, "stopped"), "It is active again.")


def cancel(request: HttpRequest, build_id: UUID) -> HttpResponse:
    """The build ends."""
    sign_in(request)
    return changed(request, state.become(build_id.int - 1000, "canceled"), "Canceling.")


def settings(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """The settings that a workspace's page loads after it: they are looked at elsewhere."""
    return HttpResponse('<section id="settings" class="settings"></section>')


def timings(request: HttpRequest, workspace_id: UUID) -> HttpResponse:
    """How long its latest build took: looked at elsewhere too."""
    return HttpResponse('<section id="timings" class="part"></section>')


def login(request: HttpRequest) -> HttpResponse:
    """The two forms, with what was typed and what is wrong with it."""
    token = "token" in request.POST
    form = LoginForm(request.POST if request.method == "POST" and not token else None)
    token_form = TokenForm(request.POST if token else None)
    for each in (form, token_form):
        if each.is_bound and each.is_valid():
            each.add_error(None, "E-mail or password is wrong.")
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
    """Preferences and sessions."""
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
    """Something does not go."""
    sign_in(request)
    if status == 500:
        return render(None, "500.html")
    context = {
        "status": status, "title": "Coder cannot be reached", "happened": "Coder cannot be reached since 14:03.",
        "unchanged": "Your workspaces are not touched by this.", "todo": "Try again in a moment.",
        "detail": "connection refused" if status >= 500 else "", "since": timezone.now(),
        "retry_url": "/workspaces/" if status >= 429 else "",
    }  # fmt: skip
    return render(request, "workspaces/error.html", context)


def guide(request: HttpRequest) -> HttpResponse:
    """The styleguide."""
    sign_in(request)
    return render(request, "workspaces/styleguide.html", {"samples": sample_data.samples()})


patterns = [
    path("", home, name="home"),
    path("login/", login, name="login"),
    path("logout/", home, name="logout"),
    path("account/", account, name="account"),
    path("account/sessions/end/", home, name="end_sessions"),
    path("workspaces/", listing, name="list"),
    path("workspaces/new/", home, name="new"),
    path("workspaces/<uuid:workspace_id>/favorite/", favorite, name="favorite"),
    path("workspaces/<uuid:workspace_id>/dormant/", dormant, name="dormant"),
    path("workspaces/<uuid:workspace_id>/settings/", settings, name="settings"),
    path("workspaces/<uuid:workspace_id>/builds/", builds, name="builds"),
    path("workspaces/<uuid:workspace_id>/extend/", settings, name="extend"),
    path("live/builds/<uuid:build_id>/", unserved, name="live_build"),
    path("live/workspaces/", unserved, name="live_list"),
    path("live/workspaces/<uuid:workspace_id>/", unserved, name="live_workspace"),
    path("workspaces/<uuid:workspace_id>/timings/", timings, name="timings"),
    path("builds/<uuid:build_id>/cancel/", cancel, name="cancel"),
    path("@<sample:owner>/<sample:workspace>/", detail, name="detail"),
    path("@<sample:owner>/<sample:workspace>/parameters/", detail, name="parameters"),
    path("@<sample:owner>/<sample:workspace>/builds/<int:number>/", home, name="build"),
    path("@<sample:owner>/<sample:workspace>/delete/", detail, name="delete"),
    path("error/<int:status>/", error, name="error"),
    path("styleguide/", guide, name="styleguide"),
]
urlpatterns = [path("", include((patterns, "workspaces"), namespace="workspaces"))]
