"""The form that requests a sensitive value of a resource."""

from django import forms


class RevealForm(forms.Form):
    """Which sensitive fact about a resource is wanted."""

    resource = forms.UUIDField()
    build = forms.UUIDField(required=False)  # which one made it, where that is not the latest
    key = forms.CharField(max_length=500, strip=False)
