"""Markdown that template authors wrote, as harmless HTML: paragraphs, lists, emphasis, code and links."""

from functools import lru_cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workspaces.present.text import strip_control_codes

TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "h3", "h4", "a", "hr"}
FRONT_MATTER = "---"

parser = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


@lru_cache(maxsize=2048)
def render_markdown(text: str) -> SafeString:
    """The HTML of a text. Nothing in it can run, load, take an id, a class or an `hx-` attribute, or leave the page.

    A link opens beside the page, since behind it there may be a form that is half filled in.
    """
    tokens = parser.parse(strip_front_matter(strip_control_codes(text)))
    for token in tokens:
        demote_heading(token)
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS,
        attributes={"a": {"href"}},
        attribute_filter=filter_attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308  # nh3 made it harmless


def filter_attribute(tag: str, name: str, value: str) -> str | None:
    """An attribute's value; None takes it away: a link without scheme would lead to a page of the portal's."""
    return value if name != "href" or value.startswith(("http://", "https://")) else None


def strip_front_matter(text: str) -> str:
    """The text without the front matter that a template's readme begins with."""
    if not text.startswith(FRONT_MATTER):
        return text
    _begin, _front, rest = text.partition("\n" + FRONT_MATTER)
    return rest.partition("\n")[2] or text


def demote_heading(token: Token) -> None:
    """Headings of a text stand below those of the page that shows it."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = "h3" if token.tag in {"h1", "h2"} else "h4"
