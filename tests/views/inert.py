"""Find what a page must not have: elements and attributes that came with a text, scripts, and control characters."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

VOID_TAGS = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
FORBIDDEN_TAGS = frozenset(["applet", "base", "embed", "frame", "frameset", "iframe", "math", "object", "style"])
FORBIDDEN_ATTRIBUTES = frozenset({"style", "srcdoc", "ping", "xss"})
URL_ATTRIBUTES = frozenset(
    [
        "action",
        "background",
        "cite",
        "data",
        "formaction",
        "href",
        "hx-delete",
        "hx-get",
        "hx-patch",
        "hx-post",
        "hx-put",
        "poster",
        "src",
        "xlink:href",
    ]
)
# "" is a path on this server; the schemes of editors open a program that asks first
SCHEMES = frozenset({"", "http", "https", "vscode", "vscode-insiders"})
HOSTILE_HOST = "hostile.example"  # no link and no image may lead there, as only escape sequences and images name it
EVALUATED = "41337"  # {{ 41000|add:337 }}
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def active_parts(html: str) -> list[str]:
    """Return a description of each part of a page that is not inert text; [] for a safe page."""
    finder = ActivePartFinder()
    finder.feed(html)
    finder.close()
    evaluated = [f"evaluated: {EVALUATED}"] if EVALUATED in html else []
    return [*finder.found, *evaluated]


class ActivePartFinder(HTMLParser):
    """Collect the active parts of a page in `found`."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open: list[tuple[str, bool]] = []  # tag, and whether it isolates the direction of its text

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element's name and attributes."""
        attributes = {name: value or "" for name, value in attrs}
        is_frame_target = (tag, attrs) == ("base", [("target", "_blank")])  # of templates/embed/base.html
        if tag in FORBIDDEN_TAGS and not is_frame_target:
            self.found.append(f"<{tag}>")
        if tag == "script" and not attributes.get("src", "").startswith(("/static/", "/embed/host.")):
            self.found.append(f"<script src={attributes.get('src')!r}>")
        for name, value in attributes.items():
            self.found += [f"<{tag}> {problem}" for problem in attribute_problems(name, value)]
        if tag not in VOID_TAGS:
            isolates = tag in {"bdi", "textarea", "option"} or "dir" in attributes
            self.open.append((tag, isolates))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Check an element that ends at once."""
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element and those in it that have no end tag."""
        names = [name for name, _isolates in self.open]
        if tag in names:
            del self.open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Check a text."""
        if self.open and self.open[-1][0] == "script" and data.strip():
            self.found.append(f"script: {data[:80]!r}")
        if BIDI_CONTROLS.search(data) and not any(isolates for _tag, isolates in self.open):
            self.found.append(f"not isolated: {data[:80]!r}")
        in_control = any(tag in {"textarea", "option"} for tag, _isolates in self.open)
        if CONTROLS.search(data) and not in_control:
            self.found.append(f"control character: {data[:80]!r}")


def attribute_problems(name: str, value: str) -> list[str]:
    """Return what is active in an attribute."""
    found = []
    if name in FORBIDDEN_ATTRIBUTES or name.startswith(("on", "hx-on")):
        found.append(f"has {name}={value[:80]!r}")
    if name in URL_ATTRIBUTES and (scheme_of(value) not in SCHEMES or urlsplit(value).hostname == HOSTILE_HOST):
        found.append(f"leads to {name}={value[:80]!r}")
    if name.startswith("hx-") and re.search(r"\b(?:js|javascript):", value):
        found.append(f"runs {name}={value[:80]!r}")
    # the value of a form control is sent back as it is, and a browser isolates it
    if name != "value" and (BIDI_CONTROLS.search(value) or CONTROLS.search(value)):
        found.append(f"control character in {name}={value[:80]!r}")
    return found


def scheme_of(url: str) -> str:
    """Return the scheme of a URL as a browser reads it, which ignores control characters and case."""
    url = re.sub("[\t\r\n]", "", url).lstrip("".join(map(chr, range(33))))
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", url)
    return match[1].lower() if match else ""
