"""The declaration of each setting of a workspace. URL, view, section, draft recovery and audit text follow from it.

A setting without a `form` or a `call` has a view and a URL of its own. The name of a setting is the name of its URL, of
its rule in actions/settings.py, of its partial in templates/workspaces/settings.html, and of the call's action.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workspaces.coder import calls
from workspaces.coder.types import Workspace
from workspaces.datetimes import to_field_value
from workspaces.forms.schedules import (
    SUGGESTED_TIME,
    WEEKDAYS,
    AutostartForm,
    TtlForm,
    schedule_fields,
    ttl_fields,
)
from workspaces.forms.setting_form import SettingSpec
from workspaces.forms.settings import AutoupdatesForm, ExtendForm, RenameForm
from workspaces.present.audit_log import ActionText, deadline_detail
from workspaces.present.settings import autostart, autostop, dormancy, workspace_name
from workspaces.present.settings.page import SettingsModel
from workspaces.schedule import nonzero_time, parse_weekly, schedule_text, ttl_text


def ttl_initial(workspace: Workspace, settings: SettingsModel, _zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the TTL as a choice, hours and minutes."""
    return ttl_fields(workspace.ttl_ms, settings.default_ttl_ms)


def autostart_initial(workspace: Workspace, settings: SettingsModel, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the schedule as days and a time; if there is none, a suggestion within what the template allows."""
    if week := parse_weekly(workspace.autostart_schedule or ""):
        return {"days": week.days, "time": week.at, "timezone": week.timezone}
    return {"days": sorted(WEEKDAYS & settings.allowed_days), "time": SUGGESTED_TIME, "timezone": zone.key}


def cron_initial(workspace: Workspace, _settings: SettingsModel, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the schedule as a cron with its zone; if there is none, the viewer's zone."""
    schedule = workspace.autostart_schedule or ""
    return schedule_fields(schedule) if schedule.strip() else {"schedule": "", "timezone": zone.key}


def extend_initial(workspace: Workspace, _settings: SettingsModel, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the deadline as a local time."""
    deadline = nonzero_time(workspace.latest_build.deadline)
    return {"deadline": to_field_value(deadline, zone) if deadline else ""}


# The settings by name, in the order of the page.
SETTINGS: Mapping[str, SettingSpec] = {
    setting.name: setting
    for setting in (
        SettingSpec(
            name="extend",
            title=gettext_noop("Autostop"),
            lines=autostop.deadline_lines,
            further_reason=autostop.extend_reason,
            hides_lines_when_locked=True,
            saved_message=gettext_noop("Deadline changed."),
            form=ExtendForm,
            initial=extend_initial,
            audit=ActionText(label=gettext_noop("Extend"), detail=deadline_detail),
        ),
        SettingSpec(
            name="usage",
            title=gettext_noop("Report activity"),
            lines=autostop.usage_lines,
            hides_lines_when_locked=True,
            saved_message=gettext_noop("Activity reported."),
            audit=ActionText(
                label=gettext_noop("Report activity"), detail=lambda body, _now, _zone: str(body.get("app_name", ""))
            ),
        ),
        SettingSpec(
            name="autostart",
            title=gettext_noop("Autostart"),
            lines=autostart.autostart_lines,
            further_reason=autostart.autostart_reason,
            form=AutostartForm,
            initial=autostart_initial,
            alternatives={"cron": cron_initial},
            call=lambda workspace_id, form: calls.set_autostart(workspace_id, form.cron),
            affects_autostart=True,
            audit=ActionText(
                label=gettext_noop("Autostart"),
                detail=lambda body, _now, _zone: schedule_text(str(body.get("schedule") or "")) or _("off"),
            ),
        ),
        SettingSpec(
            name="ttl",
            title=gettext_noop("Time until shutdown (TTL)"),
            lines=autostop.ttl_lines,
            further_reason=autostop.ttl_reason,
            form=TtlForm,
            initial=ttl_initial,
            call=lambda workspace_id, form: calls.set_ttl(workspace_id, form.ttl_ms),
            audit=ActionText(
                label=gettext_noop("Time until shutdown (TTL)"),
                detail=lambda body, _now, _zone: ttl_text(body.get("ttl_ms")) or _("off"),
            ),
        ),
        SettingSpec(
            name="autoupdates",
            title=gettext_noop("Automatic updates"),
            lines=autostart.autoupdates_lines,
            form=AutoupdatesForm,
            initial=lambda workspace, _settings, _zone: {"automatic_updates": workspace.automatic_updates or "never"},
            call=lambda workspace_id, form: calls.set_autoupdates(workspace_id, form.cleaned_data["automatic_updates"]),
            after=lambda workspace, form: replace(workspace, automatic_updates=form.cleaned_data["automatic_updates"]),
            affects_autostart=True,
            audit=ActionText(
                label=gettext_noop("Automatic updates"),
                detail=lambda body, _now, _zone: str(body.get("automatic_updates", "")),
            ),
        ),
        SettingSpec(
            name="dormant",
            title=gettext_noop("Dormancy"),
            lines=dormancy.dormant_lines,
            reason=dormancy.dormant_reason,
            affects_autostart=True,
            audit=ActionText(label=gettext_noop("Make dormant")),
        ),
        SettingSpec(
            name="rename",
            title=gettext_noop("Name"),
            lines=workspace_name.rename_lines,
            hides_lines_when_locked=True,
            saved_message=gettext_noop("Renamed. Update your SSH configuration, editors, and bookmarks."),
            saved_lines=0,
            form=RenameForm,
            initial=lambda workspace, _settings, _zone: {"name": workspace.name},
            audit=ActionText(
                label=gettext_noop("Rename"),
                detail=lambda body, _now, _zone: _("to %(name)s") % {"name": body.get("name", "")},
                before=lambda body, _now, _zone: str(body.get("name", "")),
            ),
        ),
    )
}


def unbound_forms(workspace: Workspace, settings: SettingsModel, zone: ZoneInfo) -> dict[str, forms.Form]:
    """Return the forms of all settings with the workspace's values, by name. `cron` is a form of `autostart`."""
    unbound: dict[str, forms.Form] = {}
    for setting in SETTINGS.values():
        if setting.form:
            for form_name, initial in {setting.name: setting.initial, **setting.alternatives}.items():
                form = setting.form(zone=zone, initial=initial(workspace, settings, zone))
                form.apply_limits(settings)
                unbound[form_name] = form
    return unbound
