"""What a filter or a column needs beyond the list of workspaces. Coder is asked only for what a query uses."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID

from workspaces.coder import calls, template_calls
from workspaces.coder.client import Coder, gather
from workspaces.coder.errors import Forbidden, NotFound
from workspaces.fleet.query import FleetQuery
from workspaces.fleet.rows import FleetRow
from workspaces.gateway.cached_values import CachedValue

SUSPENDED_MAX_AGE_S = 60
VERSIONS_MAX_AGE_S = 300
USERS_PER_PAGE = 100
MAX_USERS = 10_000
CALLS_AT_ONCE = 3

SUSPENDED = CachedValue("suspended", tuple[UUID, ...], max_age_s=SUSPENDED_MAX_AGE_S)  # by the token's fingerprint
# By the token's fingerprint and a template's id: versions, oldest first.
VERSIONS = CachedValue("version_ids", tuple[UUID, ...], max_age_s=VERSIONS_MAX_AGE_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookups:
    """What was looked up; empty where the query does not use it."""

    suspended: frozenset[UUID] = frozenset()
    versions_behind: Mapping[UUID, int] = field(default_factory=dict)


def load_lookups(coder: Coder, fingerprint: str, query: FleetQuery, rows: Iterable[FleetRow]) -> Lookups:
    """Return what the query needs. Raises CoderError and SessionEnded."""
    suspended = fetch_suspended(coder, fingerprint) if query.values("suspended") else ()
    behind = fetch_versions_behind(coder, fingerprint, rows) if query.values("behind") else {}
    return Lookups(suspended=frozenset(suspended), versions_behind=behind)


def fetch_suspended(coder: Coder, fingerprint: str) -> tuple[UUID, ...]:
    """Return the ids of the users that are suspended, from the cache or from Coder. Raises CoderError, SessionEnded."""

    def fetch() -> tuple[UUID, ...]:
        found: dict[UUID, None] = {}
        for offset in range(0, MAX_USERS, USERS_PER_PAGE):
            page = coder.send(calls.users("status:suspended", limit=USERS_PER_PAGE, offset=offset))
            before = len(found)
            found |= dict.fromkeys(user.id for user in page.users or ())
            if len(found) == before or len(found) >= page.count:
                break
        return tuple(found)

    return SUSPENDED.get_or_fetch(fetch, fingerprint)


def fetch_versions_behind(coder: Coder, fingerprint: str, rows: Iterable[FleetRow]) -> dict[UUID, int]:
    """Return for each version of an outdated workspace how many newer ones there are, up to the active one.

    One call for each template, CALLS_AT_ONCE at most at a time. Raises CoderError and SessionEnded.
    """
    outdated = [row for row in rows if row.outdated]
    active = {row.template_id: row.active_version_id for row in outdated}
    templates = sorted(active)
    behind: dict[UUID, int] = {}
    for start in range(0, len(templates), CALLS_AT_ONCE):
        chunk = templates[start : start + CALLS_AT_ONCE]
        lists = gather(*(partial(fetch_version_ids, coder, fingerprint, template) for template in chunk))
        for template, versions in zip(chunk, lists, strict=True):
            behind |= count_behind(versions, active[template])
    return behind


def count_behind(versions: Sequence[UUID], active: UUID) -> dict[UUID, int]:
    """Return how many versions each one is behind the active one; without those that are not older than it."""
    if active not in versions:
        return {}
    position = versions.index(active)
    return {version: position - n for n, version in enumerate(versions[:position])}


def fetch_version_ids(coder: Coder, fingerprint: str, template_id: UUID) -> tuple[UUID, ...]:
    """Return the ids of a template's versions, oldest first; none for one that the token may not read."""

    def fetch() -> tuple[UUID, ...]:
        try:
            versions = coder.send(template_calls.versions(template_id)) or ()
        except (Forbidden, NotFound):
            return ()
        return tuple(version.id for version in sorted(versions, key=lambda each: each.created_at))

    return VERSIONS.get_or_fetch(fetch, fingerprint, template_id)
