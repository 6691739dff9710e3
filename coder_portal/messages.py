"""Messages in the session, with a bound: a script that posts and never opens a page would make the session grow."""

from collections.abc import Sequence
from typing import Any

from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.session import SessionStorage
from django.http import HttpResponseBase
from django.utils.safestring import SafeData, mark_safe
from django.utils.text import Truncator

MAX_MESSAGES = 20
MAX_LENGTH = 4000  # characters of a message, without its markup


class BoundedSessionStorage(SessionStorage):
    """Django's storage, which keeps the newest MAX_MESSAGES, each cut at MAX_LENGTH."""

    def _store(self, messages: Sequence[Message], response: HttpResponseBase, *args: Any, **kwargs: Any) -> list[Any]:
        """Store the messages in the session. Returns those that could not be stored: none."""
        newest = [shorten(message) for message in messages[-MAX_MESSAGES:]]
        return list(super()._store(newest, response, *args, **kwargs))  # type: ignore[misc]  # the stubs lack it


def shorten(message: Message) -> Message:
    """Return the message, cut at MAX_LENGTH. One with markup stays valid HTML."""
    text = message.message
    if len(str(text)) <= MAX_LENGTH:
        return message
    if isinstance(text, SafeData):
        cut = mark_safe(Truncator(text).chars(MAX_LENGTH, html=True))  # noqa: S308  # its tags are closed
        return Message(message.level, cut, extra_tags=message.extra_tags)
    return Message(message.level, Truncator(text).chars(MAX_LENGTH), extra_tags=message.extra_tags)
