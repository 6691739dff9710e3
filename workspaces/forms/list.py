"""The query of the list's URL."""

from django import forms
from django.utils.translation import gettext_lazy

MAX_Q_LENGTH = 2000  # characters
TOO_LONG = gettext_lazy("Use at most %(limit_value)d characters. This search has %(show_value)d.")


class ListForm(forms.Form):
    """The query of the list. An invalid page number is ignored."""

    q = forms.CharField(
        required=False,
        max_length=MAX_Q_LENGTH,
        error_messages={"max_length": TOO_LONG},
    )
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
