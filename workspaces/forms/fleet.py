"""The forms of the staff table: its columns, and a search to save."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.coder.text import sanitize_text
from workspaces.forms.base import PortalForm

MAX_COLUMNS = 50


class ColumnsForm(PortalForm):
    """`column` is repeated, in the order of the columns; `move` is "up:<key>" or "down:<key>" and `reset` all of them.

    Keys that are no columns are left out later, so that a form from before an upgrade still works.
    """

    move = forms.RegexField(r"^(up|down):[a-z-]{1,40}$", label=_("Move"), required=False)
    reset = forms.BooleanField(label=_("Default columns"), required=False)

    def ordered_keys(self) -> list[str]:
        """Return the chosen columns in their order; none for the default ones."""
        if self.cleaned_data["reset"]:
            return []
        keys = list(dict.fromkeys(self.data.getlist("column")))[:MAX_COLUMNS]  # type: ignore[attr-defined]  # a QueryDict
        direction, _colon, key = self.cleaned_data["move"].partition(":")
        if key in keys:
            index = keys.index(key)
            other = max(0, index - 1) if direction == "up" else min(len(keys) - 1, index + 1)
            keys[index], keys[other] = keys[other], keys[index]
        return keys


class FleetSearchForm(PortalForm):
    """A search to save; its address is that of the request."""

    name = forms.CharField(label=_("Name"), max_length=60, error_messages={"required": _("Enter a name.")})
    is_published = forms.BooleanField(label=_("Show to all staff"), required=False)

    def clean_name(self) -> str:
        """Return the name without control characters."""
        name = sanitize_text(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name
