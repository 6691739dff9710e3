"""The settings of a workspace: what each of them is, what it will do and when, and whether it may be changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.actions.decisions import Decision, decide
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Mark, Viewer
from workspaces.present.settings.autostart import ALL_DAYS, allowed_days, autostart_says, autoupdates_says, is_unusual
from workspaces.present.settings.autostop import Preset, ending_says, ending_words, presets, ttl_says, usage_says
from workspaces.present.settings.setting_lines import Facts, Line, later
from workspaces.present.statuses import status_mark
from workspaces.schedule import nonzero_time

TITLES = {
    "extend": gettext_noop("When it stops this time"),
    "ttl": gettext_noop("How long it runs after a start"),
    "autostart": gettext_noop("When it starts by itself"),
    "autoupdates": gettext_noop("Automatic updates"),
    "usage": gettext_noop("Keep awake"),
    "dormant": gettext_noop("Rest"),
    "rename": gettext_noop("Name"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. Where it may not be changed, `reason` says why, and there is no form."""

    name: str  # as the last part of its address
    title: str
    says: tuple[Line, ...]  # what is the facts, and what will happen when
    allowed: bool
    reason: str

    @property
    def brief(self) -> tuple[Line, ...]:
        """What is read without opening it: what is the case, what happens when, and what is wrong.

        Where there is no form to open, that is all.
        """
        if not self.allowed:
            return self.says
        return tuple(line for number, line in enumerate(self.says) if not number or line.moment or line.tone)

    @property
    def rest(self) -> tuple[Line, ...]:
        """What is read beside its form."""
        return tuple(line for line in self.says if line not in self.brief)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of one workspace, as its viewer may see and change them."""

    id: UUID
    owner: str
    name: str
    status: Mark
    each: Mapping[str, Setting]
    presets: tuple[Preset, ...]  # for `extend`
    soonest: str  # the bounds of the deadline's field, local to the viewer
    latest: str
    is_dormant: bool
    unusual: bool  # the schedule does not fit into days and a time
    allowed_days: frozenset[int]  # Sunday is 0
    lacks_values: bool  # an autostart would fail: the active version wants a value that is not there

    @property
    def order(self) -> tuple[Setting, ...]:
        """The settings in the order of the page."""
        return tuple(self.each.values())


def settings(
    workspace: Workspace, viewer: Viewer, template: Template | None, *, mismatch: bool | None = None
) -> Settings:
    """The settings. `template` is None where it cannot be read, `mismatch` where it was not, or could not be, asked."""
    facts = Facts(workspace=workspace, viewer=viewer, template=template)
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities)
    reasons = {name: reason(name, facts, decisions) for name in TITLES}
    says = {name: () if name in {"extend", "usage"} and reasons[name] else tuple(SAYS[name](facts)) for name in TITLES}
    soonest, latest = ending_words(facts)
    return Settings(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        status=status_mark(workspace, ()),
        each={
            name: Setting(name=name, title=_(title), says=says[name], allowed=not reasons[name], reason=reasons[name])
            for name, title in TITLES.items()
        },
        presets=tuple(presets(facts)) if not reasons["extend"] else (),
        soonest=soonest,
        latest=latest,
        is_dormant=workspace.dormant_at is not None,
        unusual=is_unusual(workspace.autostart_schedule or ""),
        allowed_days=allowed_days(template) or ALL_DAYS,
        lacks_values=bool(mismatch),
    )


def reason(name: str, facts: Facts, decisions: Mapping[str, Decision]) -> str:
    """Why it may not be changed; "" where it may. What the template forbids is known here and not to `decide`."""
    if name == "dormant":
        decision = decisions["activate" if facts.workspace.dormant_at else "dormant"]
        if decision.allowed and not decision.applicable:
            return _("It runs. Stop it first: Coder stops nothing that is dormant.")
        return decision.reason
    if found := decisions[name].reason:
        return found
    if name == "extend" and facts.workspace.dormant_at:
        return _("It is dormant, so Coder does not stop it by itself.")
    if name == "autostart" and facts.template and not facts.template.allow_user_autostart:
        return _("Its template does not let workspaces start by themselves.")
    if name == "ttl" and facts.template and not facts.template.allow_user_autostop:
        return _("Its template decides how long it runs.")
    return ""


def dormant_says(facts: Facts) -> Iterator[Line]:
    """Whether it rests, since when, and what becomes of it."""
    workspace, template = facts.workspace, facts.template
    if since := nonzero_time(workspace.dormant_at):
        words = _("It has been dormant since %(moment)s. Coder neither starts nor stops it.")
        yield Line(text=words % {"moment": facts.moment(since).full})
        if deleting := nonzero_time(workspace.deleting_at):
            at = facts.moment(deleting)
            text = _("Coder deletes it %(moment)s unless it is activated.") % {"moment": at.full}
            yield Line(text=text, moment=at, tone="warn")
        return
    idle = template.time_til_dormant_ms if template else 0
    delete = template.time_til_dormant_autodelete_ms if template else 0
    used = nonzero_time(workspace.last_used_at)
    if idle and used:
        at = facts.moment(max(later(used, idle), facts.now))
        yield Line(text=_("If nobody uses it until %(moment)s, it becomes dormant.") % {"moment": at.full}, moment=at)
        gone = max(later(used, idle), facts.now)
    else:
        yield Line(text=_("It is active. It becomes dormant only if somebody makes it so."))
        gone = facts.now
    if delete:
        at = facts.moment(later(gone, delete))
        words = (
            _("Then it is deleted %(moment)s.") if idle and used else _("Made dormant now, it is deleted %(moment)s.")
        )
        yield Line(text=words % {"moment": at.full}, moment=at, tone="warn")


def rename_says(facts: Facts) -> Iterator[Line]:
    """What hangs on the name."""
    names = {"owner": facts.workspace.owner_name, "name": facts.workspace.name}
    yield Line(text=_("Its address is @%(owner)s/%(name)s; another name changes it at once.") % names)
    yield Line(text=_("The old address leads here until you sign out. SSH, editors and bookmarks need the new name."))


SAYS: Mapping[str, Callable[[Facts], Iterator[Line]]] = {
    "extend": ending_says,
    "ttl": ttl_says,
    "autostart": autostart_says,
    "autoupdates": autoupdates_says,
    "usage": usage_says,
    "dormant": dormant_says,
    "rename": rename_says,
}
