"""The log of an agent: lines with their time of day and source."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.coder.agent_types import AgentLog
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Agent
from workspaces.datetimes import to_zone
from workspaces.present.page_models import Tone, Viewer

MAX_LINES = 2000  # more on request
TAIL_LINES = 100  # the newest ones, in the agent's card
MAX_LINE_LENGTH = 4000  # characters
TONES: dict[str, Tone] = {"warn": "warn", "error": "bad", "debug": "off", "trace": "off"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogLine:
    """One line. `tone` is None for an ordinary one."""

    id: int
    at: str  # the time of day in the viewer's zone
    iso: str
    tone: Tone | None
    level: str
    source: str  # the source's name, if it differs from the line before
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSource:
    """A source of lines: a script."""

    id: UUID | None  # None: all sources
    name: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentLogView:
    """The log from one source or all; of a long log the newest lines."""

    agent: str
    lines: tuple[AgentLogLine, ...]
    sources: tuple[LogSource, ...]
    omitted_lines: int  # number of lines before the first shown one
    is_truncated: bool  # Coder did not keep all lines


def make_agent_log(
    agent: Agent, logs: Sequence[AgentLog], viewer: Viewer, *, source: UUID | None = None, limit: int | None = MAX_LINES
) -> AgentLogView:
    """Return the lines of a `source` (None: all); of a long log the newest `limit` lines (None: all)."""
    names = {each.id: sanitize_text(each.display_name) or _("Agent") for each in agent.log_sources or ()}
    selected = [line for line in logs if source is None or line.source_id == source]
    first = 0 if limit is None else max(len(selected) - limit, 0)
    return AgentLogView(
        agent=agent.name,
        lines=tuple(make_lines(selected[first:], names, viewer)),
        sources=make_sources(logs, names, source),
        omitted_lines=first,
        is_truncated=agent.logs_overflowed,
    )


def make_lines(entries: Sequence[AgentLog], names: dict[UUID, str], viewer: Viewer) -> list[AgentLogLine]:
    """Return the lines; the first line of each run of one source has its name."""
    lines: list[AgentLogLine] = []
    previous_source: UUID | str | None = ""
    for each in entries:
        text, name = sanitize_text(each.output), names.get(each.source_id, "") if each.source_id else ""
        local = to_zone(each.created_at, viewer.zone)
        lines.append(
            AgentLogLine(
                id=each.id,
                at=f"{local:%H:%M:%S}",
                iso=each.created_at.isoformat(),
                tone=TONES.get(each.level),
                level=each.level,
                source=name if each.source_id != previous_source else "",
                text=text if len(text) <= MAX_LINE_LENGTH else text[: MAX_LINE_LENGTH - 1] + "…",
            )
        )
        previous_source = each.source_id
    return lines


def make_sources(logs: Sequence[AgentLog], names: dict[UUID, str], current: UUID | None) -> tuple[LogSource, ...]:
    """Return the sources with their number of lines, after an entry for all of them."""
    counts = Counter(line.source_id for line in logs)
    entries = [
        LogSource(id=source, name=name, count=counts[source], current=source == current)
        for source, name in names.items()
        if counts[source]
    ]
    return (LogSource(id=None, name=_("All"), count=len(logs), current=current is None), *entries)
