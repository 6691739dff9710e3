"""Since when Coder has been unreachable, as this process observes it."""

import datetime as dt

from django.utils import timezone

_unreachable_since: dt.datetime | None = None


def mark_unreachable() -> dt.datetime:
    """Record that a call did not reach Coder, and return the time of the first such call since the last response."""
    global _unreachable_since  # unlocked: threads that race here differ by a millisecond
    _unreachable_since = _unreachable_since or timezone.now()
    return _unreachable_since


def mark_reachable() -> None:
    """Record that Coder responded to a call."""
    global _unreachable_since
    _unreachable_since = None
