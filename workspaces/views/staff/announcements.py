"""Announcements: the pages on which staff write them, and dismissing one."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from workspaces import announcements as store
from workspaces.auth import drafts, sessions
from workspaces.auth.sessions import PortalRequest, sign_in_required
from workspaces.auth.staff import StaffRequest, staff_required
from workspaces.coder import calls
from workspaces.coder.errors import CoderError
from workspaces.coder.types import Organization
from workspaces.forms.announcements import AnnouncementForm, initial_of
from workspaces.models import Announcement
from workspaces.present.markdown import render_markdown
from workspaces.present.times import Moment, make_moment, make_optional_moment
from workspaces.views.navigation import next_url
from workspaces.views.responses import wants_partial

TEMPLATE = "staff/announcements.html"
MAX_LISTED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnouncementLine:
    """An announcement for those who write them."""

    id: int
    html: SafeString
    is_warning: bool
    state: str
    is_shown: bool
    audience: str
    starts: Moment
    ends: Moment | None
    username: str


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required("update_configuration")
def announcements(request: StaffRequest) -> HttpResponse:
    """Show all announcements, and save a new one."""
    return edit(request, Announcement())


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required("update_configuration")
def announcement(request: StaffRequest, announcement_id: int) -> HttpResponse:
    """Show the form of one announcement, and save it."""
    return edit(request, find(announcement_id))


@require_POST
@staff_required("update_configuration")
def delete(request: StaffRequest, announcement_id: int) -> HttpResponse:
    """Delete an announcement."""
    store.delete(request, find(announcement_id))
    messages.success(request, _("Announcement deleted."))
    return redirect("workspaces:staff_announcements")


@require_POST
@sign_in_required
def dismiss(request: PortalRequest, announcement_id: int) -> HttpResponse:
    """Store that the person does not want to see an announcement any more; for htmx, nothing is left of it."""
    request.changes_nothing = True  # at Coder
    store.dismiss(request.person.id, announcement_id)
    return HttpResponse() if wants_partial(request) else redirect(next_url(request))


def find(announcement_id: int) -> Announcement:
    """Return an announcement. Raises Http404 for one that does not exist."""
    found = Announcement.objects.filter(pk=announcement_id).first()
    if found is None:
        raise Http404
    return found


def edit(request: StaffRequest, announcement: Announcement) -> HttpResponse:
    """Show the form of an announcement; with `preview` also what it will look like. Save it otherwise.

    A form that was sent after its session had ended is shown again with what was typed.
    """
    zone = sessions.time_zone_for(request)
    make_form = partial(AnnouncementForm, zone=zone, organizations=load_organizations(request))
    if request.method != "POST":
        initial = initial_of(announcement, zone) if announcement.pk else {"kind": "info"}
        if (draft := drafts.find_fields(request, request.person.id, request.path)) is not None:
            initial = {name: str(draft[name]) for name in draft}
            drafts.finish_restore(request)
        return show(request, announcement, make_form(initial=initial))
    form = make_form(request.POST)
    if not form.is_valid():
        return show(request, announcement, form, status=422)
    if "preview" in request.POST:
        return show(request, announcement, form, preview=form.apply_to(announcement))
    store.save(request, form.apply_to(announcement))
    messages.success(request, _("Announcement saved."))
    return redirect("workspaces:staff_announcements")


def load_organizations(request: StaffRequest) -> tuple[Organization, ...]:
    """Return the organizations that an announcement can be for; none where Coder does not tell."""
    try:
        return request.coder.send(calls.organizations()) or ()
    except CoderError:
        return ()


def show(
    request: HttpRequest,
    announcement: Announcement,
    form: AnnouncementForm,
    *,
    preview: Announcement | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page."""
    page = {
        "form": form,
        "edited": announcement.pk,
        "preview": render_markdown(preview.text) if preview else "",
        "preview_is_warning": preview is not None and preview.kind == Announcement.Kind.WARNING,
        "lines": make_lines(request),
    }
    return render(request, TEMPLATE, {"page": page}, status=status)


def make_lines(request: HttpRequest) -> list[AnnouncementLine]:
    """Return the announcements, the latest first."""
    now, zone = timezone.now(), sessions.time_zone_for(request)
    return [
        AnnouncementLine(
            id=row.pk,
            html=render_markdown(row.text),
            is_warning=row.kind == Announcement.Kind.WARNING,
            state=state_of(row, now),
            is_shown=row.starts_at <= now and not has_ended(row, now),
            audience=row.organization_name or _("Everyone"),
            starts=make_moment(row.starts_at, now, zone),
            ends=make_optional_moment(row.ends_at, now, zone),
            username=row.username,
        )
        for row in Announcement.objects.all()[:MAX_LISTED]
    ]


def has_ended(announcement: Announcement, now: datetime) -> bool:
    """Return whether its time is over."""
    return announcement.ends_at is not None and announcement.ends_at <= now


def state_of(announcement: Announcement, now: datetime) -> str:
    """Return whether it is shown, was, or will be."""
    if announcement.starts_at > now:
        return _("Scheduled")
    return _("Ended") if has_ended(announcement, now) else _("Shown")
