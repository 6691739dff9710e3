"""Validate names of workspaces and the time until shutdown by Coder's rules."""

import re

NAME = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*")
RESERVED = frozenset({"new", "create"})
MINUTE_MS = 60_000
DAY_MS = 86_400_000


def is_valid_name(name: str) -> bool:
    """Tell whether a name is valid for workspaces and users: 1 to 32 letters, digits, single hyphens."""
    return len(name) <= 32 and name not in RESERVED and NAME.fullmatch(name) is not None


def normalize_ttl(ttl_ms: int | None, default_ms: int = 0) -> int | None:
    """Return the time until shutdown to store (ms; None: never), cut to whole minutes.

    None and zero mean the default. The limits apply after the cut. Raise ValueError with Coder's text.
    """
    if not ttl_ms:
        return default_ms or None
    minutes = int(ttl_ms / MINUTE_MS) * MINUTE_MS
    if minutes < MINUTE_MS:
        raise ValueError("time until shutdown must be at least one minute")
    if minutes > 30 * DAY_MS:
        raise ValueError("time until shutdown must be less than 30 days")
    return minutes
