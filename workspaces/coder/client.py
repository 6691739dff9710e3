"""Sends calls to Coder: one generator decides, a sync and an async client carry it out.

Only GETs are tried again, once. Cookies are neither kept nor sent, redirects are not followed, and the token
travels in the one header `Coder-Session-Token`.
"""

import contextvars
import ssl
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import msgspec

from workspaces.coder.calls import Call
from workspaces.coder.errors import AnswerLost, CoderError, SessionEnded, Unreachable, refusal

TRIED_AGAIN = frozenset({502, 503, 504})
SIDE_BY_SIDE = ThreadPoolExecutor(max_workers=32, thread_name_prefix="coder")

type Attempt = Generator[httpx.Request, httpx.Response | Exception, Any]


def open_client(base_url: str, **limits: Any) -> httpx.Client:
    """The HTTP client to share. `base_url` is Coder's address without /api/v2; see `options` for the rest."""
    return httpx.Client(**options(base_url, **limits))


def open_async_client(base_url: str, **limits: Any) -> httpx.AsyncClient:
    """As open_client, for one event loop."""
    return httpx.AsyncClient(**options(base_url, **limits))


def options(
    base_url: str,
    *,
    ca_file: str | None = None,
    connect_s: float = 3.0,
    read_s: float = 10.0,
    use_proxy: bool = False,
    max_connections: int = 100,
    transport: Any = None,
) -> dict[str, Any]:
    """What both clients are made with. Times in s; `use_proxy`: proxies of the environment hold."""
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    return {
        "base_url": f"{base_url.rstrip('/')}/api/v2",
        "timeout": httpx.Timeout(read_s, connect=connect_s),
        "limits": httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        "verify": verify,
        "trust_env": use_proxy,
        "follow_redirects": False,
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "transport": transport,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The time that all calls of one page may take together."""

    until: float  # of time.monotonic

    def timeout(self, given: httpx.Timeout) -> dict[str, float | None]:
        """The client's timeouts, none longer than what is left. Raises Unreachable where nothing is left."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise Unreachable("It took longer than this page may wait.")
        return {name: min(seconds or left, left) for name, seconds in given.as_dict().items()}


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
        self.headers = headers(token, forwarded_for)
        self.budget = Budget(until=time.monotonic() + budget_s)
        self.version = ""

    def send[T](self, call: Call[T]) -> T:
        """The answer to `call`. Raises CoderError."""
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            try:
                outcome: httpx.Response | Exception = self.http.send(request)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                outcome = error
            try:
                request = attempt.send(outcome)
            except StopIteration as done:
                answer: T = done.value
                return answer


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
        self.headers = headers(token, forwarded_for)
        self.budget = Budget(until=time.monotonic() + budget_s)
        self.version = ""

    async def send[T](self, call: Call[T]) -> T:
        """The answer to `call`. Raises CoderError."""
        attempt = exchange(self, call)
        request = next(attempt)
        while True:
            try:
                outcome: httpx.Response | Exception = await self.http.send(request)
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
                outcome = error
            try:
                request = attempt.send(outcome)
            except StopIteration as done:
                answer: T = done.value
                return answer


def headers(token: str | None, forwarded_for: str | None) -> dict[str, str]:
    """What goes with every call of one person."""
    made = {"Accept": "application/json"}
    if token:
        made["Coder-Session-Token"] = token
    if forwarded_for:
        made["X-Forwarded-For"] = forwarded_for
    return made


def exchange(coder: Coder | AsyncCoder, call: Call[Any]) -> Attempt:
    """Requests out, responses or exceptions in, the decoded answer at the end. Raises CoderError.

    A token that could not be a header (a line break, a foreign letter) is no token of Coder's.
    """
    for last in (False, True):
        try:
            request = coder.http.build_request(
                call.method,
                call.path,
                params=call.query or None,
                json=call.body,
                headers=coder.headers,
                timeout=httpx.Timeout(**coder.budget.timeout(coder.http.timeout)),
            )
        except (UnicodeEncodeError, httpx.InvalidURL):
            raise SessionEnded("This is not a token of Coder's.", status=401) from None
        outcome = yield request
        if not isinstance(outcome, Exception):
            coder.version = outcome.headers.get("X-Coder-Build-Version", coder.version)
        if last or call.method != "GET" or not worth_another(outcome):
            return read(call, outcome)
    raise AssertionError  # the second attempt has returned


def worth_another(outcome: httpx.Response | Exception) -> bool:
    """Whether a GET may find another answer at once: the connection broke, or a proxy found nobody."""
    if isinstance(outcome, Exception):
        return isinstance(outcome, httpx.NetworkError | httpx.RemoteProtocolError)
    return outcome.status_code in TRIED_AGAIN


def read(call: Call[Any], outcome: httpx.Response | Exception) -> Any:
    """The answer in an outcome. Raises CoderError."""
    if isinstance(outcome, Exception):
        raise absence(call, outcome) from None  # httpx's own says the address, and holds the request with its token
    if outcome.is_success or outcome.status_code == 304:
        return decode(call, outcome)
    error = refusal(outcome.status_code, outcome.content, outcome.headers.get("Retry-After", ""))
    if call.write and isinstance(error, Unreachable) and (error.status or 0) >= 500:
        raise AnswerLost(error.why, status=error.status, retry_after=error.retry_after)
    raise error


def decode(call: Call[Any], response: httpx.Response) -> Any:
    """The body as the call's type; None where the call wants no body, or a 304 has none."""
    if call.answer is None or (not response.content and (response.status_code == 304 or call.answer is Any)):
        return None
    try:
        return msgspec.json.decode(response.content, type=call.answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        kind = AnswerLost if call.write else Unreachable
        raise kind(f"Its answer is not what Coder documents: {where(error)}", status=response.status_code) from None


def where(error: Exception) -> str:
    """The path within the JSON at which it did not fit, or that it is no JSON; never a value."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON."


def absence(call: Call[Any], error: Exception) -> CoderError:
    """The exception for no answer at all. A write that may have arrived is AnswerLost."""
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.InvalidURL)
    kind = AnswerLost if call.write and not never_sent else Unreachable
    return kind(reason(error))


def reason(error: Exception) -> str:
    """Why there was no answer, without address or token."""
    match error:
        case httpx.ConnectTimeout() | httpx.ConnectError():
            return "No connection could be made."
        case httpx.PoolTimeout():
            return "All connections to it are in use."
        case httpx.TimeoutException():
            return "It did not answer in time."
        case httpx.ProxyError() | httpx.UnsupportedProtocol() | httpx.InvalidURL():
            return "The way to it is configured wrongly."
    return "The connection broke off."


def gather(*thunks: Callable[[], Any]) -> tuple[Any, ...]:
    """What the functions return, called side by side, in their order.

    Each runs in the caller's context (language, request id). The first error in their order is raised, after all
    have ended.
    """
    futures = [SIDE_BY_SIDE.submit(contextvars.copy_context().run, thunk) for thunk in thunks[1:]]
    first: Any = None
    failed: BaseException | None = None
    try:
        first = thunks[0]()
    except CoderError as error:
        failed = error
    wait(futures)
    if failed:
        raise failed
    return (first, *(future.result() for future in futures))
