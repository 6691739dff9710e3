"""The columns of the list of workspaces, in their order on the page.

A column's cell is the partial `cell_<key>` of templates/workspaces/list.html, and the style sheet knows the column by
its class `col-<key>`. A column of low priority is hidden on a narrow page.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    key: str
    title: str  # marked for translation
    is_row_header: bool = False  # its cell names the row
    hides_label: bool = False  # only screen readers read the label
    low_priority: bool = False

    @property
    def label(self) -> str:
        """The title in the active language."""
        return _(self.title)

    @property
    def css_class(self) -> str:
        """The classes of the header cell and of every cell."""
        return f"col-{self.key}{' low-priority' if self.low_priority else ''}"

    @property
    def cell_template(self) -> str:
        """The partial that renders a cell from `row`."""
        return f"workspaces/list.html#cell_{self.key.replace('-', '_')}"


COLUMNS = (
    Column(key="status", title=gettext_noop("Status")),
    Column(key="name", title=gettext_noop("Workspace"), is_row_header=True),
    Column(key="template", title=gettext_noop("Template")),
    Column(key="summary", title=gettext_noop("Now and next")),
    Column(key="last-used", title=gettext_noop("Last used"), low_priority=True),
    Column(key="actions", title=gettext_noop("Actions"), hides_label=True),
)
