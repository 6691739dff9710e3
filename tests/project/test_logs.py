"""Test the logs: one JSON line per event, with tokens redacted."""

import json
import logging
import sys

from coder_portal import logs

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    """Return a log record."""
    log_record = logging.LogRecord("portal", logging.INFO, "here.py", 1, message, args, None)
    log_record.__dict__.update(extra)
    return log_record


def test_json_line_contains_level_logger_message_and_extra_fields() -> None:
    line = json.loads(logs.JsonFormatter().format(record("%s %s", "GET", "/x/", status=200, ms=1.5)))
    assert (line["level"], line["logger"], line["message"], line["status"], line["ms"]) == (
        "INFO",
        "portal",
        "GET /x/",
        200,
        1.5,
    )


def test_token_in_message_is_redacted() -> None:
    assert TOKEN not in logs.JsonFormatter().format(record("the token is %s", TOKEN))
    assert TOKEN not in logs.RedactingFormatter("%(message)s").format(record("the token is %s", TOKEN))


def test_token_in_traceback_is_redacted() -> None:
    try:
        raise RuntimeError(TOKEN)
    except RuntimeError:
        failed = record("failed")
        failed.exc_info = sys.exc_info()
    assert TOKEN not in logs.JsonFormatter().format(failed)
    failed.exc_text = None
    assert TOKEN not in logs.RedactingFormatter("%(message)s").format(failed)


def test_httpx_and_httpcore_logging_stays_off_at_debug_level() -> None:
    logs.configure_logging({"level": "DEBUG", "format": "JSON"})
    try:
        assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    finally:
        logs.configure_logging({"level": "ERROR", "format": "TEXT"})
