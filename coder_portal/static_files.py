"""Collects static files: scripts and style sheets without comments and spaces, all compressed, under hashed names.

Style sheets are not for rcssmin: its version 1.3 removes the space before a pseudo-class (`nav :not(a)`).
"""

import os
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, override

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

PUBLIC_UMASK = 0o022  # a proxy may serve the files; whitenoise compresses them without setting a mode
# What is kept of a style sheet (a string; a sign without the spaces around or after it), and what becomes one space.
STYLE_PART = re.compile(
    r"""(?P<kept>"[^"]*")|\s*(?:;\s*)?(?P<end>})\s*|\s*(?P<sign>[{;])\s*|(?P<mark>[:,])\s+|(?:/\*.*?\*/|\s)+""",
    re.DOTALL,
)
VENDOR = "vendor/"  # handed on byte for byte, as its README lists them


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Whitenoise's storage, which minifies scripts and style sheets first."""

    @override
    def post_process(
        self, paths: dict[str, tuple[Storage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool]]:
        """Minify the collected files in place, then hash and compress all files. `paths`: their sources by name."""
        if not dry_run:
            paths = {name: self.minified(name, source) for name, source in paths.items()}
        umask = os.umask(PUBLIC_UMASK)
        try:
            # By name, since Django looks for it there before it writes the manifest: a dry run would empty it.
            yield from super().post_process(paths, dry_run=dry_run, **options)
        finally:
            os.umask(umask)

    def minified(self, name: str, source: tuple[Storage, str]) -> tuple[Storage, str]:
        """Replace a collected script or style sheet. Return the storage and the name to hash it from."""
        minify = {".js": jsmin, ".css": minify_style_sheet}.get(PurePath(name).suffix)
        if minify is None or name.startswith(VENDOR):
            return source
        storage, path = source
        with storage.open(path) as file:
            text = minify(file.read().decode())
        self.delete(name)
        self._save(name, ContentFile(text.encode()))
        return self, name


def minify_style_sheet(text: str) -> str:
    """Return a style sheet without comments, line breaks and the spaces that mean nothing to a browser."""
    return STYLE_PART.sub(lambda part: part[part.lastgroup] if part.lastgroup else " ", text).strip()
