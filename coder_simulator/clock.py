"""Tell the simulated server's time, which runs with the real time and can be moved."""

from datetime import UTC, datetime, timedelta

ZERO_TIME = datetime(1, 1, 1, tzinfo=UTC)  # Go's zero time, which Coder sends for "never"


class Clock:
    """A clock that `set` moves; it runs on from there unless it is frozen."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self.skew = timedelta()  # of the server's clock from the real one, also in the header `Date`
        self._frozen_at: datetime | None = None

    @property
    def frozen(self) -> bool:
        """Return whether only `set` changes the time."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """Return the server's time in UTC, in microseconds as Postgres stores it."""
        return self._frozen_at or self.system_time() + self._offset

    def system_time(self) -> datetime:
        """Return the time of the machine: what `set` has moved is not part of it."""
        return datetime.now(UTC) + self.skew

    def set(self, moment: datetime) -> None:
        """Set the current time to `moment` (aware); the clock runs on from there unless it is frozen."""
        self._offset = moment - self.system_time()
        if self._frozen_at:
            self._frozen_at = moment

    def freeze(self) -> None:
        """Freeze the clock at the current time; only `set` moves it from then on."""
        self._frozen_at = self.now()


def format_rfc3339_ns(moment: datetime) -> str:
    """Format a time that Coder never stores in its database, with nanoseconds.

    The clock has microseconds only: the last three digits are derived from the others, so that one time always
    has one spelling.
    """
    digits = f".{moment.microsecond:06d}{moment.microsecond * 7919 % 1000:03d}".rstrip("0").rstrip(".")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{digits}Z"


def format_with_offset(moment: datetime) -> str:
    """Format a time in its own zone as Go does: the offset, or `Z` for UTC."""
    return moment.isoformat().replace("+00:00", "Z")


def format_rfc3339(moment: datetime | None) -> str | None:
    """Format a time as Go does: UTC, `Z`, no trailing zeros in the fraction; None stays None."""
    if moment is None:
        return None
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") if moment.year >= 1000 else "0001-01-01T00:00:00"
    fraction = f".{moment.microsecond:06d}".rstrip("0").rstrip(".")
    return f"{text}{fraction}Z"
