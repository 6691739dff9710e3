"""How pages speak with the streams of their process, from any thread: something was written, a session ended, and how
many streams there are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

REASONS = ("session-expired", "person", "process", "closing")  # why a stream is refused


def none_refused() -> Mapping[str, int]:
    """What is counted before the first one was refused."""
    return dict.fromkeys(REASONS, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The streams of this process: how many are open, how many were refused by why, what they ask of Coder."""

    streams: int = 0
    refused: Mapping[str, int] = field(default_factory=none_refused)
    watches: int = 0  # streams of Coder's
    sources: Mapping[str, int] = field(default_factory=dict)  # by kind


@dataclass(slots=True)
class Ears:
    """Who listens in this process; nobody, where no streams are served."""

    changed: Callable[[str, UUID | None], None] | None = None
    session_ended: Callable[[str], None] | None = None
    counted: Callable[[], Counts] | None = None


EARS = Ears()


def changed(fingerprint: str, workspace_id: UUID | None) -> None:
    """With the token of this fingerprint something was written: of a workspace, or (None) of any."""
    if EARS.changed:
        EARS.changed(fingerprint, workspace_id)


def session_ended(key: str | None) -> None:
    """The session with this key has ended."""
    if key and EARS.session_ended:
        EARS.session_ended(key)
