"""The field of the palette."""

from django import forms

from workspaces.forms.base import PortalForm


class PaletteForm(PortalForm):
    """What was typed."""

    q = forms.CharField(required=False, max_length=100)
