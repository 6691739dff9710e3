"""Test which HTML the Markdown of template authors may produce, and that markup in it is harmless."""

import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workspaces.present.markdown import MAX_LENGTH, render_markdown


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Number of **vCPU** cores", "<p>Number of <strong>vCPU</strong> cores</p>"),
        ("# Title\n### Smaller", "<h3>Title</h3>\n<h4>Smaller</h4>"),
        ("---\nname: x\n---\nHello", "<p>Hello</p>"),
        ("", ""),
        (
            "[a](https://x.example)",
            '<p><a href="https://x.example" target="_blank" rel="noopener noreferrer">a</a></p>',
        ),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<b onclick=x>", "<p>&lt;b onclick=x&gt;</p>"),
        ("![pixel](https://evil.example/p.png)", "<p></p>"),
        ("a\x1b[31mred\x1b[0m\x07 \u202eneve", "<p>ared neve</p>"),
        ("{{ 7*7 }}", "<p>{{ 7*7 }}</p>"),
        (
            "| size | cores |\n|---|--:|\n| <b>S</b> | 2 |",
            (
                '<div tabindex="0"><table>\n<thead>\n<tr>\n<th>size</th>\n<th>cores</th>\n</tr>\n</thead>\n'
                "<tbody>\n<tr>\n<td>&lt;b&gt;S&lt;/b&gt;</td>\n<td>2</td>\n</tr>\n</tbody>\n</table></div>"
            ),
        ),
        ('`<hx-partial hx-target="body">`', '<p><code>&lt;hx-partial hx-target="body"&gt;</code></p>'),
    ],
)
def test_markdown_is_rendered_and_markup_is_escaped(text: str, html: str) -> None:
    assert sorted(attributes(render_markdown(text))) == sorted(attributes(html))
    assert without_attributes(render_markdown(text)) == without_attributes(html)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "/logout/", "//evil.example", "vbscript:x", "coder://x"]
)
def test_link_without_web_address_has_no_href(link: str) -> None:
    assert "href" not in render_markdown(f"[x]({link})")


@given(st.text())
def test_any_text_renders_only_allowed_tags_and_attributes(text: str) -> None:
    html = render_markdown(text)
    allowed = {"div", "table", "thead", "tbody", "tr", "th", "td"}
    allowed |= {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "h3", "h4", "a", "hr"}
    assert set(re.findall(r"</?([a-zA-Z0-9-]+)", html)) <= allowed
    assert not re.search(r"<[^>]*\s(?!href=|rel=|target=|tabindex=)[a-z-]+=", html)


def attributes(html: str) -> list[str]:
    """Return the attributes of all tags."""
    return [name for tag in re.findall(r"<[a-z][^>]*>", html) for name in re.findall(r'[a-z-]+="[^"]*"', tag)]


def without_attributes(html: str) -> str:
    """Return the HTML without the attributes of its tags."""
    return re.sub(r"<([a-z0-9]+)[^>]*>", r"<\1>", html).strip()


def test_long_text_stays_as_it_is_written() -> None:
    text = "[*<" * (MAX_LENGTH // 3 + 1)
    assert render_markdown(text) == f"<pre>{escape(text)}</pre>"
