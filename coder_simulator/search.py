"""The query `q` of workspace lists (coderd/searchquery): read it, and tell which workspaces it finds."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from coder_simulator.agent_health import agent_status
from coder_simulator.errors import ApiError
from coder_simulator.gojson import parse_time, parse_uuid
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
AGENT_STATUSES = ("connected", "connecting", "disconnected", "timeout")
TIME_LAYOUT = "2006-01-02T15:04:05.999999999Z07:00"


@dataclass(slots=True)
class Query:
    """A query that was understood: the predicates that must all hold, and whose workspaces are asked for."""

    predicates: list[Predicate] = field(default_factory=list)
    owner: str = ""


@dataclass(slots=True)
class Terms:
    """The terms of a query: values by key, and what is wrong with them."""

    values: dict[str, list[str]] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)


def parse(world: World, user: User, text: str) -> Query:
    """Read `q` as `user` asks it; raises RefusalError (400) with all that is wrong."""
    terms = _terms(text, modern=world.modern)
    if terms.problems:
        raise _refuse(terms.problems)
    known = KNOWN_KEYS | (NEW_KEYS if world.modern else frozenset())
    query = Query()
    problems: list[tuple[str, str]] = []
    for key, values in terms.values.items():
        if key not in known:
            problems.append((key, f'"{key}" is not a valid query param'))
        elif len(values) > 1 and key != "param":
            problems.append((key, f'Query param "{key}" provided more than once, found {len(values)} times'))
        else:
            problems += _apply(world, user, query, key, values)
    if problems:
        raise _refuse(problems)
    return query


def find(user: User, query: Query, workspaces: list[Workspace]) -> list[Workspace]:
    """Return those of `workspaces` that the query finds, in their order."""
    predicates = list(query.predicates)
    if query.owner:
        owner = user.username if query.owner == "me" else query.owner
        predicates.append(lambda w: w.owner.username.lower() == owner.lower())
    for holds in predicates:
        workspaces = [w for w in workspaces if holds(w)]
    return workspaces


def _refuse(problems: list[tuple[str, str]]) -> ApiError:
    return ApiError(400, "Invalid workspace search query.", validations=problems)


def split_outside_quotes(text: str, separator: str) -> list[str]:
    """Split at a separator that stands outside quotes; quotes stay."""
    parts, quoted = [""], False
    for sign in text:
        quoted ^= sign == '"'
        if sign == separator and not quoted:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def _terms(text: str, *, modern: bool) -> Terms:
    terms, words = Terms(), []
    for element in filter(None, split_outside_quotes(text.strip().lower(), " ")):
        if element.startswith(":") or element.endswith(":"):
            terms.problems.append(("q", f"Query element \"{element}\" cannot start or end with ':'"))
            continue
        parts = split_outside_quotes(element, ":")
        if len(parts) == 1:
            words.append(parts[0].strip('"'))
        elif len(parts) == 2:
            terms.values.setdefault(parts[0].strip('"'), []).append(_unquote(parts[0], parts[1]))
        else:
            terms.problems.append(("q", f"Query element \"{element}\" can only contain 1 ':'"))
    _bare_words(terms, words, modern=modern)
    return terms


def _unquote(key: str, value: str) -> str:
    return value if key == "param" else value.strip('"')


def _bare_words(terms: Terms, words: list[str], *, modern: bool) -> None:
    if modern and len(words) > 1:
        words = [" ".join(words)]
    for word in words:
        owner, slash, name = word.partition("/")
        if slash and "/" in name:
            terms.problems.append(("q", f"Query element \"{word}\" can only contain 1 '/'"))
        elif slash:
            terms.values.setdefault("owner", []).append(owner)
            terms.values.setdefault("name", []).append(name)
        else:
            terms.values.setdefault("name", []).append(word)


def _apply(world: World, user: User, query: Query, key: str, values: list[str]) -> list[tuple[str, str]]:
    """Add what one key asks for to the query; return what is wrong with its value."""
    try:
        if key == "owner":
            query.owner = values[0]
        elif key == "param":
            query.predicates += [_parameter(value) for value in values]
        elif key == "status":
            _one_of(key, values[0], STATUSES)
            query.predicates.append(_status(values[0]))
        else:
            query.predicates.append(PREDICATES[key](world, user, key, values[0]))
    except ValueError as error:
        return [(key, str(error))]
    return []


def _one_of(key: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f'Query param "{key}" has invalid value: "{value}" is not a valid value')


def _status(status: str) -> Predicate:
    if status in {"pending", "canceling", "canceled", "failed"}:
        return lambda w: w.builds[-1].job.status == status
    return lambda w: w.builds[-1].status == status


def _parameter(text: str) -> Predicate:
    name, equals, value = text.strip('"').partition("=")
    if not equals:
        return lambda w: name in {n.lower() for n in w.latest_build.parameters}
    pair = (name, value)
    return lambda w: pair in {(n.lower(), v.lower()) for n, v in w.latest_build.parameters.items()}


def _template(_world: World, _user: User, _key: str, value: str) -> Predicate:
    return lambda w: w.template.name.lower() == value


def _name(_world: World, _user: User, _key: str, value: str) -> Predicate:
    return lambda w: value in w.name.lower()


def _ids(_world: World, _user: User, key: str, value: str) -> Predicate:
    wanted = set()
    for one in value.split(","):
        try:
            wanted.add(parse_uuid(one))
        except ValueError as error:
            raise ValueError(f'Query param "{key}" has invalid values: {error}') from None
    return lambda w: w.id in wanted


def _organization(world: World, _user: User, key: str, value: str) -> Predicate:
    found = {o.id for o in world.organizations.values() if value in {o.id, o.name.lower()}}
    if not found:
        raise ValueError(f'Query param "{key}" has invalid value: organization "{value}" not found')
    return lambda w: w.template.organization.id in found


def _has_agent(world: World, _user: User, key: str, value: str) -> Predicate:
    wanted = value.split(",") if world.modern else [value]
    for one in wanted:
        _one_of(key, one, AGENT_STATUSES)
    now = world.now()
    return lambda w: any(agent_status(a, now) in wanted for a in w.agents)


def _healthy(world: World, user: User, key: str, value: str) -> Predicate:
    return _has_agent(world, user, key, "connected" if _boolean(key, value) else "disconnected,timeout")


def _dormant(_world: World, _user: User, key: str, value: str) -> Predicate:
    if _boolean(key, value):
        return lambda w: w.dormant_at is not None
    return lambda _: True  # Coder's own oddity: dormant:false filters nothing


def _outdated(_world: World, _user: User, key: str, value: str) -> Predicate:
    wanted = _boolean(key, value)
    return lambda w: (w.latest_build.version is not w.template.active_version) is wanted


def _shared(_world: World, _user: User, key: str, value: str) -> Predicate:
    wanted = _boolean(key, value)
    return lambda w: bool(w.shared_with) is wanted


def _shared_with(world: World, user: User, key: str, value: str) -> Predicate:
    person = user if value == "me" else world.find_user(value)
    if person is None:
        unknown = f'user "{value}" either does not exist, or you are unauthorized to view them'
        raise ValueError(f'Query param "{key}" has invalid value: {unknown}')
    return lambda w: person.id in w.shared_with


def _never(_world: World, _user: User, key: str, value: str) -> Predicate:
    wanted = _boolean(key, value) if key != "shared_with_group" else True
    return lambda _: not wanted  # no workspace here has an AI task, an external agent or a group's share


def _used(_world: World, _user: User, key: str, value: str) -> Predicate:
    moment = _moment(key, value)
    if key == "last_used_before":
        return lambda w: w.last_used_at <= moment
    return lambda w: w.last_used_at >= moment


def _moment(key: str, value: str) -> datetime:
    try:
        return parse_time(value.upper(), TIME_LAYOUT)
    except ValueError as error:
        raise ValueError(f'Query param "{key}" must be a valid date format ({TIME_LAYOUT}): {error}') from None


def _boolean(key: str, value: str) -> bool:
    if re.fullmatch("1|t|true", value):
        return True
    if re.fullmatch("0|f|false", value):
        return False
    raise ValueError(
        f'Query param "{key}" must be a valid boolean: strconv.ParseBool: parsing "{value}": invalid syntax'
    )


PREDICATES: dict[str, Callable[[World, User, str, str], Predicate]] = {
    "template": _template,
    "name": _name,
    "id": _ids,
    "organization": _organization,
    "has-agent": _has_agent,
    "dormant": _dormant,
    "outdated": _outdated,
    "last_used_before": _used,
    "last_used_after": _used,
    "has-ai-task": _never,
    "has_external_agent": _never,
    "healthy": _healthy,
    "shared": _shared,
    "shared_with_user": _shared_with,
    "shared_with_group": _never,
}

NEW_KEYS = frozenset(
    {"has-ai-task", "has_external_agent", "healthy", "shared", "shared_with_user", "shared_with_group"}
)
KNOWN_KEYS = frozenset({"owner", "param", "status"} | PREDICATES.keys()) - NEW_KEYS
