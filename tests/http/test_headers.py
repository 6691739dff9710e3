"""Headers that are too large, too many or too slow, and connections without requests."""

import httpx
import pytest

from tests.external_services.servers import wait_for
from tests.http.conftest import PortalProcess
from tests.http.raw_client import RawClient

pytestmark = pytest.mark.xdist_group("http")  # one worker runs the portals

LIMIT = 64 * 1024
MIB = 1024 * 1024


def test_headers_below_the_limit_are_accepted(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("GET /healthz", "X-Long: " + "a" * (LIMIT - 200))
    assert connection.read_response().status == 200


@pytest.mark.parametrize(
    "start", [b"GET /healthz HTTP/1.1\r\nX-Long: ", b"GET /healthz?", b"GET /healthz HTTP/1.1\r\n" + b"X: 1\r\n" * 6000]
)
def test_headers_beyond_the_limit_are_answered_with_431(client: RawClient, start: bytes) -> None:
    connection = client.connect()
    connection.send_all([start, b"a" * (LIMIT + 1)])
    response = connection.read_response()
    assert (response.status, response.headers["connection"]) == (431, "close")
    assert connection.wait_until_closed() == b""


def test_header_flood_takes_no_memory_and_leaves_other_requests_alone(portal: PortalProcess, client: RawClient) -> None:
    before = portal.memory_mib()
    for _ in range(8):
        connection = client.connect()
        connection.send(b"GET /healthz HTTP/1.1\r\nX-Long: ")
        connection.send_all([b"a" * MIB] * 20)
        assert portal.is_healthy()
    assert portal.memory_mib() - before < 16


def test_too_many_headers_are_answered_with_431(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("GET /healthz", *["X: 1"] * 201)
    assert connection.read_response().status == 431


def test_too_many_headers_are_refused_before_the_last_one_has_arrived(client: RawClient) -> None:
    connection = client.connect()
    connection.send(b"GET /healthz HTTP/1.1\r\n", b"ab:cd\r\n" * 300)  # each takes far more memory than bytes
    assert connection.read_response().status == 431


def test_too_many_trailers_close_the_connection(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", "Transfer-Encoding: chunked")
    connection.send(b"1\r\nx\r\n0\r\n", b"ab:cd\r\n" * 300)
    assert connection.wait_until_closed() == b""


def test_headers_that_come_slowly_are_answered_with_408(hasty_client: RawClient) -> None:
    connection = hasty_client.connect()
    connection.send(b"GET /healthz HTTP/1.1\r\nX-Slow: ")
    connection.socket.settimeout(0.1)
    response = b""
    for _ in range(100):
        connection.send(b"a")
        try:
            response = connection.socket.recv(65536)
        except TimeoutError:
            continue
        break
    assert response.startswith(b"HTTP/1.1 408 ")


def test_connection_without_a_request_is_closed(hasty_client: RawClient) -> None:
    assert hasty_client.connect().wait_until_closed() == b""


def test_line_ends_between_requests_do_not_keep_a_connection_open(hasty_client: RawClient) -> None:
    connection = hasty_client.connect()
    connection.send_head("GET /healthz")
    assert connection.read_response().status == 200
    connection.send(b"\r\n")
    assert connection.wait_until_closed().startswith(b"HTTP/1.1 408 ")


def test_longest_silent_connections_make_room_for_new_ones(
    hasty_portal: PortalProcess, hasty_client: RawClient
) -> None:
    silent = [hasty_client.connect() for _ in range(60)]
    assert hasty_portal.is_healthy()
    assert silent[0].wait_until_closed() == b""


def test_many_pipelined_requests_close_the_connection(client: RawClient) -> None:
    connection = client.connect()
    connection.send_all([f"GET /login/ HTTP/1.1\r\nHost: {client.host}:{client.port}\r\n\r\n".encode() * 100])
    assert connection.wait_until_closed().count(b"HTTP/1.1 200 OK") < 10


def test_upgrade_request_is_answered_as_any_other(client: RawClient) -> None:
    for protocol in ("websocket", "h2c"):
        connection = client.connect()
        key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
        connection.send_head(
            "GET /healthz", "Connection: Upgrade", f"Upgrade: {protocol}", key, "Sec-WebSocket-Version: 13"
        )
        response = connection.read_response()
        assert (response.status, response.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("path", ["/login/", "/live/workspaces/", "/static/css/portal.css"])
def test_second_content_type_is_answered_with_400(client: RawClient, path: str) -> None:
    connection = client.connect()
    connection.send_head(f"GET {path}", "Content-Type: text/plain", "Content-Type: text/plain; charset*=x''%41")
    assert connection.read_response().status == 400


def test_connection_is_closed_when_the_rest_of_an_answered_request_comes_slowly(hasty_client: RawClient) -> None:
    connection = hasty_client.connect()
    connection.send_head("GET /healthz", "Content-Length: 1000")
    assert connection.read_response().status == 200
    connection.send(b"a")  # uvicorn stops its timer for unused connections
    assert connection.wait_until_closed() == b""


def test_requests_that_are_no_http_are_answered_with_400(client: RawClient) -> None:
    for garbage in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"SSH-2.0-x\r\n", b"GET / HTTP/9.9\r\n\r\n"):
        connection = client.connect()
        connection.send(garbage, b"\r\n\r\n")
        assert connection.read_response().status == 400


def test_clients_that_do_not_read_are_disconnected(hasty_portal: PortalProcess, hasty_client: RawClient) -> None:
    page = httpx.get(f"{hasty_portal.url}/login/", trust_env=False, timeout=30).text
    script = next(text for text in page.split('"') if text.endswith(".js") and "htmx" in text)
    request = f"GET {script} HTTP/1.1\r\nHost: {hasty_client.host}:{hasty_client.port}\r\n\r\n".encode()
    before = hasty_portal.open_files()
    for _ in range(40):
        hasty_client.connect(receive_buffer=2048).send(request * 8)
    assert hasty_portal.is_healthy()

    def few_are_open() -> None:
        assert hasty_portal.open_files() < before + 20

    wait_for(few_are_open, AssertionError)


@pytest.mark.parametrize(
    ("codings", "status"),
    [
        (["gzip, chunked"], 501),
        (["gzip", "chunked"], 501),
        (["x-unknown, chunked"], 501),
        (["chunked, chunked"], 400),
        (["chunked", "chunked"], 400),
    ],
)
def test_unknown_transfer_coding_is_refused(client: RawClient, codings: list[str], status: int) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", *[f"Transfer-Encoding: {each}" for each in codings])
    response = connection.read_response()
    assert (response.status, response.headers["connection"]) == (status, "close")
    assert connection.wait_until_closed() == b""


def test_name_of_transfer_coding_may_have_capitals(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /healthz", "Transfer-Encoding: Chunked")
    connection.send(b"0\r\n\r\n")
    assert connection.read_response().status != 501


@pytest.mark.parametrize("path", ["/live/workspaces/", "/workspaces/"])
def test_unknown_host_is_refused_for_streams_as_for_pages(client: RawClient, path: str) -> None:
    connection = client.connect()
    connection.send(f"GET {path} HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n".encode())
    assert connection.read_response().status == 400
