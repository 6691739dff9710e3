"""The usual duration of a template's builds: one source and one rounding for cards, forms and progress."""

from collections.abc import Mapping

from workspaces.coder.template_types import Quantiles

FIVES_FROM_S, MINUTES_FROM_S = 10, 90


def usual_durations(stats: Mapping[str, Quantiles] | None, transition: str) -> tuple[int, int] | None:
    """Return the durations in ms within which half of a template's builds, and nearly all, end; None if unknown."""
    quantiles = (stats or {}).get(transition)
    if quantiles is None or not quantiles.P50 or quantiles.P50 < 0:
        return None
    return quantiles.P50, max(quantiles.P95 or 0, quantiles.P50)


def round_up(milliseconds: int) -> tuple[int, bool]:
    """Return a duration in ms rounded up: (seconds, False), or (minutes, True) from one and a half minutes on.

    From ten seconds on, it is in steps of five. build_progress.js does the same.
    """
    seconds = -(-milliseconds // 1000)
    if seconds >= FIVES_FROM_S:
        seconds = -(-seconds // 5) * 5
    return (seconds, False) if seconds < MINUTES_FROM_S else (-(-seconds // 60), True)
