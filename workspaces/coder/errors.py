"""The exceptions for responses of Coder that are no success, and for missing responses."""

import datetime as dt
import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec

from workspaces.coder.clock import CLOCK
from workspaces.coder.decoding import decode_json
from workspaces.coder.text import redact
from workspaces.coder.types import ErrorBody

USER_MESSAGE = '"user" must be an existing uuid or username.'  # 2.19, for a user whom the person may not read
ACTIVE_BUILD_MESSAGE = "A workspace build is already active."
PARAMETER_PREFIX = "param."  # of the form fields of parameters
PARAMETER_MESSAGE = re.compile(r'Unable to validate parameter "([^"]+)"')
MAX_RETRY_AFTER_S = 3600.0
GATEWAY_STATUSES = frozenset({502, 503, 504})  # of a proxy that does not reach Coder
FORM_FIELDS = {"schedule": "autostart", "autostart_schedule": "autostart"}  # form field by field of Coder's API


class CallError(Exception):
    """The base of `CoderError` and `SessionEnded`, for annotations: a handler names the two that it means.

    `message` and `detail` are Coder's words; `fields` holds its messages by form field. Tokens in them are redacted
    here, before anything can show, log or store them.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        detail: str = "",
        fields: Mapping[str, tuple[str, ...]] | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = redact(message)
        super().__init__(self.message)
        self.status = status
        self.detail = redact(detail)
        self.fields: Mapping[str, tuple[str, ...]] = {
            redact(name): tuple(map(redact, messages)) for name, messages in (fields or {}).items()
        }
        self.retry_after = retry_after  # s


class CoderError(CallError):
    """A call failed for a reason that the current page can show."""


class SessionEnded(CallError):
    """401: Coder does not accept the token. No `CoderError`: CoderErrorMiddleware redirects to the sign-in page."""


class InvalidRequest(CoderError):
    """400 or 422: the request is invalid; 414: its URL would be too long."""


class Forbidden(CoderError):
    """403: the person lacks permission."""


class NotFound(CoderError):
    """404: the resource does not exist, or the person may not read it; a 400 of 2.19 about the owner in a path."""


class MethodNotAllowed(CoderError):
    """405: the workspace does not allow this (a deleted one cannot be renamed)."""


class Conflict(CoderError):
    """409: the current state does not allow this, or the name is taken."""

    @property
    def has_active_build(self) -> bool:
        """Whether a build of the workspace is in progress."""
        return self.message == ACTIVE_BUILD_MESSAGE


class Gone(CoderError):
    """410: the resource was deleted."""


class PreconditionFailed(CoderError):
    """412: the resource is not in the state that the request expects."""


class RateLimited(CoderError):
    """429: too many requests; `retry_after` is in s."""


class ServerError(CoderError):
    """500 with a message of Coder's."""


class Unreachable(CoderError):
    """Coder sent no response: connection refused or closed, timeout, or a proxy that says so."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason, status=status, retry_after=retry_after)
        self.reason = self.message


class UnreadableResponse(Unreachable):
    """Something answered, but not as Coder does: no JSON, JSON of another shape, or a redirect to a sign-in page.

    Whether Coder itself can be reached is not known, so it counts as unreachable. The person reads what may stand in
    the way.
    """


class ResponseTooLarge(CoderError):
    """The response to a read, or an event of a stream, exceeds the limits of `bodies.py`. Nothing of it is used."""

    def __init__(self) -> None:
        super().__init__("Coder’s response was too large.")


class ResponseLost(Unreachable):
    """A write was sent, but no valid response arrived: it may or may not have taken effect."""

    @property
    def is_unreadable(self) -> bool:
        """Whether something answered that is not Coder, such as the sign-in page of a proxy."""
        return self.status is not None and self.status not in GATEWAY_STATUSES


ERROR_CLASSES: dict[int, type[CallError]] = {
    400: InvalidRequest,
    401: SessionEnded,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    422: InvalidRequest,
    429: RateLimited,
    500: ServerError,
}


def error_from_response(
    status: int, body: bytes | bytearray, retry_after: str = "", *, now: dt.datetime | None = None
) -> CallError:
    """Return the exception for a response outside 2xx.

    `retry_after` is the header's value; `now` is aware. A body that is not an error of Coder's comes from a proxy or
    another program, so its status says nothing about the session or the workspace: UnreadableResponse, or Unreachable
    for the statuses with which a proxy says that it does not reach Coder. Exceptions are 400 and
    429, which Coder sends without JSON as well (CSRF, malformed requests), and which mean the same from a proxy.
    """
    wait = parse_retry_after(retry_after, now or CLOCK.now())
    error = decode_error_body(body)
    if status < 400:
        return UnreadableResponse(
            f"The response is a redirect (status {status}), which the portal does not follow.", status=status
        )
    if error is None and status not in {400, 429}:
        kind = Unreachable if status in GATEWAY_STATUSES else UnreadableResponse
        return kind(f"The response (status {status}) is not in Coder’s format.", status=status, retry_after=wait)
    if status > 500:
        return Unreachable(
            f"The response (status {status}) comes from a proxy or another program.", status=status, retry_after=wait
        )
    error = error or ErrorBody(message=f"Coder responded with status {status}.")
    error_class = NotFound if error.message == USER_MESSAGE else ERROR_CLASSES.get(status, CoderError)
    return error_class(
        error.message, status=status, detail=error.detail, fields=field_messages(error), retry_after=wait
    )


def decode_error_body(body: bytes | bytearray) -> ErrorBody | None:
    """Return the decoded error, or None for a body that is not one of Coder's (such as a proxy's HTML)."""
    try:
        error: ErrorBody = decode_json(body, ErrorBody)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return error if error.message else None


def field_messages(error: ErrorBody) -> dict[str, tuple[str, ...]]:
    """Return the messages about fields by the name of the portal's form field.

    `schedule` is the form field `autostart`. A parameter is `param.NAME`: 2.19 names it in the message only, and 2.36
    sends its bare name as a field under "Unable to validate parameters".
    """
    messages: dict[str, tuple[str, ...]] = {}
    about_parameters = error.message.startswith("Unable to validate parameters")
    for validation in error.validations or ():
        name = f"{PARAMETER_PREFIX}{validation.field}" if about_parameters else validation.field
        name = FORM_FIELDS.get(name, name)
        messages[name] = (*messages.get(name, ()), validation.detail or error.message)
    if not messages and (match := PARAMETER_MESSAGE.search(error.message)):
        messages[f"{PARAMETER_PREFIX}{match[1]}"] = (error.detail or error.message,)
    return messages


def parse_retry_after(retry_after: str, now: dt.datetime) -> float | None:
    """Return the header Retry-After (seconds or HTTP date) in s from `now`, from 0 to MAX_RETRY_AFTER_S."""
    if not retry_after:
        return None
    try:
        seconds = float(retry_after)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(retry_after) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER_S)
