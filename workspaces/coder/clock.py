"""Coder's clock, from the `Date` of its responses: Coder's times are compared with it, not with the portal's clock."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

HALF_SECOND = timedelta(seconds=0.5)  # `Date` has whole seconds: on average it is so much later
TOLERANCE = timedelta(seconds=2)  # offsets that differ by less are the same, so that texts do not change back and forth
LONGEST_EXCHANGE = timedelta(seconds=5)  # until the headers arrive: a longer one says too little about the moment
GREATEST_OFFSET = timedelta(days=366)  # more is no clock
NO_OFFSET = timedelta(0)


class CoderClock:
    """The clock of the one Coder that this process talks to. Safe for threads: each value is replaced as a whole."""

    def __init__(self) -> None:
        self.offset = NO_OFFSET  # of Coder's clock from the portal's: positive if Coder's is ahead

    def now(self) -> datetime:
        """Return the present time by Coder's clock."""
        return datetime.now(UTC) + self.offset

    def observe(self, response: httpx.Response, sent_at: datetime) -> None:
        """Take Coder's time from a response whose headers have just arrived; its request was sent at `sent_at`.

        A response without a date, or from a cache, says nothing.
        """
        received_at = datetime.now(UTC)
        date = parse_date(response.headers.get("Date", ""))
        if date is None or "Age" in response.headers or not NO_OFFSET <= received_at - sent_at <= LONGEST_EXCHANGE:
            return
        offset = date + HALF_SECOND - (sent_at + (received_at - sent_at) / 2)
        if abs(offset) > GREATEST_OFFSET or abs(offset - self.offset) <= TOLERANCE:
            return
        self.offset = offset if abs(offset) > TOLERANCE else NO_OFFSET

    def reset(self) -> None:
        """Forget what was observed."""
        self.offset = NO_OFFSET


def parse_date(text: str) -> datetime | None:
    """Return the time of a `Date` header; None if it has none."""
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


CLOCK = CoderClock()
