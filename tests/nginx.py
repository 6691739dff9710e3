"""A real nginx in front of portals, with the configuration that docs/deployment.md documents."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

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
  server {{ listen 127.0.0.1:{port}{tls}; {lines} }}
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


def write_certificate(folder: Path) -> str:
    """Write a self-signed certificate for 127.0.0.1, and return the words of nginx that use it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "tls.pem").write_bytes(certificate.public_bytes(pem) + private)
    return f" ssl; ssl_certificate {folder}/tls.pem; ssl_certificate_key {folder}/tls.pem"


@contextmanager
def run_nginx(
    folder: Path, port: int, portals: Sequence[int], prefix: str = "", *, uses_tls: bool = False
) -> Iterator[None]:
    """Run nginx on this port; it distributes requests over the portals at these ports.

    `uses_tls`: with a certificate that nobody has signed.
    """
    tls = write_certificate(folder) if uses_tls else ""
    user = "user root;" if os.geteuid() == 0 else ""
    servers = " ".join(f"server 127.0.0.1:{portal};" for portal in portals)
    config = folder / "nginx.conf"
    config.write_text(
        CONFIG_TEMPLATE.format(
            folder=folder, user=user, port=port, tls=tls, lines=documented_config(prefix), servers=servers
        )
    )
    process = subprocess.Popen([str(NGINX), "-c", str(config), "-e", "stderr"])
    try:
        local_portal.wait_until_ready(f"http://127.0.0.1:{port}{prefix}/healthz", process)  # with TLS it answers 400
        yield
    finally:
        local_portal.terminate([process])
