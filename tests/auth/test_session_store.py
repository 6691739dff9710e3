"""What requests of one session store at the same time is kept, whichever of them ends last."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.auth.cached_session_store import SessionStore as CachedSessionStore
from workspaces.auth.session_store import SessionStore, merge_changes

KEYS = st.sampled_from("abcd")
VALUES = st.integers(0, 2)
DATA = st.dictionaries(KEYS, VALUES | st.dictionaries(KEYS, VALUES, max_size=3), max_size=4)


@given(before=DATA, own=DATA)
def test_merged_data_are_the_own_ones_where_only_they_changed(before: dict[str, Any], own: dict[str, Any]) -> None:
    assert merge_changes(before, own, before) == own


@given(before=DATA, stored=DATA)
def test_merged_data_are_the_stored_ones_where_nothing_was_changed(
    before: dict[str, Any], stored: dict[str, Any]
) -> None:
    assert merge_changes(before, before, stored) == stored


@pytest.mark.parametrize(
    ("before", "own", "stored", "merged"),
    [
        pytest.param({}, {"a": 1}, {"b": 2}, {"a": 1, "b": 2}, id="both added"),
        pytest.param({"a": 1}, {}, {"a": 1, "b": 2}, {"b": 2}, id="one removed, the other added"),
        pytest.param({"a": 1, "b": 1}, {"a": 2, "b": 1}, {"a": 1}, {"a": 2}, id="one changed, the other removed"),
        pytest.param({"a": 1}, {"a": 2}, {"a": 3}, {"a": 2}, id="both changed the same"),
        pytest.param(
            {"names": {"x": 1}},
            {"names": {"x": 1, "y": 2}},
            {"names": {"x": 1, "z": 3}},
            {"names": {"x": 1, "y": 2, "z": 3}},
            id="both added to a dictionary",
        ),
        pytest.param(
            {}, {"names": {"y": 2}}, {"names": {"z": 3}}, {"names": {"y": 2, "z": 3}}, id="both added a dictionary"
        ),
    ],
)
def test_changes_of_two_requests_are_merged(
    before: dict[str, Any], own: dict[str, Any], stored: dict[str, Any], merged: dict[str, Any]
) -> None:
    assert merge_changes(before, own, stored) == merged


@pytest.mark.django_db
@pytest.mark.parametrize("store", [SessionStore, CachedSessionStore], ids=["database", "shared cache"])
def test_key_that_a_request_removes_is_removed(store: type[SessionStore]) -> None:
    first = store()
    first["a"], first["b"] = 1, {"c": 2, "d": 3}
    first.save()
    for session_store in (store, store):  # the second reads what the first has put into the cache
        session = session_store(first.session_key)
        session["n"] = session.get("n", 0) + 1
        session.save()
    last = store(first.session_key)
    del last["a"], last["b"]["c"]
    last.save()
    assert dict(store(first.session_key).items()) == {"b": {"d": 3}, "n": 2}


@pytest.mark.django_db
def test_session_keeps_what_another_request_stored_meanwhile() -> None:
    first = SessionStore()
    first["a"] = 1
    first.create()
    first["a"] = 1
    first.save()
    requests = [SessionStore(first.session_key) for _ in range(2)]
    assert [request["a"] for request in requests] == [1, 1]  # both have loaded it
    requests[0]["b"] = 2
    requests[0].save()
    requests[1]["c"] = 3
    requests[1].save()
    requests[0]["d"] = 4
    requests[0].save()
    assert dict(SessionStore(first.session_key).items()) == {"a": 1, "b": 2, "c": 3, "d": 4}
