"""Moments in words: the absolute one with its zone, and beside it a relative one coarse enough to be cached."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One moment as a page says it: `<time datetime="{iso}" title="{full}">{relative}</time>`."""

    iso: str  # for machines, in UTC: 2026-11-25T18:30:00Z
    full: str  # "today at 18:30, Europe/Dublin"
    relative: str  # "in 2 h", "5 min ago"
    short: str  # "today at 18:30": full without the zone
