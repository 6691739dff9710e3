"""Run the provided replay.py against the simulated Coder of both versions: against_shared.py PATH/replay.py

At least as many responses must agree as agreed.toml lists. The exit status is 1 when fewer do.
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
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def agreement(replay: Path, version: str) -> tuple[int, str]:
    """Return how many responses of the simulator of this version agree, and the output of replay.py."""
    port = free_port()
    command = ["-m", "coder_simulator", "--port", str(port), "--version", version, "--world", "contract"]
    server = subprocess.Popen([sys.executable, *command], cwd=ROOT)
    try:
        wait_for(f"http://127.0.0.1:{port}")
        replay_command = [sys.executable, str(replay), f"http://127.0.0.1:{port}", version]
        output = subprocess.run(replay_command, capture_output=True, text=True, timeout=600, check=False).stdout
    finally:
        server.terminate()
        server.wait(10)
    match = re.search(r"^(\d+) of \d+ agree", output, re.MULTILINE)
    return int(match[1]) if match else 0, output


def wait_for(url: str) -> None:
    """Return when the simulator answers. Raises TimeoutError after 30 s."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx.get(f"{url}/api/v2/buildinfo", trust_env=False, timeout=30)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def main(replay: Path) -> int:
    """Check both versions; return the exit status."""
    status = 0
    for version, minimum in AGREED.items():
        agreeing, output = agreement(replay, version)
        sys.stdout.write(f"Coder {version}: {agreeing} recorded answers agree, {minimum} must\n")
        if agreeing < minimum:
            sys.stdout.write(output)
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
