"""The search for people. Coder reads it."""

from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from workspaces.coder.errors import InvalidRequest
from workspaces.coder.text import sanitize_text
from workspaces.forms.base import PortalForm

MAX_Q_LENGTH = 1000  # characters
MAX_PAGE = 100_000
PAGE_SIZE = 25


class PeopleForm(PortalForm):
    """`q` is Coder's search: words, which it finds in user names and emails, and elements such as status:active.

    A page that is no number is the first one.
    """

    q = forms.CharField(label=_("Search users"), required=False, max_length=MAX_Q_LENGTH)
    page = forms.IntegerField(required=False, min_value=1, max_value=MAX_PAGE)

    @property
    def number(self) -> int:
        """The page, from 1."""
        return self.cleaned_data.get("page") or 1

    @property
    def offset(self) -> int:
        """How many people are on the pages before."""
        return (self.number - 1) * PAGE_SIZE

    @property
    def has_search(self) -> bool:
        """Whether fewer than all people are shown."""
        return bool(self["q"].value())

    def add_coder_error(self, error: InvalidRequest) -> None:
        """Show at the search what Coder does not accept about it."""
        text = sanitize_text(" ".join(sum(error.fields.values(), ())) or error.message)
        self.add_error("q", _("Coder does not accept this search. Coder’s message: %(text)s") % {"text": text})

    def page_query(self, number: int) -> str:
        """Return the query string of another page of this search."""
        return "?" + urlencode({"q": self["q"].value() or "", "page": number})
