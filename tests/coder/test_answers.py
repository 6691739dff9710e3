"""What every answer of Coder's, and every absence of one, becomes; and that none of it shows a secret."""

import traceback
from typing import Any

import httpx
import msgspec
import pytest

from tests.coder.doubles import HTML, ID, ME, PASSWORD, TOKEN, Handler, answer, coder, fails, refused
from workspaces.coder import calls, errors
from workspaces.coder.client import AsyncCoder, open_async_client
from workspaces.coder.types import Session, Workspace


def test_a_redirect_is_not_followed() -> None:
    error = refused(answer(302, "", Location="http://elsewhere.test/"))
    assert type(error) is errors.Unreachable
    assert error.why == "It answered 302 and led elsewhere, where the portal does not follow."


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (401, errors.SessionEnded),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (405, errors.MethodRefused),
        (409, errors.Conflict),
        (410, errors.Gone),
        (412, errors.PreconditionFailed),
        (418, errors.CoderError),
        (422, errors.Invalid),
        (429, errors.RateLimited),
        (500, errors.ServerFault),
    ],
)
def test_a_refusal_is_an_exception_of_its_kind_with_coders_words(status: int, kind: type[errors.CoderError]) -> None:
    error = refused(answer(status, {"message": "No.", "detail": "Because."}))
    assert type(error) is kind
    assert (error.status, error.message, error.detail) == (status, "No.", "Because.")


@pytest.mark.parametrize(("status", "kind"), [(400, errors.Invalid), (429, errors.RateLimited)])
def test_a_refusal_that_coder_itself_writes_without_json_keeps_its_kind(
    status: int, kind: type[errors.CoderError]
) -> None:
    error = refused(answer(status, "Something is wrong with your CSRF token.", **{"Retry-After": "7"}))
    assert type(error) is kind
    assert (error.message, error.retry_after) == (f"Coder answered {status}.", 7.0)


@pytest.mark.parametrize("status", [401, 403, 404, 405, 409, 410, 412, 413, 422])
def test_what_a_proxy_says_is_not_believed(status: int) -> None:
    """A proxy that asks for a sign-in of its own ends no session of Coder's."""
    for call in (calls.me(), calls.favorite(ID)):
        error = refused(answer(status, HTML), call=call)
        assert type(error) is errors.Unreachable
        assert error.why == f"It answered {status}, not in Coder's words."


def test_a_server_error_in_json_that_only_a_proxy_sends_is_an_absence() -> None:
    assert type(refused(answer(503, {"message": "upstream down"}))) is errors.Unreachable


@pytest.mark.parametrize("value", ["999999999999", "Wed, 25 Nov 2093 12:00:00 GMT"])
def test_nobody_is_told_to_wait_longer_than_an_hour(value: str) -> None:
    assert refused(answer(429, {"message": "Slow down."}, **{"Retry-After": value})).retry_after == 3600.0


@pytest.mark.parametrize("body", ["", HTML, "{", "[]", '{"message": ""}', {"message": 5}])
def test_a_server_error_that_is_not_coders_words_is_an_absence(body: Any) -> None:
    assert type(refused(answer(500, body))) is errors.Unreachable


def test_a_proxy_that_finds_nobody_is_an_absence_for_a_read_and_a_lost_answer_for_a_write() -> None:
    assert type(refused(answer(502, HTML))) is errors.Unreachable
    assert type(refused(answer(502, HTML), call=calls.favorite(ID))) is errors.AnswerLost


@pytest.mark.parametrize(
    ("kind", "read", "write"),
    [
        (httpx.ConnectError, errors.Unreachable, errors.Unreachable),
        (httpx.ConnectTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.PoolTimeout, errors.Unreachable, errors.Unreachable),
        (httpx.ReadTimeout, errors.Unreachable, errors.AnswerLost),
        (httpx.ReadError, errors.Unreachable, errors.AnswerLost),
        (httpx.RemoteProtocolError, errors.Unreachable, errors.AnswerLost),
        (httpx.ProxyError, errors.Unreachable, errors.AnswerLost),
    ],
)
def test_no_answer_says_whether_it_may_have_been_done(
    kind: type[httpx.TransportError], read: type, write: type
) -> None:
    assert type(refused(fails(kind))) is read
    assert type(refused(fails(kind), call=calls.favorite(ID))) is write


@pytest.mark.parametrize("kind", [httpx.InvalidURL, httpx.StreamError])
def test_what_is_no_http_error_of_httpx_is_an_absence_too(kind: type[Exception]) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        raise kind("oops")

    assert type(refused(handle)) is errors.Unreachable


def test_no_exception_shows_the_token_or_the_address() -> None:
    error = refused(fails(httpx.ReadError))
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert TOKEN not in error.why
    assert "coder.test" not in error.why


def breaks_off(request: httpx.Request) -> httpx.Response:
    """No answer."""
    raise httpx.ReadError("")


@pytest.mark.parametrize(
    "handler",
    [
        breaks_off,
        answer(401, {"message": "Incorrect email or password."}),
        answer(502, HTML),
        answer(201, {"session_token": [TOKEN]}),
        answer(201, f'{{"session_token": "{TOKEN}"', **{"Set-Cookie": f"coder_session_token={TOKEN}"}),
    ],
)
def test_no_report_of_an_error_shows_a_token_or_a_password(handler: Handler) -> None:
    """Such a report shows the error, and the variables of every function that it came through."""
    client, _ = coder(handler)
    with pytest.raises(errors.CoderError) as caught:
        client.send(calls.login("alice@example.com", PASSWORD))
    frames = [frame for frame, _ in traceback.walk_tb(caught.value.__traceback__)]
    ours = [frame for frame in frames if "workspaces/coder" in frame.f_code.co_filename]
    shown = [repr(caught.value), str(caught.value), *(repr(frame.f_locals) for frame in ours)]
    assert len(ours) >= 2
    assert not [text for text in shown if TOKEN in text or PASSWORD in text]


def test_no_repr_shows_a_token_or_a_password() -> None:
    http = open_async_client("http://coder.test", transport=httpx.MockTransport(answer(200, ME)))
    call = calls.login("alice@example.com", PASSWORD)
    token = msgspec.json.decode(f'{{"session_token": "{TOKEN}"}}', type=Session)
    shown = " ".join(map(repr, (coder(answer(200, ME))[0], AsyncCoder(http, TOKEN), call, token)))
    assert TOKEN not in shown
    assert PASSWORD not in shown


@pytest.mark.parametrize("body", ["{", "<html>", "\xff", '{"username": 5}', "null", ""])
def test_an_answer_that_does_not_fit_is_an_absence(body: str) -> None:
    error = refused(answer(200, body))
    assert type(error) is errors.Unreachable
    assert error.why.startswith("Its answer is not what Coder documents")


def test_a_write_with_an_answer_that_does_not_fit_may_have_been_done() -> None:
    assert type(refused(answer(201, "{"), call=calls.create_build(ID, transition="stop"))) is errors.AnswerLost


def test_unknown_fields_and_statuses_and_null_lists_are_taken() -> None:
    client, _ = coder(answer(200, {**ME, "status": "levitating", "new_in_3.0": {"x": []}}))
    user = client.send(calls.me())
    assert (user.status, user.roles) == ("levitating", None)


def test_a_call_without_an_answer_takes_204() -> None:
    coder(answer(204))[0].send(calls.favorite(ID))


@pytest.mark.parametrize("body", ["", HTML])
def test_a_page_in_the_place_of_no_answer_does_not_mean_that_it_was_done(body: str) -> None:
    assert type(refused(answer(200, body), call=calls.favorite(ID))) is errors.AnswerLost


def test_nothing_to_change_is_an_answer_to_set_dormant_and_to_nothing_else() -> None:
    assert coder(answer(304))[0].send(calls.set_dormant(ID, dormant=True)) is None
    assert type(refused(answer(304), call=calls.workspace(ID))) is errors.Unreachable


def test_an_answer_of_any_shape_is_given_as_it_is() -> None:
    assert coder(answer(200, {"message": "Logged out!"}))[0].send(calls.logout()) == {"message": "Logged out!"}
    assert coder(answer(204))[0].send(calls.logout()) is None


def test_a_dormant_answer_is_the_workspace(recorded_workspace: Any) -> None:
    found = coder(answer(200, recorded_workspace))[0].send(calls.set_dormant(ID, dormant=True))
    assert isinstance(found, Workspace)
