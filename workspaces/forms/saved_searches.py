"""The forms of saved searches."""

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from workspaces.coder.text import sanitize_text
from workspaces.forms.base import PortalForm
from workspaces.forms.list import ListForm
from workspaces.list_search import ListSearch


class SavedSearchForm(PortalForm):
    """What can be changed about a saved search."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        error_messages={"required": _("Enter a name.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    pinned = forms.BooleanField(label=_("Show above the list"), required=False)
    is_default = forms.BooleanField(label=_("Show when I open the list"), required=False)

    def clean_name(self) -> str:
        """Return the name without control characters."""
        name = sanitize_text(self.cleaned_data["name"]).strip()
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name


class NewSearchForm(SavedSearchForm):
    """A search to save, with its list's address."""

    query = forms.CharField(max_length=20_000, widget=forms.HiddenInput)

    def clean_query(self) -> QueryDict:
        """Return the address's query; an address that the list would refuse is an error."""
        query = QueryDict(self.cleaned_data["query"].removeprefix("?"))
        if errors := ListForm(query).search_errors:
            raise forms.ValidationError(errors)
        return query

    def search(self, username: str) -> ListSearch:
        """Return the search of the address."""
        form = ListForm(self.cleaned_data["query"])
        form.is_valid()
        return form.search(username)
