"""Logs: one JSON object (or line of text) for each event, with the request's id and without Coder's tokens."""

import contextvars
import json
import logging
import logging.config
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
logger = logging.getLogger("portal.request")

# A Coder token: ten and twenty-two letters and digits.
TOKEN_PATTERN = re.compile(r"\b[A-Za-z0-9]{10}-[A-Za-z0-9]{22}\b")
EXTRA_FIELDS = ("method", "path", "status", "ms", "person", "upstream", "record")


def redact(text: str) -> str:
    """Return the text with each of Coder's tokens replaced by "[token]"."""
    return TOKEN_PATTERN.sub("[token]", text)


class RedactingFormatter(logging.Formatter):
    """A formatter of text that redacts tokens, also in tracebacks."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """A formatter of one JSON object for each record, which redacts tokens."""

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
        return redact(json.dumps({key: value for key, value in line.items() if value != ""}, default=str))


def configure_logging(options: dict[str, Any]) -> None:
    """Configure logging; the setting LOGGING_CONFIG. `options`: `level`, and `format` (JSON or TEXT).

    httpx and httpcore log the headers of requests at DEBUG, with the token, so they are limited to WARNING.
    """
    formatter = {"()": "coder_portal.logs.JsonFormatter"}
    if options["format"] == "TEXT":
        formatter = {
            "()": "coder_portal.logs.RedactingFormatter",
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
