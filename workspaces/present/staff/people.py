"""People as staff see them: status, roles, what their workspaces cost, and their quota. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.template_types import Quota
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import User
from workspaces.present.page_models import Status, Tone
from workspaces.present.times import Moment, make_moment, make_optional_moment

# By Coder's word.
STATUSES: Mapping[str, tuple[str, Tone, str]] = {
    "active": (gettext_noop("Active"), "ok", "circle-check"),
    "dormant": (gettext_noop("Dormant"), "off", "moon"),
    "suspended": (gettext_noop("Suspended"), "bad", "circle-x"),
}

SIGN_IN_METHODS: Mapping[str, str] = {
    "password": gettext_noop("Password"),
    "github": gettext_noop("GitHub"),
    "oidc": gettext_noop("OpenID Connect"),
    "token": gettext_noop("Token"),
    "none": gettext_noop("None"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerFigures:
    """What somebody's workspaces are."""

    count: int = 0
    running: int = 0
    daily_cost: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationQuota:
    """What somebody uses of their quota in an organization."""

    organization: str  # its name; "" if the person is in no other one
    text: str  # "12 of 40"
    is_exceeded: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """One person."""

    id: UUID
    username: str
    name: str
    email: str
    status: Status
    roles: tuple[str, ...]
    last_seen: Moment | None
    created: Moment
    login_type: str
    figures: OwnerFigures | None  # None where the viewer may not read workspaces
    quotas: tuple[OrganizationQuota, ...]  # without those that Coder does not tell


def make_person_line(
    user: User,
    now: datetime,
    zone: ZoneInfo,
    *,
    figures: OwnerFigures | None,
    quotas: tuple[OrganizationQuota, ...],
) -> PersonLine:
    """Return a user as a line. `now` is aware, by Coder's clock."""
    return PersonLine(
        id=user.id,
        username=user.username,
        name=sanitize_text(user.name),
        email=sanitize_text(user.email),
        status=make_status(user.status),
        roles=tuple(sanitize_text(role.display_name or role.name) for role in user.roles or ()),
        last_seen=make_optional_moment(user.last_seen_at, now, zone),
        created=make_moment(user.created_at, now, zone),
        login_type=sign_in_method(user.login_type),
        figures=figures,
        quotas=quotas,
    )


def sign_in_method(word: str) -> str:
    """Return how a user signs in to Coder; a method that is not known as it is."""
    return _(SIGN_IN_METHODS[word]) if word in SIGN_IN_METHODS else sanitize_text(word)


def make_status(word: str) -> Status:
    """Return a user's status; one that is not known as it is."""
    label, tone, icon = STATUSES.get(word, ("", "off", "circle-question-mark"))
    return Status(
        key=word if word in STATUSES else "unknown",
        label=_(label) if label else sanitize_text(word) or _("Unknown"),
        tone=tone,
        icon=icon,
        tooltip="",
    )


def make_organization_quota(quota: Quota, organization: str) -> OrganizationQuota:
    """Return a quota as a line. `organization`: its name, or "" where it does not matter."""
    return OrganizationQuota(
        organization=sanitize_text(organization),
        text=quota_text(quota),
        is_exceeded=0 <= quota.budget < quota.credits_consumed,
    )


def quota_text(quota: Quota) -> str:
    """Return the credits a day that are used, and their limit."""
    if quota.budget < 0:
        return _("No quota")
    return _("%(used)d of %(budget)d") % {"used": quota.credits_consumed, "budget": quota.budget}


def sum_figures(rows: Iterable[tuple[UUID, str, int]]) -> dict[UUID, OwnerFigures]:
    """Return the figures by owner, of (owner's id, status, daily cost) of each workspace."""
    figures: dict[UUID, tuple[int, int, int]] = {}
    for owner, status, cost in rows:
        count, running, total = figures.get(owner, (0, 0, 0))
        figures[owner] = (count + 1, running + (status == "running"), total + cost)
    return {
        owner: OwnerFigures(count=count, running=running, daily_cost=cost)
        for owner, (count, running, cost) in figures.items()
    }
