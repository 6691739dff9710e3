"""The query of the list's URL."""

from django import forms


class ListForm(forms.Form):
    """The address of the list. Whatever does not fit is read as not given."""

    q = forms.CharField(required=False, max_length=2000)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
