"""Logs: one JSON line an event, without anybody's token."""

import json
import logging
import sys

from coder_portal import logs

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    """A record as a logger makes it."""
    made = logging.LogRecord("portal", logging.INFO, "here.py", 1, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_json_with_what_happened() -> None:
    line = json.loads(logs.Json().format(record("%s %s", "GET", "/x/", status=200, ms=1.5)))
    assert (line["level"], line["logger"], line["message"], line["status"], line["ms"]) == (
        "INFO",
        "portal",
        "GET /x/",
        200,
        1.5,
    )


def test_a_token_in_a_message_is_put_out() -> None:
    assert TOKEN not in logs.Json().format(record("the token is %s", TOKEN))
    assert TOKEN not in logs.Redacted("%(message)s").format(record("the token is %s", TOKEN))


def test_a_token_in_a_traceback_is_put_out() -> None:
    try:
        raise RuntimeError(TOKEN)
    except RuntimeError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    assert TOKEN not in logs.Json().format(failed)
    failed.exc_text = None
    assert TOKEN not in logs.Redacted("%(message)s").format(failed)


def test_httpx_does_not_log_headers_even_at_debug() -> None:
    logs.configure({"level": "DEBUG", "format": "JSON"})
    try:
        assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    finally:
        logs.configure({"level": "ERROR", "format": "TEXT"})
