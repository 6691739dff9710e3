"""Test the signals of the app, and pages whose receivers fail."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.dispatch import Signal
from django.test import Client

from tests.portal import SimulatedCoder
from tests.views.create_form import create_form_url
from workspaces.models import PortalSession
from workspaces.signals import session_ended, workspace_changed


@contextmanager
def connected(signal: Signal, receiver: Callable[..., None]) -> Iterator[None]:
    """Connect a receiver to a signal."""
    signal.connect(receiver)
    try:
        yield
    finally:
        signal.disconnect(receiver)


def test_workspace_changed_is_sent_after_post_and_not_after_get(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    received = []

    def receive(*, workspace_id: object, **_: object) -> None:
        received.append(str(workspace_id))

    with connected(workspace_changed, receive):
        alice.get("/workspaces/")
        assert received == []
        alice.post(f"/workspaces/{web.id}/favorite/", {"favorite": "true"})
    assert received == [web.id]


@pytest.mark.parametrize("again", ["1", "summary", "link"])
def test_workspace_changed_is_not_sent_when_form_is_only_shown_again(
    alice: Client, coder: SimulatedCoder, again: str
) -> None:
    received = []

    def receive(**_: object) -> None:
        received.append(again)

    with connected(workspace_changed, receive):
        alice.post(create_form_url(coder, "plain"), {"name": "web", "again": again})
        assert received == []
        alice.post(create_form_url(coder, "plain"), {"name": "web"})
    assert received == [again]


def test_session_ended_is_sent_with_stored_hash_when_person_signs_out(alice: Client) -> None:
    key_hash = PortalSession.objects.get().session_key
    received = []

    def receive(*, key_hash: object, **_: object) -> None:
        received.append(key_hash)

    with connected(session_ended, receive):
        alice.post("/logout/")
    assert received == [key_hash]


@pytest.mark.parametrize(
    ("signal", "path"), [(workspace_changed, "/workspaces/{id}/favorite/"), (session_ended, "/logout/")]
)
def test_page_responds_when_signal_receiver_fails(
    alice: Client, coder: SimulatedCoder, signal: Signal, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    def receive(**_: object) -> None:
        raise RuntimeError("a receiver failed")

    with connected(signal, receive):
        response = alice.post(path.format(id=coder.place("web").id), {"favorite": "true"})
    assert response.status_code == 302
    assert "a receiver failed" in caplog.text
