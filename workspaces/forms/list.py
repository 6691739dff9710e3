"""The query of the list's URL."""

from django import forms


class ListForm(forms.Form):
    """The query of the list. Invalid values are ignored."""

    q = forms.CharField(required=False, max_length=2000)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
