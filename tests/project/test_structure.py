"""Test the structure of the project: imports that import-linter cannot check, file lengths, browser test groups."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PURE = [
    *(ROOT / "workspaces" / "present").rglob("*.py"),
    *(ROOT / "workspaces" / "actions").rglob("*.py"),
    ROOT / "workspaces" / "datetimes.py",
    ROOT / "workspaces" / "schedule.py",
    ROOT / "workspaces" / "search.py",
]
LONGEST = {".py": 400, ".js": 400, ".html": 400, ".css": 600}
FILES = [
    path
    for folder in ("coder_portal", "workspaces", "coder_simulator", "templates", "static", "tests", "bench")
    for path in (ROOT / folder).rglob("*")
    if path.suffix in LONGEST and not {"vendor", "migrations", "__pycache__"} & set(path.parts)
]


def imported_modules(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_pure_module_imports_only_translation_and_safestring_from_django(path: Path) -> None:
    django = {name for name in imported_modules(path) if name.split(".")[0].startswith("django")}
    assert django <= {"django.utils.translation", "django.utils.safestring"}


def test_times_and_urls_of_coder_are_parsed_only_by_functions_that_never_raise() -> None:
    raising = re.compile(r"\.astimezone\(|\burlsplit\(|\burlparse\(")
    allowed = {
        "workspaces/datetimes.py": "the functions for times",
        "workspaces/coder/addresses.py": "the functions for URLs",
        "workspaces/views/account.py": "the portal's own time",
    }
    paths = (ROOT / "workspaces").rglob("*.py")
    found = {str(path.relative_to(ROOT)) for path in paths if raising.search(path.read_text())}
    assert found == set(allowed)


def test_file_length_stays_within_limit_of_its_type() -> None:
    provided = ROOT / "tests" / "contract" / "replay.py"
    long = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in FILES if path != provided}
    assert {path: lines for path, lines in long.items() if lines > LONGEST[Path(path).suffix]} == {}


def test_template_lines_have_at_most_160_characters() -> None:
    paths = [path for folder in ("templates", "tests") for path in (ROOT / folder).rglob("*.html")]
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if len(line) > 160
    ]
    assert long == []


def test_browser_tests_of_a_file_run_in_one_worker(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("loadgroup", default=False):
        return  # a single worker, or a distribution mode other than loadgroup
    outside_group = [
        item.nodeid
        for item in request.session.items
        if uses_browser(item) and not item.nodeid.endswith(f"@browser {item.path.relative_to(ROOT)}")
    ]
    assert outside_group == []


def uses_browser(item: pytest.Item) -> bool:
    """Return whether a test uses the browser."""
    return not {"chromium", "whole_chromium"}.isdisjoint(getattr(item, "fixturenames", ()))


def test_tests_name_no_day_of_a_page_that_is_read_at_any_hour() -> None:
    fixed_clock = {"contract", "styleguide", "unit"}  # and their own present time
    day = re.compile(
        r"\b(today|tomorrow|yesterday) at\b|(?i:\b(dormant since|ended|in|starts|stops)) (today|tomorrow)\b"
    )
    named = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in (ROOT / "tests").rglob("*.py")
        if not fixed_clock & set(path.relative_to(ROOT).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if day.search(line)
    ]
    assert named == []
