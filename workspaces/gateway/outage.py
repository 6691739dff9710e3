"""Since when Coder cannot be reached, as this process has seen it."""

import datetime as dt

from django.utils import timezone

_since: dt.datetime | None = None


def mark_unreachable() -> dt.datetime:
    """A call found no Coder: the moment of the first such call since one was answered."""
    global _since  # one moment for the process; a lost race costs a millisecond of truth
    _since = _since or timezone.now()
    return _since


def mark_reachable() -> None:
    """A call was answered."""
    global _since
    _since = None


def unreachable_since() -> dt.datetime | None:
    """The moment, or None while Coder answers."""
    return _since
