"""Logs: one JSON line an event (or plain text), with the request's id, and without anybody's token."""

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

# A Coder token (ten and twenty-two letters and digits), wherever it may have slipped in.
TOKEN_PATTERN = re.compile(r"\b[A-Za-z0-9]{10}-[A-Za-z0-9]{22}\b")
EXTRA_FIELDS = ("method", "path", "status", "ms", "person", "upstream", "record")


def redact(text: str) -> str:
    """The text with every Coder token put out."""
    return TOKEN_PATTERN.sub("[token]", text)


class RedactingFormatter(logging.Formatter):
    """Plain text without tokens, tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
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


def configure_logging(wanted: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG: `level` and `format` (JSON or TEXT).

    httpx and httpcore write the headers of a call at DEBUG, the token among them: they stay at WARNING.
    """
    formatter = {"()": "coder_portal.logs.JsonFormatter"}
    if wanted["format"] == "TEXT":
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
            "root": {"level": wanted["level"], "handlers": ["stderr"]},
            "loggers": {
                "httpx": quiet,
                "httpcore": quiet,
                "asyncio": quiet,
                "django.request": {"level": "ERROR"},
            },
        }
    )


class RequestLogMiddleware:
    """The outermost middleware: gives each request an id and writes one line when it has been answered.

    The path is written without its query, which may hold what somebody typed.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        mark = request_id.set(uuid.uuid4().hex[:12])
        start = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id.get()
            facts: dict[str, object] = {
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
            }
            facts["ms"] = round((time.perf_counter() - start) * 1000, 1)
            logger.info("%s %s %s", request.method, request.path, response.status_code, extra=facts)
            return response
        finally:
            request_id.reset(mark)
