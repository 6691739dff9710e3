"""Compute the version that is part of every key of the shared cache."""

import hashlib
from pathlib import Path


def cache_version(coder_url: str, package: Path) -> str:
    """Return 12 hexadecimal digits that differ when the Coder server or any Python file of the package differs.

    The cache outlives a deployment and holds values of the package's types, which may have other fields or another
    meaning in other code. The version is part of every key, so a new release starts with an empty cache. Takes about
    10 ms.
    """
    digest = hashlib.sha256(coder_url.encode())
    for file in sorted(package.rglob("*.py")):
        content = file.read_bytes()
        digest.update(f"\0{file.relative_to(package)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]
