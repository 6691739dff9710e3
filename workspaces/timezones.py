"""Find time zones by what a person writes. Pure."""

import re
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

MAX_SUGGESTIONS = 3
MIN_SIMILARITY = 0.75  # difflib's ratio, 0 to 1
NOT_ZONES = frozenset({"localtime", "posixrules", "Factory"})  # files of the tz database that name no place
OFFSET = re.compile(r"(?:utc|gmt)[+-]?[0-9]", re.IGNORECASE)  # what people write for a distance from UTC


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Return the names of all time zones, as the tz database writes them: "Europe/Dublin"."""
    return frozenset(available_timezones() - NOT_ZONES)


@lru_cache(maxsize=1)
def offered_zones() -> tuple[str, ...]:
    """Return the names of the zones that a page suggests, in order.

    Etc/GMT+1 is one hour behind UTC, so it is found by its full name alone.
    """
    return tuple(sorted(name for name in zone_names() if not OFFSET.match(name.rpartition("/")[2])))


def find_zones(text: str) -> list[str]:
    """Return the zones that `text` names in full ("europe/berlin") or by their city alone ("New York").

    Zones under Etc have no city: the sign of Etc/GMT+1 is the opposite of the one that people mean.
    """
    key = normalize_name(text)
    if exact := [name for name in zone_names() if normalize_name(name) == key]:
        return exact
    if is_zone(text):  # the tz database has it but does not list it, like posix/Europe/Dublin
        return [text]
    return sorted(name for name in zone_names() if city_key(name) == key and not name.startswith("Etc/"))


def is_zone(text: str) -> bool:
    """Return whether the tz database has a zone with exactly this name."""
    if text.rpartition("/")[2] in NOT_ZONES:
        return False
    try:
        return bool(ZoneInfo(text).key)
    except (LookupError, ValueError, OSError):
        return False


def similar_zones(text: str) -> list[str]:
    """Return up to three zones whose names are similar to `text`, the most similar first; none for an offset."""
    key, names = normalize_name(text), offered_zones()
    if OFFSET.match(city_key(text)):
        return []
    by_key = {normalize_name(name): name for name in names} | {city_key(name): name for name in names if "/" in name}
    matches = get_close_matches(key, by_key, MAX_SUGGESTIONS, MIN_SIMILARITY) if key else []
    return list(dict.fromkeys(by_key[match] for match in matches))


def city_key(name: str) -> str:
    """Return the last part of a zone's name, normalized."""
    return normalize_name(name.rpartition("/")[2])


def normalize_name(text: str) -> str:
    """Return a name in lower case, with underscores for spaces as the tz database has them."""
    return "_".join(text.split()).casefold()
