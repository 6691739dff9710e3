"""What the list shows: the scope, the search as Coder reads it, the order, and the part of it that needs attention.

The field of the page holds the `words`; filters are elements with a key, which the page shows as chips. An address has
both in `q`, and the scope beside them: so nobody has to type `owner:me`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlencode

from workspaces.search import parse_element, split_unquoted, value_of, with_key, without_key

type Scope = Literal["mine", "all", "shared"]
SCOPES: tuple[Scope, ...] = ("mine", "all", "shared")
SORT_KEYS = ("name", "status", "used", "stops", "template")
ATTENTION_KEYS = ("failed", "unhealthy", "stopping", "deleting", "update")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSearch:
    """One search of the list."""

    scope: Scope = "mine"
    filters: str = ""  # elements with a key, as Coder reads them
    words: str = ""  # as typed; they may have elements with a key, too
    sort: str = ""  # one of SORT_KEYS, "-" before it for the reverse; "": Coder's order
    attention: str = ""  # one of ATTENTION_KEYS; "": all

    @property
    def q(self) -> str:
        """Filters and words as one search. A filter gives way to the same key among the words."""
        typed = {key for key, _value in elements(self.words)}
        kept = [word for word in split_unquoted(self.filters, " ") if parse_element(word)[0] not in typed]
        return " ".join([*kept, self.words]).strip()

    @property
    def coder_q(self) -> str:
        """The search with its scope, as Coder reads it. An owner in the search decides instead of the scope."""
        q = self.q
        match self.scope:
            case "mine" if not value_of(q, "owner"):
                return f"owner:me {q}".strip()
            case "shared" if not value_of(q, "shared"):
                return f"shared:true {q}".strip()
        return q

    @property
    def is_plain(self) -> bool:
        """Whether it shows the whole scope in Coder's order."""
        return not self.q and not self.sort and not self.attention

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of the address by name, without its page."""
        values = {"scope": self.scope, "q": self.q, "sort": self.sort, "attention": self.attention}
        return {name: value for name, value in values.items() if value}

    def address(self, page: int = 1) -> str:
        """Return the query string of the address, beginning with "?"."""
        return "?" + urlencode(self.parameters | ({"page": str(page)} if page > 1 else {}))

    def form_query(self, page: int = 1) -> str:
        """Return the query string that the page's form would send, beginning with "?": it keeps the field as typed."""
        return "?" + urlencode(
            {
                "scope": self.scope,
                "filters": self.filters,
                "q": self.words,
                "sort": self.sort,
                "attention": self.attention,
                "page": page,
            }
        )

    def filter_value(self, key: str) -> str:
        """Return the value of a filter, "" without it."""
        return value_of(self.filters, key)

    def as_words(self) -> "ListSearch":
        """Return the same search with all of it in the field."""
        return replace(self, filters="", words=self.q)

    def without_element(self, index: int) -> "ListSearch":
        """Return the search without one element of its filters, counted from 0."""
        kept = [word for n, word in enumerate(split_unquoted(self.filters, " ")) if n != index]
        return replace(self, filters=" ".join(kept))

    def with_filter(self, key: str, value: str) -> "ListSearch":
        """Return the search with another value for one filter; "" removes it."""
        filters = with_key(self.filters, key, value) if value else without_key(self.filters, key)
        return replace(self, filters=filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSearch:
    """A search that the person saved."""

    id: int
    name: str
    search: ListSearch
    pinned: bool  # a link of the list
    is_default: bool  # what the list shows when it is opened without a search


def elements(q: str) -> Iterator[tuple[str, str]]:
    """Yield key and value of each element of a search that has a key."""
    return ((key, value) for key, value in map(parse_element, split_unquoted(q, " ")) if key)


def parse_search(q: str, scope: Scope | None, username: str, *, sort: str = "", attention: str = "") -> ListSearch:
    """Return the search of an address. Without a `scope`, `q` decides: everybody's unless it names this person.

    What has an unclosed quotation mark has no parts: all of it stays in the field.
    """
    if q.count('"') % 2:
        return ListSearch(scope=scope or "all", words=q, sort=sort, attention=attention)
    if value_of(q, "owner").lower() in {"me", username.lower()} and scope in {None, "mine"}:
        scope, q = "mine", without_key(q, "owner")
    elif scope is None and value_of(q, "shared").lower() == "true" and not value_of(q, "owner"):
        scope, q = "shared", without_key(q, "shared")
    parts = split_unquoted(q, " ")
    filters = [word for word in parts if parse_element(word)[0]]
    words = [word for word in parts if not parse_element(word)[0]]
    return ListSearch(
        scope=scope or "all", filters=" ".join(filters), words=" ".join(words), sort=sort, attention=attention
    )


def combine_fields(
    scope: Scope, filters: str, words: str, chosen: dict[str, str], *, sort: str = "", attention: str = ""
) -> ListSearch:
    """Return the search of the page's form: its field, the filters that it repeats, and `chosen` values by key."""
    search = ListSearch(scope=scope, filters=filters, words=words, sort=sort, attention=attention)
    for key, value in chosen.items():
        search = search.with_filter(key, value.replace('"', ""))
    return search
