"""The page model of the list of workspaces."""

from dataclasses import dataclass, field, replace
from typing import Literal

from workspaces.list_search import ListSearch
from workspaces.present.page_models import NO_MOMENT, Link, Row, Tone, etag_of
from workspaces.present.times import Moment
from workspaces.present.workspace_list.columns import Column

EmptyReason = Literal["", "none", "no-match", "beyond"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value of a field."""

    value: str
    label: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Select:
    """The field of one filter; no value removes the filter."""

    key: str
    label: str
    choices: tuple[Choice, ...]
    is_active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SortLink:
    """The header of a column."""

    column: Column
    query: str  # of the list in the next order; "" if the list cannot be sorted by this column
    direction: str  # of the present order, as in `aria-sort`; "": the list is not sorted by this column


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionLink:
    """How many workspaces need one kind of attention, and the address of the list of these."""

    label: str
    tone: Tone
    query: str
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filters of the list, which stay the same while it is refreshed."""

    scopes: tuple[Link, ...]  # keep the rest of the search
    presets: tuple[Link, ...]  # any status, running, failed, ...: edit only their own keys
    selects: tuple[Select, ...]  # the field suggests their choices, too
    suggestions: tuple[str, ...]  # for the field
    chips: tuple[Link, ...]  # each removes its filter
    hidden: tuple[tuple[str, str], ...]  # names and values of hidden fields: what the form must not lose
    clear_query: str  # of the scope without filters; "" if there are none


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearches:
    """The person's saved searches, as the list shows them. They do not change while it is refreshed."""

    links: tuple[Link, ...] = ()  # the pinned ones
    query: str = ""  # of the search that can be saved, beginning with "?"; "" if it is plain or saved already
    has_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPage:
    """The list of workspaces."""

    q_error: str  # Coder's error message for q
    search: ListSearch
    live_query: str  # of its stream, beginning with "?"
    address: str  # its query string, beginning with "?"
    filters: Filters
    attention: tuple[AttentionLink, ...]
    attention_note: str  # what its numbers cover; "" if they cover all workspaces of the search
    headers: tuple[SortLink, ...]
    rows: tuple[Row, ...]
    count: int  # of all pages
    can_select_all: bool  # whether it has further pages, and `count` is of what the search selects
    hidden_count: int  # on this page: Coder counts them but does not list them
    start_index: int  # of the first row on this page, from 1; 0 without rows
    end_index: int
    page: int
    num_pages: int  # at least 1
    previous_query: str  # of the previous page, or ""
    next_query: str
    empty_reason: EmptyReason  # why there are no rows: no workspace yet, no match, or a page beyond the last one
    note: str  # an explanation: that only one's own are visible, or what counts as shared; else ""
    read_at: Moment
    read_ms: int = field(repr=False, compare=False)  # the same in ms since 1970: older events are stale
    refresh_s: int
    saved: SavedSearches = SavedSearches()

    @property
    def etag(self) -> str:
        """The ETag of all that the stream can change, except the time at which the page was read."""
        return etag_of((replace(self.live_part, rows=()), [row.checksum for row in self.rows]))

    @property
    def live_part(self) -> "ListPage":
        """What the stream can change, without the time at which the page was read."""
        return replace(self, read_at=NO_MOMENT, saved=SavedSearches())
