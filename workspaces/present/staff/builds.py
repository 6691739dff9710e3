"""The lines of a build's log that tell the most, as staff see them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from workspaces.coder.build_types import BuildLog
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import WorkspaceBuild
from workspaces.present.builds.descriptions import build_title, first_error_line
from workspaces.present.builds.log import is_stage_start
from workspaces.present.failures import ExcerptLine, make_excerpt, truncate

LAST_LINES = 5  # of the log of a build whose log names no error


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildExcerpt:
    """An excerpt of a build's log."""

    build_id: UUID
    owner: str
    name: str
    number: int
    title: str
    error: str
    lines: tuple[ExcerptLine, ...]
    names_error: bool  # whether one of the lines does; else they are the last ones


def make_build_excerpt(build: WorkspaceBuild, logs: Sequence[BuildLog]) -> BuildExcerpt:
    """Return the line that names the error of a failed build with the lines around it; else the last lines."""
    lines = make_excerpt(logs) if build.job.status == "failed" else ()
    return BuildExcerpt(
        build_id=build.id,
        owner=build.workspace_owner_name,
        name=build.workspace_name,
        number=build.build_number,
        title=build_title(build),
        error=truncate(first_error_line(build.job.error)),
        lines=lines or last_lines(logs),
        names_error=bool(lines),
    )


def last_lines(logs: Sequence[BuildLog]) -> tuple[ExcerptLine, ...]:
    """Return the last lines of a log."""
    entries = [entry for entry in logs if not is_stage_start(entry)][-LAST_LINES:]
    return tuple(
        ExcerptLine(id=entry.id, text=truncate(sanitize_text(entry.output)), failing=False) for entry in entries
    )
