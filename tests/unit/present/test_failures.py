"""Test the build log excerpt around the failing line."""

import pytest

from tests.unit.samples import NOW
from workspaces.coder.build_types import BuildLog
from workspaces.present.failures import MAX_LENGTH, failing_line_index, make_excerpt


def log(*lines: str) -> list[BuildLog]:
    """Return log entries as Coder sends them; a line that starts with "!" has the level error."""
    return [
        BuildLog(
            id=100 + number,
            created_at=NOW,
            log_source="provisioner",
            log_level="error" if line.startswith("!") else "info",
            stage="Starting workspace",
            output=line.removeprefix("!"),
        )
        for number, line in enumerate(lines)
    ]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (("fine", "!Error: no disk", "!  on main.tf line 3", "bye"), 1),
        (("!Error: tried once", "again", "!Error: no disk", "!more"), 2),
        (("fine", "\x1b[31mError:\x1b[0m no disk", "bye"), 1),
        (("Error: is said, but", "!this is the error"), 1),
        (("fine", "also fine"), None),
        ((), None),
    ],
)
def test_failing_line_is_first_line_of_last_error(lines: tuple[str, ...], expected: int | None) -> None:
    assert failing_line_index(log(*lines)) == expected


def test_excerpt_has_two_lines_before_and_after_failing_line() -> None:
    excerpt = make_excerpt(log("a", "b", "c", "!d", "e", "f", "g"))
    assert [(line.id, line.text, line.failing) for line in excerpt] == [
        (101, "b", False),
        (102, "c", False),
        (103, "d", True),
        (104, "e", False),
        (105, "f", False),
    ]


def test_excerpt_is_shorter_at_either_end_of_log_and_omits_empty_lines() -> None:
    assert [line.text for line in make_excerpt(log("!d", "", "e"))] == ["d", "e"]
    assert [line.text for line in make_excerpt(log("c", "!d"))] == ["c", "d"]


def test_excerpt_drops_escape_sequences_and_truncates_long_lines() -> None:
    (line,) = make_excerpt(log("!\x1b[31m" + "x" * 1000))
    assert len(line.text) == MAX_LENGTH
    assert line.text.startswith("xxx")
    assert line.text.endswith("…")


def test_excerpt_is_empty_without_log_or_error() -> None:
    assert make_excerpt(None) == make_excerpt(log("fine")) == ()


def test_excerpt_redacts_token() -> None:
    (line,) = make_excerpt(log("!token = abcDEF1234-" + "x" * 22))
    assert line.text == "token = [token]"
