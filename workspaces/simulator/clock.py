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


def rfc3339(moment: datetime | None) -> str | None:
    """Write a moment as Go does: UTC, `Z`, the fraction without trailing zeros; None stays None."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else "0001-01-01T00:00:00"
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{text}{fraction}Z"
