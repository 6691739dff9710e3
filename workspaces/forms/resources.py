"""The form that requests a sensitive value of a resource."""

from django import forms

from workspaces.forms.base import PortalForm


class RevealForm(PortalForm):
    """The request of one sensitive value."""

    resource = forms.UUIDField()
    build = forms.UUIDField(required=False)  # the build that created the resource, if it is not the latest
    key = forms.CharField(max_length=500, strip=False)
