"""The tags of every template: icons, moments, and the cached parts of a row.

A partial that depends only on hashable page models is cached by them: most statuses, badges and buttons of a page are
equal. What differs between workspaces (ids, names, times) is rendered once as placeholders, which are replaced for each
workspace: so even rows that nobody has requested yet are cheap. Language and URL prefix are part of the cache's key.
"""

import re
import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from html import escape
from threading import Lock
from uuid import UUID

import nh3
from cachetools import LRUCache, cached
from django import template
from django.forms import BoundField
from django.template.loader import get_template
from django.urls import get_script_prefix, reverse
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from workspaces.present.bulk import BULK_BUTTONS
from workspaces.present.page_models import Action, Badge, Row, Status
from workspaces.present.times import Moment
from workspaces.present.workspace_list.models import ListPage

register = template.Library()

CACHE_BYTES = 24 * 1024 * 1024  # of all renderings; a row of the list has about 3 KB, and its page model as much
BLANK_LINES = re.compile(r"\n\s*\n")
ENTRY_BYTES = 1500  # what an entry takes beside its HTML and its strings


@dataclass(frozen=True, slots=True)
class PlaceholderRow:
    """The attributes of a row that differ between workspaces."""

    id: UUID
    build_id: UUID
    owner: str
    name: str


# IDs that no workspace has, and longer than any name of Coder's.
ID, BUILD_ID, OWNER, NAME, TEMPLATE, LETTER, ICON_URL, SUMMARY, SUMMARY_TIME, USED, APP_URL = (
    f"5f2c0e9a-7d41-4b63-9c1e-0000000000{n:02}" for n in range(11)
)
PLACEHOLDERS = PlaceholderRow(id=UUID(ID), build_id=UUID(BUILD_ID), owner=OWNER, name=NAME)


def rendering_weight(html: str) -> int:
    """Return what a rendering and the page models of its key take, in bytes: the HTML contains their strings."""
    return 2 * sys.getsizeof(html) + ENTRY_BYTES


RENDERINGS: LRUCache[Hashable, SafeString] = LRUCache(CACHE_BYTES, getsizeof=rendering_weight)


@cached(RENDERINGS, lock=Lock())
def cached_rendering(
    partial: str, context: tuple[tuple[str, Hashable], ...], language: str | None, prefix: str
) -> SafeString:
    """Return a partial rendered with this context. Language and prefix are only part of the key."""
    html = get_template(partial).render(dict(context)).strip()
    return mark_safe(BLANK_LINES.sub("\n", html))  # noqa: S308  # a template's own output


def render_cached(partial: str, /, **context: Hashable) -> SafeString:
    """Return a partial rendered with a hashable context, from the cache if possible."""
    return cached_rendering(partial, tuple(context.items()), get_language(), get_script_prefix())


def render_for_row(partial: str, row: Row, /, **context: Hashable) -> SafeString:
    """Return a partial, cached for all workspaces with this context, with the ids and names of `row`."""
    return fill_placeholders(render_cached(partial, row=PLACEHOLDERS, **context), names_of(row))


def fill_placeholders(html: str, texts: Mapping[str, str]) -> SafeString:
    """Return HTML with the texts in place of their placeholders."""
    for placeholder, text in texts.items():
        html = html.replace(placeholder, escape(text))
    return mark_safe(html)  # noqa: S308  # a rendered partial, and escaped texts


def names_of(row: Row) -> dict[str, str]:
    """Return the ids, owner and name of a workspace by their placeholders."""
    return {ID: str(row.id), BUILD_ID: str(row.build_id), OWNER: row.owner, NAME: row.name}


def texts_of(row: Row) -> dict[str, str]:
    """Return what `shape_of` replaces by placeholders, by these."""
    return names_of(row) | {
        TEMPLATE: row.template,
        LETTER: row.letter,
        ICON_URL: row.icon_url,
        SUMMARY: row.summary,
        SUMMARY_TIME: row.summary_time.relative if row.summary_time else "",
        USED: row.last_used.relative if row.last_used else "",
        APP_URL: row.way_in.href if row.way_in else "",
    }


def shape_of(row: Row) -> Row:
    """Return a row of the list with placeholders for the texts that differ between workspaces.

    What the list does not show is left out, so that rows that look alike have one shape.
    """
    way = row.way_in
    return replace(
        row,
        id=PLACEHOLDERS.id,
        build_id=PLACEHOLDERS.build_id,
        owner=OWNER,
        name=NAME,
        template=TEMPLATE,
        letter=LETTER,
        icon_url=ICON_URL if row.icon_url else "",
        favorite_reason="",
        last_used=row.last_used and Moment(iso="", full="", relative=USED, short="", in_sentence=""),
        summary=SUMMARY if row.summary else "",
        summary_time=row.summary_time and Moment(iso="", full="", relative=SUMMARY_TIME, short="", in_sentence=""),
        way_in=replace(way, href=APP_URL, agent_id=PLACEHOLDERS.id, app="") if way and way.href else way,
        menu_actions=row.menu_actions[:1],  # whether there are any
        checksum=0,
    )


@register.filter
def from_list(address: str) -> str:
    """Return an address as the pages of the list can write it: without the path of the list, which it begins with."""
    return address.removeprefix(reverse("workspaces:list"))


@register.simple_tag
def icon(name: str) -> SafeString:
    """Render an icon of the sprite. Screen readers skip it, as it has no text: the label is beside it."""
    return format_html('<i class="icon icon-{}"></i>', name)


@register.simple_tag
def moment(at: Moment, form: str = "relative") -> SafeString:
    """Render a moment as `<time>` in its `relative` or `short` form; the full form is the title.

    A moment without an exact time is text.
    """
    text = escape(getattr(at, form))
    if not at.iso:
        return mark_safe(text)  # noqa: S308  # escaped
    return mark_safe(f'<time datetime="{at.iso}" title="{escape(at.full)}">{text}</time>')  # noqa: S308  # escaped


@register.simple_tag
def status(value: Status) -> SafeString:
    """Render a status: icon, label and color together."""
    return render_cached("workspaces/components.html#status", status=value)


@register.simple_tag
def badge(value: Badge) -> SafeString:
    """Render a badge beside a status."""
    return render_cached("workspaces/components.html#badge", badge=value)


@register.simple_tag
def action_button(action: Action, row: Row, look: str = "", *, in_frame: bool = False) -> SafeString:
    """Render an action as a button in the look `btn-quiet`, `btn-primary` or `menu-item`, or the reason against it."""
    context = {"action": action, "look": look, "in_frame": in_frame, "in_row": in_frame}
    return render_for_row("workspaces/components.html#action_button", row, **context)


@register.simple_tag
def favorite_button(row: Row, *, in_frame: bool = False) -> SafeString:
    """Render the button that marks a workspace as a favorite or removes the mark."""
    context = {"favorite": row.favorite, "in_frame": in_frame, "in_row": in_frame}
    return render_for_row("workspaces/components.html#favorite_button", row, **context)


@register.simple_tag
def name_cell(row: Row) -> SafeString:
    """Render the list's cell that names the workspace."""
    context = {
        "can_favorite": row.can_favorite,
        "favorite": row.favorite,
        "names_owner": row.names_owner,
        "badges": row.badges,
        "in_row": True,
    }
    return render_for_row("workspaces/components.html#name_cell", row, **context)


@register.simple_tag
def actions_cell(row: Row) -> SafeString:
    """Render the list's cell with the actions on the workspace."""
    context = {
        "primary_action": row.primary_action,
        "look": "btn-plain" if row.way_in else "btn-quiet",
        "has_menu": bool(row.menu_actions or row.way_in),
        "note": row.note,
        "in_row": True,
    }
    return render_for_row("workspaces/components.html#actions_cell", row, **context)


@register.simple_tag
def icon_tile(row: Row, size: str = "") -> SafeString:
    """Render the icon of a workspace's template, or its letter without an icon."""
    context = {"icon_url": row.icon_url, "letter": row.letter, "hue": row.hue, "size": size}
    return render_cached("workspaces/components.html#icon_tile", **context)


@register.simple_tag
def list_filters(page: ListPage) -> SafeString:
    """Render the filters, which stay the same while a list refreshes."""
    return render_cached("workspaces/list.html#filters", filters=page.filters, sort=page.search.sort)


@register.simple_tag
def list_bulk_bar(page: ListPage) -> SafeString:
    """Render the actions on the selected workspaces of the list."""
    return bulk_bar(
        tuple(page.search.parameters.items()),
        f"{reverse('workspaces:list')}{page.address}",
        page.count if page.can_select_all else 0,
    )


@register.simple_tag
def bulk_bar(parameters: tuple[tuple[str, str], ...], next_url: str, count: int) -> SafeString:
    """Render the actions on the selected workspaces of any list, whose ticks are fields of the form `bulk`.

    `parameters`: names and values of the list's address. `count`: of all that match; 0: they cannot be selected.
    """
    actions = render_cached("workspaces/bulk.html#actions", buttons=BULK_BUTTONS)
    context = {"parameters": parameters, "next": next_url, "count": count, "actions": actions}
    return mark_safe(get_template("workspaces/bulk.html#bar").render(context))  # noqa: S308  # a template's own output


@register.simple_tag
def list_row(row: Row) -> SafeString:
    """Render one workspace of the list, as the event stream sends it, too."""
    return fill_placeholders(render_cached("workspaces/list.html#row", row=shape_of(row)), texts_of(row))


@register.simple_tag
def form_control(field: BoundField) -> SafeString:
    """Render a form field's control. In a form with errors, only the first invalid field has the focus."""
    first = next((name for name in field.form.fields if name in field.form.errors), None)
    return field.as_widget(attrs={"autofocus": field.name == first} if first else None)


# The first match names it: Edge and Chrome also call themselves Safari, and Android also calls itself Linux.
BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"))
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")


@register.filter
def without_buttons(message: object) -> SafeString:
    """Return a message as HTML with its links, and without its buttons.

    A frame may show the message of another page. Its button "Undo" would send a write that no frame may send.
    """
    allowed = {"a": {"href"}}
    return mark_safe(  # noqa: S308  # sanitized by nh3
        nh3.clean(conditional_escape(str(message)), tags={"a"}, attributes=allowed, clean_content_tags={"button"})
    )


@register.filter
def browser(agent: str) -> str:
    """Return a readable name for a User-Agent: "Firefox on Linux"; for an unknown one its first word."""
    name = next((name for sign, name in BROWSERS if f"{sign}/" in agent), agent.split("/")[0])
    system = next((system for system in SYSTEMS if system in agent), "")
    if not name:
        return _("Unknown browser")
    return _("%(browser)s on %(system)s") % {"browser": name, "system": system} if system else name
