"""Test the search of the list: its scope, its filters, and what was typed."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.list_search import SCOPES, ListSearch, combine_fields, parse_search


def split(q: str, scope: str | None = None) -> tuple[str, str, str]:
    """Return scope, filters and words of the address's search."""
    search = parse_search(q, scope, "alice")  # type: ignore[arg-type]  # one of SCOPES
    return search.scope, search.filters, search.words


@pytest.mark.parametrize(
    ("q", "scope", "parts"),
    [
        ("", None, ("all", "", "")),
        ("owner:me", None, ("mine", "", "")),
        ("owner:alice web", None, ("mine", "", "web")),
        ("owner:bob web", None, ("all", "owner:bob", "web")),
        ("alice/web", None, ("mine", "", "web")),
        ("shared:true status:failed", None, ("shared", "status:failed", "")),
        ("web status:failed", "mine", ("mine", "status:failed", "web")),
        ("status:failed", "shared", ("shared", "status:failed", "")),
        ("owner:me", "all", ("all", "owner:me", "")),
        ('template:"a b" web', None, ("all", 'template:"a b"', "web")),
        ('status:failed we"b', None, ("all", "", 'status:failed we"b')),
    ],
)
def test_address_is_split_into_scope_filters_and_words(q: str, scope: str | None, parts: tuple[str, str, str]) -> None:
    assert split(q, scope) == parts


@pytest.mark.parametrize(
    ("search", "coder_q"),
    [
        (ListSearch(), "owner:me"),
        (ListSearch(words="web"), "owner:me web"),
        (ListSearch(scope="all"), ""),
        (ListSearch(scope="shared", words="web"), "shared:true web"),
        (ListSearch(filters="owner:bob"), "owner:bob"),
        (ListSearch(words="bob/web"), "bob/web"),
    ],
)
def test_scope_is_added_unless_the_search_names_an_owner(search: ListSearch, coder_q: str) -> None:
    assert search.coder_q == coder_q


def test_typed_filter_replaces_the_chosen_one() -> None:
    search = combine_fields("mine", "owner:bob", "status:fa", {"status": "running", "template": "dev"})
    assert search.q == "owner:bob template:dev status:fa"
    assert search.words == "status:fa"


def test_empty_field_removes_its_filter() -> None:
    assert combine_fields("mine", "status:failed", "", {"status": ""}).filters == ""


@given(scope=st.sampled_from(SCOPES), q=st.text(max_size=40))
def test_address_leads_to_the_same_search_at_coder(scope: str, q: str) -> None:
    search = parse_search(q, scope, "alice")  # type: ignore[arg-type]  # one of SCOPES
    parameters = dict(parse_qsl(search.address()[1:]))
    again = parse_search(parameters.get("q", ""), scope, "alice")  # type: ignore[arg-type]  # one of SCOPES
    assert again.coder_q == search.coder_q
