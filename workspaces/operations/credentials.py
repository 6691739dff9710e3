"""The token with which an operation calls Coder: its own, or that of the session."""

from contextlib import suppress
from datetime import timedelta

from django.utils import timezone

from workspaces.auth import tokens
from workspaces.auth.sessions import Person, PortalRequest, session_token
from workspaces.coder import token_calls
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, NotFound, SessionEnded
from workspaces.gateway import audit
from workspaces.models import Item, Operation

TOKEN_LIFETIME = timedelta(days=1)  # of an operation's own token; Coder revokes it then, whatever happens here


class NoCredentials(Exception):
    """The operation has no token: it has ended, or the portal was interrupted before the operation got one."""


def issue(operation: Operation, request: PortalRequest) -> None:
    """Create a token for the operation; where Coder refuses that, store the session's token. Raises SessionEnded."""
    try:
        name = f"portal-{operation.id.hex[:16]}"
        coder = client_with_token(operation, session_token(request))
        token = coder.send(token_calls.create_token(name, int(TOKEN_LIFETIME.total_seconds())))
    except CoderError:
        operation.token = tokens.encrypt(session_token(request), operation.person)
        operation.fingerprint = request.person.fingerprint
    else:
        operation.token = tokens.encrypt(token.key, operation.person)
        operation.token_id = token.id
    operation.save(update_fields=["token", "token_id", "fingerprint"])


def workspaces_using_session_token(person: Person) -> list[str]:
    """Return names of workspaces whose running operation uses the session's token, and fails when it is revoked."""
    items = Item.objects.filter(operation__fingerprint=person.fingerprint, ended_at=None)
    return list(items.values_list("name", flat=True))


def operation_client(operation: Operation, item: Item | None = None) -> Coder:
    """Return a client with the operation's token, for the operation or one of its items. Raises NoCredentials."""
    try:
        return client_with_token(operation, tokens.decrypt(operation.token, operation.person), item)
    except tokens.DecryptionError:
        raise NoCredentials from None


def client_with_token(operation: Operation, token: str, item: Item | None = None) -> Coder:
    """Return a client with this token whose audit entries refer to the operation."""
    actor = audit.Actor(
        person=operation.person, username=operation.username, address=operation.address, operation=operation.pk
    )
    return audit.auditing_client(token, actor, {item.workspace: (item.owner, item.name)} if item else None)


def revoke(operation: Operation) -> None:
    """Delete the operation's token here, and at Coder if it is its own. Raises CoderError: try again later."""
    if operation.token_id and timezone.now() - operation.created_at < TOKEN_LIFETIME:
        with suppress(NoCredentials, SessionEnded, NotFound):  # the token is revoked already
            operation_client(operation).send(token_calls.delete_token(operation.token_id))
    operation.token = operation.token_id = operation.fingerprint = ""
    operation.save(update_fields=["token", "token_id", "fingerprint"])
