"""The audit log of all people: filters as conditions of the database, pages by key, and the rows of its CSV."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from workspaces.datetimes import to_utc
from workspaces.forms.audit import AuditFilterForm
from workspaces.models import AuditEntry
from workspaces.present.audit_log import ACTION_TEXTS, ActionText
from workspaces.setting_declarations import SETTINGS

CHUNK_ROWS = 500  # of an export, read at once
TEXTS: Mapping[str, ActionText] = {**ACTION_TEXTS, **{setting.name: setting.audit for setting in SETTINGS.values()}}
CSV_HEADER = (
    "at",
    "person",
    "person_id",
    "address",
    "action",
    "workspace_id",
    "owner",
    "name",
    "details",
    "outcome",
    "status",
    "message",
    "operation",
)


def action_choices() -> list[tuple[str, str]]:
    """Return the actions with their labels, by label."""
    return sorted(((name, _(text.label)) for name, text in TEXTS.items()), key=lambda choice: choice[1])


def find_entries(form: AuditFilterForm) -> "QuerySet[AuditEntry]":
    """Return the entries that match a valid form, newest first."""
    data = form.cleaned_data
    conditions = {
        "username": data["person"],
        "action": data["action"],
        "outcome": data["outcome"],
        "address__startswith": data["address"],
        "operation": data["operation"],
        "at__gte": form.begins_at,
        "at__lt": form.ends_before,
    }
    entries = AuditEntry.objects.filter(**{name: value for name, value in conditions.items() if value})
    return entries.filter(workspace_condition(form)).order_by("-pk")


def workspace_condition(form: AuditFilterForm) -> Q:
    """Return the condition for the field `workspace`: an id, a name, or "owner/name"; no condition if it is empty."""
    text: str = form.cleaned_data["workspace"]
    if not text:
        return Q()
    if workspace_id := form.workspace_id:
        return Q(workspace=workspace_id)
    owner, _slash, name = text.rpartition("/")
    conditions = {"owner": owner, "name": name}
    return Q(**{field: value for field, value in conditions.items() if value}) if owner or name else Q(pk=None)


def page_of(entries: "QuerySet[AuditEntry]", before: int | None, size: int) -> tuple[list[AuditEntry], bool]:
    """Return the entries of a page, and whether there are older ones. `before`: the key that ended the last page."""
    rows = list((entries.filter(pk__lt=before) if before else entries)[: size + 1])
    return rows[:size], len(rows) > size


def chunked(entries: "QuerySet[AuditEntry]") -> Iterator[AuditEntry]:
    """Yield the entries, newest first, in queries of CHUNK_ROWS: no transaction stays open while a client reads."""
    before: int | None = None
    has_more = True
    while has_more:
        rows, has_more = page_of(entries, before, CHUNK_ROWS)
        yield from rows
        before = rows[-1].pk if rows else None


def csv_row(entry: AuditEntry) -> tuple[Any, ...]:
    """Return an entry as the values of CSV_HEADER: the time as ISO 8601 in UTC, details as JSON."""
    return (
        to_utc(entry.at).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        entry.username,
        entry.person,
        entry.address,
        entry.action,
        entry.workspace,
        entry.owner,
        entry.name,
        json.dumps(entry.details, ensure_ascii=False, sort_keys=True) if entry.details else "",
        entry.outcome,
        entry.status,
        entry.message,
        entry.operation,
    )
