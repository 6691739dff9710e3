"""Test the logs: one JSON line per event, with tokens redacted and control characters escaped."""

import contextvars
import json
import logging
import sys

import httpx
import pytest

from coder_portal import logs
from tests.project.test_settings import COMPLETE_ENVIRONMENT, run_python
from workspaces.coder.client import request_headers

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
SECRET = "klmnopqrstuvwxyz123456"
FORMATTERS = [logs.JsonFormatter(), logs.TextFormatter("%(asctime)s %(message)s")]
UNPRINTABLE = ["\n", "\r", "\r\n", "\x1b", "\0", "\x08", "\x0b", "\x0c", "\x7f", "\x85", "\x9b", "\u2028", "\u2029"]
UNPRINTABLE += ["\u202e", "\u2066", "\u200f", "\u061c", "\u200b", "\ufeff", "\ud800", "\U000e0041"]


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    """Return a log record."""
    log_record = logging.LogRecord("portal", logging.INFO, "here.py", 1, message, args, None)
    log_record.__dict__.update(extra)
    return log_record


def record_of_exception(error: Exception, **extra: object) -> logging.LogRecord:
    """Return a log record with the traceback of this exception."""
    try:
        raise error
    except type(error):
        failed = record("failed", **extra)
        failed.exc_info = sys.exc_info()
        return failed


def test_json_line_contains_level_logger_message_and_extra_fields() -> None:
    line = json.loads(logs.JsonFormatter().format(record("%s %s", "GET", "/x/", status=200, ms=1.5)))
    assert (line["level"], line["logger"], line["message"], line["status"], line["ms"]) == (
        "INFO",
        "portal",
        "GET /x/",
        200,
        1.5,
    )


@pytest.mark.parametrize("before", ["", " ", "\n", "=", "%3D", "\\u003d", "_", "\x1b[31m", "31m", "/"])
@pytest.mark.parametrize("formatter", FORMATTERS)
def test_token_in_message_is_redacted_whatever_stands_before_it(formatter: logging.Formatter, before: str) -> None:
    assert SECRET not in formatter.format(record("the token is %s", f"{before}{TOKEN}"))


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_token_in_traceback_and_stack_is_redacted(formatter: logging.Formatter) -> None:
    failed = record_of_exception(RuntimeError(f"first\n{TOKEN}"), stack_info=f"Stack:\n{TOKEN}")
    assert SECRET not in formatter.format(failed)


def test_token_in_extra_fields_is_redacted() -> None:
    request = httpx.Request("GET", f"https://x/?t={TOKEN}", headers={"Coder-Session-Token": TOKEN})
    fields = {"list": [f"\n{TOKEN}", 1], TOKEN: {"nested": request.headers}, "request": request}
    line = logs.JsonFormatter().format(record("x", record=fields))
    assert SECRET not in line
    assert json.loads(line)["record"]["list"] == ["\n[token]", 1]


@pytest.mark.parametrize("formatter", FORMATTERS)
def test_token_of_request_is_redacted_whatever_it_looks_like(formatter: logging.Formatter) -> None:
    def log() -> str:
        request_headers("a_token_of_another_form", None)
        return formatter.format(record("%s", "<a_token_of_another_form>"))

    assert "<[token]>" in contextvars.copy_context().run(log)


@pytest.mark.parametrize("char", UNPRINTABLE)
@pytest.mark.parametrize("formatter", FORMATTERS)
def test_control_character_in_message_is_escaped(formatter: logging.Formatter, char: str) -> None:
    line = formatter.format(record("%s", f"before{char}2026-11-28 12:00:00,000 INFO portal.audit: alice: delete"))
    assert line.isprintable()
    assert line.encode().decode().count("before") == 1


def test_text_escapes_control_characters_as_python_does() -> None:
    line = logs.TextFormatter("%(message)s").format(record("%s", "a\r\n\x1b[2Jb\u2028\u202ec\ud800 ü–€ \\n"))
    assert line == r"a\r\n\x1b[2Jb\u2028\u202ec\ud800 ü–€ \n"


@pytest.mark.parametrize("char", UNPRINTABLE)
def test_traceback_keeps_its_lines_and_escapes_their_contents(char: str) -> None:
    message = f"one{char}2026-11-28 12:00:00,000 INFO portal.audit: alice: delete"
    failed = record_of_exception(RuntimeError(message))
    first, *others = logs.TextFormatter("%(asctime)s %(message)s").format(failed).split("\n")
    assert first.endswith("failed")
    assert others[0] == "    Traceback (most recent call last):"
    assert [line for line in others if not line.startswith("    ") or not line.isprintable()] == []
    assert any("RuntimeError: one" in line for line in others)


def test_traceback_that_another_formatter_has_cached_is_escaped() -> None:
    failed = record_of_exception(RuntimeError("a\x1b[2J\nb"))
    logging.Formatter().format(failed)
    assert "\x1b" not in logs.TextFormatter("%(message)s").format(failed)


def test_lines_of_uvicorn_have_the_format_of_the_portal_and_no_query() -> None:
    code = """if True:
        import logging, uvicorn
        uvicorn.Config("coder_portal.asgi:application").load()
        access = ("192.0.2.1:1", "GET", "/login/?next=hunter2", "1.1", 200)
        logging.getLogger("uvicorn.access").info('%s - "%s %s HTTP/%s" %d', *access)
        logging.getLogger("uvicorn.error").info("Started\\n%s", "abcdefghij-klmnopqrstuvwxyz123456")
    """
    result = run_python(code, **COMPLETE_ENVIRONMENT)
    lines = [json.loads(line) for line in (result.stdout + result.stderr).splitlines()]
    assert [(line["logger"], line["message"]) for line in lines] == [("uvicorn.error", "Started\n[token]")]


def test_httpx_and_httpcore_logging_stays_off_at_debug_level() -> None:
    logs.configure_logging({"level": "DEBUG", "format": "JSON"})
    try:
        assert not logging.getLogger("httpcore.http11").isEnabledFor(logging.DEBUG)
        assert not logging.getLogger("httpx").isEnabledFor(logging.INFO)
    finally:
        logs.configure_logging({"level": "ERROR", "format": "TEXT"})
