"""The token with which an operation calls Coder: its own, or that of the session."""

from collections.abc import Collection
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from workspaces.auth import tokens
from workspaces.auth.sessions import PortalRequest, session_token
from workspaces.coder import token_calls
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, NotFound, ResponseLost, ServerError, SessionEnded
from workspaces.gateway import audit
from workspaces.models import Item, Operation

TOKEN_LIFETIME = timedelta(days=1)  # of an operation's own token; Coder revokes it then, whatever happens here


class NoCredentials(Exception):
    """The operation has no token: it has ended, or the portal was interrupted before the operation got one."""


def issue(operation: Operation, request: PortalRequest) -> None:
    """Create a token for the operation; where Coder refuses that, store the session's token. Raises SessionEnded.

    The session's token and the new one's name are stored first: without the response, and if this process dies before
    it arrives, the operation uses the session's token, and `revoke` finds the new one by its name.
    """
    token = session_token(request)
    operation.token = tokens.encrypt(token, operation.person)
    operation.fingerprint = request.person.fingerprint
    operation.token_name = f"portal-{operation.id.hex[:16]}"
    save_credentials(operation)
    coder = client_with_token(operation, token)
    try:
        new_token = coder.send(token_calls.create_token(operation.token_name, int(TOKEN_LIFETIME.total_seconds())))
    except (ResponseLost, ServerError):
        return
    except CoderError:
        operation.token_name = ""
    else:
        operation.token = tokens.encrypt(new_token.key, operation.person)
        operation.token_id, operation.token_name, operation.fingerprint = new_token.id, "", ""
    save_credentials(operation)


def save_credentials(operation: Operation) -> None:
    """Store the operation's token, with its id, its name and its fingerprint."""
    operation.save(update_fields=["token", "token_id", "token_name", "fingerprint"])


def operation_client(operation: Operation, item: Item | None = None) -> Coder:
    """Return a client with the operation's token, for the operation or one of its items. Raises NoCredentials."""
    try:
        return client_with_token(operation, tokens.decrypt(operation.token, operation.person), item)
    except tokens.DecryptionError:
        raise NoCredentials from None


def operation_fingerprint(operation: Operation) -> str:
    """Return the fingerprint of the operation's token. Raises tokens.DecryptionError."""
    return tokens.fingerprint(tokens.decrypt(operation.token, operation.person))


def client_with_token(operation: Operation, token: str, item: Item | None = None) -> Coder:
    """Return a client with this token whose audit entries refer to the operation."""
    actor = audit.Actor(
        person=operation.person, username=operation.username, address=operation.address, operation=operation.pk
    )
    return audit.auditing_client(token, actor, {item.workspace: (item.owner, item.name)} if item else None)


def revoke(operation_id: UUID) -> None:
    """Delete an operation's token here, and at Coder if it is its own. Raises CoderError: try again later.

    A token that `issue` stores meanwhile stays: it is revoked in a turn of its own.
    """
    operation = Operation.objects.filter(pk=operation_id).first()
    if operation is None:
        return
    if timezone.now() - operation.created_at < TOKEN_LIFETIME:
        with suppress(NoCredentials, SessionEnded):  # the token that would delete it is invalid already
            if operation.token_id:
                delete_token(operation_client(operation), operation.token_id)
            elif operation.token_name:
                delete_tokens_by_name(operation_client(operation), [operation.token_name])
    unchanged = Operation.objects.filter(pk=operation.pk, token=operation.token)
    unchanged.update(token="", token_id="", token_name="", fingerprint="")


def delete_tokens_by_name(coder: Coder, names: Collection[str]) -> None:
    """Delete the client's tokens with these names. Raises CoderError and SessionEnded."""
    for token in coder.send(token_calls.tokens()) or ():
        if token.token_name in names:
            delete_token(coder, token.id)


def delete_token(coder: Coder, token_id: str) -> None:
    """Delete a token unless it is deleted already. Raises CoderError and SessionEnded."""
    with suppress(NotFound):
        coder.send(token_calls.delete_token(token_id))
