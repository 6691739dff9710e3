"""Fixtures of the benchmarks: a simulated Coder and a portal, each in a separate process, and signed-in clients."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from coder_portal import local_portal
from tests.server import ROOT, free_port, run_portal

PASSWORD = "SomeSecurePassword!"  # noqa: S105  # of every user of the simulated Coder
ADMIN = {"email": "admin@example.com", "password": PASSWORD}
OWNER = {"email": "person-0001@example.com", "password": PASSWORD}  # owns the first 25 workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrls:
    """The URLs of the simulated Coder and of the portal in front of it."""

    coder: str
    portal: str


@contextmanager
def run_coder(*, workspaces: int, latency_ms: int) -> Iterator[str]:
    """Run a simulated Coder with this many workspaces that delays each response by `latency_ms`; yield its URL."""
    port = free_port()
    command = ["simulate_coder", "--port", str(port), "--world", "contract"]
    command += ["--workspaces", str(workspaces), "--latency", str(latency_ms)]
    process = subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, stdout=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        local_portal.wait_until_ready(f"{url}/api/v2/buildinfo", process)
        yield url
    finally:
        local_portal.terminate([process])


EMBED_ENVIRONMENT = {"EMBED_ALLOWED_ORIGINS": "https://intranet.example.com"}  # so that there are frames


@contextmanager
def run_servers(*, workspaces: int, latency_ms: int = 31) -> Iterator[ServerUrls]:
    """Run a simulated Coder and a portal; Coder delays each response by `latency_ms`."""
    with (
        run_coder(workspaces=workspaces, latency_ms=latency_ms) as url,
        tempfile.TemporaryDirectory() as folder,
        run_portal(url, Path(folder), extra_env={"CODER_PUBLIC_URL": url, **EMBED_ENVIRONMENT}) as address,
    ):
        yield ServerUrls(coder=url, portal=address)


def open_coder_client(urls: ServerUrls, account: Mapping[str, str] = ADMIN) -> httpx.Client:
    """Return a client for Coder's API with a token of this account."""
    client = httpx.Client(base_url=f"{urls.coder}/api/v2", trust_env=False, timeout=30)
    token = client.post("/users/login", json=dict(account)).json()["session_token"]
    client.headers["Coder-Session-Token"] = token
    return client


def open_portal_client(urls: ServerUrls) -> httpx.Client:
    """Return a client of the portal with the administrator signed in."""
    client = httpx.Client(base_url=urls.portal, trust_env=False, timeout=30)
    client.get("/login/")
    csrf_token = client.cookies["coder_portal_csrf"]
    if client.post("/login/", data={"csrfmiddlewaretoken": csrf_token, **ADMIN}).status_code != 302:
        raise SystemExit("sign-in failed")
    return client
