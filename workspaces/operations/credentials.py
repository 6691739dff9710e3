"""With which token an operation acts: one made for it, else the session's."""

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

LIFETIME = timedelta(days=1)  # of a token that is made for an operation; Coder ends it then, whatever happens here


class Unarmed(Exception):
    """The operation has no token to act with: it has ended, or was never given one."""


def arm(operation: Operation, request: PortalRequest) -> None:
    """Give the operation a token of its own; where Coder makes none, that of the session. Raises SessionEnded."""
    try:
        name = f"portal-{operation.id.hex[:16]}"
        coder = in_the_name_of(operation, session_token(request))
        made = coder.send(token_calls.create_token(name, int(LIFETIME.total_seconds())))
    except CoderError:
        operation.token = tokens.encrypt(session_token(request), operation.person)
        operation.fingerprint = request.person.fingerprint
    else:
        operation.token = tokens.encrypt(made.key, operation.person)
        operation.token_id = made.id
    operation.save(update_fields=["token", "token_id", "fingerprint"])


def borrowing(person: Person) -> list[str]:
    """What is under way with the very token of this session, and would end with it: names of workspaces."""
    under_way = Item.objects.filter(operation__fingerprint=person.fingerprint, ended_at=None)
    return list(under_way.values_list("name", flat=True))


def client(operation: Operation, item: Item | None = None) -> Coder:
    """Coder as the person of this operation meets it, to act for it or for one of its items. Raises Unarmed."""
    try:
        return in_the_name_of(operation, tokens.decrypt(operation.token, operation.person), item)
    except tokens.DecryptionError:
        raise Unarmed from None


def in_the_name_of(operation: Operation, token: str, item: Item | None = None) -> Coder:
    """Coder as the owner of this token meets it; what is changed is recorded with the operation."""
    by = audit.Actor(
        person=operation.person, username=operation.username, address=operation.address, operation=operation.pk
    )
    return audit.auditing_client(token, by, {item.workspace: (item.owner, item.name)} if item else None)


def disarm(operation: Operation) -> None:
    """Forget the operation's token; one that was made for it is ended at Coder. Raises CoderError: try again later."""
    if operation.token_id and timezone.now() - operation.created_at < LIFETIME:
        with suppress(Unarmed, SessionEnded, NotFound):  # it has ended already
            client(operation).send(token_calls.delete_token(operation.token_id))
    operation.token = operation.token_id = operation.fingerprint = ""
    operation.save(update_fields=["token", "token_id", "fingerprint"])
