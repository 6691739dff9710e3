"""Test the bound of messages in a session."""

import pytest
from django.contrib.messages import INFO
from django.contrib.messages.storage.base import Message
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils.html import format_html
from django.utils.safestring import SafeData

from coder_portal.messages import MAX_LENGTH, MAX_MESSAGES, BoundedSessionStorage, shorten


@pytest.fixture
def storage() -> BoundedSessionStorage:
    """Return the storage of a request with an empty session."""
    request = RequestFactory().get("/")
    request.session = {}  # type: ignore[assignment]  # a mapping is enough
    return BoundedSessionStorage(request)


def test_newest_messages_are_kept(storage: BoundedSessionStorage) -> None:
    for number in range(1000):
        storage.add(INFO, f"message {number}", "tag")
    storage.update(HttpResponse())
    kept = list(BoundedSessionStorage(storage.request))
    assert [message.message for message in kept] == [f"message {number}" for number in range(1000 - MAX_MESSAGES, 1000)]
    assert kept[0].extra_tags == "tag"


def test_long_text_is_cut() -> None:
    cut = shorten(Message(INFO, "<" * 1_000_000, "tag"))
    assert len(str(cut.message)) == MAX_LENGTH
    assert not isinstance(cut.message, SafeData)
    assert (cut.level, cut.extra_tags) == (INFO, "tag")


def test_long_markup_is_cut_and_stays_valid() -> None:
    cut = shorten(Message(INFO, format_html('<a href="/">{}</a>', "x" * 1_000_000)))
    assert isinstance(cut.message, SafeData)
    assert str(cut.message).endswith("</a>")
    assert len(str(cut.message)) < MAX_LENGTH + 100


def test_short_message_is_unchanged() -> None:
    message = Message(INFO, "Stopping web…", "w-1")
    assert shorten(message) is message
