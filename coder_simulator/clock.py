"""The simulated server's clock: it runs with the real one and can be moved."""

from datetime import UTC, datetime, timedelta

ZERO_TIME = datetime(1, 1, 1, tzinfo=UTC)  # Go's zero moment, which Coder sends for "never"


class Clock:
    """Tells the server's time; moved by `set`, it runs on from there."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the server's moment, in UTC, to the microsecond as Postgres keeps it."""
        return datetime.now(UTC) + self._offset

    def set(self, moment: datetime) -> None:
        """Make it `moment` (aware) now; the clock runs on from there."""
        self._offset = moment - datetime.now(UTC)


def rfc3339_unrounded(moment: datetime) -> str:
    """Write a moment that never passed through Coder's database, where it would have lost its nanoseconds.

    The clock has none, so the last three digits are made from the others: one moment is always written alike.
    """
    digits = f".{moment.microsecond:06d}{moment.microsecond * 7919 % 1000:03d}".rstrip("0").rstrip(".")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{digits}Z"


def rfc3339(moment: datetime | None) -> str | None:
    """Write a moment as Go does: UTC, `Z`, the fraction without trailing zeros; None stays None."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else "0001-01-01T00:00:00"
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{text}{fraction}Z"
