"""Runs the handed-over replay.py against the simulated Coder of both versions: against_shared.py PATH/replay.py

As many answers must agree as agreed.toml says, or more. Exit status 1 where fewer do.
"""

import re
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
AGREED = tomllib.loads((ROOT / "tests" / "contract" / "agreed.toml").read_text())


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def agreement(replay: Path, version: str) -> tuple[int, str]:
    """How many answers of the simulator of this version agree, and what replay.py printed."""
    port = free_port()
    command = ["-m", "coder_simulator", "--port", str(port), "--version", version, "--world", "contract"]
    server = subprocess.Popen([sys.executable, *command], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        line = [sys.executable, str(replay), f"http://127.0.0.1:{port}", version]
        printed = subprocess.run(line, capture_output=True, text=True, timeout=600, check=False).stdout
    finally:
        server.terminate()
        server.wait(10)
    found = re.search(r"^(\d+) of \d+ agree", printed, re.MULTILINE)
    return int(found[1]) if found else 0, printed


def wait_for(url: str) -> None:
    """Return when the simulator answers. Raises TimeoutError after 30 s."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            httpx.get(f"{url}/api/v2/buildinfo", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def main(replay: Path) -> int:
    """Both versions, one after the other."""
    status = 0
    for version, wanted in AGREED.items():
        found, printed = agreement(replay, version)
        sys.stdout.write(f"Coder {version}: {found} recorded answers agree, {wanted} must\n")
        if found < wanted:
            sys.stdout.write(printed)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
