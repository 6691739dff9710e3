"""Signals of the app. Pages and sessions send them; the event streams of the same process receive them.

They are sent from worker threads. A receiver must return at once and must not touch an event loop except through
`call_soon_threadsafe`. Send them with `send_robust`: a failing receiver must not break the page that sends.
"""

from django.dispatch import Signal

workspace_changed = Signal()
"""A request has written to Coder. Arguments: `fingerprint` (str, of the token that was used) and `workspace_id`
(UUID; None where the request names no workspace)."""

session_ended = Signal()
"""A session has ended. Argument: `key_hash` (str, under which it was stored)."""
