"""The columns that a person has chosen for the staff table."""

from collections.abc import Sequence
from uuid import UUID

from workspaces.fleet.columns import Column, chosen_columns
from workspaces.models import Preferences


def load_columns(person: UUID) -> tuple[Column, ...]:
    """Return the person's columns in their order; the default ones without a choice."""
    stored = Preferences.objects.filter(person=person).values_list("fleet_columns", flat=True).first()
    return chosen_columns(stored or ())


def save_columns(person: UUID, keys: Sequence[str]) -> None:
    """Store the person's columns; none for the default ones."""
    chosen = [column.key for column in chosen_columns(keys)] if keys else []
    Preferences.objects.update_or_create(person=person, defaults={"fleet_columns": chosen})
