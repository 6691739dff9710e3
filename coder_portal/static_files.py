"""Collects static files: scripts and style sheets without comments and spaces, then compressed under hashed names."""

from collections.abc import Iterator
from typing import Any, override

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from rcssmin import cssmin
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

MINIFIERS = {".css": cssmin, ".js": jsmin}
VENDOR = "vendor/"  # handed on byte for byte, as its README lists them


class MinifiedStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise ships no types
    """Whitenoise's storage, which minifies first: a cold page needs 2 KB less."""

    @override
    def post_process(
        self, paths: dict[str, tuple[Storage, str]], dry_run: bool = False, **options: Any
    ) -> Iterator[tuple[str, str | None, bool]]:
        """Minify the collected files in place, then hash and compress them. `paths`: their sources by name."""
        if not dry_run:
            paths = {name: self.minified(name, source) for name, source in paths.items()}
        yield from super().post_process(paths, dry_run, **options)

    def minified(self, name: str, source: tuple[Storage, str]) -> tuple[Storage, str]:
        """Replace a collected script or style sheet. Return the storage and the name to hash it from."""
        minify = next((minify for suffix, minify in MINIFIERS.items() if name.endswith(suffix)), None)
        if minify is None or name.startswith(VENDOR):
            return source
        storage, path = source
        with storage.open(path) as file:
            text = file.read().decode()
        self.delete(name)
        self._save(name, ContentFile(minify(text).encode()))
        return self, name
