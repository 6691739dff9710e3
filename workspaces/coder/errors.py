"""Every answer of Coder's that is not a success, and every absence of one, as one exception."""

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import msgspec

from workspaces.coder.types import ErrorBody

PARAMETER_MESSAGE = re.compile(r'Unable to validate parameter "([^"]+)"')
MAX_RETRY_AFTER_S = 3600.0  # s: nobody is told to wait longer than an hour
FORM_FIELDS = {"schedule": "autostart", "autostart_schedule": "autostart"}


class CallError(Exception):
    """The base of `CoderError` and `SessionEnded`, for annotations: a handler names the two that it means.

    `message` and `detail` are Coder's words; `fields` holds its messages by form field.
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
        super().__init__(message)
        self.message = message
        self.status = status
        self.detail = detail
        self.fields: Mapping[str, tuple[str, ...]] = fields or {}
        self.retry_after = retry_after  # s


class CoderError(CallError):
    """A call failed for a reason that the current page can show."""


class SessionEnded(CallError):
    """401: Coder does not accept the token. No `CoderError`: no page can go on, `Refusals` redirects to the sign-in."""


class InvalidRequest(CoderError):
    """400 or 422: something in the request is not as it must be."""


class Forbidden(CoderError):
    """403: not allowed."""


class NotFound(CoderError):
    """404: not there, or not to be seen by this person."""


class MethodNotAllowed(CoderError):
    """405: not with this workspace (a deleted one is not renamed)."""


class Conflict(CoderError):
    """409: not in the present state, or the name is taken."""


class Gone(CoderError):
    """410: deleted."""


class PreconditionFailed(CoderError):
    """412: what the request expected is not the case."""


class RateLimited(CoderError):
    """429: too many requests; `retry_after` says for how long (s)."""


class ServerError(CoderError):
    """500 in Coder's own words."""


class Unreachable(CoderError):
    """Coder gave no answer that means anything: refused, timed out, cut off, not JSON, not as documented."""

    def __init__(self, reason: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason, status=status, retry_after=retry_after)
        self.reason = reason


class ResponseLost(Unreachable):
    """A write was sent, and whether it was done is not known."""


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
    status: int, body: bytes, retry_after: str = "", *, now: dt.datetime | None = None
) -> CallError:
    """The exception for an answer outside 2xx. `retry_after` is the header as it came, `now` is aware.

    What is not in Coder's words is another program's, a proxy's say, and nothing that it says of a session or a
    workspace is believed. Two come from Coder itself without JSON, or mean the same from whoever sends them: a
    400 (CSRF, a malformed request) and a 429.
    """
    wait = parse_retry_after(retry_after, now or dt.datetime.now(dt.UTC))
    told = decode_error_body(body)
    if status < 400:
        return Unreachable(f"It answered {status} and led elsewhere, where the portal does not follow.", status=status)
    if told is None and status not in {400, 429}:
        return Unreachable(f"It answered {status}, not in Coder's words.", status=status, retry_after=wait)
    if status > 500:
        return Unreachable(
            f"It answered {status}, as a proxy or another program would.", status=status, retry_after=wait
        )
    told = told or ErrorBody(message=f"Coder answered {status}.")
    kind = ERROR_CLASSES.get(status, CoderError)
    return kind(told.message, status=status, detail=told.detail, fields=field_messages(told), retry_after=wait)


def decode_error_body(body: bytes) -> ErrorBody | None:
    """Coder's words, or None where it is something else that answers (HTML of a proxy, say)."""
    try:
        told = msgspec.json.decode(body, type=ErrorBody)
    except msgspec.DecodeError:
        return None
    return told if told.message else None


def field_messages(told: ErrorBody) -> dict[str, tuple[str, ...]]:
    """What was said of each field, by the name it has in the portal's form.

    `schedule` is the autostart. A parameter is `param.NAME`: 2.19 names it in the message alone, and 2.36
    gives its bare name as a field under "Unable to validate parameters".
    """
    found: dict[str, tuple[str, ...]] = {}
    about_parameters = told.message.startswith("Unable to validate parameters")
    for validation in told.validations or ():
        name = f"param.{validation.field}" if about_parameters else validation.field
        name = FORM_FIELDS.get(name, name)
        found[name] = (*found.get(name, ()), validation.detail or told.message)
    if not found and (named := PARAMETER_MESSAGE.search(told.message)):
        found[f"param.{named[1]}"] = (told.detail or told.message,)
    return found


def parse_retry_after(retry_after: str, now: dt.datetime) -> float | None:
    """The header Retry-After in seconds from `now`, whether it came as a number or as a date; at most an hour."""
    if not retry_after:
        return None
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            wait = (parsedate_to_datetime(retry_after) - now).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(wait, 0.0), MAX_RETRY_AFTER_S) if wait == wait else None  # NaN is no time
