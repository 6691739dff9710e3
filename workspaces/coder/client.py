"""Sends calls to Coder: one generator decides, a sync and an async client carry it out.

Only GETs are tried again, once. Cookies are neither kept nor sent, redirects are not followed, and the token
travels in the one header `Coder-Session-Token`.
"""

import asyncio
import contextvars
import logging
import re
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import msgspec

from workspaces.coder.calls import Call
from workspaces.coder.errors import (
    CoderError,
    InvalidRequest,
    ResponseLost,
    SessionEnded,
    Unreachable,
    error_from_response,
)
from workspaces.coder.events import Event, EventDecoder, decode_events

RETRIED_STATUSES = frozenset({502, 503, 504})
EMPTY_STATUSES = frozenset({204, 304})
TOKEN_PATTERN = re.compile(r"[!-~]+")  # what a header can carry; whether it is a token, Coder says
HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError)  # the first alone is not all that httpx raises
EXECUTOR = ThreadPoolExecutor(max_workers=32, thread_name_prefix="coder")


def drop_record(record: logging.LogRecord) -> bool:
    """A filter that lets no line of a log through."""
    return False


# At DEBUG these two write whole headers, and the answer to a sign-in sets the token as a cookie.
for wordy in ("httpcore.http11", "httpcore.proxy"):
    logging.getLogger(wordy).addFilter(drop_record)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response, read to its end. Its repr hides what may hold a token."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def json(self) -> bytes:
        """The body; of an answer that has none by its status, null, which only some calls may answer."""
        return self.body or (b"null" if self.status in EMPTY_STATUSES else b"")


type Outcome = Response | Exception
type BodyReader = Callable[[Iterable[bytes]], bytes]
type Exchange = Generator[httpx.Request, Outcome, Any]


def open_client(base_url: str, **limits: Any) -> httpx.Client:
    """The HTTP client to share. `base_url` is Coder's address without /api/v2; see `options` for the rest."""
    return httpx.Client(**client_options(base_url, **limits))


def open_async_client(base_url: str, **limits: Any) -> httpx.AsyncClient:
    """As open_client, for one event loop."""
    return httpx.AsyncClient(**client_options(base_url, **limits))


def client_options(
    base_url: str,
    *,
    ca_file: str | None = None,
    connect_s: float = 3.0,
    read_s: float = 10.0,
    use_proxy: bool = False,
    max_connections: int | None = 100,
    transport: Any = None,
) -> dict[str, Any]:
    """What both clients are made with. Times in s; `use_proxy`: proxies of the environment hold."""
    return {
        "base_url": f"{base_url.rstrip('/')}/api/v2",
        "timeout": httpx.Timeout(read_s, connect=connect_s),
        "limits": httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        "verify": ssl_context(ca_file, env=use_proxy),
        "trust_env": use_proxy,
        "follow_redirects": False,
        "headers": {"User-Agent": "coder-portal"},  # Coder's audit log shows it
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "transport": transport,
    }


@cache
def ssl_context(ca_file: str | None, *, env: bool) -> ssl.SSLContext:
    """Whom the clients trust: the authorities of this file, else the usual ones; `env`: or those of SSL_CERT_FILE.

    Read once, since all authorities together take 20 ms.
    """
    return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=env)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The time that all calls of one page may take together."""

    deadline: float  # of time.monotonic

    @property
    def remaining_s(self) -> float:
        """What is left of it, in s; below 0 where it is spent."""
        return self.deadline - time.monotonic()

    def timeout(self, given: httpx.Timeout) -> httpx.Timeout:
        """The client's timeouts, none longer than what is left. Raises Unreachable where nothing is left."""
        left = self.remaining_s
        if left <= 0:
            raise Unreachable("It took longer than this page may wait.")
        return httpx.Timeout(**{name: min(seconds or left, left) for name, seconds in given.as_dict().items()})

    def check(self) -> None:
        """Called with each part of an answer: one that trickles would keep every single timeout."""
        if self.remaining_s <= 0:
            raise httpx.ReadTimeout("")


class Coder:
    """Coder as one person meets it, for ordinary code. `version` is that of the last answer ("" before one)."""

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

    def send[T](self, call: Call[T]) -> T:
        """The answer to `call`. Raises CoderError."""
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            outcome = self.fetch(request)
            try:
                request = attempt.send(outcome)
            except StopIteration as done:
                answer: T = done.value
                return answer

    def fetch(self, request: httpx.Request) -> Outcome:
        """What became of one request."""
        return self.receive(request, self.budget, read_all)

    def first_event[T](self, call: Call[T], *, within_s: float) -> T:
        """What the first `data` event of a stream says; then the stream is left.

        Raises CoderError; Unreachable where no such event comes within `within_s` seconds.
        """
        budget = Budget(deadline=min(self.budget.deadline, time.monotonic() + within_s))
        request = build_request(self, call)
        request.extensions["timeout"] = budget.timeout(self.http.timeout).as_dict()
        answer: T = decode_outcome(call, self.receive(request, budget, read_first_data))
        return answer

    def receive(self, request: httpx.Request, budget: Budget, read_body: BodyReader) -> Outcome:
        """What became of one request: of a success, what `taken` takes of its body; of a refusal, all of it."""
        try:
            with closing(self.http.send(request, stream=True)) as response:
                take = read_body if response.is_success else read_all
                body = take(checking_budget(response.iter_bytes(), budget))
        except HTTPX_ERRORS as error:
            return error
        return Response(status=response.status_code, headers=response.headers, body=body)


def checking_budget(parts: Iterable[bytes], budget: Budget) -> Iterator[bytes]:
    """The parts of a body, as long as there is time for them."""
    for part in parts:
        budget.check()
        yield part


def read_all(parts: Iterable[bytes]) -> bytes:
    """All of a body."""
    return b"".join(parts)


def read_first_data(parts: Iterable[bytes]) -> bytes:
    """The data of the first event that has some. Raises httpx.RemoteProtocolError where the stream has none."""
    try:
        found = next((event.data for event in decode_events(parts) if event.name == "data"), None)
    except ValueError as error:
        raise httpx.RemoteProtocolError(str(error)) from None
    if found is None:
        raise httpx.RemoteProtocolError("The stream ended before it said anything.")
    return found


class AsyncCoder:
    """Coder as one person meets it, for code on an event loop."""

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

    async def send[T](self, call: Call[T]) -> T:
        """The answer to `call`. Raises CoderError.

        Who is cancelled leaves at once, but the request runs to its end: a request of httpcore's that is cancelled
        while it waits for a connection never gives its place back (encode/httpcore#1093).
        """
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            outcome = await asyncio.shield(asyncio.ensure_future(self.fetch(request)))
            try:
                request = attempt.send(outcome)
            except StopIteration as done:
                answer: T = done.value
                return answer

    async def fetch(self, request: httpx.Request) -> Outcome:
        """What became of one request."""
        body = bytearray()
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                async for part in response.aiter_bytes():
                    self.budget.check()
                    body += part
        except HTTPX_ERRORS as error:
            return error
        return Response(status=response.status_code, headers=response.headers, body=bytes(body))

    async def stream[T](self, call: Call[T]) -> AsyncGenerator[T | None]:
        """What a stream of Coder's says until Coder ends it: a state, or None for a mere sign of life.

        Raises CoderError where it is refused, breaks off, or says that Coder had an error. An open stream has no
        budget: how long it may be silent, is the caller's to say.
        """
        request = build_request(self, call)
        request.extensions["timeout"] = {**self.http.timeout.as_dict(), "read": None}
        try:
            async with aclosing(await self.http.send(request, stream=True)) as response:
                if not response.is_success:
                    decode_outcome(
                        call,
                        Response(status=response.status_code, headers=response.headers, body=await response.aread()),
                    )
                self.version = response.headers.get("X-Coder-Build-Version", self.version)
                decoder = EventDecoder()
                async for part in response.aiter_bytes():
                    for event in decoder.feed(part):
                        yield decode_event(call, event, response)
        except HTTPX_ERRORS as error:
            raise connection_error(call, error) from None
        except ValueError as error:
            raise Unreachable(f"Its answer is not what Coder documents: {error}.") from None


def decode_event(call: Call[Any], event: Event, response: httpx.Response) -> Any:
    """What an event of a stream says; None where it says no more than that the stream lives. Raises CoderError."""
    if event.name == "data":
        return decode_body(call, Response(status=response.status_code, headers=response.headers, body=event.data))
    if event.name == "error":
        raise error_from_response(500, event.data, "")
    return None


def request_headers(token: str | None, forwarded_for: str | None) -> dict[str, str]:
    """What goes with every call of one person."""
    made = {"Accept": "application/json"}
    if token:
        made["Coder-Session-Token"] = token
    if forwarded_for and forwarded_for.isascii() and forwarded_for.isprintable():
        made["X-Forwarded-For"] = forwarded_for
    return made


def exchange(coder: Coder | AsyncCoder, call: Call[Any]) -> Exchange:
    """Requests out, outcomes in, the decoded answer at the end. Raises CoderError."""
    outcome = yield build_request(coder, call)
    if call.method == "GET" and should_retry(outcome):
        outcome = yield build_request(coder, call)
    if isinstance(outcome, Response):
        coder.version = outcome.headers.get("X-Coder-Build-Version", coder.version)
    return decode_outcome(call, outcome)


def build_request(coder: Coder | AsyncCoder, call: Call[Any]) -> httpx.Request:
    """The request for a call.

    Raises SessionEnded for a token that no header can carry (a line break, a foreign letter), Unreachable where
    the budget is spent, and Invalid for a query that is too long for an address.
    """
    if not TOKEN_PATTERN.fullmatch(
        coder.headers.get("Coder-Session-Token", "none")
    ):  # h11 would say so, and the token with it
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
    """Whether a GET may find another answer at once: the connection broke, or a proxy found nobody."""
    if isinstance(outcome, Exception):
        return isinstance(outcome, httpx.NetworkError | httpx.RemoteProtocolError)
    return outcome.status in RETRIED_STATUSES


def decode_outcome(call: Call[Any], outcome: Outcome) -> Any:
    """The answer in an outcome. Raises CoderError."""
    if isinstance(outcome, Exception):
        raise connection_error(
            call, outcome
        ) from None  # httpx's own says the address, and holds the request with its token
    if 200 <= outcome.status < 300 or outcome.status == 304:
        return decode_body(call, outcome)
    error = error_from_response(outcome.status, outcome.body, outcome.headers.get("Retry-After", ""))
    if call.is_write and isinstance(error, Unreachable) and outcome.status >= 500:
        raise ResponseLost(error.reason, status=error.status, retry_after=error.retry_after)
    raise error


def decode_body(call: Call[Any], answer: Response) -> Any:
    """The body as the call's type. Raises AnswerLost or Unreachable where it does not fit."""
    try:
        return msgspec.json.decode(answer.json, type=call.response_type)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = ResponseLost if call.is_write else Unreachable
        raise kind(
            f"Its answer is not what Coder documents: {decode_error_reason(error)}", status=answer.status
        ) from None


def decode_error_reason(error: Exception) -> str:
    """The path within the JSON at which it did not fit, or that it is no JSON; never a value."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON."


def connection_error(call: Call[Any], error: Exception) -> CoderError:
    """The exception for no answer at all. A write that may have arrived is AnswerLost."""
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL)
    kind = ResponseLost if call.is_write and not never_sent else Unreachable
    return kind(connection_error_reason(error))


def connection_error_reason(error: Exception) -> str:
    """Why there was no answer, without address or token."""
    match error:
        case httpx.ConnectError() if "CERTIFICATE_VERIFY_FAILED" in str(error):
            return "Its certificate is not one that the portal trusts."
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "No connection could be made."
        case httpx.PoolTimeout():
            return "All connections to it are in use."
        case httpx.TimeoutException():
            return "It did not answer in time."
        case httpx.ProxyError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "The way to it is configured wrongly."
    return "The connection broke off."


def gather(first: Callable[[], Any], *others: Callable[[], Any]) -> tuple[Any, ...]:
    """What the functions return, called side by side, in their order.

    The first is called in the caller's thread, the others in one pool for all, each in a copy of the caller's
    context (language, request id). The first error in their order is raised, after all have ended. They must not
    gather themselves: the pool could be full of those who wait for it.
    """
    futures: list[Future[Any]] = [EXECUTOR.submit(contextvars.copy_context().run, thunk) for thunk in others]
    try:
        found = first()
    finally:
        wait(futures)
    return (found, *(future.result() for future in futures))
