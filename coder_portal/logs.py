"""Logs: one JSON object (or line of text) for each event, with the request's id and without Coder's tokens."""

import contextvars
import json
import logging
import logging.config
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from workspaces.coder.text import redact, redact_values

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
logger = logging.getLogger("portal.request")

EXTRA_FIELDS = ("method", "path", "status", "ms", "person", "upstream", "record")
TRACEBACK_INDENT = "    "  # a line of a traceback never looks like the beginning of an event


class TextFormatter(logging.Formatter):
    """A formatter of one line of text for each event, which redacts tokens and escapes control characters.

    A traceback follows on lines of its own, each of them escaped and indented.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        record.message, record.asctime = record.getMessage(), self.formatTime(record)
        lines = [escape(redact(self.formatMessage(record)))]
        if record.exc_info:  # `exc_text` may hold what another formatter made of it
            lines.append(indent_lines(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(indent_lines(record.stack_info))
        return "\n".join(lines)


class JsonFormatter(logging.Formatter):
    """A formatter of one JSON object for each event, which redacts tokens."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON, without empty values."""
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id.get(),
        }
        line |= {key: getattr(record, key) for key in EXTRA_FIELDS if hasattr(record, key)}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        if record.stack_info:
            line["stack"] = record.stack_info
        # Redacted before it is encoded: the end of an escape would look like the beginning of a token.
        text = json.dumps(redact_values({key: value for key, value in line.items() if value != ""}))
        return text.replace("\x7f", "\\u007f")  # the only control character that JSON does not escape


def indent_lines(text: str) -> str:
    """Return the lines of a text redacted, escaped and indented."""
    return "\n".join(TRACEBACK_INDENT + escape(line) for line in redact(text).split("\n"))


def escape(text: str) -> str:
    """Return the text with an escape for each character that has no sign of its own.

    These are control characters, line ends, what changes the direction of text, unusual spaces, and what cannot be
    encoded. A backslash stays as it is.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def configure_logging(options: dict[str, Any]) -> None:
    """Configure logging; the setting LOGGING_CONFIG. `options`: `level`, and `format` (JSON or TEXT).

    httpx and httpcore log the headers of requests at DEBUG, with the token, so they are limited to WARNING. uvicorn has
    configured handlers that redact and escape nothing before it loads the portal. Its lines get the portal's format,
    and its access log, which contains queries, is off: RequestLogMiddleware logs each request.
    """
    formatter = {"()": "coder_portal.logs.JsonFormatter"}
    if options["format"] == "TEXT":
        formatter = {
            "()": "coder_portal.logs.TextFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    quiet = {"level": "WARNING"}
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"line": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"level": options["level"], "handlers": ["stderr"]},
            "loggers": {
                "httpx": quiet,
                "httpcore": quiet,
                "asyncio": quiet,
                "django.request": {"level": "ERROR"},
                "uvicorn": {"handlers": [], "propagate": True},
                "uvicorn.error": {"level": options["level"], "propagate": True},
                "uvicorn.access": {"handlers": [], "propagate": False},
            },
        }
    )


class RequestLogMiddleware:
    """The outermost middleware: it gives each request an id and logs one line after the response.

    The path is logged without its query, which may hold what a person typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Return the response with the header X-Request-Id."""
        context_token = request_id.set(uuid.uuid4().hex[:12])
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id.get()
            fields: dict[str, object] = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
            }
            fields["ms"] = round((time.perf_counter() - start) * 1000, 1)
            logger.info("%s %s %s", request.method, request.path, response.status_code, extra=fields)
            return response
        finally:
            request_id.reset(context_token)
