"""Render the deployment's statistics as JSON."""

from datetime import timedelta
from typing import Any

from coder_simulator.clock import format_rfc3339, format_rfc3339_ns
from coder_simulator.deployment_stats import STATS_AGE
from coder_simulator.state import DeploymentStats

AGGREGATION_PERIOD = timedelta(minutes=15)


def render_stats(stats: DeploymentStats, *, modern: bool) -> dict[str, Any]:
    """Return the statistics (DeploymentStats); the simulator measures no connections."""
    format_time = format_rfc3339_ns if modern else format_rfc3339
    return {
        "aggregated_from": format_time(stats.collected_at - AGGREGATION_PERIOD),
        "collected_at": format_rfc3339(stats.collected_at),
        "next_update_at": format_rfc3339(stats.collected_at + STATS_AGE),
        "workspaces": {
            **stats.counts,
            "connection_latency_ms": {"P50": -1, "P95": -1},
            "rx_bytes": 0,
            "tx_bytes": 0,
        },
        "session_count": {"vscode": 0, "ssh": 0, "jetbrains": 0, "reconnecting_pty": 0},
    }
