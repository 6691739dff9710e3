"""Test that every recorded refusal raises the exception and the field errors that refusals.toml lists."""

import tomllib
from pathlib import Path

import httpx
import pytest

from tests.contract.recordings import CONTRACT_FOLDER, FILES, VERSIONS, load_recording, recording_name
from workspaces.coder import errors
from workspaces.coder.calls import Call, set_dormant
from workspaces.coder.client import Coder
from workspaces.coder.transport import open_client

REVIEWED_REFUSALS: dict[str, dict[str, list[str]]] = tomllib.loads((CONTRACT_FOLDER / "refusals.toml").read_text())
STAFF = "staff"  # the folder of calls that no form sends
REFUSED = [path for path in FILES if load_recording(path)["response"]["status"] >= 400 and path.parent.name != STAFF]
STAFF_REFUSED = [
    path for path in FILES if load_recording(path)["response"]["status"] >= 400 and path.parent.name == STAFF
]
UNCHANGED = [path for path in FILES if load_recording(path)["response"]["status"] == 304]

STAFF_ERRORS: dict[int, type[errors.CallError]] = {
    400: errors.InvalidRequest,
    401: errors.SessionEnded,
    403: errors.Forbidden,
    404: errors.NotFound,
    500: errors.ServerError,
}


def respond(request: httpx.Request) -> httpx.Response:
    """Return the recorded response that the header X-Forwarded-For names."""
    response = load_recording(Path(request.headers["X-Forwarded-For"]))["response"]
    if response["body"] is None:
        return httpx.Response(response["status"], headers=response["headers"])
    if isinstance(response["body"], str):
        return httpx.Response(response["status"], text=response["body"], headers=response["headers"])
    return httpx.Response(response["status"], json=response["body"], headers=response["headers"])


HTTP = open_client("http://coder.test", transport=httpx.MockTransport(respond))


@pytest.mark.parametrize("version", VERSIONS)
def test_every_recorded_refusal_is_in_reviewed_table(version: str) -> None:
    assert set(REVIEWED_REFUSALS[version]) == {
        path.stem for path in REFUSED if recording_name(path).startswith(version)
    }


@pytest.mark.parametrize("path", REFUSED, ids=recording_name)
def test_recorded_refusal_raises_listed_exception_with_field_errors(path: Path) -> None:
    exchange = load_recording(path)
    call: Call[object] = Call(method=exchange["request"]["method"], path="/x", response_type=object)
    with pytest.raises(errors.CallError) as caught:
        Coder(HTTP, "token", forwarded_for=str(path)).send(call)
    error, body = caught.value, exchange["response"]["body"]
    assert [type(error).__name__, *error.fields] == REVIEWED_REFUSALS[recording_name(path).split("/")[0]][path.stem]
    assert (error.status, error.message) == (exchange["response"]["status"], body["message"])
    assert error.detail == body.get("detail", "")
    details = [validation["detail"] for validation in body.get("validations", ())] or (
        [error.detail] if error.fields else []
    )
    assert [text for texts in error.fields.values() for text in texts] == details
    assert error.retry_after is None


@pytest.mark.parametrize("path", STAFF_REFUSED, ids=recording_name)
def test_recorded_staff_refusal_raises_exception_of_its_status_with_message(path: Path) -> None:
    recorded = load_recording(path)["response"]
    call: Call[object] = Call(method="GET", path="/x", response_type=object)
    with pytest.raises(errors.CallError) as caught:
        Coder(HTTP, "token", forwarded_for=str(path)).send(call)
    if isinstance(recorded["body"], str):  # two JSON documents, one after the other
        assert type(caught.value) is errors.UnreadableResponse
        return
    expected = STAFF_ERRORS[recorded["status"]]
    if recorded["body"]["message"] == errors.USER_MESSAGE:
        expected = errors.NotFound
    assert type(caught.value) is expected
    assert caught.value.message == recorded["body"]["message"]
    assert caught.value.status == recorded["status"]


@pytest.mark.parametrize("path", UNCHANGED, ids=recording_name)
def test_recorded_304_response_returns_none(path: Path) -> None:
    request = load_recording(path)["request"]
    call = set_dormant(request["path"].split("/")[2], dormant=True)
    assert (call.method, call.path) == (request["method"], request["path"])
    assert Coder(HTTP, "token", forwarded_for=str(path)).send(call) is None
