"""What the tests of the client share."""

import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).resolve().parents[1] / "contract" / "recorded"


@pytest.fixture
def recorded_workspace() -> Any:
    """A running workspace as Coder 2.36 answered it."""
    return json.loads((RECORDED / "2.36" / "110-get-running.json").read_text())["response"]["body"]
