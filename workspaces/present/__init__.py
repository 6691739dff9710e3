"""Coder's types in, page objects out: words, tones and times. Pure; the clock comes with the viewer."""

from workspaces.present.page_models import Action, Badge, Empty, Link, ListPage, Mark, Menu, Reason, Row, Tone, Viewer
from workspaces.present.times import Moment
from workspaces.present.workspace.header import Header, header
from workspaces.present.workspace_list.page import list_page
from workspaces.present.workspace_list.rows import row

__all__ = [
    "Action",
    "Badge",
    "Empty",
    "Header",
    "Link",
    "ListPage",
    "Mark",
    "Menu",
    "Moment",
    "Reason",
    "Row",
    "Tone",
    "Viewer",
    "header",
    "list_page",
    "row",
]
