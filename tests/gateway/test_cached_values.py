"""Typed values in the cache."""

from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client

from tests.portal import SimulatedCoder, create_token, sign_in
from workspaces.gateway import connection
from workspaces.gateway.cached_values import PLAIN_KEY, CachedValue

NAMES: CachedValue[dict[str, tuple[str, str] | None]] = CachedValue(
    "test-names", dict[str, tuple[str, str] | None], max_age_s=60
)
NUMBER = CachedValue("test-number", int, max_age_s=60)


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """Empty the cache."""
    cache.clear()


def test_value_is_read_with_its_type() -> None:
    NAMES.set({"a": ("alice", "web"), "b": None}, "abc")
    assert NAMES.get("abc") == {"a": ("alice", "web"), "b": None}
    assert NAMES.get("other") is None


def test_value_of_another_type_is_a_miss() -> None:
    cache.set(NUMBER.key("abc"), b"\xa4text")
    assert NUMBER.get("abc") is None


def test_value_is_fetched_once_and_kept_for_its_key() -> None:
    fetched: list[int] = []

    def fetch() -> int:
        fetched.append(1)
        return len(fetched)

    assert [NUMBER.get_or_fetch(fetch, "abc"), NUMBER.get_or_fetch(fetch, "abc")] == [1, 1]
    assert NUMBER.get_or_fetch(fetch, "other") == 2


def test_values_with_many_parts_differ_and_their_keys_are_short() -> None:
    parts = [str(UUID(int=number)) for number in range(100)]
    NUMBER.set(1, *parts)  # a key that is too long is a warning of Django's, and so an error here
    NUMBER.set(2, *parts, "more")
    assert (NUMBER.get(*parts), NUMBER.get(*parts, "more"), NUMBER.get(*parts[:-1])) == (1, 2, None)
    assert PLAIN_KEY.fullmatch(NUMBER.key(*parts))


@pytest.mark.parametrize("typed", ["owner:al ice", "a\nb", "\x7f", "ünï", "\ud800", "\0", ""])
def test_value_of_typed_search_has_a_key_that_django_accepts_and_that_hides_it(typed: str) -> None:
    NUMBER.set(1, "abc", typed)  # a warning of Django's, which would print the search, is an error here
    NUMBER.set(2, "abc", typed + " ")
    assert (NUMBER.get("abc", typed), NUMBER.get("abc", typed + " ")) == (1, 2)
    assert PLAIN_KEY.fullmatch(NUMBER.key("abc", typed))


def test_add_keeps_an_older_value_and_delete_removes_it() -> None:
    assert NUMBER.add(1, "abc")
    assert not NUMBER.add(2, "abc")
    assert NUMBER.get("abc") == 1
    NUMBER.delete("abc")
    assert NUMBER.get("abc") is None


@pytest.mark.parametrize("version", ["2.19", "2.36"])
@pytest.mark.django_db
def test_everything_that_pages_cache_is_read_as_it_was_written(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in ("alice", "bob"):
        coder.place("web", owner=owner, template="dev")
    template_id = UUID(next(each.id for each in coder.server.world.templates.values() if each.name == "dev"))
    kinds: set[str] = set()
    real_set = CachedValue.set

    def set_and_compare(self: CachedValue[Any], value: Any, *parts: object) -> None:
        real_set(self, value, *parts)
        assert self.get(*parts) == value
        kinds.add(self.name)

    monkeypatch.setattr(CachedValue, "set", set_and_compare)
    admin = Client()
    sign_in(admin, "admin")
    form = f"/workspaces/new/{template_id}/"
    for path in ("/workspaces/", "/@alice/web/", "/@alice/web/settings/", form, f"{form}people/?q=a"):
        alice.get(path), admin.get(path)
    client = connection.client_for_token(create_token(coder, "admin"))
    connection.get_template(client, "admin", template_id)
    connection.get_ssh_settings(client, "admin")
    connection.get_app_host(client, "admin")
    connection.is_terraform_debug_enabled(client, "admin")
    # All kinds but "template_rights", which has the type of "rights".
    texts = "announcements app_host create debugs names new people rights ssh template templates"
    assert kinds == set(texts.split())
