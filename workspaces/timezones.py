"""The names of time zones, and what somebody may have meant who wrote one in another way. Pure."""

from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

SUGGESTED = 3
ALIKE = 0.75  # how alike two names are that may be meant for each other, from 0 to 1


@lru_cache(maxsize=1)
def names() -> frozenset[str]:
    """The names of all time zones, as the tz database writes them: "Europe/Dublin"."""
    return frozenset(available_timezones())


def found(text: str) -> list[str]:
    """The zones that `text` names in full ("europe/berlin") or by their city alone ("New York"): one, several, none.

    What lies under Etc has no city: the sign of Etc/GMT+1 is the other one than people mean.
    """
    wanted = folded(text)
    if exact := [name for name in names() if folded(name) == wanted]:
        return exact
    if is_zone(text):  # one that the tz database has and does not list, like posix/Europe/Dublin
        return [text]
    return sorted(name for name in names() if city(name) == wanted and not name.startswith("Etc/"))


def is_zone(text: str) -> bool:
    """Whether the tz database has a zone that is written exactly so."""
    try:
        return bool(ZoneInfo(text).key)
    except (LookupError, ValueError, OSError):
        return False


def alike(text: str) -> list[str]:
    """Some zones that are written like `text`, the likest first."""
    wanted = folded(text)
    known = {folded(name): name for name in names()} | {city(name): name for name in sorted(names()) if "/" in name}
    close = get_close_matches(wanted, known, SUGGESTED, ALIKE) if wanted else []
    return list(dict.fromkeys(known[each] for each in close))


def city(name: str) -> str:
    """The last part of a zone's name, for comparing."""
    return folded(name.rpartition("/")[2])


def folded(text: str) -> str:
    """A name without regard to case, and with spaces as the tz database writes them."""
    return "_".join(text.split()).casefold()
