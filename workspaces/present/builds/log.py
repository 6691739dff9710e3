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
from workspaces.present.terminal import Piece, pieces
from workspaces.present.text import sanitize_output, strip_control_codes

BLOCK = 100  # lines: what lies outside the window is not laid out, block by block
SHOWN = 25_000  # lines: of a longer log the newest; the raw text has all
LONGEST = 5_000  # letters of a line
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
    pieces: tuple[Piece, ...]
    more: int  # letters that are not shown
    failing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some lines, at most a hundred, of one stage; the first block of a stage has its heading."""

    stage: Stage | None
    lines: tuple[LogLine, ...]
    after: int  # the id of its last entry: what comes next has a greater one


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildLogView:
    """The log of a build, or of a search in it the lines that fit."""

    blocks: tuple[Block, ...]
    stages: tuple[Stage, ...]
    count: int  # lines of all of it
    earlier: int  # lines before the first that is shown
    failing: int | None  # the id of the line that says what went wrong
    q: str
    matches: int  # lines that hold it
    open_stage: str
    after: int  # the id of its last entry; 0 where it has none


def build_log(entries: Sequence[BuildLog], zone: ZoneInfo, *, failed: bool, q: str = "") -> BuildLogView:
    """All that a page shows of a log. `failed`: the line that says why is looked for."""
    at = failing_line_index(entries) if failed else None
    failing = None if at is None else entries[at].id
    spoken = [each for each in entries if not opens(each)]
    hidden = max(len(spoken) - SHOWN, 0)
    shown = [each for each in entries if each.id >= spoken[hidden].id] if hidden else entries
    found = [each for each in spoken if q.lower() in bare(each).lower()] if q else shown
    made = tuple(blocks(found, zone, failing=failing, q=q))
    return BuildLogView(
        blocks=made,
        stages=tuple(block.stage for block in made if block.stage),
        count=len(spoken),
        earlier=0 if q else hidden,
        failing=failing,
        q=q,
        matches=len(found) if q else 0,
        open_stage=bare_stage(entries[-1]) if entries else "",
        after=entries[-1].id if entries else 0,
    )


def blocks(
    entries: Iterable[BuildLog], zone: ZoneInfo, *, open_stage: str = "", failing: int | None = None, q: str = ""
) -> Iterator[Block]:
    """The entries as blocks of lines; `open_stage` is the stage of the entry before the first of them."""
    stage: Stage | None = None
    lines: list[LogLine] = []
    after = 0
    for entry in entries:
        name = bare_stage(entry)
        begins = name != open_stage
        if (stage or lines) and (begins or len(lines) >= BLOCK):
            yield Block(stage=stage, lines=tuple(lines), after=after)
            stage, lines = None, []
        if begins:
            stage, open_stage = Stage(id=entry.id, name=name, at=clock(entry, zone)), name
        if not opens(entry):
            lines.append(line(entry, zone, failing=entry.id == failing, q=q))
        after = entry.id
    if stage or lines:
        yield Block(stage=stage, lines=tuple(lines), after=after)


def line(entry: BuildLog, zone: ZoneInfo, *, failing: bool, q: str) -> LogLine:
    """One entry as a line; what it holds of `q` stands out."""
    tone, spoken = LEVELS.get(entry.log_level, (None, False))
    output = entry.output
    more = max(len(output) - LONGEST, 0)
    shown = pieces(output[:LONGEST] if more else output)
    return LogLine(
        id=entry.id,
        at=clock(entry, zone),
        tone=tone,
        level=entry.log_level if spoken else "",
        pieces=found_in(shown, q) if q else shown,
        more=more,
        failing=failing,
    )


def found_in(shown: tuple[Piece, ...], q: str) -> tuple[Piece, ...]:
    """The pieces, split where `q` begins and ends in one of them, so that it stands out."""
    split: list[Piece] = []
    for piece in shown:
        rest, low = piece.text, piece.text.lower()
        while low and (at := low.find(q.lower())) >= 0 and len(low) == len(rest):
            end = at + len(q)
            before, hit = replace(piece, text=rest[:at]), replace(piece, text=rest[at:end], look=f"hit {piece.look}")
            split += [before, hit] if before.text else [hit]
            rest, low = rest[end:], low[end:]
        split += [replace(piece, text=rest)] if rest else []
    return tuple(split)


def opens(entry: BuildLog) -> bool:
    """Whether an entry says nothing but that its stage begins, as Coder's daemon does."""
    return not entry.output and entry.log_source == "provisioner_daemon"


def bare(entry: BuildLog) -> str:
    """What an entry says, as letters."""
    return sanitize_output(entry.output)


def bare_stage(entry: BuildLog) -> str:
    """The name of an entry's stage, on one line."""
    return entry.stage if entry.stage.isprintable() else " ".join(strip_control_codes(entry.stage).split())


def clock(entry: BuildLog, zone: ZoneInfo) -> str:
    """The time of day of an entry."""
    return f"{entry.created_at.astimezone(zone):%H:%M:%S}"


def raw(entries: Iterable[BuildLog]) -> Iterator[str]:
    """The log as plain text: moment (UTC), level, stage and what was written, a line each."""
    for entry in entries:
        at = entry.created_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield f"{at} {entry.log_level:<5} [{bare_stage(entry)}] {bare(entry)}".rstrip() + "\n"
