"""The tags of every template: icons, moments, and the parts of a row that are rendered once and kept.

A part is a pure function of hashable page objects, so that its rendering is kept by them: the marks, badges and
buttons of a page are mostly the same, and a row that did not change is not rendered again. A stencil is a part with
holes for what differs from one workspace to the next (ids, owner, name), which are filled in afterwards: so even the
rows of a page that nobody has seen yet cost little. Language and address prefix are in the key as well.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from uuid import UUID

from django import template
from django.forms import BoundField
from django.template.loader import get_template
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workspaces.present.page_models import Action, Badge, ListPage, Mark, Row
from workspaces.present.times import Moment

register = template.Library()

KEPT = 8192  # renderings; a row is about 2 KB


@dataclass(frozen=True, slots=True)
class Holes:
    """What a stencil shows in a workspace's place: longer than any name of Coder's, and nobody's ids."""

    id: UUID
    build_id: UUID
    owner: str
    name: str


HOLES = Holes(
    id=UUID("5f2c0e9a-7d41-4b63-9c1e-000000000001"),
    build_id=UUID("5f2c0e9a-7d41-4b63-9c1e-000000000002"),
    owner="owner5f2c0e9a7d414b639c1e0000000000000001",
    name="name5f2c0e9a7d414b639c1e00000000000000001",
)
ID, BUILD_ID = str(HOLES.id), str(HOLES.build_id)


@lru_cache(maxsize=KEPT)
def kept(partial: str, things: tuple[tuple[str, Hashable], ...], language: str | None, prefix: str) -> SafeString:
    """The rendering of a partial with these things as its context."""
    return mark_safe(get_template(partial).render(dict(things)).strip())  # noqa: S308  # a template's own output


def part(partial: str, /, **things: Hashable) -> SafeString:
    """The partial with hashable things, from the renderings that are kept."""
    return kept(partial, tuple(things.items()), get_language(), get_script_prefix())


def stencil(partial: str, row: Row, /, **things: Hashable) -> SafeString:
    """The partial with things that many workspaces share, its holes filled for the workspace of `row`."""
    filled = str(part(partial, row=HOLES, **things))
    filled = filled.replace(ID, str(row.id)).replace(BUILD_ID, str(row.build_id))
    filled = filled.replace(HOLES.owner, escape(row.owner)).replace(HOLES.name, escape(row.name))
    return mark_safe(filled)  # noqa: S308  # a part, and what is escaped


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite. It says nothing to a screen reader: the word stands beside it."""
    return format_html('<svg class="i" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@register.simple_tag
def moment(at: Moment, words: str = "relative") -> SafeString:
    """A moment as `<time>`, in its `relative`, `short` or `full` words; the full ones with the zone are its title."""
    said = escape(getattr(at, words))
    return mark_safe(f'<time datetime="{at.iso}" title="{escape(at.full)}">{said}</time>')  # noqa: S308  # escaped


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
    return stencil("workspaces/parts.html#act", row, action=action, look=look)


@register.simple_tag
def star(row: Row) -> SafeString:
    """The button that stars a workspace or takes the star away."""
    return stencil("workspaces/parts.html#star", row, favorite=row.favorite)


@register.simple_tag
def more(row: Row, reason: str = "") -> SafeString:
    """The menu of what else can be done with a workspace, or why it cannot; `reason`: why it cannot be starred."""
    return stencil("workspaces/parts.html#more", row, more=row.more, reason=reason)


@register.simple_tag
def name_cell(row: Row) -> SafeString:
    """The cell of a list that says which workspace it is."""
    things = {"may_favorite": row.may_favorite, "favorite": row.favorite, "badges": row.badges}
    return stencil("workspaces/parts.html#name_cell", row, **things)


@register.simple_tag
def do_cell(row: Row) -> SafeString:
    """The cell of a list that says what can be done."""
    return stencil("workspaces/parts.html#do_cell", row, primary=row.primary, more=row.more, note=row.note)


@register.simple_tag
def tile(row: Row, size: str = "") -> SafeString:
    """The icon of a workspace's template; its letter where there is none."""
    things = {"icon_url": row.icon_url, "letter": row.letter, "hue": row.hue, "size": size}
    return part("workspaces/parts.html#tile", **things)


@register.simple_tag
def filters(page: ListPage) -> SafeString:
    """The ways to other searches, which stay the same from one look at a list to the next."""
    return part("workspaces/list.html#filters", scopes=page.scopes, presets=page.presets, menus=page.menus)


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
