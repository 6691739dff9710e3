"""Suggestions for the owner of a new workspace. Any other username can be typed as well."""

import re
from uuid import UUID

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.auth.sessions import Person
from workspaces.coder import calls, template_calls
from workspaces.coder.client import Coder
from workspaces.coder.template_types import MinimalUser
from workspaces.coder.types import User
from workspaces.creation.form_data import send_or_default
from workspaces.gateway import connection

MAX_SUGGESTIONS = 25
SEARCH_WORD = re.compile(r"[\w.+@-]{1,64}")  # nothing in it that Coder's search would read as more than a word


def suggest_owners(coder: Coder, person: Person, organization_id: UUID, typed: str) -> tuple[tuple[str, str], ...]:
    """Usernames and names of the first people that are like what was typed; asked once in a while.

    Coder looks for one word, and the browser leaves of its answer what fits all of them. Raises SessionEnded and
    Unreachable.
    """
    found = SEARCH_WORD.search(typed.lower())
    word = found[0] if found else ""
    key = f"people.{person.fingerprint}.{organization_id}.{word}"
    return connection.get_or_fetch(key, lambda: fetch_owners(coder, organization_id, word))


def fetch_owners(coder: Coder, organization_id: UUID, word: str) -> tuple[tuple[str, str], ...]:
    """Those for whom Coder says that one may be made; an older one, or who may not ask that, lists all people."""
    listed: tuple[MinimalUser | User, ...] | None = None
    if CoderCapabilities.for_version(coder.version).supports_on_success:
        listed = send_or_default(
            coder, template_calls.available_owners(organization_id, word, limit=MAX_SUGGESTIONS), None
        )
    if listed is None:
        found = send_or_default(coder, calls.users(word, limit=MAX_SUGGESTIONS), None)
        listed = (found.users or ()) if found else ()
    return tuple((each.username, each.name) for each in listed)
