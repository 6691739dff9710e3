"""The documents name files that exist, and their relative links lead to files and headings that exist."""

import re
from pathlib import Path

import pytest

from tests.coder.test_calls import TABLE

ROOT = Path(__file__).resolve().parents[2]
FILE = re.compile(r"`([\w/.-]+\.(?:py|html|css|js|md))`")
LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
PLACES = (ROOT, ROOT / "workspaces", ROOT / "workspaces" / "actions", ROOT / "workspaces" / "views")
DOCUMENTS = sorted(str(path.relative_to(ROOT)) for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


def heading_anchors(path: Path) -> set[str]:
    """Return the anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_names_existing_files(document: str) -> None:
    names = set(FILE.findall((ROOT / document).read_text()))
    assert {name for name in names if not any((place / name).is_file() for place in PLACES)} == set()


@pytest.mark.parametrize("document", ["docs/api-coverage.md", "docs/architecture.md", "CONTRIBUTING.md"])
def test_names_of_files_are_found_in_documents_that_have_them(document: str) -> None:
    assert FILE.search((ROOT / document).read_text())


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_links_lead_to_existing_files_and_headings(document: str) -> None:
    source, broken = ROOT / document, []
    for target, anchor in LINK.findall(source.read_text()):
        path = (source.parent / target).resolve() if target else source
        if not path.exists() or (anchor and anchor not in heading_anchors(path)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def test_decision_records_have_their_sections_and_fewer_than_40_lines() -> None:
    records = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert records
    for record in records:
        text = record.read_text()
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"], record.name
        assert len(text.splitlines()) < 40, record.name


def test_index_of_decision_records_names_each_record_with_its_status_and_date() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text()
    rows = dict(re.findall(r"^\| \[(.+)\]\(\S+\) \| (.+) \|$", index, re.MULTILINE))
    stated = {}
    for record in (ROOT / "docs" / "adr").glob("[0-9]*.md"):
        title, _, status = record.read_text().splitlines()[:3]
        if match := re.fullmatch(r"Status: (.+)\. Recorded on (.+)\.", status):
            stated[title.removeprefix("# ")] = " | ".join(match.groups())
    assert stated == rows


def test_api_coverage_lists_the_calls_of_the_portal_and_no_others() -> None:
    text = (ROOT / "docs" / "api-coverage.md").read_text()
    documented = re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /\S+)`", text.replace("does not call `GET /audit`", ""))
    lines = {f"{call.method} {call.path}" for call, *_ in TABLE}
    patterns = {line: re.compile(re.sub(r"\{\w+\}", "[^/]+", line)) for line in documented}
    assert {line for line in lines if not any(each.fullmatch(line) for each in patterns.values())} == set()
    assert {line for line, each in patterns.items() if not any(map(each.fullmatch, lines))} == set()
