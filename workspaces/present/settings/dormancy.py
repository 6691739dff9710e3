"""The text of a workspace's dormancy: since when, and what Coder does next."""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from workspaces.actions.decisions import Decision
from workspaces.datetimes import add_milliseconds
from workspaces.present.settings.setting_lines import SettingContext, SettingLine
from workspaces.schedule import nonzero_time


def dormant_lines(context: SettingContext) -> Iterator[SettingLine]:
    """Yield whether and since when it is dormant, and what Coder does next."""
    workspace, template = context.workspace, context.template
    if since := nonzero_time(workspace.dormant_at):
        message = _("Dormant since %(moment)s. Autostart and autostop are paused.")
        yield SettingLine(text=message % {"moment": context.moment(since).short})
        if deleting := nonzero_time(workspace.deleting_at):
            at = context.moment(deleting)
            text = _("Coder deletes the workspace %(moment)s unless it is activated before then.") % {
                "moment": at.in_sentence
            }
            yield SettingLine(text=text, moment=at, tone="warn")
        return
    idle_ms = template.time_til_dormant_ms if template else 0
    delete_ms = template.time_til_dormant_autodelete_ms if template else 0
    last_used = nonzero_time(workspace.last_used_at)
    if idle_ms and last_used:
        dormant_at = max(add_milliseconds(last_used, idle_ms), context.now)
        at = context.moment(dormant_at)
        yield SettingLine(
            text=_("Becomes dormant %(moment)s if it is not used before then.") % {"moment": at.in_sentence}, moment=at
        )
    else:
        has_no_dormancy = template is not None and not idle_ms
        yield SettingLine(
            text=_("The workspace is not dormant. The template sets no dormancy threshold.")
            if has_no_dormancy
            else _("The workspace is not dormant.")
        )
        dormant_at = context.now
    if delete_ms:
        at = context.moment(add_milliseconds(dormant_at, delete_ms))
        message = (
            _("It is then deleted %(moment)s.")
            if idle_ms and last_used
            else _("If you make it dormant now, Coder deletes it %(moment)s.")
        )
        yield SettingLine(text=message % {"moment": at.in_sentence}, moment=at, tone="warn")


def dormant_reason(context: SettingContext, decisions: Mapping[str, Decision]) -> str:
    """Return why the workspace cannot be made dormant, or activated; "" if it can."""
    decision = decisions["activate" if context.workspace.dormant_at else "dormant"]
    if decision.allowed and not decision.applicable:
        return _("Stop the workspace first: Coder does not stop dormant workspaces.")
    return decision.reason
