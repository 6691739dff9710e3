"""Render the report of the deployment's health as JSON: everything is healthy."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from coder_simulator.clock import format_rfc3339_ns
from coder_simulator.render.provisioners import render_provisioner
from coder_simulator.world import World

Json = dict[str, Any]

OK: Json = {"severity": "ok", "warnings": [], "dismissed": False, "healthy": True}
OK_HEALTHY_FIRST: Json = {"healthy": True, "severity": "ok", "warnings": []}
REGION_ID = 999
NETCHECK_SUMMARY = "udp=false icmpv4=false v6=false v6os=true mapvarydest= hair= portmap="
PING_MS, LATENCY_US = 0.21, 60


def render_health(world: World, base_url: str, build_version: str, checked_at: datetime) -> Json:
    """Return the report (HealthcheckReport) of a check at `checked_at`."""
    daemons = [
        render_provisioner(world, world.organization, daemon, checked_at)
        for daemon in sorted(world.provisioners, key=lambda daemon: daemon.name)
    ]
    return {
        "time": format_rfc3339_ns(checked_at),
        "healthy": True,
        "severity": "ok",
        "derp": OK | _render_relay(base_url),
        "access_url": OK
        | {
            "access_url": base_url,
            "reachable": True,
            "status_code": 200,
            "healthz_response": "OK",
        },
        "websocket": OK_HEALTHY_FIRST | {"dismissed": False, "body": "", "code": 101},
        "database": OK | {"reachable": True, "latency": f"{LATENCY_US}µs", "latency_ms": 0, "threshold_ms": 15},
        "workspace_proxy": OK_HEALTHY_FIRST | {"dismissed": False, "workspace_proxies": {"regions": []}},
        "provisioner_daemons": {
            "severity": "ok",
            "warnings": [],
            "dismissed": False,
            "items": [{"provisioner_daemon": daemon, "warnings": []} for daemon in daemons],
        },
        "coder_version": build_version,
    }


def _render_relay(base_url: str) -> Json:
    """Return the reports about the relay of connections, the server itself."""
    address = urlsplit(base_url)
    node = {
        "Name": f"{REGION_ID}b",
        "RegionID": REGION_ID,
        "HostName": address.hostname,
        "STUNPort": -1,
        "DERPPort": address.port or {"https": 443}.get(address.scheme, 80),
        "ForceHTTP": address.scheme == "http",
    }
    steps = (f"connecting to {base_url}/derp", "not using fast start", "DERP server returned status 101")
    logs = [f"derphttp.Client.Connect: {step}" for step in steps]
    region = {
        "EmbeddedRelay": True,
        "RegionID": REGION_ID,
        "RegionCode": "coder",
        "RegionName": "Coder Embedded Relay",
        "Nodes": [node],
    }
    node_report = OK_HEALTHY_FIRST | {
        "node": node,
        "node_info": {"TokenBucketBytesPerSecond": 0, "TokenBucketBytesBurst": 0},
        "can_exchange_messages": True,
        "round_trip_ping": f"{PING_MS}ms",
        "round_trip_ping_ms": int(PING_MS),
        "uses_websocket": False,
        "client_logs": [logs, logs],
        "client_errs": [[], []],
        "stun": {"Enabled": False, "CanSTUN": False, "Error": None},
    }
    region_report = OK_HEALTHY_FIRST | {"region": region, "node_reports": [node_report]}
    return {
        "regions": {str(REGION_ID): region_report},
        "netcheck": NETWORK_REPORT,
        "netcheck_logs": [
            f"netcheck: [v1] measuring ICMP latency of coder ({REGION_ID}): no address for node {REGION_ID}b",
            f"netcheck: [v1] report: {NETCHECK_SUMMARY} derp={REGION_ID} derpdist={REGION_ID}v4:0s",
        ],
    }


NETWORK_REPORT: Json = {
    "UDP": False,
    "IPv6": False,
    "IPv4": True,
    "IPv6CanSend": False,
    "IPv4CanSend": False,
    "OSHasIPv6": True,
    "ICMPv4": False,
    "MappingVariesByDestIP": None,
    "HairPinning": None,
    "UPnP": False,
    "PMP": False,
    "PCP": False,
    "PreferredDERP": REGION_ID,
    "RegionLatency": {str(REGION_ID): 210_000},
    "RegionV4Latency": {str(REGION_ID): 210_000},
    "RegionV6Latency": {},
    "GlobalV4": "",
    "GlobalV6": "",
    "CaptivePortal": None,
}
