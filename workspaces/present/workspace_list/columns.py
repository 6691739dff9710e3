"""The columns of the list of workspaces, in their order on the page.

The header of the table lists these. The row in templates/workspaces/list.html has a cell for each, in this
order. The style sheet knows the header of a column by its class `col-<key>`, and the cells by their place: the fifth
column is hidden on a narrow page.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    key: str
    title: str  # marked for translation
    hides_label: bool = False  # only screen readers read the label
    sort_key: str = ""  # as in the address; "": the list cannot be sorted by it

    @property
    def label(self) -> str:
        """The title in the active language."""
        return _(self.title)

    @property
    def css_class(self) -> str:
        """The class of the header."""
        return f"col-{self.key}"


COLUMNS = (
    Column(key="status", title=gettext_noop("Status"), sort_key="status"),
    Column(key="name", title=gettext_noop("Workspace"), sort_key="name"),
    Column(key="template", title=gettext_noop("Template"), sort_key="template"),
    Column(key="summary", title=gettext_noop("Details"), sort_key="stops"),
    Column(key="last-used", title=gettext_noop("Last used"), sort_key="used"),
    Column(key="actions", title=gettext_noop("Actions"), hides_label=True),
)
