"""Search users by the query `q` (GetUsers)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from coder_simulator.clock import ZERO_TIME
from coder_simulator.query_terms import (
    Parser,
    choices_of,
    parse_boolean,
    parse_integer,
    parse_list,
    parse_query_time,
    parse_text,
    read_query,
)
from coder_simulator.state import User
from coder_simulator.world import World

STATUSES = ("active", "dormant", "suspended")
LOGIN_TYPES = ("password", "github", "oidc", "token", "none", "oauth2_provider_app")

PARSERS: dict[str, Parser] = {
    "search": parse_text,
    "name": parse_text,
    "status": choices_of(STATUSES),
    "service_account": parse_boolean,
    "role": parse_list,
    "last_seen_after": parse_query_time,
    "last_seen_before": parse_query_time,
    "created_after": parse_query_time,
    "created_before": parse_query_time,
    "github_com_user_id": parse_integer,
    "login_type": choices_of(LOGIN_TYPES),
}
KEYS_SINCE_2_36 = frozenset({"name", "service_account", "github_com_user_id", "login_type"})


def search_users(world: World, text: str, users: list[User] | None = None, *, subject: str = "user") -> list[User]:
    """Return the users that match the query `text`, of all or of `users`, by name.

    Raises ApiError (400), whose message says what is searched (`subject`).
    """
    parsers = {key: parse for key, parse in PARSERS.items() if world.modern or key not in KEYS_SINCE_2_36}
    values = read_query(text, parsers, subject=subject, word_key="search", modern=world.modern)
    return [u for u in users_by_name(world, users) if all(MATCHES[key](u, value) for key, value in values.items())]


def users_by_name(world: World, users: list[User] | None = None) -> list[User]:
    """Return all users, or `users`, sorted by name, without system users."""
    found = world.users.values() if users is None else users
    return sorted((u for u in found if not u.is_system), key=lambda u: u.username.lower())


def _matches_search(user: User, text: str) -> bool:
    return text in user.username.lower() or text in user.email.lower()


def _last_seen(user: User) -> datetime:
    return user.last_seen_at or ZERO_TIME


MATCHES: dict[str, Callable[[User, Any], bool]] = {
    "search": _matches_search,
    "name": lambda user, text: text in user.name.lower(),
    "status": lambda user, statuses: user.status in statuses,
    "service_account": lambda _user, expected: not expected,  # the simulator has no service accounts
    "role": lambda user, roles: "member" in roles or not set(roles).isdisjoint(user.roles),
    "last_seen_after": lambda user, moment: _last_seen(user) >= moment,
    "last_seen_before": lambda user, moment: _last_seen(user) <= moment,
    "created_after": lambda user, moment: user.created_at >= moment,
    "created_before": lambda user, moment: user.created_at <= moment,
    "github_com_user_id": lambda _user, number: not number,  # the simulator has no sign-in by GitHub
    "login_type": lambda user, types: user.login_type in types,
}
