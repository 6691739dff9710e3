"""Test that changing one key of a search in Coder's filter language leaves the rest unchanged."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workspaces.search import value_of, with_key, without_key

KEYS = ["owner", "template", "status", "organization", "outdated", "dormant", "has-agent", "shared", "id"]


class RefusedError(Exception):
    """Raised for a search to which Coder responds with 400."""


def split_fields(text: str, delimiter: str) -> list[str]:
    """Return the fields of the text as Go's FieldsFunc does; a delimiter within quotation marks does not split."""
    fields, start, quoted = [], -1, False
    for n, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        if character == delimiter and not quoted:
            if start >= 0:
                fields.append(text[start:n])
                start = -1
        elif start < 0:
            start = n
    return [*fields, text[start:]] if start >= 0 else fields


def parse_like_coder(q: str) -> dict[str, list[str]]:
    """Return the values of each key of a search, as Coder 2.36 parses it. Raises RefusedError."""
    values_by_key: dict[str, list[str]] = {}
    tokens = split_fields(q, " ")
    keyed = [token for token in tokens if ":" in token]
    words = " ".join(token for token in tokens if ":" not in token)
    for token in [*keyed, words] if words else keyed:
        if token.startswith(":") or token.endswith(":"):
            raise RefusedError
        parts = [part.strip('"') for part in split_fields(token, ":")]
        if len(parts) > 2:
            raise RefusedError
        if len(parts) == 2:
            values_by_key.setdefault(parts[0].lower(), []).append(parts[1])
            continue
        sides = [side.strip('"') for side in split_fields(token, "/")]
        if len(sides) > 2:
            raise RefusedError
        for key, value in zip(["owner", "name"][-len(sides) :], sides, strict=True) if sides else ():
            values_by_key.setdefault(key, []).append(value)
    if any(len(values) > 1 for key, values in values_by_key.items() if key != "param"):
        raise RefusedError
    return values_by_key


def remove_key(values_by_key: dict[str, list[str]], key: str) -> dict[str, list[str]]:
    """Return the values of all keys but this one."""
    return {name: values for name, values in values_by_key.items() if name != key}


word = st.text("abAB12-_", min_size=1, max_size=6)
quotable = st.text('ab:/ "', min_size=1, max_size=5)
value = st.one_of(word, quotable.map(lambda text: f'"{text.replace(chr(34), "")}"'))
element = st.one_of(
    st.tuples(st.sampled_from([*KEYS, "name", "param", "Status"]), value).map(":".join),
    word,
    st.tuples(value, value).map("/".join),
    quotable,
)
accepted = st.lists(element, max_size=5).map(" ".join)


def parse_or_skip(q: str) -> dict[str, list[str]]:
    """Return the values of each key as Coder parses them; skip examples that Coder rejects."""
    try:
        values_by_key = parse_like_coder(q)
    except RefusedError:
        assume(False)
    # A name with outer spaces or a stray quotation mark can only be written after "owner/".
    assume(all(text == text.strip() and '"' not in text for text in values_by_key.get("name", ())))
    return values_by_key


@given(accepted, st.sampled_from(KEYS), st.text("ab:/ -", max_size=5))
def test_setting_key_leaves_other_keys_unchanged(q: str, key: str, text: str) -> None:
    before = parse_or_skip(q)
    after = parse_like_coder(with_key(q, key, text))
    assert after == remove_key(before, key) | {key: [text]}


@given(accepted, st.sampled_from(KEYS))
def test_removing_key_leaves_other_keys_unchanged(q: str, key: str) -> None:
    before = parse_or_skip(q)
    assert parse_like_coder(without_key(q, key)) == remove_key(before, key)


@given(accepted, st.sampled_from([*KEYS, "param"]))
def test_value_of_key_matches_coders_parser(q: str, key: str) -> None:
    assert value_of(q, key) == parse_or_skip(q).get(key, [""])[0]


@given(st.text('ab:/ "', max_size=12), st.sampled_from(KEYS))
def test_search_that_coder_refuses_is_edited_without_error(q: str, key: str) -> None:
    assert with_key(q, key, "x")
    assert len(without_key(q, key)) <= len(q) + len('name:""')


@pytest.mark.parametrize(
    ("q", "key", "value", "after"),
    [
        ("", "owner", "me", "owner:me"),
        ("web", "owner", "me", "web owner:me"),
        ("owner:alice status:failed", "owner", "me", "owner:me status:failed"),
        ("status:failed", "status", "running", "status:running"),
        ("STATUS:failed web", "status", "running", "status:running web"),
        ("alice/web", "owner", "me", "me/web"),
        ("owner:alice web owner:bob", "owner", "me", "owner:me web"),
        ("web", "template", "two words", 'web template:"two words"'),
        ('name:"never closed', "status", "failed", 'status:failed name:"never closed'),
        ('param:"region=us" param:zone', "status", "failed", 'param:"region=us" param:zone status:failed'),
        (
            'last_used_after:"2020-01-01T00:00:00Z"',
            "owner",
            "me",
            'last_used_after:"2020-01-01T00:00:00Z" owner:me',
        ),
    ],
)
def test_setting_key_edits_search_in_place(q: str, key: str, value: str, after: str) -> None:
    assert with_key(q, key, value) == after


@pytest.mark.parametrize(
    ("q", "key", "after"),
    [
        ("owner:me", "owner", ""),
        ("owner:me status:failed", "owner", "status:failed"),
        ("status:failed web owner:me", "status", "web owner:me"),
        ("alice/web", "owner", "web"),
        ("alice/web status:failed", "owner", "web status:failed"),
        ("alice/web status:failed", "template", "alice/web status:failed"),
        ('alice/" web"', "owner", '" web"'),
        ("alice/ web", "owner", 'name:" web"'),
    ],
)
def test_removing_key_removes_its_term(q: str, key: str, after: str) -> None:
    assert without_key(q, key) == after


def test_setting_value_with_quotation_mark_raises_value_error() -> None:
    with pytest.raises(ValueError, match="cannot be edited"):
        with_key("", "template", 'a"b')


def test_editing_name_key_raises_value_error() -> None:
    with pytest.raises(ValueError, match="name"):
        with_key("web", "name", "api")
    with pytest.raises(ValueError, match="names"):
        without_key("web", "name")
