"""What a person may see and do as staff, as Coder grants it.

Coder is asked with POST /authcheck, never by a role's name: roles can be custom. Each check is one of the whole
deployment or of any organization (`any_org`), never of the person's own objects. The result is kept for a minute for
each token; the navigation of other pages uses what the session knows, so that no page waits for it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import update_wrapper
from typing import Concatenate

from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.auth.sessions import PortalRequest, PortalView, sign_in_required
from workspaces.coder import calls
from workspaces.coder.calls import Call
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.gateway.cached_values import CachedValue

MAX_AGE_S = 60
SESSION_KEY = "staff"  # whether any staff page was for the person when Coder was last asked

type StaffRight = str  # a field or a property of StaffRights


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRights:
    """What Coder grants a person beyond their own objects."""

    read_workspaces: bool = False
    change_workspaces: bool = False
    read_users: bool = False
    read_audit: bool = False
    read_statistics: bool = False
    read_debug: bool = False
    read_jobs: bool = False  # of provisioners
    update_templates: bool = False
    view_insights: bool = False
    update_configuration: bool = False  # of the deployment

    @property
    def see_overview(self) -> bool:
        """Whether the overview has anything for this person."""
        return self.read_workspaces or self.read_statistics or self.view_insights

    @property
    def see_templates(self) -> bool:
        """Whether the page of templates tells this person more than the page on which workspaces are created."""
        return self.read_workspaces or self.view_insights or self.update_templates

    @property
    def is_staff(self) -> bool:
        """Whether any staff page is for this person. Members have none of these rights."""
        return bool(self.pages)

    @property
    def pages(self) -> tuple[tuple[str, str], ...]:
        """The staff pages for this person: the name of the URL, and its name in the navigation."""
        return tuple((url, _(label)) for url, (right, label) in STAFF_PAGES.items() if getattr(self, right))


# By the field: type of the resource, and Coder's action.
CHECKS: dict[StaffRight, tuple[str, str]] = {
    "read_workspaces": ("workspace", "read"),
    "change_workspaces": ("workspace", "update"),
    "read_users": ("user", "read"),
    "read_audit": ("audit_log", "read"),
    "read_statistics": ("deployment_stats", "read"),
    "read_debug": ("debug_info", "read"),
    "read_jobs": ("provisioner_jobs", "read"),
    "update_templates": ("template", "update"),
    "view_insights": ("template", "view_insights"),
    "update_configuration": ("deployment_config", "update"),
}
# By the name of the URL: the right that the page needs, and its name in the navigation of the staff pages. The first
# page that a person may see is where "Staff" leads to.
STAFF_PAGES: dict[str, tuple[StaffRight, str]] = {
    "staff": ("see_overview", gettext_noop("Overview")),
    "staff_workspaces": ("read_workspaces", gettext_noop("Workspaces")),
    "staff_builds": ("read_workspaces", gettext_noop("Builds")),
    "staff_templates": ("see_templates", gettext_noop("Templates")),
    "staff_people": ("read_users", gettext_noop("Users")),
    "staff_audit": ("read_audit", gettext_noop("Audit log")),
    "staff_announcements": ("update_configuration", gettext_noop("Announcements")),
}
SITE_WIDE = frozenset({"read_users", "read_audit", "read_statistics", "read_debug", "update_configuration"})
RIGHTS = CachedValue("staff_rights", dict[str, bool], max_age_s=MAX_AGE_S)  # by the token's fingerprint


def staff_checks() -> Call[dict[str, bool]]:
    """Return the call that asks for all staff rights at once."""
    checks: dict[str, object] = {}
    for name, (resource_type, action) in CHECKS.items():
        resource: dict[str, object] = {"resource_type": resource_type}
        if name not in SITE_WIDE:
            resource["any_org"] = True  # an organization's administrator is staff there
        checks[name] = {"object": resource, "action": action}
    return calls.authcheck(checks)


def check_staff(coder: Coder) -> bool:
    """Return whether any staff page is for the token's person; False where Coder does not say. For signing in."""
    try:
        return make_rights(coder.send(staff_checks())).is_staff
    except (CoderError, SessionEnded):
        return False


def make_rights(granted: Mapping[str, bool]) -> StaffRights:
    """Return the rights that Coder's response grants."""
    return StaffRights(**{field.name: granted.get(field.name, False) for field in fields(StaffRights)})


def load_staff_rights(request: PortalRequest) -> StaffRights:
    """Return the person's staff rights, with a call at most once a minute. Raises CoderError and SessionEnded."""
    granted = RIGHTS.get_or_fetch(lambda: request.coder.send(staff_checks()), request.person.fingerprint)
    rights = make_rights(granted)
    if request.session.get(SESSION_KEY, False) != rights.is_staff:
        request.session[SESSION_KEY] = rights.is_staff
    return rights


class StaffRequest(PortalRequest):
    """A request of somebody with the right that the view needs."""

    staff: StaffRights


type StaffView[**P, Response: HttpResponseBase] = Callable[Concatenate[StaffRequest, P], Response]


def staff_required[**P, Response: HttpResponseBase](
    right: StaffRight,
) -> Callable[[StaffView[P, Response]], Callable[Concatenate[HttpRequest, P], Response]]:
    """Decorate a view to answer 404 to everybody without this right, as for a page that does not exist.

    Raises SignInRequired, and CoderError where Coder does not say what it grants.
    """

    def decorate(view: StaffView[P, Response]) -> Callable[Concatenate[HttpRequest, P], Response]:
        def checked(request: PortalRequest, /, *args: P.args, **kwargs: P.kwargs) -> Response:
            rights = load_staff_rights(request)
            if not getattr(rights, right):
                raise Http404
            request.staff = rights  # type: ignore[attr-defined]  # makes it a StaffRequest
            return view(request, *args, **kwargs)  # type: ignore[arg-type]

        update_wrapper(checked, view)
        portal_view: PortalView[P, Response] = checked
        return sign_in_required(portal_view)

    return decorate
