"""Reading a page as a person does: what stands where, without its markup."""

import re
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponseBase
from django.test.html import Element, parse_html


class Html:
    """A page or fragment, or one element of it."""

    def __init__(self, source: Any) -> None:
        self.source = "" if isinstance(source, Element) else html_root(source)
        self.element: Any = source if isinstance(source, Element) else parse_html(self.source)

    def all(self, name: str, /, **wanted: str) -> list["Html"]:
        """Every element of this name with these attributes (`class_` holds the class; "_" stands for "-")."""
        return [Html(each) for each in descendants(self.element) if each.name == name and has_attributes(each, wanted)]

    def one(self, name: str, /, **wanted: str) -> "Html":
        """The one such element."""
        (found,) = self.all(name, **wanted)
        return found

    def get(self, attribute: str) -> str:
        """The value of an attribute; "" where there is none."""
        return dict(self.element.attributes).get(attribute) or ""

    @property
    def text(self) -> str:
        """Its words, one space between them."""
        return " ".join(" ".join(text_nodes(self.element)).split())


def html_root(source: Any) -> str:
    """The HTML of an answer; without the doctype, which the parser does not know, and with one root."""
    html = source.getvalue().decode() if isinstance(source, HttpResponseBase) else str(source)
    return f"<answer>{re.sub(r'<!doctype html>', '', html, flags=re.IGNORECASE)}</answer>"


def descendants(element: Any) -> Iterator[Element]:
    """Every element within, in their order."""
    for child in getattr(element, "children", ()):
        if isinstance(child, Element):
            yield child
            yield from descendants(child)


def text_nodes(element: Any) -> Iterator[str]:
    """Every text within, in its order."""
    for child in element.children:
        if isinstance(child, Element):
            yield from text_nodes(child)
        else:
            yield str(child)


def has_attributes(element: Element, wanted: dict[str, str]) -> bool:
    """Whether it has these attributes."""
    has = {name: value or "" for name, value in element.attributes}
    for name, value in wanted.items():
        if name == "class_":
            if value not in has.get("class", "").split():
                return False
        elif has.get(name.strip("_").replace("_", "-")) != value:
            return False
    return True
