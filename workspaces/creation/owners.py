"""Suggestions for the owner of a new workspace. The field takes any other username too."""

import re
from uuid import UUID

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.auth.sessions import Person
from workspaces.coder import calls, template_calls
from workspaces.coder.client import Coder
from workspaces.coder.template_types import MinimalUser
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import User
from workspaces.creation.form_data import send_or_default
from workspaces.gateway import connection
from workspaces.gateway.cached_values import CachedValue

MAX_SUGGESTIONS = 25
SEARCH_WORD = re.compile(r"[\w.+@-]{1,64}")  # no character that Coder's search would read as syntax

OWNERS: CachedValue[tuple[tuple[str, str], ...]] = CachedValue(
    "people", tuple[tuple[str, str], ...], max_age_s=connection.CACHE_MAX_AGE_S
)


def suggest_owners(coder: Coder, person: Person, organization_id: UUID, typed: str) -> tuple[tuple[str, str], ...]:
    """Return (username, name) of the first users that match the typed text, from the cache or from Coder.

    Coder searches for the first word; the browser's datalist filters by the others. Raises SessionEnded, Unreachable.
    """
    match = SEARCH_WORD.search(typed.lower())
    word = match[0] if match else ""
    return OWNERS.get_or_fetch(
        lambda: fetch_owners(coder, organization_id, word), person.fingerprint, organization_id, word
    )


def fetch_owners(coder: Coder, organization_id: UUID, word: str) -> tuple[tuple[str, str], ...]:
    """Return (username, name) of the users who may own a workspace in the organization.

    An older Coder does not answer that, nor does any Coder to a person without the right: then return all users.
    """
    users: tuple[MinimalUser | User, ...] | None = None
    if CoderCapabilities.for_version(coder.version).supports_on_success:
        users = send_or_default(
            coder, template_calls.available_owners(organization_id, word, limit=MAX_SUGGESTIONS), None
        )
    if users is None:
        page = send_or_default(coder, calls.users(word, limit=MAX_SUGGESTIONS), None)
        users = (page.users or ()) if page else ()
    return tuple((user.username, sanitize_text(user.name)) for user in users)
