"""Revokes tokens at Coder whose last session has ended: at once where somebody waits for it, else by a worker.

A revocation is a row that is created together with the deletion of the session, so that none is lost. It is deleted
when Coder has revoked the token or no longer knows it, and after RETRY_LIMIT.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.tasks import task
from django.utils import timezone

from workspaces.auth import tokens
from workspaces.coder import calls
from workspaces.coder.errors import CoderError, Forbidden, NotFound, SessionEnded
from workspaces.gateway import audit, connection
from workspaces.models import Operation, TokenRevocation
from workspaces.operations import credentials

FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(minutes=30)
RETRY_LIMIT = timedelta(days=30)  # a token that nobody uses has expired at Coder by then

logger = logging.getLogger("portal.sessions")


@task
def revoke_ended_token(revocation_id: int) -> None:
    """Revoke a token; on an error of Coder's, try again later."""
    revocation = TokenRevocation.objects.filter(pk=revocation_id, due_at__isnull=False).first()
    if revocation and not attempt(revocation):
        retry_later(revocation)


def enqueue(revocation: TokenRevocation, due_at: datetime) -> None:
    """Store when the revocation is due, and queue it."""
    revocation.due_at = due_at
    revocation.save()
    revoke_ended_token.using(run_after=due_at).enqueue(revocation.pk)


def retry_later(revocation: TokenRevocation) -> None:
    """Queue the revocation again, at growing intervals; after RETRY_LIMIT delete it."""
    now = timezone.now()
    age = now - revocation.created_at
    if age > RETRY_LIMIT:
        logger.warning("A token of %s was not revoked: Coder has not responded in time.", revocation.username)
        revocation.delete()
        return
    enqueue(revocation, now + min(max(age, FIRST_RETRY), LONGEST_RETRY))


def revoke_now(revocations: Sequence[TokenRevocation]) -> bool:
    """Revoke the tokens at once, as far as Coder responds in time, and return whether all of them are invalid now.

    The others are queued already.
    """
    deadline = time.monotonic() + connection.PAGE_BUDGET_S
    return all(time.monotonic() < deadline and attempt(revocation) for revocation in revocations)


def attempt(revocation: TokenRevocation) -> bool:
    """Revoke the token once and return whether that is done. Then the row is deleted."""
    try:
        token = tokens.decrypt(revocation.token, revocation.person)
        if revocation.operation_tokens:
            actor = audit.Actor(
                person=revocation.person, username=revocation.username, address=revocation.address, fingerprint=""
            )
            with suppress(Forbidden, NotFound):  # they expire within a day; the session's own token does not
                credentials.delete_tokens_by_name(audit.auditing_client(token, actor), revocation.operation_tokens)
        if revocation.revokes_token:
            connection.client_for_token(token, revocation.address).send(calls.logout())
    except tokens.DecryptionError:
        logger.warning("A token of %s was not revoked: its key was removed.", revocation.username)
    except SessionEnded:
        pass  # Coder no longer accepts the token
    except CoderError:
        return False
    Operation.objects.filter(person=revocation.person, token_name__in=revocation.operation_tokens).update(token_name="")
    revocation.delete()
    return True
