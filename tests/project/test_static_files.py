"""Collected static files: minified, hashed and compressed."""

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


@pytest.mark.parametrize(("name", "comment"), [("js/portal.js", "// "), ("css/portal.css", "/*")])
def test_collected_file_has_no_comments_under_both_names(tmp_path: Path, name: str, comment: str) -> None:
    storage = collect(tmp_path, name)
    source = (ROOT / "static" / name).read_text()
    for path in (tmp_path / name, tmp_path / storage.stored_name(name)):
        text = path.read_text()
        assert comment not in text
        assert 0 < len(text) < len(source)
        assert path.with_name(f"{path.name}.br").stat().st_size < len(text) / 2


def test_vendored_script_is_collected_byte_for_byte(tmp_path: Path) -> None:
    name = "vendor/htmx.min.js"
    storage = collect(tmp_path, name)
    source = find(name)
    assert source
    assert (tmp_path / storage.stored_name(name)).read_bytes() == Path(source).read_bytes()
