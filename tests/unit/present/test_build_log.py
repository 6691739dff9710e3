"""Test the build log: stages, lines, blocks, search and raw text."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.unit.samples import recorded_body, to_json_values
from workspaces.coder.build_types import BuildLog
from workspaces.present.builds.log import (
    BLOCK_LINES,
    MAX_LINE_LENGTH,
    MAX_LINES,
    make_blocks,
    make_build_log,
    raw_lines,
)
from workspaces.templatetags.logs import log_lines

DUBLIN = ZoneInfo("Europe/Dublin")
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)  # 13:00 in Dublin


def entry(number: int, output: str = "text", *, stage: str = "Starting workspace", **changes: Any) -> BuildLog:
    """Return a log entry that was written `number` seconds after NOON."""
    facts = {"log_source": "provisioner", "log_level": "info"} | changes
    return BuildLog(id=number, created_at=NOON + timedelta(seconds=number), stage=stage, output=output, **facts)


@pytest.mark.parametrize("version", ["2.19", "2.36"])
def test_recorded_log_has_stages_with_their_lines(version: str) -> None:
    entries = msgspec.convert(to_json_values(recorded_body("failed-logs", version)), tuple[BuildLog, ...])
    log = make_build_log(entries, DUBLIN, failed=True)
    assert [stage.name for stage in log.stages] == ["Setting up", "Starting workspace", "Cleaning Up"]
    assert [len(block.lines) for block in log.blocks] == [0, 4, 0]
    assert log.count == 4
    assert (log.after, log.open_stage) == (entries[-1].id, "Cleaning Up")


def test_line_has_id_and_time_in_zone_of_viewer() -> None:
    (block,) = make_blocks([entry(7)], DUBLIN)
    (line,) = block.lines
    assert (line.id, line.at, line.segments[0].text) == (7, "13:00:07", "text")
    assert block.stage
    assert (block.stage.id, block.stage.name, block.stage.at) == (7, "Starting workspace", "13:00:07")


def test_later_entries_continue_open_stage() -> None:
    entries = [entry(1), entry(2), entry(3, stage="Cleaning Up")]
    (first,) = make_blocks(entries[:1], DUBLIN)
    second, third = make_blocks(entries[1:], DUBLIN, open_stage="Starting workspace")
    assert (first.after, second.after, third.after) == (1, 2, 3)
    assert second.stage is None
    assert third.stage
    assert [line.id for block in (first, second, third) for line in block.lines] == [1, 2, 3]


def test_long_stage_is_split_into_blocks_with_heading_on_first() -> None:
    blocks = list(make_blocks([entry(n) for n in range(1, BLOCK_LINES * 2 + 2)], DUBLIN))
    assert [len(block.lines) for block in blocks] == [BLOCK_LINES, BLOCK_LINES, 1]
    assert [block.stage is not None for block in blocks] == [True, False, False]


def test_empty_line_of_terraform_is_kept_and_of_daemon_is_only_heading() -> None:
    daemon = entry(1, "", stage="Setting up", log_source="provisioner_daemon")
    blocks = list(make_blocks([daemon, entry(2, "", stage="Setting up")], DUBLIN))
    assert [line.id for block in blocks for line in block.lines] == [2]


def test_warnings_and_errors_show_their_level_as_text() -> None:
    levels = ("info", "warn", "error", "debug", "odd")
    (block,) = make_blocks([entry(n, log_level=level) for n, level in enumerate(levels)], DUBLIN)
    assert [(line.tone, line.level) for line in block.lines] == [
        (None, ""),
        ("warn", "warn"),
        ("bad", "error"),
        ("off", ""),
        (None, ""),
    ]


def test_failing_line_is_marked_only_when_build_failed() -> None:
    entries = [entry(1), entry(2, "Error: no space left"), entry(3)]
    assert make_build_log(entries, DUBLIN, failed=True).failing_id == 2
    assert [line.failing for line in make_build_log(entries, DUBLIN, failed=True).blocks[0].lines] == [
        False,
        True,
        False,
    ]
    assert make_build_log(entries, DUBLIN, failed=False).failing_id is None


def test_search_keeps_and_marks_matching_lines_ignoring_case() -> None:
    entries = [entry(1, "a POD is made"), entry(2, "nothing"), entry(3, "\x1b[32mpod\x1b[0m pod")]
    log = make_build_log(entries, DUBLIN, failed=False, q="Pod")
    assert (log.matches, log.count) == (2, 3)
    segments = [
        [(piece.css_class, piece.text) for piece in line.segments] for block in log.blocks for line in block.lines
    ]
    assert segments == [
        [("", "a "), ("hit ", "POD"), ("", " is made")],
        [("hit c2", "pod"), ("", " "), ("hit ", "pod")],
    ]


def test_long_log_shows_newest_lines_and_number_of_earlier_ones() -> None:
    log = make_build_log([entry(n, stage="One") for n in range(MAX_LINES + 5)], DUBLIN, failed=False)
    assert (log.count, log.omitted_lines) == (MAX_LINES + 5, 5)
    assert log.blocks[0].lines[0].id == 5


def test_long_line_is_cut_and_shows_number_of_omitted_characters() -> None:
    (block,) = make_blocks([entry(1, "x" * (MAX_LINE_LENGTH + 9))], DUBLIN)
    assert block.lines[0].omitted == 9
    assert "… 9 more characters in the raw log" in log_lines(block.lines)


def test_hostile_lines_are_escaped() -> None:
    hostile = '<script>alert(1)</script>"><img src=x onerror=y>\x1b[31m<hx-partial>'
    (block,) = make_blocks([entry(1, hostile, log_level="error", stage="<b>\n\x1b[2J")], DUBLIN)
    html = log_lines(block.lines, '/a"b')
    assert "<script" not in html
    assert "<img" not in html
    assert "<hx-" not in html
    assert 'href="/a&quot;b#l1"' in html
    assert block.stage
    assert block.stage.name == "<b>"


def test_raw_text_has_time_level_and_stage_without_escape_sequences() -> None:
    entries = [entry(1, "\x1b[31mred\x1b[0m", log_level="warn"), entry(2, "", log_source="provisioner_daemon")]
    assert list(raw_lines(entries)) == [
        "2026-07-01T12:00:01.000Z warn  [Starting workspace] red\n",
        "2026-07-01T12:00:02.000Z info  [Starting workspace]\n",
    ]
