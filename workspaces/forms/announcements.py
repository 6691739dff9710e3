"""The form of an announcement."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Organization
from workspaces.datetimes import to_field_value
from workspaces.forms.base import PortalForm
from workspaces.models import Announcement
from workspaces.schedule import local_to_utc

MAX_LENGTH = 2000  # characters


class LocalTimeField(forms.CharField):
    """A local time of the viewer as an aware datetime in UTC; None if it is empty. The form sets `zone`."""

    zone = ZoneInfo("UTC")

    def clean(self, value: Any) -> datetime | None:
        """Return the time. Raises ValidationError for a time that does not exist."""
        text = super().clean(value)
        if not text:
            return None
        try:
            local = datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            raise forms.ValidationError(_("Enter a date and a time, like 2026-11-25T18:30.")) from None
        if (at := local_to_utc(local, self.zone)) is None:
            raise forms.ValidationError(_("The clocks change and skip this time on that day. Choose another time."))
        return at


def local_time_field(label: Any, help_text: Any) -> LocalTimeField:
    """Return a field for a time that may be empty."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})
    return LocalTimeField(label=label, help_text=help_text, required=False, max_length=40, widget=widget)


class AnnouncementForm(PortalForm):
    """Text, kind, time and audience. `organizations`: those that the audience can be."""

    text = forms.CharField(
        label=gettext_lazy("Text"),
        max_length=MAX_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=gettext_lazy("Markdown: emphasis, lists, and links. Images are not shown."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("info", gettext_lazy("Information")), ("warning", gettext_lazy("Warning"))],
    )
    organization = forms.ChoiceField(
        label=gettext_lazy("Audience"),
        required=False,
        help_text=gettext_lazy("“Everyone” includes the sign-in page."),
    )
    starts_at = local_time_field(gettext_lazy("From"), gettext_lazy("Leave empty to show it now."))
    ends_at = local_time_field(gettext_lazy("Until"), gettext_lazy("Leave empty to show it until you delete it."))

    def __init__(self, *args: Any, zone: ZoneInfo, organizations: Iterable[Organization], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {str(each.id): sanitize_text(each.display_name) or each.name for each in organizations}
        choices = [("", _("Everyone")), *self.names.items()]
        self.fields["organization"].choices = choices  # type: ignore[attr-defined]  # a ChoiceField
        for name in ("starts_at", "ends_at"):
            self.fields[name].zone = zone  # type: ignore[attr-defined]  # a LocalTimeField

    def clean(self) -> dict[str, Any]:
        """Refuse an end that is not after the start."""
        data: dict[str, Any] = self.cleaned_data
        start, end = data.get("starts_at") or timezone.now(), data.get("ends_at")
        if end and end <= start and "starts_at" not in self.errors:
            self.add_error("ends_at", _("Choose a time after the start."))
        return data

    def apply_to(self, announcement: Announcement) -> Announcement:
        """Return the announcement with the values of the valid form."""
        data = self.cleaned_data
        announcement.text = data["text"]
        announcement.kind = data["kind"]
        announcement.organization = data["organization"] or None
        announcement.organization_name = self.names.get(data["organization"], "")[:64]
        announcement.starts_at = data["starts_at"] or timezone.now()
        announcement.ends_at = data["ends_at"]
        return announcement


def initial_of(announcement: Announcement, zone: ZoneInfo) -> dict[str, str]:
    """Return the values of the form for an announcement."""
    return {
        "text": announcement.text,
        "kind": announcement.kind,
        "organization": str(announcement.organization or ""),
        "starts_at": to_field_value(announcement.starts_at, zone),
        "ends_at": to_field_value(announcement.ends_at, zone) if announcement.ends_at else "",
    }
