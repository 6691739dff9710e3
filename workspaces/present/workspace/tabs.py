"""The tabs of a workspace's page. Each has an address of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.present.workspace.header import Header

# By name of the URL, in their order.
LABELS: Mapping[str, str] = {
    "detail": gettext_noop("Overview"),
    "history": gettext_noop("Builds"),
    "settings": gettext_noop("Settings"),
    "parameters": gettext_noop("Parameters"),
}
AFTER_DELETION = ("detail", "history")  # what is left of a deleted workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """A tab in the bar."""

    url_name: str
    label: str
    current: bool
    remains: bool  # after the workspace's deletion


@dataclass(frozen=True, slots=True, kw_only=True)
class TabPage:
    """A workspace's page with one of its tabs."""

    is_loaded: ClassVar[bool] = True
    may_be_saved: ClassVar[bool] = True  # to be shown again while Coder is unreachable
    header: Header
    tab: str  # see LABELS

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """The tabs of the bar."""
        names = AFTER_DELETION if self.header.is_deleted else tuple(LABELS)
        return tuple(
            Tab(url_name=name, label=_(LABELS[name]), current=name == self.tab, remains=name in AFTER_DELETION)
            for name in names
        )

    @property
    def title(self) -> str:
        """The title of the browser's tab: the workspace first, since the end is cut off."""
        if self.tab == "detail":
            return self.header.title
        return f"{self.header.title} · {_(LABELS[self.tab])}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingTab(TabPage):
    """A page whose tab is being loaded while the browser shows the header."""

    is_loaded: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UnavailableTab(TabPage):
    """A page whose tab could not be loaded."""

    may_be_saved: ClassVar[bool] = False
    text: str  # what could not be loaded, and why
