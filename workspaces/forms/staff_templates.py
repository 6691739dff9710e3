"""How the page of templates for staff is ordered, as its address has it."""

from django import forms

from workspaces.forms.base import PortalForm

MAX_PAGE = 100_000


class StaffTemplatesForm(PortalForm):
    """A value that is not valid is the default one."""

    sort = forms.CharField(required=False, max_length=20)
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)
