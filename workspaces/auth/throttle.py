"""The limit of failed sign-ins, of stored drafts, and of changes from frames.

Coder has its own for sign-ins, which all users would share.

An attempt counts as a failure before Coder is asked, so that parallel attempts count, and is given back when it turns
out to be none. The counters are rows of the database, which all processes share. A row holds a keyed hash of an email
and an address, and nothing else that could be read. There are MAX_COUNTERS rows at most: of more, those with the fewest
failures are deleted, so that made-up emails, with one failure each, do not displace the counter of an attacked one.
"""

import datetime as dt
import time
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from workspaces.models import AttemptCounter

WINDOW_S = 300  # from the first failure
EMAIL_FACTOR = 5  # limit for an email from everywhere, in multiples of LOGIN_ATTEMPTS
ADDRESS_FACTOR = 10  # limit for an address with all emails, in multiples of LOGIN_ATTEMPTS
MAX_COUNTERS = 50_000
EVICTED_AT_ONCE = 1_000


class TooManyFailures(Exception):
    """An attempt is refused until `until`. `is_about_address`: the limit of the address, not of the email."""

    def __init__(self, until: dt.datetime, *, is_about_address: bool) -> None:
        super().__init__()
        self.until = until
        self.is_about_address = is_about_address

    @property
    def retry_after_s(self) -> int:
        """Return the seconds until the next attempt is allowed, at least 1."""
        return max(1, int((self.until - current_time()).total_seconds()) + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many failures a counter allows within its window."""

    key: str
    failures: int
    is_about_address: bool = False
    window_s: int = WINDOW_S


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt that counts as a failure in these counters: their keys and the ends of their windows."""

    counters: Sequence[tuple[str, dt.datetime]]

    def give_back(self) -> None:
        """Stop counting the attempt, which was no failure."""
        with transaction.atomic():
            for key, expires_at in self.counters:
                counter = AttemptCounter.objects.filter(key=key, expires_at=expires_at, failures__gt=0)
                counter.update(failures=F("failures") - 1)
            AttemptCounter.objects.filter(key__in=[key for key, _ in self.counters], failures=0).delete()


def current_time() -> dt.datetime:
    """Return the current time."""
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)


def begin_attempt(address: str, email: str = "") -> Attempt:
    """Count a sign-in from this address, and with this email if there is one. Raises TooManyFailures."""
    return count_attempt(sign_in_limits(address, email))


def count_attempt(limits: Iterable[Limit]) -> Attempt:
    """Count an attempt in the counters of these limits. Raises TooManyFailures.

    A refused attempt is not counted, so that it does not prolong the wait.
    """
    limits = sorted(limits, key=lambda limit: limit.key)  # one order of locks for all processes
    now = current_time()
    while (result := count_in_all(limits, now)) is None:
        continue  # another process has just deleted one of the counters
    counters, reached = result
    limit_counters(now)
    if reached:
        last = max(reached, key=lambda limit: counters[limit.key].expires_at)
        raise TooManyFailures(counters[last.key].expires_at, is_about_address=last.is_about_address)
    return Attempt([(counter.key, counter.expires_at) for counter in counters.values()])


def count_in_all(limits: Sequence[Limit], now: dt.datetime) -> tuple[dict[str, AttemptCounter], list[Limit]] | None:
    """Count an attempt in all counters unless a limit is reached. Return the counters by key, and the limits reached.

    Return None, and change nothing, if a counter was deleted before it was locked: try again.
    """
    expires_at = {limit.key: now + dt.timedelta(seconds=limit.window_s) for limit in limits}
    keys = list(expires_at)
    with transaction.atomic():
        AttemptCounter.objects.bulk_create(
            [AttemptCounter(key=key, expires_at=end) for key, end in expires_at.items()], ignore_conflicts=True
        )
        locked = AttemptCounter.objects.select_for_update().filter(key__in=keys).order_by("key")
        counters = {each.key: each for each in locked}
        if len(counters) < len(keys):
            transaction.set_rollback(True)
            return None
        for counter in counters.values():
            if counter.expires_at <= now:
                counter.failures, counter.expires_at = 0, expires_at[counter.key]
        reached = [limit for limit in limits if counters[limit.key].failures >= limit.failures]
        for counter in counters.values() if not reached else ():
            counter.failures += 1
        AttemptCounter.objects.bulk_update(counters.values(), ["failures", "expires_at"])
        AttemptCounter.objects.filter(key__in=keys, failures=0).delete()
    return counters, reached


def sign_in_limits(address: str, email: str) -> Iterator[Limit]:
    """Yield the limits for a sign-in. Without an address (a Unix socket) only the email counts, and vice versa."""
    network, email = network_of(address), normalize_email(email)
    if network:
        allowed = ADDRESS_FACTOR * settings.LOGIN_ATTEMPTS
        yield Limit(key=hash_subject("address", network), failures=allowed, is_about_address=True)
    if email:
        yield Limit(key=hash_subject("email", email), failures=EMAIL_FACTOR * settings.LOGIN_ATTEMPTS)
    if network and email:
        yield Limit(key=hash_subject("both", network, email), failures=settings.LOGIN_ATTEMPTS)


def network_of(address: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of an IPv6 one, of which a host has all."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def normalize_email(email: str) -> str:
    """Return one text for all spellings of an email that Coder may take for the same.

    Coder's database compares in lower case, by the rules of its locale: there a letter with a dot or an accent may
    become another one than in Python ("İ" becomes "i"). So letters count without these, and without their form.
    """
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", email.strip()).casefold())
    return "".join(char for char in folded if not unicodedata.combining(char))


def hash_subject(*parts: str) -> str:
    """Return the key of a counter: a hash with PORTAL_SECRET_KEY, since an email could be guessed from a plain one."""
    return salted_hmac("portal.throttle", "\0".join(parts), algorithm="sha256").hexdigest()


def limit_counters(now: dt.datetime) -> None:
    """Delete counters above MAX_COUNTERS: expired ones, then those with the fewest failures."""
    if AttemptCounter.objects.count() <= MAX_COUNTERS:
        return
    delete_expired(now)
    excess = AttemptCounter.objects.count() - MAX_COUNTERS
    if excess > 0:
        fewest = AttemptCounter.objects.order_by("failures", "expires_at").values_list("pk", flat=True)
        AttemptCounter.objects.filter(pk__in=list(fewest[: excess + EVICTED_AT_ONCE])).delete()


def delete_expired(now: dt.datetime) -> None:
    """Delete counters whose window has ended."""
    AttemptCounter.objects.filter(expires_at__lte=now).delete()
