"""What the server says about itself and what a person may do on it."""

from typing import Any

from coder_simulator.clock import rfc3339_unrounded
from coder_simulator.deployment_stats import STATS_AGE, collect_stats
from coder_simulator.errors import ApiError, forbidden
from coder_simulator.gojson import parse_uuid
from coder_simulator.permissions import can, may
from coder_simulator.render.stats import stats as render_stats
from coder_simulator.routes.features import FEATURES, NEW_FEATURES
from coder_simulator.routing import Call, Reply, route

REPOSITORY = "https://github.com/coder/coder"


@route("GET", "/", anonymous=True)
def root(_call: Call) -> Reply:
    """Greet."""
    return 200, {"message": "\U0001f44b"}


@route("GET", "/buildinfo", anonymous=True)
def build_info(call: Call) -> Reply:
    """Return the server's version and addresses."""
    body: dict[str, Any] = {
        "external_url": REPOSITORY,
        "version": call.server.build_version,
        "dashboard_url": _address(call),
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


def _address(call: Call) -> str:
    return str(call.request.base_url).rstrip("/")


@route("GET", "/entitlements")
def entitlements(call: Call) -> Reply:
    """Return what the licence grants."""
    licensed = call.world.licensed
    names = FEATURES | (NEW_FEATURES if call.world.modern else frozenset())
    one = {"entitlement": "entitled" if licensed else "not_entitled", "enabled": licensed}
    features: dict[str, dict[str, Any]] = {name: dict(one) for name in sorted(names)}
    features["user_limit"] |= {"actual": 1}
    return 200, {
        "features": features,
        "warnings": [],
        "errors": [],
        "has_license": licensed,
        "trial": False,
        "require_telemetry": False,
        "refreshed_at": rfc3339_unrounded(call.world.started_at),
    }


@route("GET", "/appearance")
def appearance(call: Call) -> Reply:
    """Return the deployment's name, logo and support links."""
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
    return 200, {
        "application_name": "",
        "logo_url": "",
        "docs_url": docs,
        "service_banner": {"enabled": False},
        "announcement_banners": [],
        "support_links": [{"name": n, "target": t, "icon": i} for n, t, i in links],
    }


@route("GET", "/deployment/stats")
def stats(call: Call) -> Reply:
    """Return how many workspaces are in which state, to those who may read it; counted anew each 30 s."""
    if not can(call.user, "read", "deployment_stats"):
        raise forbidden(modern=call.world.modern)
    world = call.world
    if world.stats is None or world.stats.collected_at + STATS_AGE <= world.now():
        world.stats = collect_stats(world)
    return 200, render_stats(world.stats, modern=world.modern)


@route("GET", "/deployment/ssh")
def ssh(call: Call) -> Reply:
    """Return how SSH names workspaces."""
    suffix = {"hostname_suffix": "coder"} if call.world.modern else {}
    return 200, {"hostname_prefix": "coder.", **suffix, "ssh_config_options": {}}


@route("GET", "/deployment/config")
def config(call: Call) -> Reply:
    """Return the part of the configuration that the dashboard reads, to those who may."""
    if not can(call.user, "read", "deployment_config"):
        raise forbidden(modern=call.world.modern)
    world = call.world
    values = {
        "access_url": _address(call),
        "wildcard_access_url": world.wildcard_host,
        "allow_workspace_renames": world.allow_renames,
        "enable_terraform_debug_mode": world.debug_mode,
    }
    return 200, {"config": values, "options": []}


@route("GET", "/regions")
def regions(call: Call) -> Reply:
    """List the proxies by which apps are reached: the server itself."""
    one = {
        "id": call.world.deployment_id,
        "name": "primary",
        "display_name": "Default",
        "icon_url": "/emojis/1f3e1.png",
        "healthy": True,
        "path_app_url": _address(call),
        "wildcard_hostname": call.world.wildcard_host,
    }
    return 200, {"regions": [one]}


@route("GET", "/applications/host")
def applications_host(call: Call) -> Reply:
    """Return the wildcard host of apps, with the port of the server's own address; "" where there is none."""
    host, port = call.world.wildcard_host, call.request.base_url.port
    return 200, {"host": f"{host}:{port}" if host and port and ":" not in host else host}


@route("GET", "/experiments")
def experiments(_call: Call) -> Reply:
    """List the experiments that are on: none."""
    return 200, []


@route("POST", "/authcheck")
def authcheck(call: Call) -> Reply:
    """Say what a person may do: {checks: {key: {object, action}}} becomes {key: bool}."""
    fields = {"checks": "any"}
    checks = call.body("AuthorizationRequest", fields)["checks"] or {}
    return 200, {key: _allowed(call, key, check or {}) for key, check in sorted(checks.items())}


def _allowed(call: Call, key: str, check: dict[str, Any]) -> bool:
    thing, action = check.get("object") or {}, str(check.get("action", ""))
    kind = str(thing.get("resource_type", ""))
    if not kind:
        raise ApiError(400, f'Object\'s "resource_type" field must be defined for key "{key}".')
    if resource_id := thing.get("resource_id"):
        try:
            identifier = parse_uuid(str(resource_id))
        except ValueError:
            raise ApiError(400, f'Object "{resource_id}" id is not a valid uuid.', "") from None
        return _allowed_with(call, action, kind, identifier)
    owner = str(thing.get("owner_id", ""))
    return can(
        call.user,
        action,
        kind,
        owner_id=call.user.id if owner == "me" else owner,
        organization_id=str(thing.get("organization_id", "")),
        any_org=bool(thing.get("any_org")),
    )


def _allowed_with(call: Call, action: str, kind: str, identifier: str) -> bool:
    """Judge one thing by its id; what a person may not read is no."""
    if kind == "workspace":
        found = call.world.workspaces.get(identifier)
        return found is not None and may(call.user, "read", found) and may(call.user, action, found)
    if kind == "template":
        template = call.world.templates.get(identifier)
        return template is not None and can(call.user, action, kind, organization_id=template.organization.id)
    if kind == "user":
        return identifier in call.world.users and can(call.user, action, kind, owner_id=identifier)
    return can(call.user, action, kind)
