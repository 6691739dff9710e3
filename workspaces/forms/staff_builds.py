"""Which builds the page of failed and long builds shows, as its address has it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.forms.base import PortalForm

MAX_VALUE_LENGTH = 300
MAX_PAGE = 100_000
KIND_LABELS = {"failed": _("Failed"), "long": _("Long-running")}
HOURS_LABELS = {24: _("Last 24 hours"), 168: _("Last 7 days")}
SOURCE_LABELS = {"latest": _("Latest build of each workspace"), "jobs": _("Provisioner jobs")}


class StaffBuildsForm(PortalForm):
    """The first three have a default. `error` and `template` narrow the builds; an empty value is that of none."""

    show = forms.ChoiceField(required=False, choices=list(KIND_LABELS.items()))
    hours = forms.ChoiceField(required=False, choices=list(HOURS_LABELS.items()))
    source = forms.ChoiceField(required=False, choices=list(SOURCE_LABELS.items()))
    error = forms.CharField(required=False, max_length=MAX_VALUE_LENGTH, strip=False)
    template = forms.CharField(required=False, max_length=MAX_VALUE_LENGTH, strip=False)
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)

    def value(self, name: str) -> str | None:
        """Return a value to narrow by; None where the address has none."""
        return str(self.cleaned_data[name]) if name in self.data else None
