"""What the palette finds: workspaces, what can be opened and done with them, templates, and pages."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder.template_types import Template
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.present.action_buttons import BUTTONS
from workspaces.present.page_models import Action, Row, Viewer, WayIn
from workspaces.present.workspace_list.rows import make_row

MAX_ENTRIES = 12
# Label, name of the URL, icon.
PAGES = (
    (gettext_noop("Workspaces"), "workspaces:list", "box"),
    (gettext_noop("Create workspace"), "workspaces:new", "plus"),
    (gettext_noop("Saved searches"), "workspaces:searches", "search"),
    (gettext_noop("Operations"), "workspaces:operations", "refresh-cw"),
    (gettext_noop("Activity"), "workspaces:activity", "clock"),
    (gettext_noop("Account"), "workspaces:account", "users"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line: a link, or the button of an action. Only one of `row`, `template_id` and `url_name` leads somewhere."""

    label: str  # what is opened or done
    detail: str = ""  # with which workspace, or its status
    icon: str
    row: Row | None = None  # its page, if there is neither a way in nor an action
    way_in: WayIn | None = None
    action: Action | None = None
    template_id: UUID | None = None
    url_name: str = ""

    def matches(self, words: Sequence[str]) -> bool:
        """Return whether the line has all words, in any case."""
        text = f"{self.label} {self.detail}".casefold()
        return all(word in text for word in words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Palette:
    """The lines for what was typed, the best first."""

    q: str
    entries: tuple[Entry, ...]


def name_query(q: str) -> str:
    """Return the search of Coder for what was typed: by the longest word that names no action.

    Of several words, the first may be the beginning of an action's name: "sto web". Without a name, it is for the
    viewer's own workspaces.
    """
    words, verbs = q.replace('"', " ").casefold().split(), action_words()
    names = [word for word in words if word not in verbs]
    if len(names) > 1 and any(verb.startswith(names[0]) for verb in verbs):
        names = names[1:]
    return f'name:"{max(names, key=len)}"' if names else "owner:me"


def action_words() -> set[str]:
    """Return the words in lower case with which a line about an action, an app or a template begins."""
    labels = [*(_(button.label) for button in BUTTONS.values()), _("Open %(app)s"), _("Create from %(template)s")]
    return {label.casefold().split()[0].rstrip("…") for label in labels}


def make_palette(q: str, workspaces: Sequence[Workspace], templates: Sequence[Template], viewer: Viewer) -> Palette:
    """Return the lines that have all words of `q`; without one, the workspaces and the pages."""
    words = q.casefold().split()
    rows = [make_row(workspace, viewer) for workspace in workspaces]
    name_of = partial(short_name, viewer.username)
    offered = templates if words else ()
    entries = [*map(page_of, rows), *workspace_entries(rows, name_of), *template_entries(offered), *pages()]
    if not words:
        entries = [entry for entry in entries if not entry.action]
    found = [entry for entry in entries if entry.matches(words)]
    found.sort(key=lambda entry: not (words and entry.label.casefold().startswith(words[0])))
    return Palette(q=q, entries=tuple(found[:MAX_ENTRIES]))


def short_name(username: str, row: Row) -> str:
    """Return the name, with the owner's if that is somebody else."""
    return row.name if row.owner == username else f"{row.owner}/{row.name}"


def page_of(row: Row) -> Entry:
    """Return the line that leads to a workspace."""
    return Entry(label=row.name, detail=f"{row.owner} · {row.status.label}", icon=row.status.icon, row=row)


def workspace_entries(rows: Sequence[Row], name_of: Callable[[Row], str]) -> Iterator[Entry]:
    """Yield what can be opened and done now."""
    for row in rows:
        if way := row.way_in:
            label = _("Open %(app)s") % {"app": way.label}
            yield Entry(label=label, detail=name_of(row), icon=way.icon, row=row, way_in=way)
    for row in rows:
        if (action := row.primary_action) and action.allowed:
            yield Entry(label=action.label, detail=name_of(row), icon=action.icon, row=row, action=action)


def template_entries(templates: Sequence[Template]) -> Iterator[Entry]:
    """Yield the templates from which a workspace can be created."""
    for template in templates:
        if not template.deprecated:
            name = sanitize_text(template.display_name) or template.name
            label = _("Create from %(template)s") % {"template": name}
            yield Entry(label=label, detail=template.organization_name, icon="plus", template_id=template.id)


def pages() -> Iterator[Entry]:
    """Yield the portal's pages."""
    for label, url_name, icon in PAGES:
        yield Entry(label=_(label), icon=icon, url_name=url_name)
