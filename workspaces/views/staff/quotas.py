"""The quotas of the people on a page: one for each organization in which they are members."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from workspaces.auth.staff import StaffRequest
from workspaces.coder import calls, template_calls
from workspaces.coder.client import gather_some
from workspaces.coder.errors import CoderError, NotFound
from workspaces.coder.template_types import Quota
from workspaces.coder.types import User
from workspaces.gateway.cached_values import CachedValue
from workspaces.present.staff.people import OrganizationQuota, make_organization_quota

CALLS_AT_ONCE = 8
MAX_ORGANIZATIONS = 4  # of one person: a page has 25 people
QUOTA_MAX_AGE_S = 600
NO_ROUTE = "Route not found."  # of a Coder that is built without quotas
# By the token's fingerprint: whether Coder has quotas.
HAS_QUOTAS = CachedValue("has_quotas", bool, max_age_s=QUOTA_MAX_AGE_S)


def load_quotas(
    request: StaffRequest, users: Sequence[User], *, at_once: int = CALLS_AT_ONCE
) -> dict[UUID, tuple[OrganizationQuota, ...]]:
    """Return the quotas of these users by their ids, without those that Coder does not tell. Raises SessionEnded.

    The first call shows whether Coder has quotas at all. The others run side by side, `at_once` at a time; one for the
    names of organizations is among them where somebody is in several.
    """
    members = [(user, organization) for user in users for organization in shown_organizations(user)]
    fingerprint = request.person.fingerprint
    if not members or HAS_QUOTAS.get(fingerprint) is False:
        return {}
    try:
        first = request.coder.send(quota_call(*members[0]))
    except NotFound as error:
        if error.message == NO_ROUTE:
            HAS_QUOTAS.set(False, fingerprint)
            return {}
        first = None
    except CoderError:
        return {}
    has_several = any(len(shown_organizations(user)) > 1 for user in users)
    sends = [partial(load_quota, request, *member) for member in members[1:]]
    results = gather_some([partial(load_names, request), *sends] if has_several else sends, at_once)
    names = results.pop(0) if has_several else {}
    quotas = {(user.id, key): quota for (user, key), quota in zip(members, [first, *results], strict=True)}
    return {user.id: lines for user in users if (lines := quotas_of(user, quotas, names))}


def shown_organizations(user: User) -> tuple[UUID, ...]:
    """Return the organizations of a user whose quotas are shown."""
    return (user.organization_ids or ())[:MAX_ORGANIZATIONS]


def quotas_of(
    user: User, quotas: Mapping[tuple[UUID, UUID], Quota | None], names: Mapping[UUID, str]
) -> tuple[OrganizationQuota, ...]:
    """Return the quotas of a user by the names of the organizations, which are left out where they do not matter."""
    known = [(key, quota) for key in shown_organizations(user) if (quota := quotas.get((user.id, key)))]
    if all(quota.budget < 0 for _key, quota in known):
        known = known[:1]  # "No quota", wherever it is
    has_several = len(shown_organizations(user)) > 1 and any(quota.budget >= 0 for _key, quota in known)
    lines = [make_organization_quota(quota, names.get(key, str(key)) if has_several else "") for key, quota in known]
    return tuple(sorted(lines, key=lambda line: line.organization.casefold()))


def quota_call(user: User, organization: UUID) -> calls.Call[Quota]:
    """Return the call for the quota of a user in an organization."""
    return template_calls.quota(organization, user.username)


def load_quota(request: StaffRequest, user: User, organization: UUID) -> Quota | None:
    """Return a quota; None where Coder does not tell. Raises SessionEnded."""
    try:
        return request.coder.send(quota_call(user, organization))
    except CoderError:
        return None


def load_names(request: StaffRequest) -> dict[UUID, str]:
    """Return the names of organizations by id; none where Coder does not tell. Raises SessionEnded."""
    try:
        organizations = request.coder.send(calls.organizations()) or ()
    except CoderError:
        return {}
    return {each.id: each.display_name or each.name for each in organizations}
