"""The limit of attempts to sign in. Coder has its own, which all users of one portal would share."""

import hashlib

from django.conf import settings
from django.core.cache import cache

WINDOW_S = 300


def exceeds_attempt_limit(*subjects: str) -> bool:
    """Count one attempt for each subject (an IP address, an e-mail), and return whether one of them has too many."""
    counts = [count_attempt(subject) for subject in subjects if subject]
    return any(number > settings.LOGIN_ATTEMPTS for number in counts)


def count_attempt(subject: str) -> int:
    """Count one attempt for the subject, and return the number within the window."""
    key = "throttle." + hashlib.sha256(subject.lower().encode()).hexdigest()
    cache.add(key, 0, WINDOW_S)
    try:
        return cache.incr(key)
    except ValueError:  # the key expired between the two calls
        cache.set(key, 1, WINDOW_S)
        return 1
