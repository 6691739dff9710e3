"""The log of a build: stages, and lines with their time of day. A stream adds lines in the same form.

`make_blocks` formats a whole log or the lines added since. A stream passes the current stage (`open_stage`) and
requests the lines after the last id (`LogBlock.after`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from workspaces.coder.build_types import BuildLog
from workspaces.coder.text import sanitize_text
from workspaces.datetimes import to_utc, to_zone
from workspaces.present.failures import failing_line_index
from workspaces.present.page_models import Tone
from workspaces.present.terminal import Segment, parse_segments

BLOCK_LINES = 100  # lines: the browser skips the layout of blocks outside the viewport
MAX_LINES = 25_000  # of a longer log the newest lines; the raw text has all
MAX_LINE_LENGTH = 5_000  # characters
# By Coder's level: the tone of a line, and whether the level is shown before it.
LEVELS: dict[str, tuple[Tone, bool]] = {
    "error": ("bad", True),
    "warn": ("warn", True),
    "debug": ("off", False),
    "trace": ("off", False),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The heading of a stage. `id` is that of its first entry."""

    id: int
    name: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One line. `id` is Coder's; the line's anchor is "l" and the id."""

    id: int
    at: str  # time of day in the viewer's zone
    tone: Tone | None
    level: str  # shown before warnings and errors; else ""
    segments: tuple[Segment, ...]
    omitted: int  # number of characters that are not shown
    failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LogBlock:
    """At most 100 lines of one stage; the first block of a stage has its heading."""

    stage: Stage | None
    lines: tuple[LogLine, ...]
    after: int  # the id of its last entry; later entries have greater ids


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLogView:
    """The log of a build, or the lines of it that match a search."""

    blocks: tuple[LogBlock, ...]
    stages: tuple[Stage, ...]
    count: int  # of all lines
    omitted_lines: int  # before the first shown one
    failing_id: int | None  # of the line that names the error
    q: str
    matches: int  # number of lines with q
    open_stage: str
    after: int  # the id of its last entry; 0 without entries


def make_build_log(entries: Sequence[BuildLog], zone: ZoneInfo, *, failed: bool, q: str = "") -> BuildLogView:
    """Return the log for a page. `failed`: mark the line that names the error."""
    failing_index = failing_line_index(entries) if failed else None
    failing_id = None if failing_index is None else entries[failing_index].id
    text_entries = [each for each in entries if not is_stage_start(each)]
    omitted = max(len(text_entries) - MAX_LINES, 0)
    visible = [each for each in entries if each.id >= text_entries[omitted].id] if omitted else entries
    matching = [each for each in text_entries if q.lower() in entry_text(each).lower()] if q else visible
    blocks = tuple(make_blocks(matching, zone, failing=failing_id, q=q))
    return BuildLogView(
        blocks=blocks,
        stages=tuple(block.stage for block in blocks if block.stage),
        count=len(text_entries),
        omitted_lines=0 if q else omitted,
        failing_id=failing_id,
        q=q,
        matches=len(matching) if q else 0,
        open_stage=stage_name(entries[-1]) if entries else "",
        after=entries[-1].id if entries else 0,
    )


def make_blocks(
    entries: Iterable[BuildLog], zone: ZoneInfo, *, open_stage: str = "", failing: int | None = None, q: str = ""
) -> Iterator[LogBlock]:
    """Yield the entries as blocks of lines. `open_stage` is the stage of the entry before the first one."""
    stage: Stage | None = None
    lines: list[LogLine] = []
    after = 0
    for entry in entries:
        name = stage_name(entry)
        is_new_stage = name != open_stage
        if (stage or lines) and (is_new_stage or len(lines) >= BLOCK_LINES):
            yield LogBlock(stage=stage, lines=tuple(lines), after=after)
            stage, lines = None, []
        if is_new_stage:
            stage, open_stage = Stage(id=entry.id, name=name, at=clock_time(entry, zone)), name
        if not is_stage_start(entry):
            lines.append(make_line(entry, zone, failing=entry.id == failing, q=q))
        after = entry.id
    if stage or lines:
        yield LogBlock(stage=stage, lines=tuple(lines), after=after)


def make_line(entry: BuildLog, zone: ZoneInfo, *, failing: bool, q: str) -> LogLine:
    """Return an entry as a line, with the matches of `q` highlighted."""
    tone, shows_level = LEVELS.get(entry.log_level, (None, False))
    output = entry.output
    omitted = max(len(output) - MAX_LINE_LENGTH, 0)
    segments = parse_segments(output[:MAX_LINE_LENGTH] if omitted else output)
    return LogLine(
        id=entry.id,
        at=clock_time(entry, zone),
        tone=tone,
        level=entry.log_level if shows_level else "",
        segments=highlight(segments, q) if q else segments,
        omitted=omitted,
        failing=failing,
    )


def highlight(segments: tuple[Segment, ...], q: str) -> tuple[Segment, ...]:
    """Split the segments at matches of `q` and mark these."""
    parts: list[Segment] = []
    for segment in segments:
        rest, lowered = segment.text, segment.text.lower()
        while lowered and (start := lowered.find(q.lower())) >= 0 and len(lowered) == len(rest):
            end = start + len(q)
            before, hit = (
                replace(segment, text=rest[:start]),
                replace(segment, text=rest[start:end], css_class=f"hit {segment.css_class}"),
            )
            parts += [before, hit] if before.text else [hit]
            rest, lowered = rest[end:], lowered[end:]
        parts += [replace(segment, text=rest)] if rest else []
    return tuple(parts)


def is_stage_start(entry: BuildLog) -> bool:
    """Return whether an entry only announces its stage, as Coder's daemon does."""
    return not entry.output and entry.log_source == "provisioner_daemon"


def entry_text(entry: BuildLog) -> str:
    """Return the text of an entry."""
    return sanitize_text(entry.output)


def stage_name(entry: BuildLog) -> str:
    """Return the name of an entry's stage on one line."""
    stage = sanitize_text(entry.stage)
    return stage if stage.isprintable() else " ".join(stage.split())


def clock_time(entry: BuildLog, zone: ZoneInfo) -> str:
    """Return the time of day of an entry."""
    return f"{to_zone(entry.created_at, zone):%H:%M:%S}"


def raw_lines(entries: Iterable[BuildLog]) -> Iterator[str]:
    """Yield the log as plain text lines: time (UTC), level, stage and output."""
    for entry in entries:
        at = to_utc(entry.created_at).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield f"{at} {entry.log_level:<5} [{stage_name(entry)}] {entry_text(entry)}".rstrip() + "\n"
