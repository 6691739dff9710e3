"""The declared text of one setting: its title, its sentences, and why it cannot be changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workspaces.actions.decisions import Decision
from workspaces.present.settings.setting_lines import SettingContext, SettingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingTextSpec:
    """The declaration of a setting's text. The functions get the workspace, its viewer and its template."""

    name: str  # the name of its action, and the last part of its URL
    title: str  # marked for translation
    lines: Callable[[SettingContext], Iterator[SettingLine]]  # the value of the setting, and what happens when
    further_reason: Callable[[SettingContext], str] | None = None  # against a change that its action allows
    reason: Callable[[SettingContext, Mapping[str, Decision]], str] | None = None  # instead of the action's
    hides_lines_when_locked: bool = False  # where it cannot be changed, the reason says all

    def locked_reason(self, context: SettingContext, decisions: Mapping[str, Decision]) -> str:
        """Return why the setting cannot be changed, as a sentence; "" if it can."""
        if self.reason:
            return self.reason(context, decisions)
        return decisions[self.name].reason or (self.further_reason(context) if self.further_reason else "")
