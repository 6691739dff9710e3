"""Test that no frame is signed in by a session that ends while the frame claims its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from tests.embed.handoff import Frame, allow, signed_in_frame
from tests.portal import SimulatedCoder, signed_in
from workspaces.auth.session_store import hash_session_key
from workspaces.models import PortalSession

READS_SESSIONS, READS_FRAMES = 'SELECT "workspaces_portalsession"."session_data"', '"approved_by" IN'


def key_hash_of(client: Client) -> str:
    """Return the hash of the key of a browser's session."""
    return hash_session_key(client.cookies[settings.SESSION_COOKIE_NAME].value or "?")


class After:
    """Calls a function once, after the first query that begins like this one and has this text."""

    def __init__(self, start: str, text: str, call: Callable[[], object]) -> None:
        self.start, self.text, self.call, self.is_done = start, text, call, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:  # Django's
        result = execute(sql, params, many, context)
        if not self.is_done and sql.startswith(self.start) and self.text in f"{sql} {params}":
            self.is_done = True
            self.call()
        return result


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["/logout/", "/account/sessions/end/"])
def test_claim_fails_if_the_session_that_allowed_it_ends_meanwhile(alice: Client, url: str) -> None:
    frame = Frame()
    code = allow(alice, frame.ticket())
    frame.read_cookies()
    sign_out = After(READS_SESSIONS, key_hash_of(alice), lambda: alice.post(url))
    with connection.execute_wrapper(sign_out):
        response = frame.post("/embed/claim/", code=code)
    assert sign_out.is_done
    assert response.status_code == 403
    assert not frame.is_signed_in()
    assert not PortalSession.objects.exclude(person=None).exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["/logout/", "/account/sessions/end-one/"])
def test_frames_of_a_session_that_ends_are_read_while_none_is_added(
    alice: Client, coder: SimulatedCoder, url: str
) -> None:
    signed_in_frame(alice)
    in_transaction: list[bool] = []
    read = After(READS_SESSIONS, READS_FRAMES, lambda: in_transaction.append(connection.in_atomic_block))
    client = alice if url == "/logout/" else signed_in(coder, "alice")
    with connection.execute_wrapper(read):
        client.post(url, {"anyway": "1", "session": key_hash_of(alice)})
    assert in_transaction == [True]
