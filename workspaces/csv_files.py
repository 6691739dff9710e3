"""Write CSV (RFC 4180) in chunks, with cells that no spreadsheet executes. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

CHUNK_ROWS = 200
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for a formula


def defuse(value: Any) -> str:
    """Return a cell that no spreadsheet executes: an apostrophe before what would begin a formula."""
    text = "" if value is None else str(value)
    is_formula = isinstance(value, str) and text.startswith(FORMULA_STARTS)
    return f"'{text}" if is_formula else text


def csv_chunks(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Yield a header and rows, each a sequence of values, as CSV in chunks of rows."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([defuse(value) for value in row])
        if number % CHUNK_ROWS == 0:
            yield take(buffer)
    yield take(buffer)


def take(buffer: io.StringIO) -> str:
    """Return what was written to the buffer, and empty it."""
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
