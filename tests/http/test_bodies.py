"""Bodies that never come, come slowly, are cut off or too large: none takes a thread, none is carried out in part."""

import socket
from urllib.parse import urlencode

import httpx
import pytest

from coder_simulator.state import Workspace
from tests.http.conftest import THREADS, PortalProcess
from tests.http.raw_client import RawClient, RawConnection
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("http")  # one worker runs the portals

FORM = "Content-Type: application/x-www-form-urlencoded"
MIB = 1024 * 1024


def cookie_header(browser: httpx.Client) -> str:
    """Return the Cookie header of a browser session."""
    return "Cookie: " + "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)


def rename_form(browser: httpx.Client, name: str) -> bytes:
    """Return the body of the form that renames a workspace."""
    return urlencode({"csrfmiddlewaretoken": browser.cookies["coder_portal_csrf"], "name": name}).encode()


def send_rename(connection: RawConnection, browser: httpx.Client, workspace: Workspace, *headers: str) -> None:
    """Send the head of the request that renames a workspace."""
    connection.send_head(f"POST /workspaces/{workspace.id}/rename/", FORM, cookie_header(browser), *headers)


def rename_completely(browser: httpx.Client, coder: SimulatedCoder, workspace: Workspace) -> list[str]:
    """Rename the workspace by a complete request; return all names that reached Coder, earlier ones included."""
    url = f"/workspaces/{workspace.id}/rename/"
    headers = {"Content-Type": FORM.removeprefix("Content-Type: ")}
    assert browser.post(url, content=rename_form(browser, "complete"), headers=headers).status_code == 302
    return [entry["body"]["name"] for entry in coder.server.requests() if entry["method"] == "PATCH"]


def writes(coder: SimulatedCoder) -> list[str]:
    """Return the requests to Coder that change something."""
    return [line for line in coder.request_lines() if not line.startswith("GET ")]


def test_portal_answers_while_bodies_of_many_requests_never_come(portal: PortalProcess, client: RawClient) -> None:
    for _ in range(4 * THREADS):
        client.connect().send_head("POST /login/", FORM, "Content-Length: 1000")
        client.connect().send_head("POST /login/", FORM, "Transfer-Encoding: chunked")
        client.connect().send_head("GET /live/workspaces/", "Content-Length: 1000")
    assert portal.is_healthy()


@pytest.mark.parametrize("announcement", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_body_that_does_not_come_is_answered_with_408(hasty_client: RawClient, announcement: str) -> None:
    connection = hasty_client.connect()
    connection.send_head("POST /login/", FORM, announcement)
    response = connection.read_response()
    assert (response.status, response.headers["connection"]) == (408, "close")
    assert b"took too long" in response.body


def test_body_that_comes_byte_by_byte_is_answered_with_408(hasty_client: RawClient) -> None:
    connection = hasty_client.connect()
    connection.send_head("POST /login/", FORM, "Content-Length: 1000")
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


@pytest.mark.parametrize("end", ["half-closed", "reset"])
def test_body_that_is_cut_off_is_not_carried_out(
    client: RawClient, alice: httpx.Client, coder: SimulatedCoder, end: str
) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "truncated-name")
    connection = client.connect()
    send_rename(connection, alice, web, f"Content-Length: {len(body)}")
    connection.send(body.removesuffix(b"-name"))
    if end == "half-closed":
        connection.socket.shutdown(socket.SHUT_WR)
        assert connection.wait_until_closed() == b""
    else:
        connection.socket.close()
    assert rename_completely(alice, coder, web) == ["complete"]


def test_chunked_body_that_is_cut_off_is_not_carried_out(
    client: RawClient, alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "truncated")
    connection = client.connect()
    send_rename(connection, alice, web, "Transfer-Encoding: chunked")
    connection.send(b"%x\r\n%b\r\n" % (len(body), body))  # the last chunk, of size 0, is missing
    connection.socket.shutdown(socket.SHUT_WR)
    assert connection.wait_until_closed() == b""
    assert rename_completely(alice, coder, web) == ["complete"]


def test_chunked_body_is_carried_out_when_complete(
    client: RawClient, alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "renamed")
    connection = client.connect()
    send_rename(connection, alice, web, "Transfer-Encoding: chunked")
    connection.send(*(b"1\r\n%c\r\n" % byte for byte in body), b"0\r\n\r\n")
    assert connection.read_response().status == 302
    assert writes(coder) == [f"PATCH /workspaces/{web.id}"]


def test_body_of_the_largest_size_is_accepted_and_a_larger_one_answered_with_413(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", FORM, f"Content-Length: {MIB}")
    connection.send(b"a" * MIB)
    assert connection.read_response().status == 403  # no CSRF token
    connection.send_head("POST /login/", FORM, f"Content-Length: {MIB + 1}")
    response = connection.read_response()
    assert (response.status, response.headers["connection"]) == (413, "close")
    assert b"too large" in response.body


def test_chunked_body_beyond_the_limit_is_answered_with_413(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", FORM, "Transfer-Encoding: chunked")
    chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
    connection.send_all([chunk] * 20)
    assert connection.read_response().status == 413


def test_client_that_sends_on_after_413_can_read_the_response(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", FORM, f"Content-Length: {8 * MIB}")
    assert connection.send_all([b"a" * MIB] * 8) == 8 * MIB
    assert connection.read_response().status == 413


def test_endless_extensions_and_trailers_of_chunks_close_the_connection(client: RawClient) -> None:
    for part in (b"1;" + b"x" * 200_000, b"0\r\nx-trailer: " + b"x" * 200_000):
        connection = client.connect()
        connection.send_head("POST /login/", FORM, "Transfer-Encoding: chunked")
        connection.send_all([part])
        assert connection.wait_until_closed() == b""


def test_trailers_do_not_become_headers(client: RawClient, alice: httpx.Client, coder: SimulatedCoder) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "renamed")
    connection = client.connect()
    connection.send(
        f"POST /workspaces/{web.id}/rename/ HTTP/1.1\r\nHost: {client.host}:{client.port}\r\n{FORM}\r\n".encode(),
        b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n%b\r\n\r\n"
        % (len(body), body, cookie_header(alice).encode()),
    )
    assert connection.read_response().status == 403  # without the cookies
    assert writes(coder) == []


def test_keep_alive_connection_serves_a_second_request_after_a_body(
    client: RawClient, alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "renamed")
    connection = client.connect()
    send_rename(connection, alice, web, f"Content-Length: {len(body)}")
    connection.send(body)
    assert connection.read_response().status == 302
    connection.send_head("GET /healthz")
    assert connection.read_response().status == 200


def test_pipelined_requests_are_answered_in_order(client: RawClient) -> None:
    host = f"Host: {client.host}:{client.port}\r\n"
    connection = client.connect()
    connection.send(
        f"POST /login/ HTTP/1.1\r\n{host}{FORM}\r\nContent-Length: 3\r\n\r\na=b".encode(),
        f"GET /healthz HTTP/1.1\r\n{host}\r\n".encode(),
    )
    assert [connection.read_response().status for _ in range(2)] == [403, 200]


def test_client_that_expects_100_continue_sends_its_body_after_it(
    client: RawClient, alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web, body = coder.place("web", "stopped"), rename_form(alice, "renamed")
    connection = client.connect()
    send_rename(connection, alice, web, f"Content-Length: {len(body)}", "Expect: 100-continue")
    assert connection.read_until(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    connection.send(body)
    assert connection.read_response().status == 302


def test_client_that_expects_100_continue_for_too_large_a_body_gets_413_instead(client: RawClient) -> None:
    connection = client.connect()
    connection.send_head("POST /login/", FORM, f"Content-Length: {2 * MIB}", "Expect: 100-continue")
    assert connection.read_response().status == 413


@pytest.mark.parametrize("request_line", ["POST /login/", "GET /healthz", "CONNECT /login/"])
@pytest.mark.parametrize("framing", ["Content-Length: 100", "Transfer-Encoding: chunked"])
def test_body_of_an_upgrade_request_is_refused_and_not_parsed_as_a_further_request(
    client: RawClient, request_line: str, framing: str
) -> None:
    connection = client.connect()
    connection.send_head(request_line, FORM, framing, "Connection: Upgrade", "Upgrade: h2c")
    assert connection.read_response().status == 400
    connection.send_all([f"GET /healthz HTTP/1.1\r\nHost: {client.host}:{client.port}\r\n\r\n".encode()])
    assert connection.wait_until_closed() == b""


def test_uploaded_files_are_not_written_and_their_form_is_read(alice: httpx.Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    fields = {"csrfmiddlewaretoken": alice.cookies["coder_portal_csrf"], "name": "renamed"}
    files = {"file": ("large.bin", b"a" * 500_000, "application/octet-stream")}
    response = alice.post(f"/workspaces/{web.id}/rename/", data=fields, files=files)
    assert response.status_code == 302
    assert coder.last_request(f"PATCH /workspaces/{web.id}")["body"] == {"name": "renamed"}
