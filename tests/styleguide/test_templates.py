"""Checks of the templates: every text is translatable and nothing violates the content security policy."""

import json
import re
from dataclasses import fields
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import get_template

from workspaces.present.page_models import Action, Badge, Notice, Row, Status
from workspaces.present.workspace.header import Header
from workspaces.present.workspace_list.models import Filters, ListPage, Select

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "templates", ROOT / "tests/styleguide/templates")
TEMPLATES = [path for folder in FOLDERS for path in sorted(folder.rglob("*.html"))]
SPOKEN = {
    "title",
    "alt",
    "placeholder",
    "aria-label",
    "aria-description",
    "label",
    "summary",
    "data-text-unreachable",
    "data-text-failed",
    "data-text-stale",
}
# Removed before the check: translated text, text built for an attribute, then every other tag and variable.
TRANSLATED = re.compile(
    r"{% (?:blocktranslate|filter|block nav_\w+)\b.*?{% end(?:blocktranslate|filter|block)\b.*?%}"
    r"|{%.*?%}|{{.*?}}|{#.*?#}",
    re.DOTALL,
)
FORBIDDEN = {
    "an inline style": re.compile(r"\sstyle\s*=|<style\b", re.I),
    "an inline script": re.compile(r"<script\b(?![^>]*\ssrc=)", re.I),
    "an inline handler": re.compile(r"\son[a-z]+\s*=", re.I),
    "hx-on": re.compile(r"\bhx-on\b"),
    "an expression that htmx would evaluate": re.compile(r"(?:javascript|\bjs):", re.I),
    "a filter on a trigger": re.compile(r"hx-trigger=(['\"])(?:(?!\1).)*\["),
    "text that is not escaped": re.compile(r"\|\s*safe\b|autoescape\s+off"),
}  # fmt: skip
SENT_BY_STREAMS = [
    "workspaces/list.html#row",
    "workspaces/list.html#table",
    "workspaces/workspace.html#header",
    "base.html#messages_partial",
]


class Words(HTMLParser):
    """Collects what a person would read or hear of a template whose translated parts were taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def untranslated(source: str) -> list[str]:
    """The words of a template that gettext never sees."""
    words = Words()
    words.feed(TRANSLATED.sub(" ", source))
    return [text.strip() for text in words.found if re.search(r"[^\W\d_]{2,}", text)]


def template_name(path: Path) -> str:
    """Return the name by which Django finds a template."""
    return next(path.relative_to(folder).as_posix() for folder in FOLDERS if path.is_relative_to(folder))


@pytest.mark.parametrize("path", TEMPLATES, ids=template_name)
def test_template_text_is_translatable(path: Path) -> None:
    assert untranslated(path.read_text()) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=template_name)
def test_template_contains_nothing_that_csp_forbids(path: Path) -> None:
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(path.read_text())] == []


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<a title='Hello'>{% translate 'x' %}</a>", ["Hello"]),
        ("<p>{% blocktranslate %}Hello {{ name }}{% endblocktranslate %}, you</p>", [", you"]),
        ("<p>{{ name }} · {% translate 'Hello' %}</p>", []),
        ("<option label='Hello'>", ["Hello"]),
    ],
)
def test_translation_check_finds_untranslated_text(source: str, seen: list[str]) -> None:
    assert untranslated(source) == seen


@pytest.mark.parametrize(
    "source",
    [
        '<p style="color: red">', "<script>1</script>", '<a onclick="go()">', '<a hx-on:click="go()">',
        "<a hx-vals='js:{a: 1}'>", '<a hx-trigger="click[ctrlKey]">', "{{ name|safe }}",
    ],
)  # fmt: skip
def test_csp_check_finds_forbidden_source(source: str) -> None:
    assert [what for what, pattern in FORBIDDEN.items() if pattern.search(source)]


@pytest.mark.parametrize("name", SENT_BY_STREAMS)
def test_stream_partial_has_no_autofocus_and_no_csrf_token(name: str) -> None:
    path, partial = name.split("#")
    source = re.search(
        rf"{{% partialdef {partial} %}}(.*?){{% endpartialdef", (ROOT / "templates" / path).read_text(), re.DOTALL
    )
    assert source
    assert "autofocus" not in source[1]
    assert "csrf" not in source[1]
    get_template(name)


def test_htmx_config_sets_morphing_error_and_timeout_options() -> None:
    config = re.search(r"name=\"htmx-config\" content='(.*?)'", (ROOT / "templates/base.html").read_text())
    assert config
    assert json.loads(config[1]) == {
        "morphIgnore": ["data-htmx-powered", "open", "aria-disabled"],
        "noSwap": [204, 304, "5xx"],
        "defaultTimeout": 15000,
    }


PAGE_MODELS: dict[str, dict[str, Any]] = {
    "workspaces/list.html": {"page": ListPage, "row": Row, "filters": Filters, "select": Select},
    "workspaces/workspace.html": {"page": Header, "row": Row, "notice": Notice},
    "workspaces/components.html": {"status": Status, "action": Action, "badge": Badge, "row": Row},
}


@pytest.mark.parametrize("name", PAGE_MODELS)
def test_template_uses_only_attributes_of_page_objects(name: str) -> None:
    tags = " ".join(re.findall(r"{%.*?%}|{{.*?}}", (ROOT / "templates" / name).read_text(), re.DOTALL))
    for variable, kind in PAGE_MODELS[name].items():
        shown = set(re.findall(rf"\b{variable}\.([a-z_]+)", re.sub(r"'[^']*'|\"[^\"]*\"", "", tags)))
        own = {name for name, value in vars(kind).items() if isinstance(value, property)}
        assert shown - {field.name for field in fields(kind)} - own == set()
        assert shown
