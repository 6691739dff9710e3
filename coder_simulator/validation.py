"""Coder's rules for the names of workspaces and for the time until shutdown."""

import re

NAME = re.compile(r"[a-zA-Z0-9]+(?:-[a-zA-Z0-9]+)*")
RESERVED = frozenset({"new", "create"})
MINUTE_MS = 60_000
DAY_MS = 86_400_000


def valid_name(name: str) -> bool:
    """Tell whether a workspace (or a person) may be called so: 1 to 32 letters, digits and single hyphens."""
    return len(name) <= 32 and name not in RESERVED and NAME.fullmatch(name) is not None


def valid_ttl(ttl_ms: int | None, default_ms: int = 0) -> int | None:
    """Return the time until shutdown to keep (ms; None: never).

    Nothing and zero mean the default. It is cut to whole minutes, and the bounds hold after the cut.
    Raises ValueError with Coder's words.
    """
    if not ttl_ms:
        return default_ms or None
    minutes = int(ttl_ms / MINUTE_MS) * MINUTE_MS
    if minutes < MINUTE_MS:
        raise ValueError("time until shutdown must be at least one minute")
    if minutes > 30 * DAY_MS:
        raise ValueError("time until shutdown must be less than 30 days")
    return minutes
