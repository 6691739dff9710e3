"""Serve the deployment's data."""

from typing import Any

from coder_simulator.clock import format_rfc3339_ns
from coder_simulator.deployment_stats import STATS_AGE, collect_stats
from coder_simulator.errors import forbidden
from coder_simulator.permissions import is_allowed
from coder_simulator.render.stats import render_stats
from coder_simulator.routes.features import FEATURES, FEATURES_SINCE_2_36
from coder_simulator.routing import Call, Reply, route

REPOSITORY = "https://github.com/coder/coder"


@route("GET", "/", anonymous=True)
def get_root(_call: Call) -> Reply:
    """Return Coder's greeting."""
    return 200, {"message": "\U0001f44b"}


@route("GET", "/buildinfo", anonymous=True)
def get_build_info(call: Call) -> Reply:
    """Return the server's version and addresses."""
    body: dict[str, Any] = {
        "external_url": REPOSITORY,
        "version": call.server.build_version,
        "dashboard_url": _base_url(call),
        "telemetry": False,
        "workspace_proxy": False,
        "agent_api_version": "1.0",
        "provisioner_api_version": "1.18" if call.world.modern else "1.2",
        "upgrade_message": "",
        "deployment_id": call.world.deployment_id,
    }
    if call.world.modern:
        body["webpush_public_key"] = call.world.webpush_key
    return 200, body


def _base_url(call: Call) -> str:
    return str(call.request.base_url).rstrip("/")


@route("GET", "/entitlements")
def get_entitlements(call: Call) -> Reply:
    """Return the features that the license enables."""
    licensed = call.world.licensed
    names = FEATURES | (FEATURES_SINCE_2_36 if call.world.modern else frozenset())
    entitlement = {"entitlement": "entitled" if licensed else "not_entitled", "enabled": licensed}
    features: dict[str, dict[str, Any]] = {name: dict(entitlement) for name in sorted(names)}
    features["user_limit"] |= {"actual": 1}
    return 200, {
        "features": features,
        "warnings": [],
        "errors": [],
        "has_license": licensed,
        "trial": False,
        "require_telemetry": False,
        "refreshed_at": format_rfc3339_ns(call.world.started_at),
    }


@route("GET", "/appearance", enterprise=True)
def get_appearance(call: Call) -> Reply:
    """Return the deployment's name, logo, banners and support links."""
    version = call.server.build_version
    docs = f"https://coder.com/docs/@{version}"
    old_chat = "https://coder.com/chat?utm_source=coder&utm_medium=coder&utm_campaign=server-footer"
    links = (
        ("Documentation", docs, "docs"),
        (
            "Report a bug",
            f"{REPOSITORY}/issues/new?labels=needs+triage&body=Version: [`{version}`]({REPOSITORY})",
            "bug",
        ),
        ("Join the Coder Discord", "https://discord.gg/coder" if call.world.modern else old_chat, "chat"),
        ("Star the Repo", REPOSITORY, "star"),
    )
    banners = [{"enabled": True, "message": message, "background_color": "#ffff00"} for message in call.world.banners]
    return 200, {
        "application_name": "",
        "logo_url": "",
        "docs_url": docs,
        "service_banner": banners[0] if banners else {"enabled": False},
        "announcement_banners": banners,
        "support_links": [{"name": n, "target": t, "icon": i} for n, t, i in links],
    }


@route("GET", "/deployment/stats")
def get_stats(call: Call) -> Reply:
    """Return the numbers of workspaces by state, counted every 30 s; the user needs a role."""
    if not is_allowed(call.world, call.user, "read", "deployment_stats"):
        raise forbidden(modern=call.world.modern)
    world = call.world
    if world.stats is None or world.stats.collected_at + STATS_AGE <= world.now():
        world.stats = collect_stats(world)
    return 200, render_stats(world.stats, modern=world.modern)


@route("GET", "/deployment/ssh")
def get_ssh_config(call: Call) -> Reply:
    """Return the names of workspaces in SSH."""
    suffix = {"hostname_suffix": "coder"} if call.world.modern else {}
    return 200, {"hostname_prefix": "coder.", **suffix, "ssh_config_options": {}}


@route("GET", "/deployment/config")
def get_config(call: Call) -> Reply:
    """Return the configuration values that the dashboard reads; the user needs a role."""
    if not is_allowed(call.world, call.user, "read", "deployment_config"):
        raise forbidden(modern=call.world.modern)
    world = call.world
    values = {
        "access_url": _base_url(call),
        "wildcard_access_url": world.wildcard_host,
        "allow_workspace_renames": world.allow_renames,
        "enable_terraform_debug_mode": world.debug_mode,
    }
    return 200, {"config": values, "options": []}


@route("GET", "/regions")
def list_regions(call: Call) -> Reply:
    """List the proxies for apps: only the server itself."""
    region = {
        "id": call.world.deployment_id,
        "name": "primary",
        "display_name": "Default",
        "icon_url": "/emojis/1f3e1.png",
        "healthy": True,
        "path_app_url": _base_url(call),
        "wildcard_hostname": call.world.wildcard_host,
    }
    return 200, {"regions": [region]}


@route("GET", "/applications/host")
def get_applications_host(call: Call) -> Reply:
    """Return the wildcard host of apps, with the port of the server's own address; "" if none."""
    host, port = call.world.wildcard_host, call.request.base_url.port
    return 200, {"host": f"{host}:{port}" if host and port and ":" not in host else host}


@route("GET", "/experiments")
def list_experiments(_call: Call) -> Reply:
    """List the enabled experiments: none."""
    return 200, []
