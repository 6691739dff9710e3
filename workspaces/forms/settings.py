"""The forms of a workspace's settings, those with schedules apart.

Each form checks the format of its fields and converts them into what Coder's API takes. Coder validates the values;
`add_coder_errors` shows its messages at the fields that they name.
"""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces.coder.calls import NAME_PATTERN
from workspaces.datetimes import is_in_utc
from workspaces.forms.base import PortalForm
from workspaces.forms.setting_form import PLAIN_TEXT_ATTRS, SettingForm
from workspaces.present.settings.page import SettingsModel
from workspaces.schedule import local_to_utc


class RenameForm(SettingForm):
    """The name, in the format of Coder's names."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=32,
        error_messages={"required": gettext_lazy("Enter a name.")},
        help_text=gettext_lazy("Up to 32 letters and digits, with single hyphens between them."),
        widget=forms.TextInput(attrs={**PLAIN_TEXT_ATTRS, "pattern": NAME_PATTERN.pattern, "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """Refuse an invalid name here: Coder's message names a validation tag of its source."""
        name: str = self.cleaned_data["name"]
        if not NAME_PATTERN.fullmatch(name):
            raise forms.ValidationError(
                _("Use letters and digits, with single hyphens between them, like “web-api-2”.")
            )
        return name


AUTOMATIC_UPDATES = [
    ("never", gettext_lazy("Never: keep the version until the workspace is updated")),
    ("always", gettext_lazy("Always: use the active version at each start")),
]


class AutoupdatesForm(SettingForm):
    """Automatic updates: always or never."""

    automatic_updates = forms.ChoiceField(
        label=gettext_lazy("Automatic updates"),
        choices=AUTOMATIC_UPDATES,
        widget=forms.RadioSelect,
    )


class ExtendForm(SettingForm):
    """The deadline of the running build: `deadline`, a local time or one with an offset; or `hours` to add to it."""

    deadline = forms.CharField(
        label=gettext_lazy("Stop at"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    hours = forms.IntegerField(
        label=gettext_lazy("Hours"),
        required=False,
        min_value=-720,
        max_value=720,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def apply_limits(self, settings: SettingsModel) -> None:
        """Set the earliest and the latest deadline that Coder takes."""
        self.fields["deadline"].widget.attrs |= {"min": settings.min_deadline, "max": settings.max_deadline or False}

    def clean_deadline(self) -> datetime | None:
        """Return the deadline as an aware datetime; None if it is empty."""
        text: str = self.cleaned_data["deadline"]
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Enter a date and a time, like 2026-11-25T18:30.")) from None
        aware = at if at.tzinfo else at.replace(tzinfo=self.zone)
        if not is_in_utc(aware):
            raise forms.ValidationError(_("Choose a time before December 31, 9999, and after January 1 of year 1."))
        deadline = at if at.tzinfo else local_to_utc(at, self.zone)
        if deadline is None:
            raise forms.ValidationError(_("The clocks change and skip this time on that day. Choose another time."))
        return deadline

    def clean(self) -> dict[str, Any]:
        """Require one of the two fields."""
        if not self.errors and not self.cleaned_data["deadline"] and not self.cleaned_data["hours"]:
            self.add_error("deadline", _("Enter a date and a time."))
        return self.cleaned_data


class FavoriteForm(PortalForm):
    """Whether the workspace is a favorite: it is, unless the field says otherwise."""

    favorite = forms.ChoiceField(required=False, choices=[("true", ""), ("false", "")])

    def clean_favorite(self) -> bool:
        """Return whether it is a favorite."""
        return bool(self.cleaned_data["favorite"] != "false")


class DormantForm(PortalForm):
    """Whether the workspace is dormant."""

    dormant = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class UsageForm(PortalForm):
    """A use of the workspace. `agent_id` and `app` (a slug, terminal or vscode) name the app that is opened, if any."""

    agent_id = forms.UUIDField(required=False)
    app = forms.CharField(required=False, max_length=200)
