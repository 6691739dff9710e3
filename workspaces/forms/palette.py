"""The field of the palette."""

from django import forms


class PaletteForm(forms.Form):
    """What was typed."""

    q = forms.CharField(required=False, max_length=100)
