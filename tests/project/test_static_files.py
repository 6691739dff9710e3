"""Collected static files: scripts and style sheets minified, all hashed and compressed."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles.finders import find
from django.core.files.storage import FileSystemStorage

from coder_portal.static_files import MinifiedStaticFilesStorage, minify_style_sheet

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


def test_vendored_script_is_collected_byte_for_byte(tmp_path: Path) -> None:
    storage = collect(tmp_path, "vendor/htmx.min.js")
    source = find("vendor/htmx.min.js")
    assert source
    assert (tmp_path / storage.stored_name("vendor/htmx.min.js")).read_bytes() == Path(source).read_bytes()


def test_collected_style_sheet_has_no_comments_and_no_indentation(tmp_path: Path) -> None:
    storage = collect(tmp_path, "css/form.css")
    style_sheet = (tmp_path / storage.stored_name("css/form.css")).read_text()
    assert "/*" not in style_sheet
    assert "\n" not in style_sheet
    assert "  " not in style_sheet


@pytest.mark.parametrize(
    ("source", "minified"),
    [
        ("a { color: red; }\n\nb { margin: 0 1px }\n", "a{color:red}b{margin:0 1px}"),
        ("nav :not(a), nav:hover > a { --x: 1 }", "nav :not(a),nav:hover > a{--x:1}"),
        ("a { width: calc(1px + 2px); inset: 0 }", "a{width:calc(1px + 2px);inset:0}"),
        ('a::after { content: " : ; }  x"; }', 'a::after{content:" : ; }  x"}'),
        ("/* a: b; */ a /* c */ b { x: url(../y.svg#i) }", "a b{x:url(../y.svg#i)}"),
        ("@media (max-width: 4rem) { @layer x { a { b: c; } } }", "@media (max-width:4rem){@layer x{a{b:c}}}"),
    ],
)
def test_minified_style_sheet_means_the_same(source: str, minified: str) -> None:
    assert minify_style_sheet(source) == minified


def test_dry_run_leaves_the_manifest_as_it_is(tmp_path: Path) -> None:
    storage = collect(tmp_path, "css/form.css")
    manifest = (tmp_path / "staticfiles.json").read_text()
    sources = FileSystemStorage(location=ROOT / "static")
    list(storage.post_process({"css/form.css": (sources, "css/form.css")}, dry_run=True))
    assert (tmp_path / "staticfiles.json").read_text() == manifest
