"""The way to Coder: one shared HTTP client, and what is known of Coder without asking on every page.

What one token was told is kept under that token's fingerprint and for nobody else. Only /buildinfo is common.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from django.conf import settings
from django.core.cache import cache

from workspaces.coder import agent_calls, calls, template_calls
from workspaces.coder.agent_types import DeploymentSSH
from workspaces.coder.client import Coder, open_async_client, open_client
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.coder.template_types import Template

PAGE_BUDGET_S = 15.0  # s, for all calls of one page together
OPTIONAL_CALL_BUDGET_S = 3.0  # s: what a page waits for a thing that it can do without
CONFIGURATION_MAX_AGE_S = 3600  # s, for what changes with Coder's configuration alone
CACHE_MAX_AGE_S = 300  # s, for what changes rarely: names of templates, general rights, Coder's own address


@lru_cache(maxsize=1)
def http_client() -> httpx.Client:
    """The one client of this process: its connections to Coder are worth keeping."""
    return open_client(settings.CODER_URL, max_connections=settings.CODER_MAX_CONNECTIONS, **client_options())


def open_streaming_client() -> httpx.AsyncClient:
    """A client for the streams of one event loop. How many are open is the hub's to limit: none waits for another."""
    return open_async_client(settings.CODER_URL, max_connections=None, **client_options())


def client_options() -> dict[str, Any]:
    """How Coder is called, as the settings say."""
    return {
        "ca_file": settings.CODER_CA_FILE or None,
        "connect_s": settings.CODER_CONNECT_TIMEOUT,
        "read_s": settings.CODER_READ_TIMEOUT,
        "use_proxy": settings.CODER_USE_PROXY,
    }


def close_client() -> None:
    """Close the client, where there is one; the next call opens another."""
    if http_client.cache_info().currsize:
        http_client().close()
        http_client.cache_clear()


def anonymous_client(forwarded_for: str | None = None) -> Coder:
    """Coder as somebody who has not signed in meets it."""
    return Coder(http_client(), None, forwarded_for=forwarded_for, budget_s=PAGE_BUDGET_S)


def client_for_token(token: str, forwarded_for: str | None = None) -> Coder:
    """Coder as the owner of `token` meets it."""
    return Coder(http_client(), token, forwarded_for=forwarded_for, budget_s=PAGE_BUDGET_S)


def get_or_fetch[T](key: str, fetch: Callable[[], T], max_age_s: float = CACHE_MAX_AGE_S) -> T:
    """What `ask` answered within the last `seconds`, asked again where it is older."""
    found: T | None = cache.get(key)
    if found is None:
        found = fetch()
        cache.set(key, found, max_age_s)
    return found


def public_url() -> str:
    """Where a browser finds Coder: the setting, else what Coder last said of itself, else where the portal calls."""
    return str(settings.CODER_PUBLIC_URL or cache.get("public_url") or fetch_public_url())


def fetch_public_url() -> str:
    """Ask Coder for its own address. While it is away, what it last said holds, and it is asked again in a while."""
    try:
        told = (
            Coder(http_client(), None, budget_s=OPTIONAL_CALL_BUDGET_S)
            .send(calls.build_info())
            .dashboard_url.rstrip("/")
        )
        cache.set("public_url.last", told, None)
        cache.set("public_url", told or settings.CODER_URL, CACHE_MAX_AGE_S)
    except (CoderError, SessionEnded):
        cache.set("public_url", cache.get("public_url.last") or settings.CODER_URL, OPTIONAL_CALL_BUDGET_S)
    return str(cache.get("public_url") or settings.CODER_URL)


def public_origin() -> str:
    """Scheme and host of `public_url`, as a Content-Security-Policy names it."""
    parts = urlsplit(public_url())
    return f"{parts.scheme}://{parts.netloc}"


def cached_templates(fingerprint: str) -> tuple[Template, ...] | None:
    """What `templates` would give without asking Coder."""
    found: tuple[Template, ...] | None = cache.get(f"templates.{fingerprint}")
    return found


def get_template(coder: Coder, fingerprint: str, template_id: UUID) -> Template:
    """One template, asked once in a while."""
    key = f"template.{fingerprint}.{template_id}"
    return get_or_fetch(key, lambda: coder.send(template_calls.template(template_id)))


def cached_template(fingerprint: str, template_id: UUID) -> Template | None:
    """What `template` would give without asking Coder, where that is known by itself or from all of them."""
    found: Template | None = cache.get(f"template.{fingerprint}.{template_id}")
    among = cached_templates(fingerprint) or () if found is None else ()
    return found or next((each for each in among if each.id == template_id), None)


def get_templates(coder: Coder, fingerprint: str) -> tuple[Template, ...]:
    """The templates that the token's owner may read, for the menu; asked once in a while, not on every page."""
    return get_or_fetch(f"templates.{fingerprint}", lambda: coder.send(calls.templates()) or ())


def cached_app_host(fingerprint: str) -> str | None:
    """What `app_host` would give without asking Coder; None where it has not been asked lately."""
    found: str | None = cache.get(f"app_host.{fingerprint}")
    return found


def get_app_host(coder: Coder, fingerprint: str) -> str:
    """Where Coder serves apps with a subdomain of their own ("*.apps.example.com"); "" where it does not."""
    return get_or_fetch(f"app_host.{fingerprint}", lambda: coder.send(calls.app_host()).host, CONFIGURATION_MAX_AGE_S)


def is_terraform_debug_enabled(coder: Coder, fingerprint: str) -> bool:
    """Whether Coder is configured to let builds log all that Terraform does. Raises CoderError."""
    call = calls.deployment_config()
    return get_or_fetch(f"debugs.{fingerprint}", lambda: coder.send(call).config.enable_terraform_debug_mode)


def get_ssh_settings(coder: Coder, fingerprint: str) -> DeploymentSSH:
    """How SSH names workspaces; asked once in a while."""
    return get_or_fetch(f"ssh.{fingerprint}", lambda: coder.send(agent_calls.deployment_ssh()), CONFIGURATION_MAX_AGE_S)
