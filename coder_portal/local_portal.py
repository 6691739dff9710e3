"""A portal on this machine, for the commands `demo` and `run`. Its keys and database are in var/private/."""

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import httpx
from cryptography.fernet import Fernet
from django.conf import settings

from coder_portal import server_check
from coder_portal.private_files import KEYS_FILE, move_file, private_folder, write_private_file
from workspaces.coder.addresses import WebAddress, parse_web_address

START_TIMEOUT_S = 60
MAX_RESTARTS = 20  # of a process that exits by itself


def build_environment(coder_url: str, port: int) -> dict[str, str]:
    """Return the portal's environment; variables that are already set take precedence."""
    defaults = {"CODER_URL": coder_url, "PORTAL_URL": f"http://127.0.0.1:{port}", "PORTAL_LOG_FORMAT": "TEXT"}
    folder = settings.PRIVATE_FOLDER
    defaults |= {"PORTAL_LOG_LEVEL": "WARNING", **load_secrets(folder / KEYS_FILE, folder.parent / KEYS_FILE)}
    return {**defaults, **{name: value for name, value in os.environ.items() if value}}


def load_secrets(path: Path, old_path: Path | None = None) -> dict[str, str]:
    """Return the secret settings from a private file.

    If it is missing, it is moved from `old_path`, where earlier releases had it, or created with new secrets.
    """
    with private_folder(path.parent):
        if old_path:
            move_file(old_path, path)
        if not path.exists():
            new_secrets = {
                "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
                "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
            }
            write_private_file(path, json.dumps(new_secrets))
    return dict(json.loads(path.read_text()))


def prepare(env: Mapping[str, str]) -> None:
    """Migrate the database and collect the static files."""
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, env=dict(env), cwd=settings.BASE_DIR)


def listening_address(env: Mapping[str, str], port: int) -> WebAddress:
    """Return the address at which the portal listens: on 127.0.0.1, or on ::1 if PORTAL_URL has that host."""
    try:
        host = parse_web_address(env["PORTAL_URL"]).host
    except ValueError:  # the portal reports it when it starts
        host = ""
    return WebAddress(scheme="http", host="[::1]" if host == "[::1]" else "127.0.0.1", port=port, path="")


def start_portal(
    env: Mapping[str, str], port: int, *, graceful_s: int = 5, protocol: str = server_check.PROTOCOL
) -> subprocess.Popen[bytes]:
    """Start the portal with uvicorn on this machine. At shutdown it waits for connections, at most `graceful_s` (s)."""
    host = listening_address(env, port).host.strip("[]")
    line = ["uvicorn", "coder_portal.asgi:application", "--host", host, "--port", str(port)]
    line += ["--http", protocol, "--log-level", "warning", "--no-server-header", "--no-proxy-headers"]
    line += ["--timeout-graceful-shutdown", str(graceful_s)]
    return subprocess.Popen([sys.executable, "-m", *line], env=dict(env), cwd=settings.BASE_DIR)


def start_worker(env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker, which runs operations and cleanup."""
    line = ["manage.py", "db_worker", "--interval", "0.5", "--no-startup-delay", "--no-reload", "--verbosity", "0"]
    return subprocess.Popen([sys.executable, *line], env=dict(env), cwd=settings.BASE_DIR)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when `url` responds with a status below 500.

    Raises SystemExit if the process exits or START_TIMEOUT_S pass before.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"{url} did not start: the process ended with {process.returncode}")
        try:
            if httpx.get(url, trust_env=False, timeout=5).status_code < 500:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise SystemExit(f"{url} did not answer within {START_TIMEOUT_S} s")


@dataclass
class Service:
    """A process that is restarted when it exits, as a platform would do."""

    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] = field(init=False)
    exits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.process = self.start()

    def restart_if_exited(self) -> None:
        """Restart the process if it has exited. Raises SystemExit after MAX_RESTARTS."""
        if self.process.poll() is None:
            return
        self.exits += 1
        if self.exits > MAX_RESTARTS:
            raise SystemExit(
                f"{self.process.args!r} has ended {self.exits} times, at last with {self.process.returncode}"
            )
        self.process = self.start()


def run_until_interrupted(services: Sequence[Service], simulator: subprocess.Popen[bytes] | None = None) -> int:
    """Restart services as needed until Ctrl-C, SIGTERM or the exit of `simulator`, then terminate all processes.

    Returns an exit status: 1 if `simulator` has exited.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):  # shells start background jobs with SIGINT ignored
        signal.signal(number, stop)
    try:
        while simulator is None or simulator.poll() is None:
            for service in services:
                service.restart_if_exited()
            time.sleep(0.2)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        terminate([service.process for service in services] + ([simulator] if simulator else []))


def terminate(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Send SIGTERM to all processes, and SIGKILL to those that have not exited after 10 s."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
