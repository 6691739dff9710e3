"""Collected static files: scripts minified, all hashed and compressed."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.core.files.storage import FileSystemStorage

from coder_portal.static_files import MinifiedStaticFilesStorage

ROOT = Path(__file__).resolve().parents[2]


def collect(folder: Path, name: str) -> Any:
    """Collect one file into the folder. Return the storage."""
    storage = MinifiedStaticFilesStorage(location=folder)
    sources = FileSystemStorage(location=ROOT / "static")
    with sources.open(name) as file:
        storage._save(name, file)
    results: list[Any] = list(storage.post_process({name: (sources, name)}))
    assert [result for *_, result in results if isinstance(result, Exception)] == []
    return storage


def test_collected_script_has_no_comments_under_both_names(tmp_path: Path) -> None:
    storage = collect(tmp_path, "js/portal.js")
    source = (ROOT / "static/js/portal.js").read_text()
    assert "// " in source
    for path in (tmp_path / "js/portal.js", tmp_path / storage.stored_name("js/portal.js")):
        script = path.read_text()
        assert "// " not in script
        assert 0 < len(script) < len(source)
        assert path.with_name(f"{path.name}.br").stat().st_size < len(script) / 2


@pytest.mark.parametrize("name", ["vendor/htmx.min.js", "css/form.css"])
def test_vendored_script_and_style_sheet_are_collected_byte_for_byte(tmp_path: Path, name: str) -> None:
    storage = collect(tmp_path, name)
    source = find(name)
    assert source
    assert (tmp_path / storage.stored_name(name)).read_bytes() == Path(source).read_bytes()


def test_dry_run_leaves_the_manifest_as_it_is(tmp_path: Path) -> None:
    storage = collect(tmp_path, "css/form.css")
    manifest = (tmp_path / "staticfiles.json").read_text()
    sources = FileSystemStorage(location=ROOT / "static")
    list(storage.post_process({"css/form.css": (sources, "css/form.css")}, dry_run=True))
    assert (tmp_path / "staticfiles.json").read_text() == manifest
