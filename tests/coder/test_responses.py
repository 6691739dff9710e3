"""Test the result or exception for every response and transport error of Coder, and that none shows a secret."""

import traceback
from typing import Any

import httpx
import msgspec
import pytest

from tests.coder.doubles import HTML, ID, ME, PASSWORD, TOKEN, Handler, client_and_server, error_of, fail_with, respond
from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder
from workspaces.coder.transport import open_async_client
from workspaces.coder.types import Session, Workspace


def test_redirect_is_not_followed_and_raises_unreachable() -> None:
    error = error_of(respond(302, "", Location="http://elsewhere.test/"))
    assert type(error) is errors.UnreadableResponse
    assert error.reason == "The response is a redirect (status 302), which the portal does not follow."


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidRequest),
        (401, errors.SessionEnded),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.MethodNotAllowed),
        (409, errors.Conflict),
        (410, errors.Gone),
        (412, errors.PreconditionFailed),
        (418, errors.CoderError),
        (422, errors.InvalidRequest),
        (429, errors.RateLimited),
        (500, errors.ServerError),
    ],
)
def test_refusal_raises_matching_exception_with_coder_message(status: int, kind: type[errors.CallError]) -> None:
    error = error_of(respond(status, {"message": "No.", "detail": "Because."}))
    assert type(error) is kind
    assert (error.status, error.message, error.detail) == (status, "No.", "Because.")


@pytest.mark.parametrize(("status", "kind"), [(400, errors.InvalidRequest), (429, errors.RateLimited)])
def test_refusal_without_json_keeps_exception_class_for_400_and_429(status: int, kind: type[errors.CallError]) -> None:
    error = error_of(respond(status, "Something is wrong with your CSRF token.", **{"Retry-After": "7"}))
    assert type(error) is kind
    assert (error.message, error.retry_after) == (f"Coder responded with status {status}.", 7.0)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 410, 412, 413, 422])
def test_proxy_error_page_raises_unreachable_for_read_and_write(status: int) -> None:
    """A proxy that requires its own sign-in does not end the Coder session."""
    for call in (calls.me(), calls.favorite(ID)):
        error = error_of(respond(status, HTML), call=call)
        assert type(error) is errors.UnreadableResponse
        assert error.reason == f"The response (status {status}) is not in Coder’s format."


def test_json_503_raises_unreachable() -> None:
    assert type(error_of(respond(503, {"message": "upstream down"}))) is errors.Unreachable


@pytest.mark.parametrize("value", ["999999999999", "Wed, 25 Nov 2093 12:00:00 GMT"])
def test_retry_after_is_capped_at_one_hour(value: str) -> None:
    assert error_of(respond(429, {"message": "Slow down."}, **{"Retry-After": value})).retry_after == 3600.0


@pytest.mark.parametrize("body", ["", HTML, "{", "[]", '{"message": ""}', {"message": 5}])
def test_500_without_coder_message_raises_unreachable(body: Any) -> None:
    assert type(error_of(respond(500, body))) is errors.UnreadableResponse


def test_bad_gateway_raises_unreachable_for_read_and_answer_lost_for_write() -> None:
    assert type(error_of(respond(502, HTML))) is errors.Unreachable
    assert type(error_of(respond(502, HTML), call=calls.favorite(ID))) is errors.ResponseLost


@pytest.mark.parametrize(
    ("kind", "read", "write"),
    [
        (httpx.ConnectError, errors.Unreachable, errors.Unreachable),
        (httpx.ConnectTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.PoolTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.ReadTimeout, errors.Unreachable, errors.ResponseLost),
        (httpx.ReadError, errors.Unreachable, errors.ResponseLost),
        (httpx.RemoteProtocolError, errors.Unreachable, errors.ResponseLost),
        (httpx.ProxyError, errors.Unreachable, errors.ResponseLost),
    ],
)
def test_transport_error_raises_answer_lost_only_if_write_may_have_happened(
    kind: type[httpx.TransportError], read: type, write: type
) -> None:
    assert type(error_of(fail_with(kind))) is read
    assert type(error_of(fail_with(kind), call=calls.favorite(ID))) is write


@pytest.mark.parametrize("kind", [httpx.InvalidURL, httpx.StreamError])
def test_httpx_error_that_is_no_http_error_raises_unreachable(kind: type[Exception]) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise kind("oops")

    assert type(error_of(handle)) is errors.Unreachable


def test_unreachable_error_hides_token_and_address() -> None:
    error = error_of(fail_with(httpx.ReadError))
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert TOKEN not in error.reason
    assert "coder.test" not in error.reason


def breaks_off(request: httpx.Request) -> httpx.Response:
    """No answer."""
    raise httpx.ReadError("")


@pytest.mark.parametrize(
    "handler",
    [
        breaks_off,
        respond(401, {"message": "Incorrect email or password."}),
        respond(502, HTML),
        respond(201, {"session_token": [TOKEN]}),
        respond(201, f'{{"session_token": "{TOKEN}"', **{"Set-Cookie": f"coder_session_token={TOKEN}"}),
    ],
)
def test_traceback_shows_no_token_or_password(handler: Handler) -> None:
    """An error report contains the exception and the local variables of every frame of its traceback."""
    client, _ = client_and_server(handler)
    with pytest.raises(errors.CallError) as caught:
        client.send(calls.login("alice@example.com", PASSWORD))
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    ours = [frame for frame in frames if "workspaces/coder" in frame.f_code.co_filename]
    shown = [repr(caught.value), str(caught.value), *(repr(frame.f_locals) for frame in ours)]
    assert len(ours) >= 2
    assert not [text for text in shown if TOKEN in text or PASSWORD in text]


def test_repr_shows_no_token_or_password() -> None:
    http = open_async_client("http://coder.test", transport=httpx.MockTransport(respond(200, ME)))
    call = calls.login("alice@example.com", PASSWORD)
    token = msgspec.json.decode(f'{{"session_token": "{TOKEN}"}}', type=Session)
    shown = " ".join(map(repr, (client_and_server(respond(200, ME))[0], AsyncCoder(http, TOKEN), call, token)))
    assert TOKEN not in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("body", ["{", "<html>", "\xff", '{"username": 5}', "null", ""])
def test_undecodable_read_response_raises_unreachable(body: str) -> None:
    error = error_of(respond(200, body))
    assert type(error) is errors.UnreadableResponse
    assert error.reason.startswith("The response does not match Coder’s API")


def test_undecodable_write_response_raises_answer_lost() -> None:
    assert type(error_of(respond(201, "{"), call=calls.create_build(ID, transition="stop"))) is errors.ResponseLost


def test_unknown_fields_unknown_statuses_and_null_lists_are_accepted() -> None:
    client, _ = client_and_server(respond(200, {**ME, "status": "levitating", "new_in_3.0": {"x": []}}))
    user = client.send(calls.me())
    assert (user.status, user.roles) == ("levitating", None)


def test_call_without_response_body_accepts_204() -> None:
    client_and_server(respond(204))[0].send(calls.favorite(ID))


@pytest.mark.parametrize("body", ["", HTML])
def test_200_response_raises_answer_lost_when_204_is_expected(body: str) -> None:
    assert type(error_of(respond(200, body), call=calls.favorite(ID))) is errors.ResponseLost


def test_304_is_accepted_only_for_set_dormant() -> None:
    assert client_and_server(respond(304))[0].send(calls.set_dormant(ID, dormant=True)) is None
    assert type(error_of(respond(304), call=calls.workspace(ID))) is errors.UnreadableResponse


def test_untyped_response_is_returned_unchanged() -> None:
    assert client_and_server(respond(200, {"message": "Logged out!"}))[0].send(calls.logout()) == {
        "message": "Logged out!"
    }
    assert client_and_server(respond(204))[0].send(calls.logout()) is None


def test_set_dormant_returns_workspace(recorded_workspace: Any) -> None:
    found = client_and_server(respond(200, recorded_workspace))[0].send(calls.set_dormant(ID, dormant=True))
    assert isinstance(found, Workspace)
