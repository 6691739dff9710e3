"""The end of a session, wherever it ends: signing out, signing in over it, expiry, a token that Coder rejects.

With the last session that uses a token, the operations that borrow the token are canceled, and a token that Coder gave
for a password is revoked; a pasted one only when its person asks for it. Operations with a token of their own continue,
except after signing out everywhere. Of a token that Coder rejects nothing is revoked, and its operations fail at their
next step.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils import timezone

from workspaces.auth import sessions
from workspaces.auth.session_store import request_key_hash
from workspaces.coder.errors import CoderError, Unreachable
from workspaces.fleet.store import STORE as FLEETS
from workspaces.gateway import connection, snapshots
from workspaces.gateway.client_address import client_address
from workspaces.models import Item, Operation, PortalSession, TokenRevocation
from workspaces.operations import cancellation, credentials, tasks, token_revocation
from workspaces.signals import session_ended

MAX_EXPIRED = 500  # sessions that one cleanup ends
MAX_SESSIONS = 100  # of a person; with one more sign-in the oldest one ends


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedSession:
    """What a session's end depends on, as its row holds it."""

    key_hash: str
    person: UUID
    username: str
    fingerprint: str
    token: str  # encrypted
    pasted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """What the end of sessions leaves to do and to say."""

    revocations: Sequence[TokenRevocation] = ()  # of tokens; a worker carries them out unless the caller does
    is_token_shared: bool = False  # a token that is to be revoked is revoked with the last of its sessions
    interrupted: Sequence[str] = ()  # names of workspaces that may stay stopped
    canceled: Sequence[Operation] = ()  # all operations of the person that were in progress
    number: int = 0  # of the sessions that ended; others may have ended before
    is_frame: bool = False  # the session was one of frames on pages of another site


def read_session(key_hash: str | None, data: Mapping[str, Any]) -> EndedSession | None:
    """Return the session with this hash of its key and this data; None where nobody is signed in by it."""
    if not key_hash or "token" not in data:
        return None
    person = data["person"]
    return EndedSession(
        key_hash=key_hash,
        person=UUID(person["id"]),
        username=person["username"],
        fingerprint=person["fingerprint"],
        token=data["token"],
        pasted=person["pasted"],
    )


def read_row(row: PortalSession) -> EndedSession:
    """Return a stored session of a person. It has no token where PORTAL_SECRET_KEY has changed: it cannot be read."""
    session = read_session(row.session_key, row.get_decoded())
    if session is None:
        person = row.person or UUID(int=0)
        return EndedSession(key_hash=row.session_key, person=person, username="", fingerprint="", token="", pasted=True)
    return session


def end_session(
    request: HttpRequest,
    *,
    revoke_pasted: bool = False,
    revokes_now: bool = False,
    is_rejected: bool = False,
    ends_frames: bool = False,
    next_fingerprint: str = "",
) -> SessionEnd:
    """End the request's session.

    `revokes_now`: the caller revokes the tokens; a worker tries it a minute later. `is_rejected`: Coder does not accept
    the token, so there is nothing to revoke. `ends_frames`: with the frames that it has allowed, see `frames_of`.
    `next_fingerprint` is that of a token that stays in use.
    """
    session = read_session(request_key_hash(request), request.session)
    ended = SessionEnd()
    if session:
        with tasks.exclusive_transaction():  # no frame is allowed meanwhile
            ended_sessions = [session, *(frames_of(session.person, session.key_hash) if ends_frames else ())]
            ended = end_rows(
                ended_sessions,
                address=client_address(request),
                revoke_pasted=revoke_pasted,
                revokes_now=revokes_now,
                is_rejected=is_rejected,
                next_fingerprint=next_fingerprint,
            )
        forget_sessions(ended_sessions)
    if request.session.session_key:
        request.session.flush()
    if session and not ended.number:
        request.session.modified = False  # another request has ended it, and the browser may have a new cookie
    return ended


def end_all_sessions(request: sessions.PortalRequest, *, revoke_pasted: bool = False) -> SessionEnd:
    """End all sessions of the request's person and cancel all operations. The caller revokes the tokens."""
    person = request.person.id
    with tasks.exclusive_transaction():
        interrupted = cancellation.interrupted_workspaces(Operation.objects.filter(person=person, ended_at=None))
        canceled = cancellation.cancel_all(person)
        ended_sessions = [read_row(row) for row in PortalSession.objects.filter(person=person)]
        ended = end_rows(ended_sessions, address=client_address(request), revoke_pasted=revoke_pasted, revokes_now=True)
    forget_sessions(ended_sessions)
    request.session.flush()
    if not ended.number:
        request.session.modified = False  # as in end_session
    return replace(ended, interrupted=interrupted, canceled=canceled)


def end_other_session(request: sessions.PortalRequest, key_hash: str) -> SessionEnd:
    """End one session of the request's person, by the hash of its key. The caller revokes the token."""
    with tasks.exclusive_transaction():  # no frame is allowed meanwhile
        row = sessions.live_sessions().filter(person=request.person.id, session_key=key_hash).first()
        if row is None:
            return SessionEnd()
        ended_sessions = [read_row(row), *(() if row.frame_origins else frames_of(request.person.id, key_hash))]
        ended = end_rows(ended_sessions, address=client_address(request), revokes_now=True)
    forget_sessions(ended_sessions)
    return replace(ended, is_frame=bool(row.frame_origins))


def frames_of(person: UUID, key_hash: str) -> list[EndedSession]:
    """Return the sessions of frames that end with a person's session: those that it has allowed.

    Also those whose session has expired since: nobody can sign out of it any more.
    """
    of_person = sessions.live_sessions().filter(person=person)
    others = of_person.filter(frame_origins="").exclude(session_key=key_hash).values("session_key")
    return [read_row(row) for row in of_person.exclude(frame_origins="").exclude(approved_by__in=others)]


def end_oldest_sessions(person: UUID, *, next_fingerprint: str) -> SessionEnd:
    """End a person's oldest sessions so that, with one more, there are MAX_SESSIONS at most.

    What ends a session reads all of its person's, while nobody else can write. `next_fingerprint` is that of a token
    that stays in use.
    """
    newest = sessions.live_sessions().filter(person=person).order_by("-signed_in_at")
    ended_sessions = [read_row(row) for row in newest[MAX_SESSIONS - 1 :]]
    if not ended_sessions:
        return SessionEnd()
    ended = end_rows(ended_sessions, next_fingerprint=next_fingerprint)
    forget_sessions(ended_sessions)
    return ended


def end_expired_sessions() -> None:
    """End sessions that are too old and delete those of nobody. A worker calls it."""
    ended_sessions = [read_row(row) for row in sessions.expired_sessions()[:MAX_EXPIRED]]
    if ended_sessions:
        end_rows(ended_sessions)
        forget_sessions(ended_sessions)
    PortalSession.objects.filter(person=None, expire_date__lt=timezone.now()).delete()


def end_rows(
    ended_sessions: Sequence[EndedSession],
    *,
    address: str = "",
    revoke_pasted: bool = False,
    revokes_now: bool = False,
    is_rejected: bool = False,
    next_fingerprint: str = "",
) -> SessionEnd:
    """Delete the rows of sessions, and end what depends on them. A session that another request has ended is skipped.

    The arguments are those of `end_session`. Call `forget_sessions` after the transaction.
    """
    hashes = [session.key_hash for session in ended_sessions]
    interrupted: list[str] = []
    revocations: list[TokenRevocation] = []
    with tasks.exclusive_transaction():
        existing = set(PortalSession.objects.filter(session_key__in=hashes).values_list("session_key", flat=True))
        PortalSession.get_session_store_class().delete_rows(existing)
        ended = [session for session in ended_sessions if session.key_hash in existing and session.token]
        used = used_tokens({session.person for session in ended}) | {next_fingerprint}
        to_revoke = {session.fingerprint for session in ended if revoke_pasted or not session.pasted}
        last = {session.fingerprint: session for session in ended if session.fingerprint not in used}
        for session in last.values() if not is_rejected else ():
            operations = cancellation.borrowing_operations(session.person, session.fingerprint)
            interrupted += cancellation.interrupted_workspaces(operations)
            delay = token_revocation.FIRST_RETRY if revokes_now else timedelta()
            revokes_token = session.fingerprint in to_revoke
            revocations += create_revocation(session, address, delay, revokes_token=revokes_token)
            cancellation.cancel_borrowing(session.person, session.fingerprint)
        shared = [session for session in ended if session.fingerprint in used & to_revoke] if not is_rejected else []
        for session in shared:
            revoke_with_last_session(session, address)
    return SessionEnd(revocations=revocations, is_token_shared=bool(shared), interrupted=interrupted, number=len(ended))


def forget_sessions(ended_sessions: Sequence[EndedSession]) -> None:
    """Delete the cached copies of ended sessions, and end their streams and snapshots."""
    PortalSession.get_session_store_class().delete_rows([session.key_hash for session in ended_sessions])
    used = used_tokens({session.person for session in ended_sessions})
    for session in ended_sessions:
        session_ended.send_robust(EndedSession, key_hash=session.key_hash)
        if session.fingerprint not in used:
            snapshots.STORE.delete_for_token(session.person, session.fingerprint)
            FLEETS.forget_token(session.fingerprint)


def used_tokens(people: Collection[UUID], *, besides: Collection[str] = ()) -> set[str]:
    """Return the fingerprints of the tokens of these people's sessions, without those whose hashes are in `besides`."""
    rows = sessions.live_sessions().filter(person__in=people).exclude(session_key__in=besides)
    return {read_row(row).fingerprint for row in rows}


def create_revocation(
    session: EndedSession, address: str, delay: timedelta, *, revokes_token: bool
) -> list[TokenRevocation]:
    """Create and queue the revocation of a token that no session uses any more; nothing where it stays valid.

    It also deletes tokens that were created for operations with this one and whose ids are unknown.
    """
    waiting = TokenRevocation.objects.filter(fingerprint=session.fingerprint, due_at=None)
    revokes_token = revokes_token or waiting.exists()
    waiting.delete()
    borrowed = Operation.objects.filter(person=session.person, fingerprint=session.fingerprint)
    names = list(borrowed.exclude(token_name="").values_list("token_name", flat=True))
    if not revokes_token and not names:
        return []
    revocation = new_revocation(session, address)
    revocation.revokes_token, revocation.operation_tokens = revokes_token, names
    token_revocation.enqueue(revocation, timezone.now() + delay)
    return [revocation]


def revoke_with_last_session(session: EndedSession, address: str) -> None:
    """Remember that the token is to be revoked when the last of its sessions ends."""
    if not TokenRevocation.objects.filter(fingerprint=session.fingerprint).exists():
        new_revocation(session, address).save()


def enqueue_orphaned_revocations() -> None:
    """Queue the revocations that wait for a session that is gone: Coder rejected its token, or it could not be read."""
    with tasks.exclusive_transaction():
        waiting = list(TokenRevocation.objects.filter(due_at=None))
        used = used_tokens({revocation.person for revocation in waiting})
        for revocation in waiting:
            if revocation.fingerprint not in used:
                token_revocation.enqueue(revocation, timezone.now())


def new_revocation(session: EndedSession, address: str) -> TokenRevocation:
    """Return the revocation of a session's token, which is not saved and not due yet."""
    return TokenRevocation(
        person=session.person,
        username=session.username[:64],
        address=address[:64],
        token=session.token,
        fingerprint=session.fingerprint,
        created_at=timezone.now(),
    )


def operations_ending_with(request: HttpRequest, person: sessions.Person) -> list[str]:
    """Return names of workspaces whose operation in progress ends with the request's session: it borrows the token."""
    key_hash = request_key_hash(request) or ""
    ending = [key_hash, *(frame.key_hash for frame in frames_of(person.id, key_hash))]
    if person.fingerprint in used_tokens({person.id}, besides=ending):
        return []
    operations = cancellation.borrowing_operations(person.id, person.fingerprint)
    return list(Item.objects.filter(operation__in=operations, ended_at=None).values_list("name", flat=True))


def delete_operation_tokens(operations: Iterable[Operation]) -> bool:
    """Delete the operations' own tokens at Coder at once, and return whether all are deleted. A worker tries again."""
    deadline = time.monotonic() + connection.PAGE_BUDGET_S
    is_done = True
    for operation in operations:
        if time.monotonic() > deadline:
            return False
        try:
            credentials.revoke(operation.pk)
        except Unreachable:
            return False
        except CoderError:
            is_done = False
    return is_done
