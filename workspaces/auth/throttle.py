"""Attempts to sign in, counted: Coder has a limit of its own, which all people of one portal would share."""

import hashlib

from django.conf import settings
from django.core.cache import cache

WINDOW = 300  # s


def exceeds_attempt_limit(*marks: str) -> bool:
    """Count one attempt under each mark (an address, an e-mail); whether one of them has had too many."""
    counts = [count_attempt(mark) for mark in marks if mark]
    return any(number > settings.LOGIN_ATTEMPTS for number in counts)


def count_attempt(mark: str) -> int:
    """One more under this mark; how many there were within the window."""
    key = "throttle." + hashlib.sha256(mark.lower().encode()).hexdigest()
    cache.add(key, 0, WINDOW)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two lines
        cache.set(key, 1, WINDOW)
        return 1
