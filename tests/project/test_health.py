"""Test the health checks against a Coder that responds, fails or hangs."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.db import connection as database

from coder_portal import health
from tests.portal import SimulatedCoder
from workspaces.coder.errors import Unreachable

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def closed_database_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Close the connections of the check's threads: Django does not close those to an SQLite in memory."""

    def check() -> None:
        try:
            health.check_database()
        finally:
            if database.connection:
                database.connection.close()

    monkeypatch.setattr(health.CHECKS["database"], "fetch", check)


def probe(path: str, method: str = "GET", host: str = "testserver") -> httpx.Response:
    """Send a probe."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=health.serve)
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client:
            return await client.request(method, path)

    return asyncio.run(send())


def refresh_checks() -> None:
    """Wait until each check has run."""
    for check in health.CHECKS.values():
        check.refresh().result(timeout=30)


def last_known(response: httpx.Response) -> dict[str, str]:
    """Return the last known statuses of a /healthz response, without Redis."""
    states: dict[str, dict[str, Any]] = response.json()["last_known"]
    return {name: state["status"] for name, state in states.items() if name != "redis"}


@pytest.fixture
def hanging_coder(coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Make the check of Coder wait until the returned event is set."""
    answer = threading.Event()

    def check() -> None:
        assert answer.wait(60)

    monkeypatch.setattr(health.CHECKS["coder"], "fetch", check)
    yield answer
    answer.set()


def test_healthz_succeeds_and_names_what_is_down(coder: SimulatedCoder) -> None:
    coder.server.add_fault("refuse")
    refresh_checks()
    response = probe("/healthz")
    assert (response.status_code, last_known(response)) == (200, {"database": "ok", "coder": "Unreachable"})
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.usefixtures("hanging_coder")
def test_healthz_answers_before_any_check_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    monkeypatch.setattr(health.CHECKS["database"], "fetch", lambda: release.wait(60) or None)
    try:
        response = probe("/healthz")
    finally:
        release.set()
    assert (response.status_code, last_known(response)) == (200, {"database": "unknown", "coder": "unknown"})


@pytest.mark.usefixtures("hanging_coder")
def test_healthz_calls_check_that_hangs_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    probe("/healthz")
    monkeypatch.setattr(health, "READINESS_TIMEOUT_S", 0.0)
    assert last_known(probe("/healthz"))["coder"] == "Timeout"


def test_readyz_succeeds_when_database_and_coder_respond(coder: SimulatedCoder) -> None:
    response = probe("/readyz")
    states = response.json()
    assert (response.status_code, states["database"], states["coder"]) == (200, "ok", "ok")


@pytest.mark.parametrize("kind", ["refuse", "error", "bad_gateway", "malformed", "signed_out"])
def test_readyz_names_coder_without_details_when_it_fails(coder: SimulatedCoder, kind: str) -> None:
    coder.server.add_fault(kind)
    response = probe("/readyz")
    assert response.status_code == 503
    assert response.json()["coder"] in {"Unreachable", "UnreadableResponse", "ServerError", "SessionEnded"}


def test_readyz_reports_coder_again_as_soon_as_it_recovers(
    coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health.CHECKS["coder"], "retry_s", 0.0)
    monkeypatch.setattr(health.CHECKS["coder"], "fetch", raise_unreachable)
    assert probe("/readyz").status_code == 503
    monkeypatch.setattr(health.CHECKS["coder"], "fetch", health.check_coder)
    assert probe("/readyz").status_code == 200


def raise_unreachable() -> None:
    """Fail as a check of Coder does."""
    raise Unreachable("Coder did not respond in time.")


@pytest.mark.usefixtures("hanging_coder")
def test_readyz_gives_up_on_check_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "READINESS_TIMEOUT_S", 0.1)
    response = probe("/readyz")
    assert (response.status_code, response.json()["coder"]) == (503, "Timeout")


def test_repeated_readyz_probes_call_coder_once(coder: SimulatedCoder) -> None:
    for _ in range(3):
        probe("/readyz")
    assert coder.request_lines(ignore=()) == ["GET /buildinfo"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probe_answers_any_host(coder: SimulatedCoder, path: str) -> None:
    assert probe(path, host="10.0.0.7:8000").status_code == 200


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 405)])
def test_probe_accepts_only_get_and_head(coder: SimulatedCoder, method: str, status: int) -> None:
    assert probe("/healthz", method).status_code == status
