"""The templates as cards, for the choice of one for a new workspace."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.present.estimates import round_up, usual_durations
from workspaces.present.icons import icon_hue, icon_url
from workspaces.present.markdown import render_markdown


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateCard:
    """One template."""

    id: UUID
    title: str
    name: str  # as in searches
    description: SafeString  # HTML
    icon_url: str
    letter: str
    hue: int
    start_time_text: str  # the usual duration of a start; "" if unknown
    user_count_text: str  # "" if nobody uses it, or if that is unknown
    organization: str
    deprecation: SafeString  # the reason as HTML; "" unless it is deprecated


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateGroup:
    """The templates of one organization; `title` is "" if it is the only one."""

    title: str
    cards: tuple[TemplateCard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateList:
    """All templates that a person may use."""

    groups: tuple[TemplateGroup, ...]
    deprecated: tuple[TemplateCard, ...]
    query: str  # for the links to the form: begins with "?", or ""


def make_template_list(templates: Iterable[Template], public_url: str, query: str = "") -> TemplateList:
    """Return the templates by organization and title; deprecated ones separately."""
    cards = sorted((make_template_card(each, public_url) for each in templates), key=lambda each: each.title.lower())
    current = [each for each in cards if not each.deprecation]
    titles = sorted({each.organization for each in current}, key=str.lower)
    groups = [
        TemplateGroup(
            title=title if len(titles) > 1 else "",
            cards=tuple(each for each in current if each.organization == title),
        )
        for title in titles
    ]
    deprecated = tuple(each for each in cards if each.deprecation)
    return TemplateList(groups=tuple(groups), deprecated=deprecated, query=f"?{query}" if query else "")


def make_template_card(template: Template, public_url: str) -> TemplateCard:
    """Return the card of a template."""
    title = sanitize_text(template.display_name) or template.name
    return TemplateCard(
        id=template.id,
        title=title,
        name=template.name,
        description=render_markdown(template.description),
        icon_url=icon_url(template.icon, public_url),
        letter=title[:1].upper(),
        hue=icon_hue(template.name),
        start_time_text=usual_start_text(template),
        user_count_text=user_count_text(template.active_user_count),
        organization=sanitize_text(template.organization_display_name) or template.organization_name,
        deprecation=render_markdown(template.deprecation_message or _("Deprecated."))
        if template.deprecated
        else SafeString(),
    )


def usual_start_text(template: Template) -> str:
    """Return how long a start usually takes; "" if Coder has measured none."""
    durations = usual_durations(template.build_time_stats, "start")
    return start_time_text(durations[0]) if durations else ""


def start_time_text(milliseconds: int) -> str:
    """Format the usual duration of a start in ms, as the progress of a build that has just started."""
    count, is_in_minutes = round_up(milliseconds)
    text = (
        ngettext("Starts in about %(n)d minute", "Starts in about %(n)d minutes", count)
        if is_in_minutes
        else ngettext("Starts in about %(n)d second", "Starts in about %(n)d seconds", count)
    )
    return text % {"n": count}


def user_count_text(count: int) -> str:
    """Format the number of users; "" for 0, and for -1 (unknown)."""
    return ngettext("%(n)d active user", "%(n)d active users", count) % {"n": count} if count > 0 else ""
