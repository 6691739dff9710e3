"""uvicorn's HTTP protocol with limits on what a client can send and leave unread before the application runs.

uvicorn limits neither the size of headers nor the time that they take: a header of 150 MB blocks the event loop.
The start command names this class (`server_check.PROTOCOL`), and the application serves nothing without it.
"""

import asyncio
from collections import OrderedDict, deque
from http import HTTPStatus
from itertools import islice
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from coder_portal import server_check
from coder_portal.request_body import announced_length
from coder_portal.unanswered_requests import UNANSWERED, head_size
from coder_portal.unread_responses import UNREAD

MAX_HEADER_BYTES = 64 * 1024  # of the request line and all headers; also of what a chunked body has beside its data
MAX_HEADERS = 200
MAX_PIPELINED = 8  # requests that wait for the response to an earlier one of their connection; browsers send none
MAX_SILENT = 1000  # connections of this process without a request
CHUNK_OVERHEAD = 16  # bytes for each byte of data: chunks of one byte take six
HEADER_TIMEOUT_S = 10.0
UNREAD_TIMEOUT_S = 30.0  # how long a client may leave a response unread
LINGER_S = 2.0  # how long a client may read its response when it is refused, or the process ends

# The connections without a request, the longest silent first.
SILENT: OrderedDict["LimitedProtocol", None] = OrderedDict()


def is_framing_known(headers: list[tuple[bytes, bytes]]) -> bool:
    """Return whether the body of a request with these headers has a transfer coding that the portal decodes, or none.

    httptools takes each list of codings that ends with "chunked", and would pass on the body compressed.
    """
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    return codings in ([], [b"chunked"])


class RequestRefused(Exception):
    """The request is not served. httptools passes it on as an error of its own."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. It is closed when a limit is exceeded, with a response unless an earlier one is being sent."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, server_check.MARK: True}, _loop)
        self.ws_protocol_class = None  # no WebSocket: requests to upgrade are answered as if they did not ask for it
        self.awaits_headers = True  # until the headers of the next request are complete
        self.header_bytes = 0  # received of these headers
        self.framing_bytes = 0  # received of a chunked body beside its data: sizes, extensions, trailers
        self.unanswered: deque[RequestResponseCycle] = deque()  # in the order of the requests
        self.head_sizes: deque[int] = deque()  # bytes of memory that the headers of these requests take
        self.refusal = HTTPStatus.BAD_REQUEST
        self.is_refused = False
        self.header_timer: asyncio.TimerHandle | None = None
        self.unread_timer: asyncio.TimerHandle | None = None
        self.is_ending = False  # of the process

    @property
    def is_answering(self) -> bool:
        """Return whether a request of this connection has not been answered completely."""
        return bool(self.unanswered)

    # ---- Receiving

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Expect headers; if too many connections are silent, close the longest silent one."""
        super().connection_made(transport)
        self.mark_silent()
        self.header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self.on_header_timeout)

    def mark_silent(self) -> None:
        """Count this connection among those without a request."""
        SILENT[self] = None
        if len(SILENT) > MAX_SILENT:
            oldest, _ = SILENT.popitem(last=False)
            oldest.disconnect()

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived in pieces, none of which exceeds what the headers may still have."""
        while data and not self.is_refused and not self.transport.is_closing():
            room = MAX_HEADER_BYTES - self.header_bytes
            piece, data = data[:room], data[room:]
            if self.awaits_headers:
                self.header_bytes += len(piece)
            else:
                self.framing_bytes += len(piece)
            super().data_received(piece)
            self.check_piece()
        self.count_unanswered()

    def count_unanswered(self) -> None:
        """Count what the unanswered requests hold, and what has arrived of the headers of the next one."""
        if not self.is_answering or self.transport.is_closing():
            UNANSWERED.forget(self)
            return
        waiting = sum(len(cycle.body) for cycle in islice(self.unanswered, 1, None))
        UNANSWERED.update(self, sum(self.head_sizes) + waiting + self.header_bytes)

    def check_piece(self) -> None:
        """Refuse the request if what has arrived of it exceeds a limit; start the timer for incomplete headers."""
        if self.is_refused or self.transport.is_closing():
            return
        if self.awaits_headers:
            if self.header_bytes >= MAX_HEADER_BYTES:
                self.reject(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
            elif self.header_bytes and self.header_timer is None:
                self.header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self.on_header_timeout)
        else:
            self.framing_bytes = max(0, self.framing_bytes)
            if self.framing_bytes > MAX_HEADER_BYTES:
                self.reject(HTTPStatus.BAD_REQUEST)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Receive a header or a trailer. Refuse the request for their number: each takes more memory than bytes."""
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            self.refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise RequestRefused

    def on_headers_complete(self) -> None:
        """Start the request, or refuse it for the number of the requests before it.

        httptools takes the body of a request for an upgrade (CONNECT, too) for data of the other protocol, and what
        follows later for a further request. A proxy would take the response to that for the one to the next person's
        request. So such a request has no body, and is the last one of its connection.
        """
        if len(self.unanswered) > MAX_PIPELINED:
            self.refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise RequestRefused
        if not is_framing_known(self.headers):
            self.refusal = HTTPStatus.NOT_IMPLEMENTED
            raise RequestRefused
        asks_for_upgrade = self.parser.should_upgrade()
        if asks_for_upgrade and announced_length(self.headers):
            raise RequestRefused
        super().on_headers_complete()
        self.cycle.keep_alive = self.cycle.keep_alive and not asks_for_upgrade
        self.unanswered.append(self.cycle)
        self.head_sizes.append(head_size(self.url, self.headers))
        self.headers = []  # for trailers: they would be added to the headers that the application reads
        self.awaits_headers, self.header_bytes, self.framing_bytes = False, 0, 0
        SILENT.pop(self, None)
        self.cancel_header_timer()

    def on_body(self, body: bytes) -> None:
        """Receive data of the body."""
        self.framing_bytes -= (CHUNK_OVERHEAD + 1) * len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect the headers of the next request."""
        super().on_message_complete()
        self.awaits_headers = True

    def on_header_timeout(self) -> None:
        """Close the connection, with a response if some of the headers have arrived."""
        self.header_timer = None
        if self.is_answering:  # the client waits for that response first
            self.header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self.on_header_timeout)
        elif self.header_bytes:
            self.reject(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def cancel_header_timer(self) -> None:
        """Stop the timer for incomplete headers."""
        if self.header_timer is not None:
            self.header_timer.cancel()
            self.header_timer = None

    # ---- Refusing

    def send_400_response(self, msg: str) -> None:
        """Refuse a request that httptools cannot parse or that a callback has refused."""
        self.reject(self.refusal)

    def reject(self, status: HTTPStatus) -> None:
        """Close the connection, with this status unless another response is being sent."""
        self.is_refused = True
        self.cancel_header_timer()
        SILENT.pop(self, None)
        if self.is_answering:
            self.disconnect()
            return
        body = f"{status.phrase}. Nothing was changed.\n".encode()
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
        self.transport.write(STATUS_LINE[status] + head + body)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_S, self.transport.abort)

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing: any client can send such requests."""

    # ---- Sending

    def on_response_complete(self) -> None:
        """Expect a further request, or close the connection once its client has read the response."""
        has_whole_request = not self.unanswered.popleft().more_body
        self.head_sizes.popleft()
        self.count_unanswered()
        super().on_response_complete()
        if self.transport.is_closing():
            self.start_unread_timer()
        elif not self.is_answering:
            self.mark_silent()
            if not has_whole_request and self.header_timer is None:  # uvicorn's own timer ends with the next data
                self.header_timer = self.loop.call_later(HEADER_TIMEOUT_S, self.on_header_timeout)

    def timeout_keep_alive_handler(self) -> None:
        """Close a connection that is not used again."""
        super().timeout_keep_alive_handler()
        self.start_unread_timer()

    def pause_writing(self) -> None:
        """Receive from the transport that the client does not read."""
        super().pause_writing()
        UNREAD.update(self.transport)
        self.start_unread_timer()

    def resume_writing(self) -> None:
        """Receive from the transport that the client has read."""
        super().resume_writing()
        UNREAD.update(self.transport)
        self.cancel_unread_timer()

    def start_unread_timer(self) -> None:
        """Close the connection soon even if its client does not read what was sent; sooner when the process ends."""
        if self.unread_timer is not None:
            if not self.is_ending:
                return
            self.unread_timer.cancel()
        self.unread_timer = self.loop.call_later(LINGER_S if self.is_ending else UNREAD_TIMEOUT_S, self.disconnect)

    def cancel_unread_timer(self) -> None:
        """Stop the timer for unread responses, unless the connection is closing."""
        if self.unread_timer is not None and not self.transport.is_closing():
            self.unread_timer.cancel()
            self.unread_timer = None

    # ---- Ending

    def shutdown(self) -> None:
        """Receive that the process ends: it does not wait for clients that do not read."""
        super().shutdown()
        self.is_ending = True
        if self.transport.is_closing() or self.unread_timer is not None:
            self.start_unread_timer()

    def disconnect(self) -> None:
        """Close the connection at once, with all that has not been sent."""
        self.mark_disconnected()
        self.transport.abort()

    def mark_disconnected(self) -> None:
        """Tell all requests that their client has left, and drop those that wait.

        uvicorn tells the last one; others would fail on writing.
        """
        for cycle in self.unanswered:
            cycle.disconnected = True
            cycle.message_event.set()
            cycle.body.clear()
        self.pipeline.clear()  # these never start, and would stay in memory until the first request ends
        if self.unanswered:
            first = self.unanswered[0]
            self.unanswered, self.cycle, self.scope = deque([first]), first, first.scope

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers and tell the requests."""
        self.mark_disconnected()
        SILENT.pop(self, None)
        UNREAD.forget(self.transport)
        UNANSWERED.forget(self)
        self.cancel_header_timer()
        if self.unread_timer is not None:
            self.unread_timer.cancel()
        super().connection_lost(exc)
