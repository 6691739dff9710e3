"""Test the Prometheus metrics and the access to them."""

import asyncio

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django.fixtures import Settings

from coder_portal import metrics
from coder_portal.checks import check_settings
from workspaces.live.counts import StreamCounts
from workspaces.live.server import StreamApplication

pytestmark = pytest.mark.django_db  # the page of 404 shows announcements
TOKEN = "for Prometheus alone"


@pytest.fixture
def local_portal(settings: Settings) -> None:
    """Have a portal that only this machine can open."""
    settings.PORTAL_IS_LOOPBACK = True


def read_metrics(client: Client, **environ: str) -> dict[str, float]:
    """Return the values of the metrics by name and labels, as read from this machine."""
    response = client.get("/metrics", **environ)  # type: ignore[arg-type]  # entries of the WSGI environment
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    families = text_string_to_metric_families(response.content.decode())
    return {
        sample.name + "".join(f" {value}" for value in sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_report_zeros_in_process_without_streams(client: Client, local_portal: None) -> None:
    values = read_metrics(client)
    assert {name: value for name, value in values.items() if name.startswith("portal_live")} == {
        "portal_live_streams": 0,
        "portal_live_watches": 0,
        "portal_live_refused_total session-expired": 0,
        "portal_live_refused_total person": 0,
        "portal_live_refused_total process": 0,
        "portal_live_refused_total closing": 0,
    }
    assert values["process_start_time_seconds"] > 0
    assert values["process_resident_memory_bytes"] > 0


def test_metrics_report_counts_of_streams_refusals_watches_and_sources(
    client: Client, local_portal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = StreamCounts(streams=7, refused={"person": 2, "process": 1}, watches=3, sources={"Watch": 3, "Poll": 1})
    monkeypatch.setattr(metrics.STREAMS, "read_counts", lambda: counts)
    values = read_metrics(client)
    assert {name: value for name, value in values.items() if name.startswith("portal_live")} == {
        "portal_live_streams": 7,
        "portal_live_watches": 3,
        "portal_live_refused_total person": 2,
        "portal_live_refused_total process": 1,
        "portal_live_sources Poll": 1,
        "portal_live_sources Watch": 3,
    }


def test_stream_server_registers_counts_while_running() -> None:
    async def count() -> list[StreamCounts]:
        live = StreamApplication()
        before = live.counts()
        live.broadcaster()
        running = live.counts()
        await live.close()
        return [before, running, live.counts()]

    assert asyncio.run(count()) == [StreamCounts()] * 3


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_metrics_of_local_portal_are_readable_from_loopback_without_token_setting(
    client: Client, local_portal: None, address: str
) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


@pytest.mark.parametrize(
    "environ",
    [
        {"REMOTE_ADDR": "10.0.0.7"},
        {"REMOTE_ADDR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": ""},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=198.51.100.7"},
        {"REMOTE_ADDR": "10.0.0.7", "HTTP_AUTHORIZATION": "Bearer "},
    ],
)
def test_metrics_return_404_for_other_clients_without_token_setting(
    client: Client, local_portal: None, environ: dict[str, str]
) -> None:
    assert client.get("/metrics", **environ).status_code == 404  # type: ignore[arg-type]


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.7"])
def test_metrics_of_portal_on_network_return_404_without_token_setting(client: Client, address: str) -> None:
    assert client.get("/metrics", REMOTE_ADDR=address, HTTP_AUTHORIZATION="Bearer ").status_code == 404


def test_check_says_that_metrics_of_portal_on_network_need_token(settings: Settings) -> None:
    assert [message.id for message in check_settings(None)] == ["portal.PORTAL_METRICS_TOKEN"]
    settings.METRICS_TOKEN = TOKEN
    assert check_settings(None) == []


def test_check_is_silent_about_metrics_of_local_portal(local_portal: None) -> None:
    assert check_settings(None) == []


def test_metrics_are_readable_from_any_address_with_correct_token(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert read_metrics(client, REMOTE_ADDR="10.0.0.7", HTTP_AUTHORIZATION=f"Bearer {TOKEN}")


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer other", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer ü"]
)
def test_metrics_return_404_without_correct_token_when_token_is_set(
    client: Client, settings: Settings, authorization: str
) -> None:
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/metrics", HTTP_AUTHORIZATION=authorization).status_code == 404


def test_metrics_reject_post(client: Client) -> None:
    assert client.post("/metrics").status_code == 405
