"""The query of an operation's page."""

from django import forms

from workspaces.forms.base import PortalForm


class OperationForm(PortalForm):
    """The query of an operation's page: the `page` of its items. An invalid one is the first page."""

    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    @property
    def number(self) -> int:
        """The page, from 1."""
        self.is_valid()
        number: int | None = self.cleaned_data.get("page")
        return number or 1
