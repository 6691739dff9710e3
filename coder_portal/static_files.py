"""Collects static files: scripts without comments and spaces, all compressed and under hashed names.

Style sheets stay as they are: rcssmin 1.3 removes the space before a pseudo-class (`nav :not(a)`).
"""

import os
from collections.abc import Iterator
from typing import Any, override

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

PUBLIC_UMASK = 0o022  # a proxy may serve the files; whitenoise compresses them without setting a mode
VENDOR = "vendor/"  # handed on byte for byte, as its README lists them


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Whitenoise's storage, which minifies scripts first."""

    @override
    def post_process(
        self, paths: dict[str, tuple[Storage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool]]:
        """Minify the collected scripts in place, then hash and compress all files. `paths`: their sources by name."""
        if not dry_run:
            paths = {name: self.minified(name, source) for name, source in paths.items()}
        umask = os.umask(PUBLIC_UMASK)
        try:
            # By name, since Django looks for it there before it writes the manifest: a dry run would empty it.
            yield from super().post_process(paths, dry_run=dry_run, **options)
        finally:
            os.umask(umask)

    def minified(self, name: str, source: tuple[Storage, str]) -> tuple[Storage, str]:
        """Replace a collected script. Return the storage and the name to hash it from."""
        if not name.endswith(".js") or name.startswith(VENDOR):
            return source
        storage, path = source
        with storage.open(path) as file:
            script = jsmin(file.read().decode())
        self.delete(name)
        self._save(name, ContentFile(script.encode()))
        return self, name
