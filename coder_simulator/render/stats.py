"""JSON of the deployment's statistics."""

from datetime import timedelta
from typing import Any

from coder_simulator.clock import rfc3339, rfc3339_unrounded
from coder_simulator.deployment_stats import STATS_AGE
from coder_simulator.state import DeploymentStats

AGGREGATED = timedelta(minutes=15)


def stats(one: DeploymentStats, *, modern: bool) -> dict[str, Any]:
    """The deployment's statistics (DeploymentStats); no connection is ever measured here."""
    spell = rfc3339_unrounded if modern else rfc3339
    return {
        "aggregated_from": spell(one.collected_at - AGGREGATED),
        "collected_at": rfc3339(one.collected_at),
        "next_update_at": rfc3339(one.collected_at + STATS_AGE),
        "workspaces": {
            **one.counts,
            "connection_latency_ms": {"P50": -1, "P95": -1},
            "rx_bytes": 0,
            "tx_bytes": 0,
        },
        "session_count": {"vscode": 0, "ssh": 0, "jetbrains": 0, "reconnecting_pty": 0},
    }
