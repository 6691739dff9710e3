"""Opens the HTTP clients for Coder: timeouts, limits, CAs, and no cookies.

What one person's response sets is never sent with another person's request, and no log has a header.
"""

import logging
import ssl
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

from workspaces.coder.deadline import limit_reads


def drop_record(record: logging.LogRecord) -> bool:
    """Filter out every record."""
    return False


# At DEBUG these loggers write all headers, and the response to a sign-in sets the token as a cookie.
for name in ("httpcore.http11", "httpcore.proxy"):
    logging.getLogger(name).addFilter(drop_record)


def open_client(base_url: str, **limits: Any) -> httpx.Client:
    """Return an HTTP client to share. `base_url` is Coder's URL without /api/v2; `limits`: see `client_options`."""
    return limit_reads(httpx.Client(**client_options(base_url, **limits)))


def open_async_client(base_url: str, **limits: Any) -> httpx.AsyncClient:
    """Return an HTTP client to share within one event loop; see `open_client`."""
    return httpx.AsyncClient(**client_options(base_url, **limits))


def client_options(
    base_url: str,
    *,
    ca_file: str | None = None,
    connect_s: float = 3.0,
    read_s: float = 10.0,
    use_proxy: bool = False,
    max_connections: int | None = 100,
    transport: Any = None,
) -> dict[str, Any]:
    """Return the arguments of both HTTP clients. Times in s; `use_proxy`: use the proxies of the environment."""
    return {
        "base_url": f"{base_url.rstrip('/')}/api/v2",
        "timeout": httpx.Timeout(read_s, connect=connect_s),
        "limits": httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
        "verify": ssl_context(ca_file, env=use_proxy),
        "trust_env": use_proxy,
        "follow_redirects": False,
        "headers": {"User-Agent": "coder-portal"},  # Coder's audit log shows it
        "cookies": CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        "transport": transport,
    }


@cache
def ssl_context(ca_file: str | None, *, env: bool) -> ssl.SSLContext:
    """Return an SSL context that trusts the CAs of `ca_file`, else the system's; `env`: or those of SSL_CERT_FILE.

    Cached: reading all CAs takes 20 ms.
    """
    return ssl.create_default_context(cafile=ca_file) if ca_file else httpx.create_ssl_context(trust_env=env)
