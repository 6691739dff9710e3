"""Advice on a workspace that takes further calls: failing log lines, a new version, the quota."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID
from zlib import crc32

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from workspaces.actions.decisions import decide
from workspaces.coder.build_types import BuildLog
from workspaces.coder.template_types import Quota, RichParameter, Template, TemplateVersion
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.present.failure_changes import FailureChanges
from workspaces.present.failures import NO_QUOTA, ExcerptLine, error_code
from workspaces.present.markdown import render_markdown
from workspaces.present.page_models import Viewer
from workspaces.present.settings.autostart import needs_active_version
from workspaces.present.times import Moment, make_moment

QUOTA_STAGE = "Commit quota"  # of a build's log
COST_LINE = re.compile(r"Build cost\s+—\s+(?P<cost>[0-9]{1,9})\s*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChange:
    """A parameter that a newer version adds, removes or requires."""

    label: str
    name: str
    needs_value: bool  # it is required


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVersion:
    """The active version of the template."""

    id: UUID
    name: str
    message: SafeString
    author: str
    created: Moment
    changes: tuple[ParameterChange, ...]

    @property
    def needs_values(self) -> bool:
        """Whether it requires a value that the workspace does not have."""
        return any(change.needs_value for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """The advice on one workspace; None or empty where nothing applies."""

    id: UUID
    owner: str
    name: str
    build_number: int
    log_is_read: bool = False  # of the latest build, which failed
    excerpt: tuple[ExcerptLine, ...] = ()  # of this log
    changes: FailureChanges | None = None  # of the failed build, since the last success
    version: NewVersion | None = None
    deprecation: SafeString | None = None  # the message for a deprecated template, which may be empty
    can_debug: bool = False  # a retry with debug output is possible
    lacks_parameter_values: bool = False  # an autostart would fail: the active version requires a missing value
    quota: str = ""  # a sentence, or ""
    over_budget: bool = False  # its last build failed because of the quota
    errors: tuple[str, ...] = ()  # Coder's messages for failed calls


def required_answers(workspace: Workspace, viewer: Viewer) -> frozenset[str]:
    """Return the names of the calls that the workspace's state needs: log, template, version, ...; often none."""
    build = workspace.latest_build
    if build.status == "deleted":
        return frozenset()
    conditions = {
        "log": build.status == "failed",
        "changes": build.status == "failed",
        # What has a code (the quota, a missing variable) fails outside of Terraform, whose output does not explain it.
        "debug": viewer.can_read_config and not error_code(build.job) and can_retry(workspace, viewer),
        "template": build.transition != "delete" and workspace.template_id not in viewer.undeprecated_templates,
        "version": build.transition != "delete" and workspace.outdated,
        "autostart": may_lack_values(workspace),
        "quota": build.daily_cost > 0 or error_code(build.job) == NO_QUOTA,
    }
    return frozenset(name for name, holds in conditions.items() if holds)


def can_retry(workspace: Workspace, viewer: Viewer) -> bool:
    """Return whether its last build failed and the viewer can retry it."""
    return decide(workspace, viewer.rights_for(workspace), viewer.capabilities, ["retry"])["retry"].allowed


def may_lack_values(workspace: Workspace) -> bool:
    """Return whether an autostart would use a version that the workspace was never built with."""
    scheduled = bool(workspace.autostart_schedule) and workspace.dormant_at is None
    return scheduled and workspace.outdated and needs_active_version(workspace)


def advice_key(workspace: Workspace, viewer: Viewer) -> str:
    """Return a key of the state that the advice depends on: a change reloads it. "": no calls are needed."""
    if not required_answers(workspace, viewer):
        return ""
    build = workspace.latest_build
    state = (
        build.id,
        build.status,
        workspace.template_active_version_id,
        workspace.automatic_updates,
        workspace.autostart_schedule,
        workspace.dormant_at,
    )
    return f"{crc32(repr(state).encode()):08x}"


def make_new_version(
    version: TemplateVersion,
    parameters: Sequence[RichParameter] | None,
    current_parameters: Sequence[RichParameter] | None,
    viewer: Viewer,
) -> NewVersion:
    """Return the active version with what it changes compared to `current_parameters`, those of the present version."""
    return NewVersion(
        id=version.id,
        name=version.name,
        message=render_markdown(version.message),
        author=version.created_by.username if version.created_by else "",
        created=make_moment(version.created_at, viewer.now, viewer.zone),
        changes=tuple(compare_parameters(parameters or (), current_parameters or ())),
    )


def compare_parameters(
    parameters: Sequence[RichParameter], current_parameters: Sequence[RichParameter]
) -> Iterator[ParameterChange]:
    """Yield the parameters that are new, newly required, or removed, in this order."""
    before = {each.name: each for each in current_parameters}
    new = [each for each in parameters if each.name not in before]
    required = [each for each in parameters if each.name in before and each.required and not before[each.name].required]
    removed = [each for name, each in before.items() if name not in {other.name for other in parameters}]
    for label, changes in ((_("New"), new), (_("Now required"), required), (_("Removed"), removed)):
        for each in changes:
            yield ParameterChange(
                label=label,
                name=sanitize_text(each.display_name) or each.name,
                needs_value=each.required and each not in removed,
            )


def deprecation_message(template: Template | None) -> SafeString | None:
    """Return the message of a deprecated template; None for others."""
    return render_markdown(template.deprecation_message) if template and template.deprecated else None


def build_cost(logs: Sequence[BuildLog] | None) -> int | None:
    """Return the credits per day that Coder counted for a build, which only its log says; None if it does not."""
    matches = (COST_LINE.match(line.output) for line in logs or () if line.stage == QUOTA_STAGE)
    return next((int(match["cost"]) for match in matches if match), None)


def shortage_text(workspace: Workspace, quota: Quota | None, cost: int | None) -> str:
    """Return what a start that exceeds the quota costs (credits a day), what is used, and the limit; "" if unknown."""
    used = quota_text(workspace, quota)
    if cost is None:
        return used
    price = ngettext("This start costs %(cost)d credit per day.", "This start costs %(cost)d credits per day.", cost)
    return f"{price % {'cost': cost}} {used}".strip()


def quota_text(workspace: Workspace, quota: Quota | None) -> str:
    """Return the cost and the budget of all the owner's workspaces; "" if Coder was not asked."""
    if quota is None:
        return ""
    parameters = {"owner": workspace.owner_name, "used": quota.credits_consumed, "budget": quota.budget}
    if quota.budget < 0:
        return _("No quota for %(owner)s.") % parameters
    return _("Quota of %(owner)s: %(used)d of %(budget)d credits per day used.") % parameters
