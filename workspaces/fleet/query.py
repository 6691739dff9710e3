"""What the staff table shows: the address as data, and back.

`q` holds what Coder reads (elements with a key) and words, which the portal compares with names by itself. All other
filters have a parameter of their own. A parameter that the table does not know is an error, so that a bulk action can
never concern more than the page showed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext as _

from workspaces.coder.text import sanitize_text
from workspaces.fleet.columns import COLUMNS
from workspaces.fleet.filters import ATTRIBUTES, FILTERS, MAX_NUMBER
from workspaces.forms.list import MAX_Q_LENGTH
from workspaces.search import parse_element, split_unquoted

MAX_SORT_KEYS = 3
MAX_VALUES = 50  # of one parameter
MAX_VALUE_LENGTH = 300
OTHER_PARAMETERS = frozenset({"q", "sort", "group", "open", "page"})
ON = "1"

type Filters = tuple[tuple[str, tuple[str, ...]], ...]  # key and values, in the order of the declarations


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetQuery:
    """One view of the fleet."""

    q: str = ""
    filters: Filters = ()
    sort: tuple[str, ...] = ()  # keys of columns, "-" before one for the reverse; the first decides first
    group: str = ""  # one of ATTRIBUTES, or ""
    opened: tuple[str, ...] = ()  # values of the groups whose rows are shown
    page: int = 1

    @property
    def coder_q(self) -> str:
        """The part of `q` that Coder reads."""
        return " ".join(part for part in split_unquoted(self.q, " ") if parse_element(part)[0])

    @property
    def words(self) -> tuple[str, ...]:
        """The part of `q` that is compared with names."""
        parts = (part for part in split_unquoted(self.q, " ") if not parse_element(part)[0])
        return tuple(word for part in parts if (word := part.replace('"', "").strip()))

    @property
    def is_filtered(self) -> bool:
        """Whether it shows less than everything."""
        return bool(self.q or self.filters)

    def parameters(self) -> Iterator[tuple[str, str]]:
        """Yield the parameters of the address, in a fixed order."""
        if self.q:
            yield "q", self.q
        for key, values in self.filters:
            yield from ((key, value) for value in values)
        if self.sort:
            yield "sort", ",".join(self.sort)
        if self.group:
            yield "group", self.group
        yield from (("open", value) for value in self.opened)
        if self.page > 1:
            yield "page", str(self.page)

    def address(self) -> str:
        """Return the query string of the address, beginning with "?", which alone is a link to everything."""
        return "?" + urlencode(list(self.parameters()))

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a filter; empty without it."""
        return dict(self.filters).get(key, ())

    def with_filter(self, key: str, values: Iterable[str]) -> "FleetQuery":
        """Return the first page of the query with other values of one filter; without any, without the filter."""
        filters = {**dict(self.filters), key: tuple(values)}
        return replace(self, filters=ordered_filters(filters), page=1, opened=())

    def selection(self) -> "FleetQuery":
        """Return what decides which workspaces match, without how they are shown."""
        return FleetQuery(q=self.q, filters=self.filters)


def ordered_filters(filters: Mapping[str, tuple[str, ...]]) -> Filters:
    """Return the filters that have values, in the order of their declarations."""
    return tuple((key, filters[key]) for key in (*FILTERS, *ATTRIBUTES) if filters.get(key))


def parse_query(data: QueryDict) -> tuple[FleetQuery, list[str]]:
    """Return the query of an address, and what is wrong with it: then no workspace matches."""
    errors = [_("Unknown parameter: %(name)s.") % {"name": name} for name in unknown_parameters(data)]
    filters: dict[str, tuple[str, ...]] = {}
    for key in (*FILTERS, *ATTRIBUTES):
        values = [value for value in data.getlist(key) if value or may_be_empty(key)]
        if error := filter_error(key, values):
            errors.append(error)
        elif values:
            filters[key] = tuple(dict.fromkeys(values)) if key in ATTRIBUTES else (str(int(values[-1])),)
    q = data.get("q", "").strip()
    if len(q) > MAX_Q_LENGTH or "\0" in q:
        errors.append(_("The search is too long, or contains a character that cannot be searched for."))
        q = ""
    if q.count('"') % 2:
        errors.append(_("The search has an unclosed quotation mark."))
        q = ""
    group = data.get("group", "")
    if group and group not in ATTRIBUTES:
        errors.append(
            _("The table cannot be grouped by “%(name)s”.") % {"name": sanitize_text(group[:MAX_VALUE_LENGTH])}
        )
        group = ""
    sort, sort_errors = parse_sort(data.get("sort", ""))
    query = FleetQuery(
        q=q,
        filters=ordered_filters(filters),
        sort=sort,
        group=group,
        opened=tuple(dict.fromkeys(data.getlist("open")))[:MAX_VALUES] if group else (),
        page=parse_page(data.get("page", "")),
    )
    return query, errors + sort_errors


def may_be_empty(key: str) -> bool:
    """Return whether an empty value of a parameter is a value; else it is a field that was left empty."""
    return key in ATTRIBUTES and not ATTRIBUTES[key].has_field


def unknown_parameters(data: QueryDict) -> list[str]:
    """Return the names of an address that mean nothing to the table."""
    known = OTHER_PARAMETERS | FILTERS.keys() | ATTRIBUTES.keys()
    return [sanitize_text(name[:MAX_VALUE_LENGTH]) for name in data if name not in known]


def filter_error(key: str, values: list[str]) -> str:
    """Return what is wrong with the values of a filter; "" if nothing is."""
    if key in ATTRIBUTES:
        is_long = len(values) > MAX_VALUES or any(len(value) > MAX_VALUE_LENGTH for value in values)
        return _("“%(name)s” has too many values, or one that is too long.") % {"name": key} if is_long else ""
    for value in values:
        is_number = value.isascii() and value.isdecimal() and 0 < len(value) <= 6
        if not is_number or not 1 <= int(value) <= (MAX_NUMBER if FILTERS[key].unit else 1):
            return _("“%(name)s” must be a whole number from 1 to %(max)d.") % {
                "name": key,
                "max": MAX_NUMBER if FILTERS[key].unit else 1,
            }
    return ""


def parse_sort(text: str) -> tuple[tuple[str, ...], list[str]]:
    """Return the keys to sort by, and what is wrong with them."""
    keys: dict[str, str] = {}
    for word in filter(None, text[:MAX_VALUE_LENGTH].split(",")):
        key = word.removeprefix("-")
        if key not in COLUMNS:
            return (), [_("The table cannot be sorted by “%(name)s”.") % {"name": sanitize_text(key)}]
        keys.setdefault(key, word)
    return tuple(keys.values())[:MAX_SORT_KEYS], []


def parse_page(text: str) -> int:
    """Return the number of the page; 1 for anything else."""
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) <= 6 else 1
