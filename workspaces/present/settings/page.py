"""The settings of a workspace: what each of them is, what it will do and when, and whether it may be changed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import Decision, decide
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Status, Viewer
from workspaces.present.settings.autostart import ALL_DAYS, allowed_days, is_unusual
from workspaces.present.settings.autostop import Preset, ending_words, presets
from workspaces.present.settings.setting_lines import Facts, Line
from workspaces.present.settings.setting_text import SettingText
from workspaces.present.statuses import make_status


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
    status: Status
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
    texts: Iterable[SettingText],
    workspace: Workspace,
    viewer: Viewer,
    template: Template | None,
    *,
    mismatch: bool | None = None,
) -> Settings:
    """Return the settings with these texts, in their order.

    `template` is None if it cannot be read, `mismatch` if Coder was not asked or did not answer.
    """
    facts = Facts(workspace=workspace, viewer=viewer, template=template)
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities)
    each = {text.name: setting(text, facts, decisions) for text in texts}
    soonest, latest = ending_words(facts)
    return Settings(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        status=make_status(workspace, ()),
        each=each,
        presets=tuple(presets(facts)) if each["extend"].allowed else (),
        soonest=soonest,
        latest=latest,
        is_dormant=workspace.dormant_at is not None,
        unusual=is_unusual(workspace.autostart_schedule or ""),
        allowed_days=allowed_days(template) or ALL_DAYS,
        lacks_values=bool(mismatch),
    )


def setting(text: SettingText, facts: Facts, decisions: Mapping[str, Decision]) -> Setting:
    """Return one setting with its sentences, and the reason why it cannot be changed."""
    reason = text.locked_reason(facts, decisions)
    says = () if reason and text.hides_lines_when_locked else tuple(text.lines(facts))
    return Setting(name=text.name, title=_(text.title), says=says, allowed=not reason, reason=reason)
