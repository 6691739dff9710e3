"""The process's HTTP clients for Coder, and a cache of responses that change rarely.

A response to one token is cached under that token's fingerprint. What Coder tells without a token (its URL, the
sign-in methods) is read in the background, since every page needs it and none may wait for it.
"""

from collections.abc import Hashable
from threading import Condition
from typing import Any
from uuid import UUID

import httpx
from cachetools import cached
from django.conf import settings

from workspaces.coder import agent_calls, calls, template_calls
from workspaces.coder.addresses import clean_url, clean_wildcard_host, origin_of
from workspaces.coder.agent_types import DeploymentSSH
from workspaces.coder.client import Coder
from workspaces.coder.errors import CoderError, SessionEnded
from workspaces.coder.template_types import Template
from workspaces.coder.transport import open_async_client, open_client
from workspaces.coder.types import AuthMethods
from workspaces.gateway.background import BackgroundValue
from workspaces.gateway.cached_values import CachedValue

PAGE_BUDGET_S = 15.0  # for all calls of one page together
OPTIONAL_CALL_BUDGET_S = 3.0  # for a call that the page can do without
CONFIGURATION_MAX_AGE_S = 3600  # for what changes only with Coder's configuration
AUTH_METHODS_MAX_AGE_S = 60
CACHE_MAX_AGE_S = 300  # for what changes rarely: names of templates, roles, Coder's own address


OPEN_CLIENTS: dict[Hashable, httpx.Client] = {}  # the client of this process, once it is open


@cached(cache=OPEN_CLIENTS, condition=Condition())  # two first calls at once open one client
def http_client() -> httpx.Client:
    """Return this process's client, which keeps its connections to Coder open."""
    return open_client(settings.CODER_URL, max_connections=settings.CODER_MAX_CONNECTIONS, **client_options())


def open_streaming_client() -> httpx.AsyncClient:
    """Open a client for the streams of one event loop, without a limit of connections: the hub limits streams."""
    return open_async_client(settings.CODER_URL, max_connections=None, **client_options())


def client_options() -> dict[str, Any]:
    """Return the arguments for a client that come from the settings."""
    return {
        "ca_file": settings.CODER_CA_FILE or None,
        "connect_s": settings.CODER_CONNECT_TIMEOUT,
        "read_s": settings.CODER_READ_TIMEOUT,
        "use_proxy": settings.CODER_USE_PROXY,
    }


def close_client() -> None:
    """Close the process's client if it is open; the next call opens a new one."""
    for client in OPEN_CLIENTS.values():
        client.close()
    OPEN_CLIENTS.clear()


def anonymous_client(forwarded_for: str | None = None, *, budget_s: float = PAGE_BUDGET_S) -> Coder:
    """Return a client without a token."""
    return Coder(http_client(), None, forwarded_for=forwarded_for, budget_s=budget_s)


def client_for_token(token: str, forwarded_for: str | None = None, *, budget_s: float = PAGE_BUDGET_S) -> Coder:
    """Return a client that sends this session token."""
    return Coder(http_client(), token, forwarded_for=forwarded_for, budget_s=budget_s)


def fetch_public_url() -> str:
    """Return the URL that Coder reports in GET /buildinfo (`dashboard_url`), "" if none. Raises CoderError."""
    coder = anonymous_client(budget_s=OPTIONAL_CALL_BUDGET_S)
    return clean_url(coder.send(calls.build_info()).dashboard_url)


def fetch_auth_methods() -> AuthMethods:
    """Return the sign-in methods that Coder allows. Raises CoderError."""
    return anonymous_client(budget_s=OPTIONAL_CALL_BUDGET_S).send(calls.auth_methods())


# By the token's fingerprint, and a template's id.
TEMPLATES: CachedValue[tuple[Template, ...]] = CachedValue("templates", tuple[Template, ...], max_age_s=CACHE_MAX_AGE_S)
DEPRECATED_TEMPLATES: CachedValue[tuple[Template, ...]] = CachedValue(
    "deprecated_templates", tuple[Template, ...], max_age_s=CACHE_MAX_AGE_S
)
TEMPLATE = CachedValue("template", Template, max_age_s=CACHE_MAX_AGE_S)
APP_HOST = CachedValue("app_host", str, max_age_s=CONFIGURATION_MAX_AGE_S)
TERRAFORM_DEBUG = CachedValue("debugs", bool, max_age_s=CACHE_MAX_AGE_S)
SSH_SETTINGS = CachedValue("ssh", DeploymentSSH, max_age_s=CONFIGURATION_MAX_AGE_S)

# Not in the shared cache: every page reads these, and none may wait for Coder or for Redis.
REPORTED_URL = BackgroundValue(
    "public-url",
    fetch_public_url,
    max_age_s=CACHE_MAX_AGE_S,
    retry_s=OPTIONAL_CALL_BUDGET_S,
    expected_errors=(CoderError, SessionEnded),
)
AUTH_METHODS = BackgroundValue(
    "auth-methods",
    fetch_auth_methods,
    max_age_s=AUTH_METHODS_MAX_AGE_S,
    retry_s=OPTIONAL_CALL_BUDGET_S,
    expected_errors=(CoderError, SessionEnded),
)


def read_ahead() -> None:
    """Start to read what the first pages of this process need. Does not wait."""
    public_url()
    AUTH_METHODS.get()


def public_url() -> str:
    """Return Coder's URL for browsers: the setting, else what Coder reported last, else the URL that the portal calls.

    Does not wait: before Coder's first response it is the URL that the portal calls.
    """
    return str(settings.CODER_PUBLIC_URL or REPORTED_URL.get() or settings.CODER_URL)


def public_origin() -> str:
    """Return scheme, host and port of `public_url`, as a source of a Content-Security-Policy; "" if it has none."""
    return origin_of(public_url())


def cached_templates(fingerprint: str) -> tuple[Template, ...] | None:
    """Return what `get_templates` has cached; None where it has cached nothing. Does not call Coder."""
    return TEMPLATES.get(fingerprint)


def get_template(coder: Coder, fingerprint: str, template_id: UUID) -> Template:
    """Return one template, from the cache or from Coder. Raises CoderError, SessionEnded."""
    return TEMPLATE.get_or_fetch(lambda: coder.send(template_calls.template(template_id)), fingerprint, template_id)


def cached_template(fingerprint: str, template_id: UUID) -> Template | None:
    """Return what `get_template` or `get_templates` has cached; None where neither has. Does not call Coder."""
    template = TEMPLATE.get(fingerprint, template_id)
    if template is not None:
        return template
    return next((each for each in cached_templates(fingerprint) or () if each.id == template_id), None)


def get_templates(coder: Coder, fingerprint: str) -> tuple[Template, ...]:
    """Return the templates that the token may read, from the cache or from Coder. Raises CoderError, SessionEnded."""
    return TEMPLATES.get_or_fetch(lambda: coder.send(calls.templates()) or (), fingerprint)


def get_deprecated_templates(coder: Coder, fingerprint: str) -> tuple[Template, ...]:
    """Return the deprecated ones of these templates, from the cache or from Coder. Raises CoderError, SessionEnded."""
    call = calls.templates("deprecated:true")
    return DEPRECATED_TEMPLATES.get_or_fetch(lambda: coder.send(call) or (), fingerprint)


def cached_app_host(fingerprint: str) -> str | None:
    """Return what `get_app_host` has cached; None where it has cached nothing. Does not call Coder."""
    return APP_HOST.get(fingerprint)


def get_app_host(coder: Coder, fingerprint: str) -> str:
    """Return the wildcard host of subdomain apps ("*.apps.example.com"); "" where Coder has none, or no valid one.

    Raises CoderError and SessionEnded.
    """

    def fetch() -> str:
        return clean_wildcard_host(coder.send(calls.app_host()).host)

    return APP_HOST.get_or_fetch(fetch, fingerprint)


def is_terraform_debug_enabled(coder: Coder, fingerprint: str) -> bool:
    """Return whether Coder allows builds with Terraform's debug log. Raises CoderError and SessionEnded."""
    call = calls.deployment_config()
    return TERRAFORM_DEBUG.get_or_fetch(lambda: coder.send(call).config.enable_terraform_debug_mode, fingerprint)


def get_ssh_settings(coder: Coder, fingerprint: str) -> DeploymentSSH:
    """Return how host names of workspaces are formed for SSH. Raises CoderError and SessionEnded."""
    return SSH_SETTINGS.get_or_fetch(lambda: coder.send(agent_calls.deployment_ssh()), fingerprint)
