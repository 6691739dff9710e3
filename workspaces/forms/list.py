"""The query of the list's URL."""

from django import forms
from django.utils.translation import gettext_lazy

from workspaces.coder.text import strip_control_codes
from workspaces.forms.base import PortalForm
from workspaces.list_search import ATTENTION_KEYS, SCOPES, SORT_KEYS, ListSearch, Scope, combine_fields, parse_search

MAX_Q_LENGTH = 2000  # characters
MAX_NAME_LENGTH = 200  # of a template or an organization
TOO_LONG = gettext_lazy("Use at most %(limit_value)d characters. This search has %(show_value)d.")
SELECTS = ("status", "template", "organization")
SORTS = [(f"{sign}{key}", key) for key in SORT_KEYS for sign in ("", "-")]


class ListForm(PortalForm):
    """The query of the list: of an address (`q`), or of the page's form, which has further fields.

    An unknown scope, order or page is ignored.
    """

    q = forms.CharField(required=False, max_length=MAX_Q_LENGTH, error_messages={"max_length": TOO_LONG})
    scope = forms.ChoiceField(required=False, choices=[(scope, scope) for scope in SCOPES])
    filters = forms.CharField(required=False, max_length=MAX_Q_LENGTH, error_messages={"max_length": TOO_LONG})
    status = forms.CharField(required=False, max_length=MAX_NAME_LENGTH)
    template = forms.CharField(required=False, max_length=MAX_NAME_LENGTH)
    organization = forms.CharField(required=False, max_length=MAX_NAME_LENGTH)
    sort = forms.ChoiceField(required=False, choices=SORTS)
    attention = forms.ChoiceField(required=False, choices=[(key, key) for key in ATTENTION_KEYS])
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    @property
    def search_errors(self) -> list[str]:
        """Why the search cannot be used; empty if it can."""
        return [str(error) for name in ("q", "filters", *SELECTS) for error in self.errors.get(name, ())]

    @property
    def number(self) -> int:
        """The page, from 1."""
        number: int | None = self.cleaned_data.get("page")
        return number or 1

    def search(self, username: str, default: Scope = "mine") -> ListSearch:
        """Return the search; that of the `default` scope where neither a search nor a scope is given."""
        data = self.cleaned_data
        scope, q = data.get("scope") or None, data.get("q", "")
        if self.search_errors:
            text = " ".join(self.data.get(name, "") for name in ("filters", "q"))
            return ListSearch(scope=scope or default, words=strip_control_codes(text).strip()[:MAX_Q_LENGTH])
        options = {"sort": data.get("sort", ""), "attention": data.get("attention", "")}
        if any(name in self.data for name in ("filters", *SELECTS)):
            chosen = {name: data.get(name, "") for name in SELECTS if name in self.data}
            return combine_fields(scope or default, data.get("filters", ""), q, chosen, **options)
        if "q" not in self.data:
            return ListSearch(scope=scope or default, **options)
        return parse_search(q, scope, username, **options)
