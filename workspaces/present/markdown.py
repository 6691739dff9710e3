"""Render Markdown of template authors as safe HTML: paragraphs, lists, tables, emphasis, code and links."""

import hashlib
import sys
from html import escape
from threading import Lock

import nh3
from cachetools import LRUCache, cached
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

from workspaces.coder.text import sanitize_text

TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "h3", "h4", "a", "hr"}
TABLE_TAGS = {"div", "table", "thead", "tbody", "tr", "th", "td"}
FRONT_MATTER = "---"
MAX_LENGTH = 20_000  # characters; the worst of this length, all brackets, take a second, and of 64 KB four
CACHE_BYTES = 16 * 1024 * 1024  # of all renderings: 2,000 readmes of 8 KB
ENTRY_BYTES = 700  # what an entry takes beside its HTML


def open_table(*_arguments: object) -> str:
    """Render the beginning of a table."""
    return "<div><table>\n"


def close_table(*_arguments: object) -> str:
    """Render the end of a table."""
    return "</table></div>\n"


parser = MarkdownIt("commonmark", {"html": False}).enable(["strikethrough", "table"])


# A wide table scrolls in a box of its own, which the keyboard reaches; no text can make a `div`, because HTML is off.
parser.add_render_rule("table_open", open_table)
parser.add_render_rule("table_close", close_table)


def rendering_weight(html: str) -> int:
    """Return what a rendering and its key take, in bytes."""
    return sys.getsizeof(html) + ENTRY_BYTES


def rendering_key(text: str) -> bytes:
    """Return what a text is found by in the cache, which does not keep it: it may be longer than its HTML."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


RENDERINGS: LRUCache[bytes, SafeString] = LRUCache(CACHE_BYTES, getsizeof=rendering_weight)


@cached(RENDERINGS, key=rendering_key, lock=Lock())
def render_markdown(text: str) -> SafeString:
    """Render a text. The HTML cannot run or load anything, and has no ids, classes or `hx-` attributes.

    Links open in a new tab, because the page may have a form that is partly filled in. A text over MAX_LENGTH stays as
    it is written.
    """
    text = strip_front_matter(sanitize_text(text))
    if len(text) > MAX_LENGTH:
        return mark_safe(f"<pre>{escape(text)}</pre>")  # noqa: S308  # escaped
    tokens = parser.parse(text)
    for token in tokens:
        demote_heading(token)
    html = nh3.clean(
        parser.renderer.render(tokens, parser.options, {}),
        tags=TAGS | TABLE_TAGS,
        attributes={"a": {"href"}},
        attribute_filter=filter_attribute,
        set_tag_attribute_values={"a": {"target": "_blank"}, "div": {"tabindex": "0"}},
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(html)  # noqa: S308  # sanitized by nh3


def filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return an attribute's value, or None to remove it: a link without a scheme would lead to a portal page."""
    return value if name != "href" or value.startswith(("http://", "https://")) else None


def strip_front_matter(text: str) -> str:
    """Return the text without the front matter of a template's readme."""
    if not text.startswith(FRONT_MATTER):
        return text
    _begin, _front, rest = text.partition("\n" + FRONT_MATTER)
    return rest.partition("\n")[2] or text


def demote_heading(token: Token) -> None:
    """Lower the level of a heading below those of the page."""
    if token.type in {"heading_open", "heading_close"}:
        token.tag = "h3" if token.tag in {"h1", "h2"} else "h4"
