"""Read elements, attributes and text of an HTML page."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase
from django.test.html import Element, parse_html


class Html:
    """Represent a page or fragment, or one element of it."""

    def __init__(self, source: Any) -> None:
        self.source = "" if isinstance(source, Element) else html_root(source)
        self.element: Any = source if isinstance(source, Element) else parse_html(self.source)

    def all(self, name: str, /, **attributes: str) -> list["Html"]:
        """Return the elements with this name and these attributes (`class_` is one class; "_" stands for "-")."""
        return [
            Html(each) for each in descendants(self.element) if each.name == name and has_attributes(each, attributes)
        ]

    def one(self, name: str, /, **attributes: str) -> "Html":
        """Return the only element with this name and these attributes."""
        (element,) = self.all(name, **attributes)
        return element

    def get(self, attribute: str) -> str:
        """Return the value of an attribute; "" if it is missing."""
        return dict(self.element.attributes).get(attribute) or ""

    @property
    def text(self) -> str:
        """Return the text with whitespace collapsed."""
        return " ".join(" ".join(text_nodes(self.element)).split())


def html_root(source: Any) -> str:
    """Return the HTML of a response with one root element and without the doctype, which the parser rejects."""
    html = source.getvalue().decode() if isinstance(source, HttpResponseBase) else str(source)
    return f"<answer>{re.sub(r'<!doctype html>', '', html, flags=re.IGNORECASE)}</answer>"


def descendants(element: Any) -> Iterator[Element]:
    """Yield each descendant element in document order."""
    for child in getattr(element, "children", ()):
        if isinstance(child, Element):
            yield child
            yield from descendants(child)


def text_nodes(element: Any) -> Iterator[str]:
    """Yield each text node in document order."""
    for child in element.children:
        if isinstance(child, Element):
            yield from text_nodes(child)
        else:
            yield str(child)


def has_attributes(element: Element, expected: dict[str, str]) -> bool:
    """Return whether the element has these attributes."""
    actual = {name: value or "" for name, value in element.attributes}
    for name, value in expected.items():
        if name == "class_":
            if value not in actual.get("class", "").split():
                return False
        elif actual.get(name.strip("_").replace("_", "-")) != value:
            return False
    return True
