"""The log of a build: stages, and lines with their time of day. A stream shows what follows in the same way.

`blocks` makes lines ready for a page, of a whole log or of what has come since: whoever follows a log gives it the
stage that is open (`open_stage`), and asks Coder for what comes after the last line's id (`Block.after`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from zoneinfo import ZoneInfo

from workspaces.coder.build_types import BuildLog
from workspaces.present.failures import failing_line_index
from workspaces.present.page_models import Tone
from workspaces.present.terminal import Segment, parse_segments
from workspaces.present.text import sanitize_output, strip_control_codes

BLOCK_LINES = 100  # lines: what lies outside the window is not laid out, block by block
MAX_LINES = 25_000  # lines: of a longer log the newest; the raw text has all
MAX_LINE_LENGTH = 5_000  # letters of a line
# By Coder's level: the tone of a line, and whether its level is written before it.
LEVELS: dict[str, tuple[Tone, bool]] = {
    "error": ("bad", True),
    "warn": ("warn", True),
    "debug": ("off", False),
    "trace": ("off", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A part of the work, as its heading says it. `id` is that of its first entry."""

    id: int
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line. `id` is Coder's, and the line's anchor is "l" with it."""

    id: int
    at: str  # the time of day where the viewer is
    tone: Tone | None
    level: str  # the word before a line that warns or tells of an error; else ""
    segments: tuple[Segment, ...]
    omitted: int  # letters that are not shown
    failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBlock:
    """Some lines, at most a hundred, of one stage; the first block of a stage has its heading."""

    stage: Stage | None
    lines: tuple[LogLine, ...]
    after: int  # the id of its last entry: what comes next has a greater one


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLogView:
    """The log of a build, or of a search in it the lines that fit."""

    blocks: tuple[LogBlock, ...]
    stages: tuple[Stage, ...]
    count: int  # lines of all of it
    omitted_lines: int  # lines before the first that is shown
    failing_id: int | None  # the id of the line that says what went wrong
    q: str
    matches: int  # lines that hold it
    open_stage: str
    after: int  # the id of its last entry; 0 where it has none


def make_build_log(entries: Sequence[BuildLog], zone: ZoneInfo, *, failed: bool, q: str = "") -> BuildLogView:
    """All that a page shows of a log. `failed`: the line that says why is looked for."""
    at = failing_line_index(entries) if failed else None
    failing = None if at is None else entries[at].id
    spoken = [each for each in entries if not is_stage_start(each)]
    hidden = max(len(spoken) - MAX_LINES, 0)
    shown = [each for each in entries if each.id >= spoken[hidden].id] if hidden else entries
    found = [each for each in spoken if q.lower() in entry_text(each).lower()] if q else shown
    made = tuple(make_blocks(found, zone, failing=failing, q=q))
    return BuildLogView(
        blocks=made,
        stages=tuple(block.stage for block in made if block.stage),
        count=len(spoken),
        omitted_lines=0 if q else hidden,
        failing_id=failing,
        q=q,
        matches=len(found) if q else 0,
        open_stage=stage_name(entries[-1]) if entries else "",
        after=entries[-1].id if entries else 0,
    )


def make_blocks(
    entries: Iterable[BuildLog], zone: ZoneInfo, *, open_stage: str = "", failing: int | None = None, q: str = ""
) -> Iterator[LogBlock]:
    """The entries as blocks of lines; `open_stage` is the stage of the entry before the first of them."""
    stage: Stage | None = None
    lines: list[LogLine] = []
    after = 0
    for entry in entries:
        name = stage_name(entry)
        begins = name != open_stage
        if (stage or lines) and (begins or len(lines) >= BLOCK_LINES):
            yield LogBlock(stage=stage, lines=tuple(lines), after=after)
            stage, lines = None, []
        if begins:
            stage, open_stage = Stage(id=entry.id, name=name, at=clock_time(entry, zone)), name
        if not is_stage_start(entry):
            lines.append(make_line(entry, zone, failing=entry.id == failing, q=q))
        after = entry.id
    if stage or lines:
        yield LogBlock(stage=stage, lines=tuple(lines), after=after)


def make_line(entry: BuildLog, zone: ZoneInfo, *, failing: bool, q: str) -> LogLine:
    """One entry as a line; what it holds of `q` stands out."""
    tone, spoken = LEVELS.get(entry.log_level, (None, False))
    output = entry.output
    more = max(len(output) - MAX_LINE_LENGTH, 0)
    shown = parse_segments(output[:MAX_LINE_LENGTH] if more else output)
    return LogLine(
        id=entry.id,
        at=clock_time(entry, zone),
        tone=tone,
        level=entry.log_level if spoken else "",
        segments=highlight(shown, q) if q else shown,
        omitted=more,
        failing=failing,
    )


def highlight(shown: tuple[Segment, ...], q: str) -> tuple[Segment, ...]:
    """The pieces, split where `q` begins and ends in one of them, so that it stands out."""
    split: list[Segment] = []
    for piece in shown:
        rest, low = piece.text, piece.text.lower()
        while low and (at := low.find(q.lower())) >= 0 and len(low) == len(rest):
            end = at + len(q)
            before, hit = (
                replace(piece, text=rest[:at]),
                replace(piece, text=rest[at:end], css_class=f"hit {piece.css_class}"),
            )
            split += [before, hit] if before.text else [hit]
            rest, low = rest[end:], low[end:]
        split += [replace(piece, text=rest)] if rest else []
    return tuple(split)


def is_stage_start(entry: BuildLog) -> bool:
    """Whether an entry says nothing but that its stage begins, as Coder's daemon does."""
    return not entry.output and entry.log_source == "provisioner_daemon"


def entry_text(entry: BuildLog) -> str:
    """What an entry says, as letters."""
    return sanitize_output(entry.output)


def stage_name(entry: BuildLog) -> str:
    """The name of an entry's stage, on one line."""
    return entry.stage if entry.stage.isprintable() else " ".join(strip_control_codes(entry.stage).split())


def clock_time(entry: BuildLog, zone: ZoneInfo) -> str:
    """The time of day of an entry."""
    return f"{entry.created_at.astimezone(zone):%H:%M:%S}"


def raw_lines(entries: Iterable[BuildLog]) -> Iterator[str]:
    """The log as plain text: moment (UTC), level, stage and what was written, a line each."""
    for entry in entries:
        at = entry.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield f"{at} {entry.log_level:<5} [{stage_name(entry)}] {entry_text(entry)}".rstrip() + "\n"
