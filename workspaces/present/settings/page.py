"""The settings of a workspace: value, effect, and whether the viewer can change it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from workspaces.actions.decisions import Decision, decide
from workspaces.coder.template_types import Template
from workspaces.coder.types import Workspace
from workspaces.present.page_models import Status, Viewer
from workspaces.present.settings.autostart import allowed_days, is_custom_schedule
from workspaces.present.settings.autostop import DeadlinePreset, deadline_bounds, make_presets
from workspaces.present.settings.setting_lines import SettingContext, SettingLine
from workspaces.present.settings.setting_text_spec import SettingTextSpec
from workspaces.present.statuses import make_status
from workspaces.schedule import ALL_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingModel:
    """One setting. If it cannot be changed, `reason` says why, and there is no form."""

    name: str  # the last part of its URL
    title: str
    lines: tuple[SettingLine, ...]  # its value, and what happens when
    allowed: bool
    reason: str

    @property
    def summary_lines(self) -> tuple[SettingLine, ...]:
        """The lines that are visible while its form is closed: the value, times and warnings.

        Without a form these are all.
        """
        if not self.allowed:
            return self.lines
        return tuple(line for number, line in enumerate(self.lines) if not number or line.moment or line.tone)

    @property
    def detail_lines(self) -> tuple[SettingLine, ...]:
        """The lines beside its form."""
        return tuple(line for line in self.lines if line not in self.summary_lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsModel:
    """All settings of one workspace as its viewer sees them."""

    id: UUID
    owner: str
    name: str
    status: Status
    by_name: Mapping[str, SettingModel]
    presets: tuple[DeadlinePreset, ...]  # for `extend`
    min_deadline: str  # bounds of the deadline's field, in the viewer's zone
    max_deadline: str
    is_dormant: bool
    has_custom_schedule: bool  # the schedule does not fit into days and a time
    allowed_days: frozenset[int]  # Sunday is 0
    default_ttl_ms: int | None  # of the template; 0: none, None: unknown
    lacks_parameter_values: bool  # an autostart would fail: the active version requires a missing value

    @property
    def in_order(self) -> tuple[SettingModel, ...]:
        """The settings in the order of the page."""
        return tuple(self.by_name.values())

    @property
    def common_reason(self) -> str:
        """The reason why no setting can be changed, which the page says once; "" if they have no common one."""
        reasons = {setting.reason for setting in self.by_name.values()}
        return reasons.pop() if len(reasons) == 1 else ""


def make_settings(
    specs: Iterable[SettingTextSpec],
    workspace: Workspace,
    viewer: Viewer,
    template: Template | None,
    *,
    lacks_parameter_values: bool | None = None,
) -> SettingsModel:
    """Return the settings that `specs` declare, in their order.

    `template` is None if it cannot be read, `lacks_parameter_values` if Coder was not asked or did not answer.
    """
    context = SettingContext(workspace=workspace, viewer=viewer, template=template)
    decisions = decide(workspace, viewer.rights_for(workspace), viewer.capabilities)
    by_name = {spec.name: make_setting(spec, context, decisions) for spec in specs}
    min_deadline, max_deadline = deadline_bounds(context)
    return SettingsModel(
        id=workspace.id,
        owner=workspace.owner_name,
        name=workspace.name,
        status=make_status(workspace, ()),
        by_name=by_name,
        presets=tuple(make_presets(context)) if by_name["extend"].allowed else (),
        min_deadline=min_deadline,
        max_deadline=max_deadline,
        is_dormant=workspace.dormant_at is not None,
        has_custom_schedule=is_custom_schedule(workspace.autostart_schedule or ""),
        allowed_days=allowed_days(template) or ALL_DAYS,
        default_ttl_ms=template.default_ttl_ms if template else None,
        lacks_parameter_values=bool(lacks_parameter_values),
    )


def make_setting(spec: SettingTextSpec, context: SettingContext, decisions: Mapping[str, Decision]) -> SettingModel:
    """Return one setting with its sentences, and the reason why it cannot be changed."""
    reason = spec.locked_reason(context, decisions)
    lines = () if reason and spec.hides_lines_when_locked else tuple(spec.lines(context))
    return SettingModel(name=spec.name, title=_(spec.title), lines=lines, allowed=not reason, reason=reason)
