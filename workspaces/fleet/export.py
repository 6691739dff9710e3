"""The rows of the staff table as CSV and as lines of JSON."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from workspaces.csv_files import CHUNK_ROWS, csv_chunks
from workspaces.fleet.columns import Column, to_datetime
from workspaces.fleet.rows import FleetRow

IDENTIFIERS = ("id", "owner", "name")  # in every line, whatever columns are chosen


def file_name(extension: str, at: datetime) -> str:
    """Return the name of an export, with the moment in the viewer's zone: workspaces-2026-11-29-1830.csv."""
    return f"workspaces-{at:%Y-%m-%d-%H%M}.{extension}"


def export_values(row: FleetRow, columns: Sequence[Column]) -> dict[str, Any]:
    """Return a row by the keys of the columns: times as ISO 8601 in UTC, numbers as such, None for none."""
    values: dict[str, Any] = {"id": str(row.id), "owner": row.owner, "name": row.name}
    for column in columns:
        value = column.value(row)
        if column.is_time and value is not None:
            value = to_datetime(value).strftime("%Y-%m-%dT%H:%M:%SZ")
        values[column.key] = value
    return values


def csv_lines(rows: Iterable[FleetRow], columns: Sequence[Column]) -> Iterator[str]:
    """Yield the table as CSV (RFC 4180), with a header, in chunks of rows."""
    keys = list(dict.fromkeys([*IDENTIFIERS, *(column.key for column in columns)]))
    values = (export_values(row, columns) for row in rows)
    yield from csv_chunks(keys, ([each[key] for key in keys] for each in values))


def json_lines(rows: Iterable[FleetRow], columns: Sequence[Column]) -> Iterator[str]:
    """Yield the table as one JSON object a line, in chunks of rows."""
    lines: list[str] = []
    for row in rows:
        lines.append(json.dumps(export_values(row, columns), ensure_ascii=False) + "\n")
        if len(lines) == CHUNK_ROWS:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)
