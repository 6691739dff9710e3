"""Test what the list weighs: see docs/performance.md."""

import re

import pytest
from django.test import Client

from tests.portal import SimulatedCoder

MAX_ROW_BYTES = 1_000  # of a row with a name of 5 letters, without the link to an app
MAX_APP_BYTES = 200
MAX_BYTES = 35_000
MAX_ELEMENTS = 30  # of a row


def rows_of(client: Client) -> list[str]:
    """Return the HTML of the rows of the list."""
    return re.findall(r"<tr id=.*?</tr>", client.get("/workspaces/").content.decode(), re.DOTALL)


@pytest.mark.parametrize("status", ["running", "stopped", "failed", "starting"])
def test_row_weighs_little(alice: Client, coder: SimulatedCoder, status: str) -> None:
    coder.place("web-1", status)
    (row,) = rows_of(alice)
    without_app = re.sub(r"<a class=\"btn-quiet.*?</a>", "", row, flags=re.DOTALL)
    assert len(without_app.encode()) <= MAX_ROW_BYTES
    assert len(row.encode()) - len(without_app.encode()) <= MAX_APP_BYTES
    assert len(re.findall("<[a-z]", row)) <= MAX_ELEMENTS


def test_page_of_25_rows_weighs_little(alice: Client, coder: SimulatedCoder) -> None:
    for number in range(25):
        coder.place(f"workspace-{number}")
    content = alice.get("/workspaces/").content
    assert content.count(b"<tr id=") == 25
    assert len(content) <= MAX_BYTES
