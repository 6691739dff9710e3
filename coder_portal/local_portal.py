"""What `demo` and `run` share: the portal on this machine, with keys and a database in var/ made once."""

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

START_TIMEOUT_S = 60  # s that a server may take to answer
MAX_RESTARTS = 20  # of a process that ends by itself


def build_environment(coder_url: str, port: int) -> dict[str, str]:
    """The variables under which the portal runs here; what the caller has set stays."""
    defaults = {"CODER_URL": coder_url, "PORTAL_URL": f"http://127.0.0.1:{port}", "PORTAL_LOG_FORMAT": "TEXT"}
    defaults |= {"PORTAL_LOG_LEVEL": "WARNING", **load_secrets(settings.BASE_DIR / "var" / "keys.json")}
    return {**defaults, **{name: value for name, value in os.environ.items() if value}}


def load_secrets(path: Path) -> dict[str, str]:
    """The secrets of this machine's portal, made at the first call and readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        made = {
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
            "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        }
        path.write_text(json.dumps(made))
    return dict(json.loads(path.read_text()))


def prepare(env: Mapping[str, str]) -> None:
    """The database's tables and the collected static files."""
    for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--noinput", "--verbosity", "0"]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, env=dict(env), cwd=settings.BASE_DIR)


def start_portal(env: Mapping[str, str], port: int) -> subprocess.Popen[bytes]:
    """Start the portal on uvicorn, on loopback."""
    line = ["uvicorn", "coder_portal.asgi:application", "--host", "127.0.0.1", "--port", str(port)]
    line += ["--log-level", "warning", "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "5"]
    return subprocess.Popen([sys.executable, "-m", *line], env=dict(env), cwd=settings.BASE_DIR)


def start_worker(env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a worker: what people have begun goes on without their browser and without the portal's process."""
    line = ["manage.py", "db_worker", "--interval", "0.5", "--no-startup-delay", "--no-reload", "--verbosity", "0"]
    return subprocess.Popen([sys.executable, *line], env=dict(env), cwd=settings.BASE_DIR)


def wait_until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Return when `url` answers below 500. Raises SystemExit where the process ends or START s pass first."""
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
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
    """A process that is started again when it ends, as a platform would."""

    start: Callable[[], subprocess.Popen[bytes]]
    process: subprocess.Popen[bytes] = field(init=False)
    exits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.process = self.start()

    def restart_if_exited(self) -> None:
        """Start it again where it has ended. Raises SystemExit where that happens too often: it does not stay."""
        if self.process.poll() is None:
            return
        self.exits += 1
        if self.exits > MAX_RESTARTS:
            raise SystemExit(
                f"{self.process.args!r} has ended {self.exits} times, at last with {self.process.returncode}"
            )
        self.process = self.start()


def run_until_interrupted(services: Sequence[Service], base: subprocess.Popen[bytes] | None = None) -> int:
    """See to the services until Ctrl-C, SIGTERM or the end of `base`, then end them all. Returns an exit status."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background job is born deaf to the second
        signal.signal(number, stop)
    try:
        while base is None or base.poll() is None:
            for service in services:
                service.restart_if_exited()
            time.sleep(0.2)
        return 1
    except KeyboardInterrupt:
        return 0
    finally:
        terminate([service.process for service in services] + ([base] if base else []))


def terminate(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """End them, gently at first."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
