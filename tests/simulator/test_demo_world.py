"""The demo world holds, by name, every state that a workspace can be in, and holds it until somebody acts."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.simulator.demo import Demo
from workspaces.simulator.testing import running

HOLDS = 3600.0  # with this speed two seconds of the clock are two hours of jobs and agents


class Expected(NamedTuple):
    """What a workspace shows: its status, its agents as "status/lifecycle", its badges."""

    status: str
    agents: tuple[str, ...] = ()
    badges: frozenset[str] = frozenset()


def shows(status: str, *agents: str, badges: str = "") -> Expected:
    """Write an expectation in one line."""
    return Expected(status, agents, frozenset(badges.split()))


READY = "connected/ready"
OUTDATED = "outdated"

EVERYWHERE = {
    "alice/web-frontend": shows("running", READY, badges="favorite autostart"),
    "alice/payments-api": shows("running", READY, badges="favorite outdated"),
    "alice/docs-site": shows("running", READY),
    "alice/customer-4711-reproduction-case2": shows("running", READY, READY, badges="sensitive"),
    "alice/checkout-e2e": shows("running", READY, badges="app-unhealthy"),
    "alice/grpc-gateway": shows("running", "connected/start_error", badges="unhealthy"),
    "alice/windows-repro": shows("running", "connecting/created", badges="no-ttl"),
    "alice/ml-experiments": shows("starting"),
    "alice/release-tooling": shows("failed", badges="error"),
    "alice/incident-2291": shows("canceled"),
    "alice/mobile-backend": shows("stopped", badges="outdated must-update"),
    "alice/data-pipeline": shows("stopped", badges="autostart"),
    "alice/old-prototype": shows("stopped", badges="dormant deleted-soon outdated"),
    "alice/spike-graphql": shows("stopped", badges="never-used"),
    "bob/api-gateway": shows("running", READY, badges="favorite"),
    "bob/nightly-build": shows("running", READY, badges="autostart max-deadline must-update-template"),
    "bob/flaky-tests": shows("running", "disconnected/ready", badges="unhealthy"),
    "bob/retired-service": shows("failed", badges="error outdated"),
    "bob/churn-model": shows("pending", badges="queue-1"),
    "priya/fraud-model": shows("pending", badges="queue-2"),
    "diego/vision-training": shows("pending", badges="queue-3"),
    "siobhan/billing-migration": shows("pending", badges="no-provisioner"),
    "siobhan/ledger": shows("running", READY),
    "siobhan/invoice-ocr": shows("stopping"),
    "siobhan/tax-rules": shows("stopped", badges="favorite autostart"),
    "kenji/tokyo-latency": shows("running", READY, badges="outdated updates-always autostart"),
    "kenji/search-index": shows("deleting"),
    "kenji/game-server": shows("running", "connected/shutdown_error", badges="unhealthy"),
    "layla/arabic-tokenizer": shows("running", "timeout/created", badges="unhealthy"),
    "layla/speech-demo": shows("canceling"),
    "priya/recommendations": shows("running", "connected/start_timeout", badges="autostart"),
    "priya/etl-backfill": shows("stopped", badges=OUTDATED),
    "priya/feature-store": shows("running", "connected/shutting_down", badges="unhealthy"),
    "diego/mapas": shows("failed", badges="error must-update-template"),
    "diego/checkout-br": shows("stopped", badges="dormant"),
    "diego/fieldwork": shows("running", "connected/starting", badges="no-ttl"),
    "diego/old-demo": shows("deleted"),
    "maximiliane-von-hohenstein-saynw/design-system": shows("running", READY, badges="no-ttl"),
    "tina/template-lab": shows("running", READY, READY, badges="outdated sensitive"),
    "tina/verbose-build": shows("failed", badges="error"),
    "admin/ops-console": shows(
        "running", "connected/off", "connected/shutdown_timeout", badges="unhealthy sensitive favorite"
    ),
}
