"""Coder's types in, page objects out: words, tones and times. Pure; the clock comes with the viewer."""

from workspaces.present.headers import Header, header
from workspaces.present.lists import list_page
from workspaces.present.moments import Moment
from workspaces.present.objects import (
    Action,
    Badge,
    Empty,
    Link,
    ListPage,
    Mark,
    Menu,
    Reason,
    Row,
    Tone,
    Viewer,
)
from workspaces.present.rows import row

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
