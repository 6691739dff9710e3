"""The filters of the audit log, as its address has them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.datetimes import LATEST, to_utc
from workspaces.forms.base import PortalForm
from workspaces.models import AuditEntry
from workspaces.present.audit_log import OUTCOMES

MAX_NAME_LENGTH = 64  # of the columns
DAY = timedelta(days=1)
PLAIN_TEXT = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
DATE = {"type": "date"}


class AuditFilterForm(PortalForm):
    """Which entries are shown. `from` and `until` are days in the viewer's zone, both included.

    `operation` has no field on the page: entries link to it.
    """

    person = forms.CharField(
        label=_("User"), required=False, max_length=MAX_NAME_LENGTH, widget=forms.TextInput(attrs=PLAIN_TEXT)
    )
    action = forms.ChoiceField(label=_("Action"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        required=False,
        choices=[("", _("All")), *((value, _(OUTCOMES[value][2])) for value in AuditEntry.Outcome.values)],
    )
    workspace = forms.CharField(
        label=_("Workspace"),
        required=False,
        max_length=2 * MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={**PLAIN_TEXT, "placeholder": _("owner/name")}),
    )
    address = forms.CharField(
        label=_("IP address"),
        required=False,
        max_length=MAX_NAME_LENGTH,
        widget=forms.TextInput(attrs={**PLAIN_TEXT, "placeholder": "10.0."}),
    )
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE))
    operation = forms.UUIDField(required=False)

    def __init__(self, data: Any, *, zone: ZoneInfo, actions: Iterable[tuple[str, str]]) -> None:
        super().__init__(data)
        self.zone = zone
        self.fields["action"].choices = [("", _("All")), *actions]  # type: ignore[attr-defined]  # a ChoiceField
        self.fields["from"] = forms.DateField(
            label=_("From"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs=DATE)
        )

    @property
    def fields_on_page(self) -> Iterable[forms.BoundField]:
        """The fields in their order."""
        return [self[name] for name in ("person", "action", "outcome", "workspace", "from", "until", "address")]

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything is shown."""
        return not self.is_valid() or any(self.cleaned_data.values())

    @property
    def query(self) -> str:
        """The query string of the address, "?" without filters."""
        values = {name: self.data.get(name, "") for name in self.fields}
        return "?" + urlencode({name: value for name, value in values.items() if value})

    @property
    def begins_at(self) -> datetime | None:
        """The first moment of the first day, in UTC; None without one."""
        return self.start_of(self.cleaned_data["from"]) if self.cleaned_data["from"] else None

    @property
    def ends_before(self) -> datetime | None:
        """The first moment after the last day, in UTC; None without one."""
        until: date | None = self.cleaned_data["until"]
        if until is None:
            return None
        return self.start_of(until + DAY) if until < date.max else LATEST

    @property
    def workspace_id(self) -> UUID | None:
        """The workspace's id, where `workspace` is one."""
        try:
            return UUID(self.cleaned_data["workspace"])
        except ValueError:
            return None

    def start_of(self, day: date) -> datetime:
        """Return the first moment of a day, in UTC."""
        return to_utc(datetime.combine(day, time.min, tzinfo=self.zone))
