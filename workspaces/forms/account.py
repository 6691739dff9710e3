"""The form of the account page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces import timezones
from workspaces.forms.base import PortalForm


class AccountForm(PortalForm):
    """The preferences of a person."""

    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[("", _("System")), ("light", _("Light")), ("dark", _("Dark"))],
    )
    page_size = forms.TypedChoiceField(
        label=_("Workspaces per page"), coerce=int, choices=[(size, str(size)) for size in (10, 25, 50, 100)]
    )
    shortcuts = forms.BooleanField(
        label=_("Keyboard shortcuts"), required=False, help_text=_("Press ? on any page to see them.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = [(name, name.replace("_", " ")) for name in timezones.offered_zones() if "/" in name or name == "UTC"]
        self.fields["zone"].choices = [("", _("Browser time zone")), *zones]  # type: ignore[attr-defined]  # a ChoiceField
