"""How pages tell the streams of their process: something was written, or a session ended. From any thread."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID


@dataclass(slots=True)
class Ears:
    """Who listens in this process; nobody, where no streams are served."""

    changed: Callable[[str, UUID | None], None] | None = None
    session_ended: Callable[[str], None] | None = None


EARS = Ears()


def changed(fingerprint: str, workspace_id: UUID | None) -> None:
    """With the token of this fingerprint something was written: of a workspace, or (None) of any."""
    if EARS.changed:
        EARS.changed(fingerprint, workspace_id)


def session_ended(key: str | None) -> None:
    """The session with this key has ended."""
    if key and EARS.session_ended:
        EARS.session_ended(key)
