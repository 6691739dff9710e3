"""What the tests of new workspaces and of parameters share."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from coder_simulator.state import Template
from tests.portal import SimulatedCoder
from tests.views.html import Html

WEB = {"name": "web", "param.region": "eu-west", "param.project": "ABC-123", "param.cpu": "4"}


def template(coder: SimulatedCoder, name: str = "dev") -> Template:
    """The template of this name."""
    (found,) = (each for each in coder.server.world.templates.values() if each.name == name)
    return found


def create_form_url(coder: SimulatedCoder, name: str = "dev") -> str:
    """Where the form of this template is."""
    return f"/workspaces/new/{template(coder, name).id}/"


def template_version_id(coder: SimulatedCoder, number: int, name: str = "dev") -> str:
    """The id of a version of this template, counted from 1."""
    return template(coder, name).versions[number - 1].id


class FormFieldParser(HTMLParser):
    """Collects what a browser would send of the form `new`, whitespace and all; lines end with LF, not CR LF."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.inside = False
        self.text = self.select = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        self.inside |= tag == "form" and has.get("id") == "new"
        name = has.get("name") or ""
        if not self.inside or "disabled" in has:
            return
        if tag == "input" and name and (has.get("type") not in {"checkbox", "radio"} or "checked" in has):
            value = has.get("value") or ""
            value = value if has.get("type") == "hidden" else re.sub(r"[\r\n]", "", value)  # a field of one line
            self.sent.setdefault(name, []).append(value)
        if tag == "textarea":
            self.text = name
            self.sent[name] = [""]
        if tag == "select":
            self.select, self.options = name, []
        if tag == "option" and self.select:
            self.options.append((has.get("value") or "", "selected" in has))

    def handle_data(self, data: str) -> None:
        if self.text:
            self.sent[self.text][0] += data

    def handle_endtag(self, tag: str) -> None:
        self.inside &= tag != "form"
        if tag == "textarea" and self.text:
            self.sent[self.text] = [re.sub(r"\r\n|\r", "\n", self.sent[self.text][0]).removeprefix("\n")]
            self.text = ""
        if tag == "select" and self.select:
            self.sent[self.select] = [next((value for value, on in self.options if on), self.options[0][0])]
            self.select = ""


def form_values(page: Html) -> dict[str, list[str]]:
    """What a browser would send of the page's form, by name."""
    fields = FormFieldParser()
    fields.feed(page.source)
    return fields.sent


def field_error(page: Html, name: str) -> str:
    """What stands as an error at the field of this name; "" where nothing does."""
    found = [each for each in page.all("div") if each.get("id") == f"id_{name}_error"]
    return found[0].text if found else ""


def parameter_field(page: Html, name: str) -> Html:
    """All that is shown of a parameter."""
    return page.one("div", data_parameter=name)


@contextmanager
def temporary_version_plan(coder: SimulatedCoder, name: str = "dev", **changed: Any) -> Iterator[None]:
    """A template whose active version declares something else for a while; then Coder is as it was at its beginning."""
    active = template(coder, name).active_version
    before = active.plan
    active.plan = replace(before, **changed)
    try:
        yield
    finally:
        try:
            coder.reset()  # what was made with that plan does not fit the old one
        finally:
            active.plan = before


@contextmanager
def with_license(coder: SimulatedCoder, name: str = "dev", **settings: Any) -> Iterator[None]:
    """A licensed Coder, with these settings of a template, for a while."""
    world, one = coder.server.world, template(coder, name)
    before = {key: getattr(one, key) for key in settings}
    world.licensed = True
    for key, value in settings.items():
        setattr(one, key, value)
    try:
        yield
    finally:
        world.licensed = False
        for key, value in before.items():
            setattr(one, key, value)
