"""Clients for Coder's API, sync and async. The generator `exchange` holds the logic that both share.

GETs are retried once, other methods never. Cookies are neither stored nor sent, redirects are not followed, and the
token is sent in the header `Coder-Session-Token`.
"""

import asyncio
import contextvars
import re
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, aclosing, closing, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import batched
from typing import Any

import httpx
import msgspec

from workspaces.coder.bodies import ACCEPT_ENCODING, BodyTooLarge, aiter_body, body_limit, iter_body
from workspaces.coder.calls import Call
from workspaces.coder.clock import CLOCK
from workspaces.coder.deadline import read_until
from workspaces.coder.decoding import decode_json
from workspaces.coder.errors import (
    GATEWAY_STATUSES,
    CoderError,
    InvalidRequest,
    ResponseLost,
    ResponseTooLarge,
    SessionEnded,
    Unreachable,
    UnreadableResponse,
    error_from_response,
)
from workspaces.coder.events import Event, EventDecoder, decode_events
from workspaces.coder.text import protect_token

EMPTY_STATUSES = frozenset({204, 304})
TOKEN_PATTERN = re.compile(r"[!-~]+")  # what a header can carry; whether it is a token, Coder says
# The first alone is not all that httpx raises.
TRANSPORT_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, BodyTooLarge)
EXECUTOR = ThreadPoolExecutor(max_workers=32, thread_name_prefix="coder")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response with its whole body. The repr hides headers and body: they may contain a token."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes | bytearray = field(repr=False)

    @property
    def json(self) -> bytes | bytearray:
        """Return the body; null for a status without body, which only some response types accept."""
        return self.body or (b"null" if self.status in EMPTY_STATUSES else b"")


type Outcome = Response | Exception
type BodyReader = Callable[[Iterable[bytes]], bytes | bytearray]
type Exchange = Generator[httpx.Request, Outcome, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The time that all calls of a page may take together."""

    deadline: float  # in s of time.monotonic()

    @property
    def remaining_s(self) -> float:
        """Return the remaining time in s; negative after the deadline."""
        return self.deadline - time.monotonic()

    def timeout(self, given: httpx.Timeout) -> httpx.Timeout:
        """Return the timeouts, limited to the remaining time. Raises Unreachable after the deadline."""
        left = self.remaining_s
        if left <= 0:
            raise Unreachable("It took longer than this page may wait.")
        return httpx.Timeout(**{name: min(seconds or left, left) for name, seconds in given.as_dict().items()})

    def check(self) -> None:
        """Raise httpx.ReadTimeout after the deadline: a slow body would stay within each single timeout."""
        if self.remaining_s <= 0:
            raise httpx.ReadTimeout("")


class Coder:
    """A sync client for one token. `version` is the version of Coder that sent the last response ("" before that)."""

    def __init__(
        self,
        http: httpx.Client,
        token: str | None,
        *,
        forwarded_for: str | None = None,
        budget_s: float = 15.0,
    ) -> None:
        self.http = http
        self.headers = request_headers(token, forwarded_for)
        self.budget = Budget(deadline=time.monotonic() + budget_s)
        self.version = ""
        self.read_since: datetime | None = None  # what was read after the last write is not older than this
        self.slot: AbstractContextManager[object] = nullcontext()  # held by each request until its body is read

    def send[T](self, call: Call[T]) -> T:
        """Send `call` and return the decoded response. Raises CoderError and SessionEnded."""
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            outcome = self.fetch(request)
            try:
                request = attempt.send(outcome)
            except StopIteration as stop:
                response: T = stop.value
                return response

    def fetch(self, request: httpx.Request) -> Outcome:
        """Send one request and return its outcome."""
        with self.slot:
            return self.receive(request, self.budget, read_all)

    def first_event[T](self, call: Call[T], *, within_s: float) -> T:
        """Return the decoded first `data` event of a stream and close the stream.

        Raises CoderError and SessionEnded; Unreachable without such an event within `within_s` seconds.
        """
        budget = Budget(deadline=min(self.budget.deadline, time.monotonic() + within_s))
        request = make_http_request(self, call)
        request.extensions["timeout"] = budget.timeout(self.http.timeout).as_dict()
        data: T = decode_outcome(call, self.receive(request, budget, read_first_data))
        return data

    def receive(self, request: httpx.Request, budget: Budget, read_body: BodyReader) -> Outcome:
        """Send one request and return its outcome; `read_body` reads the body of a response with status 2xx."""
        try:
            sent_at = datetime.now(UTC)
            self.read_since = (self.read_since or sent_at) if request.method == "GET" else None
            with read_until(budget.deadline), closing(self.http.send(request, stream=True)) as response:
                CLOCK.observe(response, sent_at)
                take = read_body if response.is_success else read_all
                body = take(checking_budget(iter_body(response, limit=body_limit(response)), budget))
        except TRANSPORT_ERRORS as error:
            return error
        return Response(status=response.status_code, headers=response.headers, body=body)


def checking_budget(parts: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    """Yield the parts of a body and check the budget before each."""
    for part in parts:
        budget.check()
        yield part


def read_all(parts: Iterable[bytes]) -> bytearray:
    """Return the whole body, without a second copy."""
    body = bytearray()
    for part in parts:
        body += part
    return body


def read_first_data(parts: Iterable[bytes]) -> bytes:
    """Return the data of the first `data` event. Raises httpx.RemoteProtocolError without one."""
    data = next((event.data for event in decode_events(parts) if event.name == "data"), None)
    if data is None:
        raise httpx.RemoteProtocolError("The stream ended before it said anything.")
    return data


class AsyncCoder:
    """An async client for one token; see `Coder`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        token: str | None,
        *,
        forwarded_for: str | None = None,
        budget_s: float = 15.0,
    ) -> None:
        self.http = http
        self.headers = request_headers(token, forwarded_for)
        self.budget = Budget(deadline=time.monotonic() + budget_s)
        self.version = ""
        self.body_bytes = 0  # of the last response, or of the last event of a stream

    async def send[T](self, call: Call[T]) -> T:
        """Send `call` and return the decoded response. Raises CoderError and SessionEnded.

        Canceling the caller does not cancel the request: httpcore leaks the connection slot of a request that is
        canceled while it waits for a connection (encode/httpcore#1093).
        """
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            outcome = await asyncio.shield(asyncio.ensure_future(self.fetch(request)))
            try:
                request = attempt.send(outcome)
            except StopIteration as stop:
                response: T = stop.value
                return response

    async def fetch(self, request: httpx.Request) -> Outcome:
        """Send one request and return its outcome."""
        try:
            # The pool of this client is unlimited, so that no request is canceled while it waits for a connection.
            async with asyncio.timeout(self.budget.remaining_s):
                sent_at = datetime.now(UTC)
                async with aclosing(await self.http.send(request, stream=True)) as response:
                    CLOCK.observe(response, sent_at)
                    body = await read_all_async(response, self.budget)
        except TimeoutError:
            return httpx.ReadTimeout("")
        except TRANSPORT_ERRORS as error:
            return error
        self.body_bytes = len(body)
        return Response(status=response.status_code, headers=response.headers, body=body)

    async def stream[T](self, call: Call[T]) -> AsyncGenerator[T | None]:
        """Yield the decoded `data` events of a stream until Coder ends it, and None for every other event.

        Raises CoderError and SessionEnded if Coder refuses the stream, if it breaks off, or for an `error` event. The
        budget does not apply to an open stream: the caller limits how long it may be silent.
        """
        request = make_http_request(self, call)
        request.extensions["timeout"] = {**self.http.timeout.as_dict(), "read": None}
        try:
            sent_at = datetime.now(UTC)
            async with aclosing(await self.http.send(request, stream=True)) as response:
                CLOCK.observe(response, sent_at)
                if not response.is_success:
                    body = await read_all_async(response, self.budget)
                    decode_outcome(call, Response(status=response.status_code, headers=response.headers, body=body))
                self.version = response.headers.get("X-Coder-Build-Version", self.version)
                decoder = EventDecoder()
                async with aclosing(aiter_body(response, limit=None)) as parts:
                    async for part in parts:
                        for event in decoder.feed(part):
                            self.body_bytes = len(event.data)
                            yield decode_event(call, event, response)
        except TRANSPORT_ERRORS as error:
            raise connection_error(call, error) from None


async def read_all_async(response: httpx.Response, budget: Budget) -> bytearray:
    """Return the whole body of an open response. Raises BodyTooLarge and what httpx raises."""
    body = bytearray()
    async with aclosing(aiter_body(response, limit=body_limit(response))) as parts:
        async for part in parts:
            budget.check()
            body += part
    return body


def decode_event(call: Call[Any], event: Event, response: httpx.Response) -> Any:
    """Return the decoded data of an event; None for an event without data, such as a ping. Raises CoderError."""
    if event.name == "data":
        return decode_body(call, Response(status=response.status_code, headers=response.headers, body=event.data))
    if event.name == "error":
        raise error_from_response(500, event.data, "")
    return None


def request_headers(token: str | None, forwarded_for: str | None) -> dict[str, str]:
    """Return the headers of every call with this token, which is redacted in this context from now on."""
    headers = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING}
    if token:
        protect_token(token)
        headers["Coder-Session-Token"] = token
    if forwarded_for and forwarded_for.isascii() and forwarded_for.isprintable():
        headers["X-Forwarded-For"] = forwarded_for
    return headers


def exchange(coder: Coder | AsyncCoder, call: Call[Any]) -> Exchange:
    """Yield the requests of a call, receive their outcomes, and return the decoded response.

    Raises CoderError and SessionEnded.
    """
    outcome = yield make_http_request(coder, call)
    if call.method == "GET" and should_retry(outcome):
        outcome = yield make_http_request(coder, call)
    if isinstance(outcome, Response):
        coder.version = outcome.headers.get("X-Coder-Build-Version", coder.version)
    return decode_outcome(call, outcome)


def make_http_request(coder: Coder | AsyncCoder, call: Call[Any]) -> httpx.Request:
    """Return the request for a call.

    Raises SessionEnded for a token that is no valid header value (line breaks, non-ASCII letters), Unreachable after
    the deadline, and InvalidRequest for a query that is too long for a URL.
    """
    # h11 would reject such a token with an error that shows it.
    if not TOKEN_PATTERN.fullmatch(coder.headers.get("Coder-Session-Token", "none")):
        raise SessionEnded("This is not a token of Coder's.", status=401)
    try:
        return coder.http.build_request(
            call.method,
            call.path,
            params=call.query or None,
            json=call.body,
            headers=coder.headers,
            timeout=coder.budget.timeout(coder.http.timeout),
        )
    except httpx.InvalidURL:
        raise InvalidRequest("This is too long to ask for.", status=414) from None


def should_retry(outcome: Outcome) -> bool:
    """Return whether a GET is worth a retry: the connection broke, or a proxy could not reach Coder."""
    if isinstance(outcome, Exception):
        return isinstance(outcome, httpx.NetworkError | httpx.RemoteProtocolError)
    return outcome.status in GATEWAY_STATUSES


def decode_outcome(call: Call[Any], outcome: Outcome) -> Any:
    """Return the decoded response in an outcome. Raises CoderError and SessionEnded."""
    if isinstance(outcome, Exception):
        raise connection_error(call, outcome) from None  # httpx's error has the URL and the request with its token
    if 200 <= outcome.status < 300 or outcome.status == 304:
        return decode_body(call, outcome)
    error = error_from_response(outcome.status, outcome.body, outcome.headers.get("Retry-After", ""))
    if call.is_write and isinstance(error, Unreachable) and outcome.status >= 500:
        raise ResponseLost(error.reason, status=error.status, retry_after=error.retry_after)
    raise error


def decode_body(call: Call[Any], response: Response) -> Any:
    """Return the body as the response type. Raises UnreadableResponse, or ResponseLost for a write, if it differs."""
    try:
        return decode_json(response.json, call.response_type)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        kind = ResponseLost if call.is_write else UnreadableResponse
        raise kind(
            f"The response does not match Coder’s API: {decode_error_reason(error)}", status=response.status
        ) from None


def decode_error_reason(error: Exception) -> str:
    """Return the path within the JSON that does not match the type, or that it is not JSON; never a value."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON."


def connection_error(call: Call[Any], error: Exception) -> CoderError:
    """Return the exception for a missing response: ResponseLost for a write that may have arrived, else Unreachable.

    ResponseTooLarge if a read has more to say than the portal takes.
    """
    if isinstance(error, BodyTooLarge) and not call.is_write:
        return ResponseTooLarge()
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL)
    kind = ResponseLost if call.is_write and not never_sent else Unreachable
    return kind(connection_error_reason(error))


def connection_error_reason(error: Exception) -> str:
    """Return why there was no response, without URL or token."""
    match error:
        case BodyTooLarge():
            return "The response was too large."
        case httpx.DecodingError():
            return "The portal does not support the encoding of the response."
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "The portal does not trust Coder’s certificate."
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "The connection failed."
        case httpx.PoolTimeout():
            return "All connections to Coder are in use."
        case httpx.TimeoutException():
            return "Coder did not respond in time."
        case httpx.ProxyError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "The address of Coder or of a proxy is configured incorrectly."
    return "The connection was interrupted."


def gather(first: Callable[[], Any], *others: Callable[[], Any]) -> tuple[Any, ...]:
    """Call the functions in parallel and return their results in order.

    The first runs in the caller's thread, the others in a pool of this process, each in a copy of the caller's context
    (language, request id). After all have ended, the first error in their order is raised. The functions must not call
    `gather`: it could wait for a thread of the pool that is waiting itself.
    """
    futures: list[Future[Any]] = [EXECUTOR.submit(contextvars.copy_context().run, function) for function in others]
    try:
        result = first()
    finally:
        wait(futures)
    return (result, *(future.result() for future in futures))


def gather_some(functions: Iterable[Callable[[], Any]], at_once: int) -> list[Any]:
    """Call many functions, `at_once` at a time, and return their results in order. See `gather`."""
    return [result for some in batched(functions, at_once) for result in gather(*some)]
