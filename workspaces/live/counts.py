"""The figures about the event streams of one process, as `/metrics` publishes them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

REFUSAL_REASONS = ("session-expired", "person", "process", "closing")


def zero_refusals() -> Mapping[str, int]:
    """Return a count of zero for each reason."""
    return dict.fromkeys(REFUSAL_REASONS, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamCounts:
    """Open streams, refused streams by reason, and what the open ones request from Coder."""

    streams: int = 0
    refused: Mapping[str, int] = field(default_factory=zero_refusals)
    watches: int = 0  # Coder's own streams
    sources: Mapping[str, int] = field(default_factory=dict)  # by the class of the source
