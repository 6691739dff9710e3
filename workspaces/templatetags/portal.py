"""The tags of every template: icons, moments, and the parts of a row that are rendered once and kept.

A part is a pure function of a frozen page object, so that its rendering is kept by that object: most marks and
badges of a page are the same, and a row that did not change is not rendered again. Languages and the address
prefix are the only things beside the object that a part depends on; they are a part of the key.
"""

from collections.abc import Hashable
from functools import lru_cache

from django import template
from django.forms import BoundField
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workspaces.present import Action, Badge, Mark, Moment, Row

register = template.Library()

KEPT = 8192  # renderings; a row is about 3 KB


@lru_cache(maxsize=KEPT)
def kept(name: str, things: tuple[tuple[str, Hashable], ...], language: str | None, prefix: str) -> SafeString:
    """The rendering of the partial `name` with these things as its context."""
    return mark_safe(get_template(name).render(dict(things)).strip())  # noqa: S308  # a template's own output


def part(name: str, /, **things: Hashable) -> SafeString:
    """The partial `name` with hashable things, from the renderings that are kept."""
    return kept(name, tuple(things.items()), get_language(), get_script_prefix())


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str) -> SafeString:
    """An icon of the sprite. It says nothing to a screen reader: the word stands beside it."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@register.simple_tag
def moment(at: Moment, words: str = "relative") -> SafeString:
    """A moment as `<time>`, in its `relative`, `short` or `full` words; the full ones with the zone are its title."""
    return format_html('<time datetime="{}" title="{}">{}</time>', at.iso, at.full, getattr(at, words))


@register.simple_tag
def mark(status: Mark) -> SafeString:
    """A status: icon, word and colour together."""
    return part("workspaces/parts.html#mark", mark=status)


@register.simple_tag
def badge(shown: Badge) -> SafeString:
    """What there is to say beside a status."""
    return part("workspaces/parts.html#badge", badge=shown)


@register.simple_tag
def act(action: Action, row: Row, look: str = "") -> SafeString:
    """An action on the workspace of `row`: its button in the look `quiet`, `main` or `item` (of a menu), or why not."""
    things = {"name": row.name, "build_id": row.build_id, "id": row.id, "look": look}
    return part("workspaces/parts.html#act", action=action, **things)


@register.simple_tag
def row(shown: Row) -> SafeString:
    """One workspace of the list, as the live stream sends it too."""
    return part("workspaces/list.html#row", row=shown)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form field's control. Where fields of its form were refused, the first of them has the focus and no other."""
    refused = next((name for name in field.form.fields if name in field.form.errors), None)
    return field.as_widget(attrs={"autofocus": field.name == refused} if refused else None)


# The first that fits names it: Edge and Chrome call themselves Safari too, and Android calls itself Linux.
BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")


@register.filter
def browser(agent: str) -> str:
    """A User-Agent as people call it: "Firefox on Linux"; where it says nothing that is known, its first word."""
    name = next((name for sign, name in BROWSERS if f"{sign}/" in agent), agent.split("/")[0])
    system = next((system for system in SYSTEMS if system in agent), "")
    if not name:
        return _("A browser that does not say which")
    return _("%(browser)s on %(system)s") % {"browser": name, "system": system} if system else name
