"""Parse the query `q` of workspace lists (coderd/searchquery) and filter workspaces by it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from coder_simulator.agent_health import agent_status
from coder_simulator.errors import ApiError
from coder_simulator.gojson import parse_uuid
from coder_simulator.query_terms import (
    Terms,
    choice_of,
    parse_boolean,
    parse_query_time,
    repetition_message,
    split_terms,
    unknown_key_message,
)
from coder_simulator.state import User, Workspace
from coder_simulator.world import World

Predicate = Callable[[Workspace], bool]

STATUSES = (
    "pending",
    "starting",
    "running",
    "stopping",
    "stopped",
    "failed",
    "canceling",
    "canceled",
    "deleted",
    "deleting",
)
_parse_status = choice_of(STATUSES)
_parse_agent_status = choice_of(("connected", "connecting", "disconnected", "timeout"))


@dataclass(slots=True)
class Query:
    """A parsed query: the predicates that must all hold, and the owner's name."""

    predicates: list[Predicate] = field(default_factory=list)
    owner: str = ""


def parse_query(world: World, user: User, text: str) -> Query:
    """Parse the search `text` (parameter `q`) for `user`. Raises ApiError (400) with all problems."""
    terms = split_terms(text, modern=world.modern, keep_quotes={"param"})
    _add_words(terms)
    if terms.problems:
        raise _invalid_query(terms.problems)
    allowed_keys = KEYS | (KEYS_SINCE_2_36 if world.modern else frozenset())
    query = Query()
    problems: list[tuple[str, str]] = []
    for key, values in terms.values.items():
        if key not in allowed_keys:
            problems.append((key, unknown_key_message(key)))
        elif len(values) > 1 and key != "param":
            problems.append((key, repetition_message(key, len(values))))
        else:
            problems += _add_predicates(world, user, query, key, values)
    if problems:
        raise _invalid_query(problems)
    return query


def filter_workspaces(user: User, query: Query, workspaces: list[Workspace]) -> list[Workspace]:
    """Return the workspaces that match the query, in their order."""
    predicates = list(query.predicates)
    if query.owner:
        owner = user.username if query.owner == "me" else query.owner
        predicates.append(lambda w: w.owner.username.lower() == owner.lower())
    for holds in predicates:
        workspaces = [w for w in workspaces if holds(w)]
    return workspaces


def _invalid_query(problems: list[tuple[str, str]]) -> ApiError:
    return ApiError(400, "Invalid workspace search query.", validations=problems)


def _add_words(terms: Terms) -> None:
    """Turn bare words, `name` or `owner/name`, into terms."""
    for word in terms.words:
        owner, slash, name = word.partition("/")
        if slash and "/" in name:
            terms.problems.append(("q", f"Query element \"{word}\" can only contain 1 '/'"))
        elif slash:
            terms.values.setdefault("owner", []).append(owner)
            terms.values.setdefault("name", []).append(name)
        else:
            terms.values.setdefault("name", []).append(word)


def _add_predicates(world: World, user: User, query: Query, key: str, values: list[str]) -> list[tuple[str, str]]:
    """Add the predicates of one key to the query; return the problems of its value."""
    try:
        if key == "owner":
            query.owner = values[0]
        elif key == "param":
            query.predicates += [_match_parameter(value) for value in values]
        elif key == "status":
            _parse_status(key, values[0])
            query.predicates.append(_match_status(values[0]))
        else:
            query.predicates.append(PREDICATE_BUILDERS[key](world, user, key, values[0]))
    except ValueError as error:
        return [(key, str(error))]
    return []


def _match_status(status: str) -> Predicate:
    if status in {"pending", "canceling", "canceled", "failed"}:
        return lambda w: w.builds[-1].job.status == status
    return lambda w: w.builds[-1].status == status


def _match_parameter(text: str) -> Predicate:
    name, equals, value = text.strip('"').partition("=")
    if not equals:
        return lambda w: name in {n.lower() for n in w.latest_build.parameters}
    pair = (name, value)
    return lambda w: pair in {(n.lower(), v.lower()) for n, v in w.latest_build.parameters.items()}


def _match_template(_world: World, _user: User, _key: str, value: str) -> Predicate:
    return lambda w: w.template.name.lower() == value


def _match_name(_world: World, _user: User, _key: str, value: str) -> Predicate:
    return lambda w: value in w.name.lower()


def _match_ids(_world: World, _user: User, key: str, value: str) -> Predicate:
    ids = set()
    for text in value.split(","):
        try:
            ids.add(parse_uuid(text))
        except ValueError as error:
            raise ValueError(f'Query param "{key}" has invalid values: {error}') from None
    return lambda w: w.id in ids


def _match_organization(world: World, _user: User, key: str, value: str) -> Predicate:
    ids = {o.id for o in world.organizations.values() if value in {o.id, o.name.lower()}}
    if not ids:
        raise ValueError(f'Query param "{key}" has invalid value: organization "{value}" not found')
    return lambda w: w.template.organization.id in ids


def _match_agent_status(world: World, _user: User, key: str, value: str) -> Predicate:
    statuses = value.split(",") if world.modern else [value]
    for status in statuses:
        _parse_agent_status(key, status)
    now = world.now()
    return lambda w: any(agent_status(a, now) in statuses for a in w.agents)


def _match_health(world: World, user: User, key: str, value: str) -> Predicate:
    return _match_agent_status(world, user, key, "connected" if parse_boolean(key, value) else "disconnected,timeout")


def _match_dormancy(_world: World, _user: User, key: str, value: str) -> Predicate:
    if parse_boolean(key, value):
        return lambda w: w.dormant_at is not None
    return lambda _: True  # in Coder, too, dormant:false filters nothing


def _match_outdated(_world: World, _user: User, key: str, value: str) -> Predicate:
    expected = parse_boolean(key, value)
    return lambda w: (w.latest_build.version is not w.template.active_version) is expected


def _match_shared(_world: World, _user: User, key: str, value: str) -> Predicate:
    expected = parse_boolean(key, value)
    return lambda w: bool(w.shared_with) is expected


def _match_shared_with(world: World, user: User, key: str, value: str) -> Predicate:
    shared_user = user if value == "me" else world.find_user(value)
    if shared_user is None:
        reason = f'user "{value}" either does not exist, or you are unauthorized to view them'
        raise ValueError(f'Query param "{key}" has invalid value: {reason}')
    return lambda w: shared_user.id in w.shared_with


def _match_unsupported(_world: World, _user: User, key: str, value: str) -> Predicate:
    expected = parse_boolean(key, value) if key != "shared_with_group" else True
    return lambda _: not expected  # the simulator has no AI tasks, external agents or groups


def _match_last_used(_world: World, _user: User, key: str, value: str) -> Predicate:
    moment = parse_query_time(key, value)
    if key == "last_used_before":
        return lambda w: w.last_used_at <= moment
    return lambda w: w.last_used_at >= moment


PREDICATE_BUILDERS: dict[str, Callable[[World, User, str, str], Predicate]] = {
    "template": _match_template,
    "name": _match_name,
    "id": _match_ids,
    "organization": _match_organization,
    "has-agent": _match_agent_status,
    "dormant": _match_dormancy,
    "outdated": _match_outdated,
    "last_used_before": _match_last_used,
    "last_used_after": _match_last_used,
    "has-ai-task": _match_unsupported,
    "has_external_agent": _match_unsupported,
    "healthy": _match_health,
    "shared": _match_shared,
    "shared_with_user": _match_shared_with,
    "shared_with_group": _match_unsupported,
}

KEYS_SINCE_2_36 = frozenset(
    {"has-ai-task", "has_external_agent", "healthy", "shared", "shared_with_user", "shared_with_group"}
)
KEYS = frozenset({"owner", "param", "status"} | PREDICATE_BUILDERS.keys()) - KEYS_SINCE_2_36
