"""A real nginx in front of portals, with the configuration that docs/deployment.md documents."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from coder_portal import local_portal
from tests.server import ROOT

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
CONFIG_TEMPLATE = """
daemon off; pid {folder}/nginx.pid; worker_processes 1; error_log stderr error; {user}
events {{}}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream portals {{ {servers} }}
  server {{ listen 127.0.0.1:{port}; {lines} }}
}}
"""


def require_nginx() -> None:
    """Skip the test without nginx, or fail where CI is set."""
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("There is no nginx on the PATH.")
        pytest.skip("There is no nginx on the PATH.")


def documented_config(prefix: str) -> str:
    """Return the documented configuration lines, for portals under this path."""
    (lines,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "deployment.md").read_text(), re.DOTALL)
    assert lines.count("location / {") == lines.count("http://127.0.0.1:8000;") == 1
    return str(lines.replace("location / {", f"location {prefix}/ {{").replace("127.0.0.1:8000;", "portals;"))


@contextmanager
def run_nginx(folder: Path, port: int, portals: Sequence[int], prefix: str = "") -> Iterator[None]:
    """Run nginx on this port; it distributes requests over the portals at these ports."""
    user = "user root;" if os.geteuid() == 0 else ""
    servers = " ".join(f"server 127.0.0.1:{portal};" for portal in portals)
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG_TEMPLATE.format(folder=folder, user=user, port=port, lines=documented_config(prefix), servers=servers)
    )
    process = subprocess.Popen([str(NGINX), "-c", str(config), "-e", "stderr"])
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{port}{prefix}/healthz", process)
        yield
    finally:
        local_portal.terminate([process])
