"""The documents name files that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILE = re.compile(r"`([\w/.-]+\.(?:py|html|css|js|md))`")
PLACES = (ROOT, ROOT / "workspaces", ROOT / "workspaces" / "actions", ROOT / "workspaces" / "views")


@pytest.mark.parametrize("document", ["README.md", "docs/architecture.md"])
def test_document_names_existing_files(document: str) -> None:
    names = set(FILE.findall((ROOT / document).read_text()))
    assert names
    assert {name for name in names if not any((place / name).is_file() for place in PLACES)} == set()
