"""The form of the staff table's columns."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_COLUMNS = 50


class ColumnsForm(forms.Form):
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
