"""Provide helpers to the tests of the create form and of parameters."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from coder_simulator.state import Template
from tests.portal import SimulatedCoder
from tests.views.html import Html

WEB_FORM = {"name": "web", "param.region": "eu-west", "param.project": "ABC-123", "param.cpu": "4"}


def find_template(coder: SimulatedCoder, name: str = "dev") -> Template:
    """Return the template with this name."""
    (match,) = (each for each in coder.server.world.templates.values() if each.name == name)
    return match


def create_form_url(coder: SimulatedCoder, name: str = "dev") -> str:
    """Return the URL of the create form of this template."""
    return f"/workspaces/new/{find_template(coder, name).id}/"


def template_version_id(coder: SimulatedCoder, number: int, name: str = "dev") -> str:
    """Return the ID of a version of this template, counted from 1."""
    return find_template(coder, name).versions[number - 1].id


class FormFieldParser(HTMLParser):
    """Collect the values that a browser sends for the form `new`, with whitespace and with LF as line end."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.in_form = False
        self.textarea = self.select = ""
        self.options: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.in_form |= tag == "form" and attributes.get("id") == "new"
        name = attributes.get("name") or ""
        if not self.in_form or "disabled" in attributes:
            return
        if tag == "input" and name and (attributes.get("type") not in {"checkbox", "radio"} or "checked" in attributes):
            value = attributes.get("value") or ""
            value = value if attributes.get("type") == "hidden" else re.sub(r"[\r\n]", "", value)  # single-line field
            self.values.setdefault(name, []).append(value)
        if tag == "textarea":
            self.textarea = name
            self.values[name] = [""]
        if tag == "select":
            self.select, self.options = name, []
        if tag == "option" and self.select:
            self.options.append((attributes.get("value") or "", "selected" in attributes))

    def handle_data(self, data: str) -> None:
        if self.textarea:
            self.values[self.textarea][0] += data

    def handle_endtag(self, tag: str) -> None:
        self.in_form &= tag != "form"
        if tag == "textarea" and self.textarea:
            self.values[self.textarea] = [re.sub(r"\r\n|\r", "\n", self.values[self.textarea][0]).removeprefix("\n")]
            self.textarea = ""
        if tag == "select" and self.select:
            self.values[self.select] = [
                next((value for value, selected in self.options if selected), self.options[0][0])
            ]
            self.select = ""


def form_values(page: Html) -> dict[str, list[str]]:
    """Return the values that a browser sends for the form of the page, by field name."""
    parser = FormFieldParser()
    parser.feed(page.source)
    return parser.values


def field_error(page: Html, name: str) -> str:
    """Return the error at the field with this name; "" if it has none."""
    errors = [each for each in page.all("div") if each.get("id") == f"id_{name}_error"]
    return errors[0].text if errors else ""


def parameter_field(page: Html, name: str) -> Html:
    """Return the element that shows a parameter."""
    return page.one("div", data_parameter=name)


@contextmanager
def temporary_version_plan(coder: SimulatedCoder, name: str = "dev", **changes: Any) -> Iterator[None]:
    """Change the plan of a template's active version inside the block, then restore the plan and reset Coder."""
    active_version = find_template(coder, name).active_version
    original_plan = active_version.plan
    active_version.plan = replace(original_plan, **changes)
    try:
        yield
    finally:
        try:
            coder.reset()  # workspaces with the temporary plan do not fit the original one
        finally:
            active_version.plan = original_plan


@contextmanager
def temporary_license(coder: SimulatedCoder, name: str = "dev", **template_settings: Any) -> Iterator[None]:
    """Give Coder a license and the template these settings inside the block."""
    world, licensed_template = coder.server.world, find_template(coder, name)
    original_values = {key: getattr(licensed_template, key) for key in template_settings}
    world.licensed = True
    for key, value in template_settings.items():
        setattr(licensed_template, key, value)
    try:
        yield
    finally:
        world.licensed = False
        for key, value in original_values.items():
            setattr(licensed_template, key, value)
