"""The settings of a workspace: the forms of one field or two, and the declaration of each setting.

Each form checks the format of its fields and converts them into what Coder's API takes. Coder validates the values;
`add_coder_errors` shows its messages at the fields that they name.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from workspaces.coder import calls
from workspaces.coder.calls import NAME_PATTERN
from workspaces.coder.types import Workspace
from workspaces.forms.schedules import AutostartForm, TtlForm
from workspaces.forms.setting_form import PLAIN_TEXT_ATTRS, SettingForm, WorkspaceSetting
from workspaces.present.audit_log import ActionText, deadline_detail
from workspaces.present.settings import autostart, autostop, dormancy, workspace_name
from workspaces.present.settings.page import WorkspaceSettings
from workspaces.schedule import local_to_utc, nonzero_time, parse_weekly, ttl_text, ttl_to_fields

SUGGESTED_DAYS, SUGGESTED_TIME = (1, 2, 3, 4, 5), time(9, 30)  # of an autostart; 1 is Monday


class RenameForm(SettingForm):
    """The name, in the format of Coder's names."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=32,
        help_text=gettext_lazy("At most 32 letters and digits, with single hyphens between them."),
        widget=forms.TextInput(attrs={**PLAIN_TEXT_ATTRS, "pattern": NAME_PATTERN.pattern, "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """Refuse an invalid name here: Coder's message names a validation tag of its source."""
        name: str = self.cleaned_data["name"]
        if not NAME_PATTERN.fullmatch(name):
            raise forms.ValidationError(_("Use letters, digits and single hyphens between them, like “web-api-2”."))
        return name


class AutoupdatesForm(SettingForm):
    """Automatic updates: always or never."""

    automatic_updates = forms.ChoiceField(
        label=gettext_lazy("Which version it starts with"),
        choices=[
            ("never", gettext_lazy("The one that it has, until somebody updates it")),
            ("always", gettext_lazy("The active one of its template, always")),
        ],
        widget=forms.RadioSelect,
    )


class ExtendForm(SettingForm):
    """The deadline of the running build: `deadline`, a local time or one with an offset; or `hours` to add to it."""

    deadline = forms.CharField(
        label=gettext_lazy("Stops at"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    hours = forms.IntegerField(required=False, min_value=-720, max_value=720)

    def apply_limits(self, page: WorkspaceSettings) -> None:
        """Set the earliest and the latest deadline that Coder takes."""
        self.fields["deadline"].widget.attrs |= {"min": page.min_deadline, "max": page.max_deadline or False}

    def clean_deadline(self) -> datetime | None:
        """Return the deadline as an aware datetime; None if it is empty."""
        text: str = self.cleaned_data["deadline"]
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Write a date and a time, like 2026-11-25T18:30.")) from None
        deadline = at if at.tzinfo else local_to_utc(at, self.zone)
        if deadline is None:
            raise forms.ValidationError(_("The clocks skip this time on that day. Choose another one."))
        return deadline

    def clean(self) -> dict[str, Any]:
        """Require one of the two fields."""
        if not self.errors and not self.cleaned_data["deadline"] and not self.cleaned_data["hours"]:
            self.add_error("deadline", _("Say when it shall stop."))
        return self.cleaned_data


class FavoriteForm(forms.Form):
    """Whether the workspace is a favorite."""

    favorite = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class DormantForm(forms.Form):
    """Whether the workspace is dormant."""

    dormant = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class UsageForm(forms.Form):
    """A use of the workspace. `agent_id` and `app` (a slug, terminal or vscode) name the app that is opened, if any."""

    agent_id = forms.UUIDField(required=False)
    app = forms.CharField(required=False, max_length=200)


def ttl_initial(workspace: Workspace, _page: WorkspaceSettings, _zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the TTL as hours and minutes."""
    hours, minutes = ttl_to_fields(workspace.ttl_ms)
    return {"ttl_hours": hours or None, "ttl_minutes": minutes or None}


def autostart_initial(workspace: Workspace, page: WorkspaceSettings, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the schedule as days and a time; if there is none, a suggestion within what the template allows."""
    if week := parse_weekly(workspace.autostart_schedule or ""):
        return {"days": week.days, "time": week.at, "timezone": week.timezone}
    return {"days": sorted(set(SUGGESTED_DAYS) & page.allowed_days), "time": SUGGESTED_TIME, "timezone": zone.key}


def cron_initial(workspace: Workspace, _page: WorkspaceSettings, _zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the schedule as a cron."""
    return {"schedule": " ".join((workspace.autostart_schedule or "").split())}


def extend_initial(workspace: Workspace, _page: WorkspaceSettings, zone: ZoneInfo) -> Mapping[str, Any]:
    """Return the deadline as a local time."""
    deadline = nonzero_time(workspace.latest_build.deadline)
    return {"deadline": f"{deadline.astimezone(zone):%Y-%m-%dT%H:%M}" if deadline else ""}


# The settings by name, in the order of the page.
SETTINGS: Mapping[str, WorkspaceSetting] = {
    setting.name: setting
    for setting in (
        WorkspaceSetting(
            name="extend",
            title=gettext_noop("When it stops this time"),
            lines=autostop.deadline_lines,
            further_reason=autostop.extend_reason,
            hides_lines_when_locked=True,
            form=ExtendForm,
            initial=extend_initial,
            audit=ActionText(label=gettext_noop("Move the deadline"), detail=deadline_detail),
        ),
        WorkspaceSetting(
            name="usage",
            title=gettext_noop("Keep awake"),
            lines=autostop.usage_lines,
            hides_lines_when_locked=True,
            saved_message=gettext_noop("Coder counts it as used now."),
            saved_lines=1,
            audit=ActionText(
                label=gettext_noop("Count as used"), detail=lambda body, _now, _zone: str(body.get("app_name", ""))
            ),
        ),
        WorkspaceSetting(
            name="autostart",
            title=gettext_noop("When it starts by itself"),
            lines=autostart.autostart_lines,
            further_reason=autostart.autostart_reason,
            form=AutostartForm,
            initial=autostart_initial,
            alternatives={"cron": cron_initial},
            call=lambda workspace_id, form: calls.set_autostart(workspace_id, form.cron),
            affects_autostart=True,
            audit=ActionText(
                label=gettext_noop("Autostart"), detail=lambda body, _now, _zone: str(body.get("schedule") or _("off"))
            ),
        ),
        WorkspaceSetting(
            name="ttl",
            title=gettext_noop("How long it runs after a start"),
            lines=autostop.ttl_lines,
            further_reason=autostop.ttl_reason,
            form=TtlForm,
            initial=ttl_initial,
            call=lambda workspace_id, form: calls.set_ttl(workspace_id, form.ttl_ms),
            audit=ActionText(
                label=gettext_noop("Autostop"),
                detail=lambda body, _now, _zone: ttl_text(body.get("ttl_ms")) or _("off"),
            ),
        ),
        WorkspaceSetting(
            name="autoupdates",
            title=gettext_noop("Automatic updates"),
            lines=autostart.autoupdates_lines,
            form=AutoupdatesForm,
            initial=lambda workspace, _page, _zone: {"automatic_updates": workspace.automatic_updates or "never"},
            call=lambda workspace_id, form: calls.set_autoupdates(workspace_id, form.cleaned_data["automatic_updates"]),
            affects_autostart=True,
            audit=ActionText(
                label=gettext_noop("Automatic updates"),
                detail=lambda body, _now, _zone: str(body.get("automatic_updates", "")),
            ),
        ),
        WorkspaceSetting(
            name="dormant",
            title=gettext_noop("Rest"),
            lines=dormancy.dormant_lines,
            reason=dormancy.dormant_reason,
            affects_autostart=True,
            audit=ActionText(label=gettext_noop("Make dormant")),
        ),
        WorkspaceSetting(
            name="rename",
            title=gettext_noop("Name"),
            lines=workspace_name.rename_lines,
            form=RenameForm,
            initial=lambda workspace, _page, _zone: {"name": workspace.name},
            audit=ActionText(
                label=gettext_noop("Rename"),
                detail=lambda body, _now, _zone: _("to %(name)s") % {"name": body.get("name", "")},
            ),
        ),
    )
}


def unbound_forms(workspace: Workspace, page: WorkspaceSettings, zone: ZoneInfo) -> dict[str, forms.Form]:
    """Return the forms of all settings with the workspace's values, by name. `cron` is the other one of `autostart`."""
    unbound: dict[str, forms.Form] = {}
    for setting in SETTINGS.values():
        if setting.form:
            for form_name, initial in {setting.name: setting.initial, **setting.alternatives}.items():
                form = setting.form(zone=zone, initial=initial(workspace, page, zone))
                form.apply_limits(page)
                unbound[form_name] = form
    return unbound
