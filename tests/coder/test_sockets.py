"""Test the client against real sockets: errors below HTTP, logs, certificates and proxies."""

import asyncio
import datetime as dt
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import anyio
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.coder.conftest import Serve, send_nothing, send_response
from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder, Coder
from workspaces.coder.transport import open_async_client, open_client

TOKEN = "abcdefghij-klmnopqrstuvwxyz123456"
ID = UUID("ce902cbe-d6b9-4e20-9f95-048de1823ae2")
ME = '{"id": "ce902cbe-d6b9-4e20-9f95-048de1823ae2", "username": "alice", "created_at": "2026-11-24T22:05:49.47Z"}'


def test_truncated_read_response_is_retried_once(serve: Serve) -> None:
    server = serve(send_response("200 OK", ME, missing_bytes=10), send_response("200 OK", ME))
    with open_client(server.url) as http:
        assert Coder(http, TOKEN).send(calls.me()).username == "alice"
    assert len(server.requests) == 2


def test_read_response_truncated_twice_raises_unreachable(serve: Serve) -> None:
    server = serve(send_response("200 OK", ME, missing_bytes=10))
    with open_client(server.url) as http, pytest.raises(errors.Unreachable, match="was interrupted"):
        Coder(http, TOKEN).send(calls.me())
    assert len(server.requests) == 2


def test_truncated_write_response_raises_answer_lost_without_retry(serve: Serve) -> None:
    server = serve(send_response("201 Created", "{}" * 9, missing_bytes=5))
    with open_client(server.url) as http, pytest.raises(errors.ResponseLost):
        Coder(http, TOKEN).send(calls.create_build(ID, transition="stop"))
    assert len(server.requests) == 1


def test_undecodable_gzip_body_raises_unreachable(serve: Serve) -> None:
    server = serve(send_response("200 OK", "no gzip", "Content-Encoding: gzip"))
    with open_client(server.url) as http, pytest.raises(errors.Unreachable):
        Coder(http, TOKEN).send(calls.me())


@pytest.mark.parametrize(
    ("call", "kind"), [(calls.me(), errors.Unreachable), (calls.favorite(ID), errors.ResponseLost)]
)
def test_silent_server_times_out_after_read_timeout(
    serve: Serve, call: calls.Call[object], kind: type[errors.CoderError]
) -> None:
    server = serve(send_nothing)
    with open_client(server.url, read_s=0.05) as http, pytest.raises(errors.CoderError, match="in time") as caught:
        Coder(http, TOKEN).send(call)
    assert type(caught.value) is kind


def trickle_hints(connection: socket.socket) -> None:
    """Send informational responses until the client disconnects."""
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        connection.settimeout(0.01)
        with suppress(TimeoutError):
            if not connection.recv(1):
                return


def trickle_headers(connection: socket.socket) -> None:
    """Send a header byte by byte until the client disconnects."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    connection.settimeout(0.01)
    while True:
        connection.sendall(b"a")
        with suppress(TimeoutError):
            if not connection.recv(1):
                return


@pytest.mark.parametrize("trickle", [trickle_hints, trickle_headers])
@pytest.mark.parametrize("encrypted", [False, True])
def test_headers_that_come_slowly_are_aborted_when_the_budget_is_spent(
    serve: Serve, tmp_path: Path, trickle: Callable[[socket.socket], None], encrypted: bool
) -> None:
    ca_file, context = certified(tmp_path)
    server = serve(trickle, tls=context if encrypted else None)
    with open_client(server.url, ca_file=ca_file) as http, pytest.raises(errors.ResponseLost, match="in time"):
        Coder(http, TOKEN, budget_s=0.2).send(calls.favorite(ID))


@pytest.mark.parametrize("trickle", [trickle_hints, trickle_headers])
def test_headers_that_come_slowly_to_an_async_call_are_aborted_when_the_budget_is_spent(
    serve: Serve, trickle: Callable[[socket.socket], None]
) -> None:
    server = serve(trickle)

    async def write() -> None:
        async with open_async_client(server.url) as http:
            await AsyncCoder(http, TOKEN, budget_s=0.2).send(calls.favorite(ID))

    with pytest.raises(errors.ResponseLost, match="in time"):
        asyncio.run(write())


def test_refused_connection_raises_unreachable_for_write() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with open_client(url) as http, pytest.raises(errors.Unreachable, match="The connection failed"):
        Coder(http, TOKEN).send(calls.favorite(ID))


def test_debug_logs_show_no_token_or_password(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("", "httpx", "httpcore"):
        caplog.set_level(logging.DEBUG, logger=name)
    session = f'{{"session_token": "{TOKEN}"}}'
    server = serve(
        send_response("201 Created", session, f"Set-Cookie: coder_session_token={TOKEN}; Path=/"),
        send_response("200 OK", ME),
    )
    with open_client(server.url) as http:
        Coder(http, None).send(calls.login("alice@example.com", "SomeSecurePassword!"))
        Coder(http, TOKEN).send(calls.me())
        with pytest.raises(errors.SessionEnded):
            Coder(http, f"{TOKEN}\n").send(calls.me())
    assert TOKEN in server.requests[1]
    assert "httpcore.connection" in {record.name for record in caplog.records}  # httpcore does log at this level
    assert TOKEN not in caplog.text
    assert "SomeSecurePassword!" not in caplog.text


def test_cookie_set_by_coder_is_not_sent_back(serve: Serve) -> None:
    server = serve(send_response("200 OK", ME, f"Set-Cookie: coder_session_token={TOKEN}; Path=/"))
    with open_client(server.url) as http:
        Coder(http, "alices-token").send(calls.me())
        Coder(http, "bobs-token").send(calls.me())
        assert len(http.cookies) == 0
    assert not any("cookie" in request.lower() for request in server.requests)


def certified(folder: Path) -> tuple[str, ssl.SSLContext]:
    """A certificate for 127.0.0.1 that nobody has signed: its file, and what a server needs to show it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "coder.test")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
    return str(folder / "ca.pem"), context


def test_private_certificate_is_trusted_only_with_its_ca_file(serve: Serve, tmp_path: Path) -> None:
    ca_file, context = certified(tmp_path)
    server = serve(send_response("200 OK", ME), tls=context)
    with open_client(server.url, ca_file=ca_file) as http:
        assert Coder(http, TOKEN).send(calls.me()).username == "alice"
    with open_client(server.url) as http, pytest.raises(errors.Unreachable, match="certificate"):
        Coder(http, TOKEN).send(calls.me())
    assert len(server.requests) == 1


def test_invalid_or_missing_ca_file_raises_when_client_opens(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nonsense")
    with pytest.raises(ssl.SSLError):
        open_client("https://coder.test", ca_file=str(tmp_path / "ca.pem"))
    with pytest.raises(FileNotFoundError):
        open_client("https://coder.test", ca_file=str(tmp_path / "none.pem"))


def test_environment_proxy_is_used_only_when_enabled(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    server, proxy = serve(send_response("200 OK", ME)), serve(send_response("200 OK", ME))
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    with open_client(server.url) as http:
        Coder(http, TOKEN).send(calls.me())
    assert (len(server.requests), len(proxy.requests)) == (1, 0)
    with open_client("http://coder.test", use_proxy=True) as http:
        Coder(http, TOKEN).send(calls.me())
    assert proxy.requests[0].startswith("GET http://coder.test/api/v2/users/me ")


def test_canceled_calls_release_their_connections() -> None:
    """httpcore leaks the pool slots of requests that are canceled while they wait for a connection."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(0.005)
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(ME)}\r\n\r\n{ME}".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def leave_often() -> str:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server, open_async_client(url, max_connections=2) as http:
            for pause in range(15):
                tasks = [asyncio.ensure_future(AsyncCoder(http, TOKEN).send(calls.me())) for _ in range(8)]
                for task in tasks:
                    await asyncio.sleep(0.0001 * (pause % 10))
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            found = await AsyncCoder(http, TOKEN, budget_s=10.0).send(calls.me())
            await asyncio.gather(*(task for task in asyncio.all_tasks() if "AsyncCoder.fetch" in repr(task)))
            return found.username

    assert anyio.run(leave_often) == "alice"


def test_truncated_async_response_raises_unreachable_after_one_retry(serve: Serve) -> None:
    server = serve(send_response("200 OK", ME, missing_bytes=10))

    async def ask() -> None:
        async with open_async_client(server.url) as http:
            await AsyncCoder(http, TOKEN).send(calls.me())

    with pytest.raises(errors.Unreachable, match="was interrupted"):
        anyio.run(ask)
    assert len(server.requests) == 2
