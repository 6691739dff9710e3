"""The portal as deployed: uvicorn in a separate process, with its own database and collected static files."""

import atexit
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from coder_portal import local_portal
from tests.external_services.servers import new_database

ROOT = Path(__file__).parents[1]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coder_portal.settings")  # for callers outside of pytest
PORTAL_VARIABLES = ("PORTAL_", "CODER_", "EMBED_", "DATABASE_URL", "REDIS_URL", "DJANGO_")


def free_port(host: str = "127.0.0.1") -> int:
    """Return a port on which nothing listens. Raises OSError if this machine lacks the address."""
    with socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET) as listener:
        return int(listener.getsockname()[1])


def portal_environment(
    coder_url: str, folder: Path, port: int, prefix: str = "", host: str = "127.0.0.1"
) -> dict[str, str]:
    """Return the environment of a portal in front of `coder_url` that stores its data in `folder`.

    The portal variables of this process are left out.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PORTAL_VARIABLES)}
    return {
        **inherited,
        **local_portal.load_secrets(folder / "keys.json"),
        "CODER_URL": coder_url,
        "PORTAL_URL": f"http://{host}:{port}{prefix}",
        "PORTAL_LOG_FORMAT": "TEXT",
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_LOGIN_TRIES": "1000",
        **storage_environment(folder),
    }


def storage_environment(folder: Path) -> dict[str, str]:
    """Return the variables for the portal's database and Redis: SQLite in the folder, or PostgreSQL and Redis."""
    if "TEST_DATABASE_URL" not in os.environ:
        return {"DATABASE_URL": f"sqlite:///{folder / 'portal.sqlite3'}"}
    return {"DATABASE_URL": new_database(), "REDIS_URL": os.environ["REDIS_URL"]}


def run_manage_command(command: str, env: Mapping[str, str]) -> None:
    """Run a Django management command without prompts."""
    command_line = [sys.executable, "manage.py", command, "--verbosity", "0", "--no-input"]
    subprocess.run(command_line, check=True, env=dict(env), cwd=ROOT)


def migrate(env: Mapping[str, str]) -> None:
    """Create the portal's tables. SQLite databases are copied from one that this process has migrated."""
    scheme, _, path = env["DATABASE_URL"].partition(":///")
    if scheme != "sqlite":
        run_manage_command("migrate", env)
        return
    with closing(sqlite3.connect(migrated_database())) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)


@cache
def migrated_database() -> Path:
    """Return the path of a migrated SQLite database, which is copied and never changed."""
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "portal.sqlite3"
    env = portal_environment("http://127.0.0.1:9", folder, 9) | {"DATABASE_URL": f"sqlite:///{path}"}
    run_manage_command("migrate", env)
    return path


@cache
def collect_static_once() -> None:
    """Collect the static files unless they are unchanged since the last run: all portals of a run serve the same.

    Workers of pytest-xdist leave this to the process that started them (conftest.py), because two processes that
    collect at the same time remove each other's files.
    """
    if "PYTEST_XDIST_WORKER" in os.environ:
        return
    static, stamp = ROOT / "var" / "static", ROOT / "var" / "static.sha256"
    sources = ROOT / "static", ROOT / "coder_portal", ROOT / "requirements"
    if not stamp.exists() or stamp.read_text() != hash_files(*sources, static / "staticfiles.json"):
        run_manage_command("collectstatic", {"PATH": os.environ["PATH"]})
        stamp.write_text(hash_files(*sources, static / "staticfiles.json"))


def hash_files(*paths: Path) -> str:
    """Return the SHA-256 of the names and contents of these files and of all files in these folders."""
    combined = hashlib.sha256()
    for path in paths:
        for file in (path, *sorted(path.rglob("*"))):
            if file.is_file() and "__pycache__" not in file.parts:
                combined.update(f"{file.relative_to(ROOT)}\0".encode())
                combined.update(hashlib.sha256(file.read_bytes()).digest())
    return combined.hexdigest()


@contextmanager
def run_portal(
    coder_url: str,
    folder: Path,
    *,
    host: str = "127.0.0.1",
    prefix: str = "",
    port: int = 0,
    extra_env: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Run a portal in front of `coder_url` within the context, and yield its URL.

    `host` is 127.0.0.1 or [::1], `prefix` the path under which it is served (""), `port` the port (0: any free one);
    `extra_env` overrides variables.
    """
    port = port or free_port(host.strip("[]"))
    env = portal_environment(coder_url, folder, port, prefix, host) | dict(extra_env or {})
    migrate(env)
    collect_static_once()
    process = local_portal.start_portal(env, port)
    try:
        local_portal.wait_until_ready(f"{local_portal.listening_address(env, port).origin}{prefix}/healthz", process)
        yield env["PORTAL_URL"]
    finally:
        local_portal.terminate([process])
