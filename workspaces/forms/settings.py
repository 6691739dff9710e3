"""The forms of a workspace's settings. Those for schedules serve the form of a new workspace too.

Each form checks the format of its fields and converts them into what Coder's API takes. Coder validates the values;
`add_coder_errors` shows its messages at the fields that they name.
"""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces import timezones
from workspaces.coder.calls import NAME
from workspaces.coder.types import Workspace
from workspaces.forms.coder_errors import CoderErrorsMixin
from workspaces.present.settings.page import Settings
from workspaces.schedule import (
    WeeklySchedule,
    local_to_utc,
    nonzero_time,
    parse_weekly,
    ttl_from_fields,
    ttl_to_fields,
    weekday_name,
)

MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
PLAIN = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}
MOST = 1_000_000  # beyond any time that Coder takes, which it says itself
WORKDAYS, MORNING = (1, 2, 3, 4, 5), time(9, 30)


class Days(forms.CheckboxSelectMultiple):
    """The days of the week. One that its template does not allow can be taken away and not be chosen."""

    allowed = frozenset(MONDAY_FIRST)

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """One day."""
        option = super().create_option(*args, **kwargs)
        if option["value"] not in self.allowed and not option["selected"]:
            option["attrs"]["disabled"] = True
        return option


def either(names: list[str]) -> str:
    """Names one after the other, the last one by "or"."""
    *most, last = names
    return _("%(most)s or %(last)s") % {"most": ", ".join(most), "last": last} if most else last


class SettingForm(CoderErrorsMixin, forms.Form):
    """The form of one setting. Coder's messages that name none of its fields are shown at the first one."""

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API, else the first one."""
        return name if name in self.fields else next(iter(self.fields))


class RenameForm(SettingForm):
    """`name`: as Coder writes names."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=32,
        help_text=gettext_lazy("At most 32 letters and digits, with single hyphens between them."),
        widget=forms.TextInput(attrs={**PLAIN, "pattern": NAME.pattern, "dir": "auto"}),
    )

    def clean_name(self) -> str:
        """Coder's own words for a name that it does not take speak of tags; these do not."""
        name: str = self.cleaned_data["name"]
        if not NAME.fullmatch(name):
            raise forms.ValidationError(_("Use letters, digits and single hyphens between them, like “web-api-2”."))
        return name


class TtlForm(SettingForm):
    """`ttl_hours` and `ttl_minutes`; both empty or 0 is off."""

    ttl_hours = forms.IntegerField(
        label=gettext_lazy("Hours"),
        required=False,
        min_value=0,
        validators=[MaxValueValidator(MOST)],
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "max": 720}),
    )
    ttl_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=0,
        validators=[MaxValueValidator(MOST)],
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "max": 59}),
    )

    @property
    def ttl_ms(self) -> int | None:
        """What was asked for, in ms; None is off."""
        return ttl_from_fields(self.cleaned_data["ttl_hours"], self.cleaned_data["ttl_minutes"])


class AutostartForm(SettingForm):
    """`days` (Sunday is 0), `time` and `timezone`; or `schedule`, a cron as Coder writes it, which wins.

    Neither days nor a time nor a cron is off. `allowed`: the days on which the template lets it start.
    """

    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        required=False,
        coerce=int,
        widget=Days,
    )
    time = forms.TimeField(
        label=gettext_lazy("Time"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={**PLAIN, "list": "zones"}),
    )
    schedule = forms.CharField(
        label=gettext_lazy("Schedule as a cron"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.TextInput(attrs=PLAIN),
    )

    def __init__(self, *args: Any, allowed: frozenset[int] = frozenset(MONDAY_FIRST), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allow(allowed)

    @property
    def is_cron(self) -> bool:
        """Whether a cron was typed, which takes precedence over days and a time."""
        return bool((self.data.get("schedule") or "").strip())

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API, else the one that was filled in."""
        return "schedule" if self.is_cron and name not in self.fields else super().error_field(name)

    def allow(self, allowed: frozenset[int]) -> None:
        """Offer these days alone."""
        days: Any = self.fields["days"]
        days.widget.allowed = allowed
        days.choices = [
            (day, weekday_name(day) if day in allowed else _("%(day)s, not allowed") % {"day": weekday_name(day)})
            for day in MONDAY_FIRST
        ]

    def clean_timezone(self) -> str:
        """The name of a zone that exists, in its own writing; a city is enough where it names one zone alone."""
        text: str = self.cleaned_data["timezone"]
        found = timezones.find_zones(text)
        if len(found) > 1:
            raise forms.ValidationError(_("“%(zone)s” may be %(names)s.") % {"zone": text, "names": either(found)})
        if text and not found:
            close = timezones.similar_zones(text)
            meant = _("Do you mean %(names)s?") % {"names": either(close)} if close else ""
            like = meant or _("Write it like “Europe/Dublin”.")
            raise forms.ValidationError(" ".join([_("There is no time zone “%(zone)s”.") % {"zone": text}, like]))
        return found[0] if found else ""

    def clean(self) -> dict[str, Any]:
        """Days want a time, and a time wants days; unless a cron is there, which wins."""
        data = self.cleaned_data
        if not (data.get("schedule") or "").strip() and not self.errors:
            days, at = data["days"], data["time"]
            if days and at is None:
                self.add_error("time", _("Say at what time it shall start."))
            if at is not None and not days:
                self.add_error("days", _("Pick at least one day, or switch the autostart off."))
        return data

    @property
    def cron(self) -> str:
        """What was asked for, as Coder takes it; "" is off."""
        data = self.cleaned_data
        if data["schedule"].strip():
            return str(data["schedule"])
        if not data["days"]:
            return ""
        days = tuple(sorted(set(data["days"])))
        return WeeklySchedule(days=days, at=data["time"], timezone=data["timezone"] or "UTC").cron


class AutoupdatesForm(SettingForm):
    """`automatic_updates`: always or never."""

    automatic_updates = forms.ChoiceField(
        label=gettext_lazy("Which version it starts with"),
        choices=[
            ("never", gettext_lazy("The one that it has, until somebody updates it")),
            ("always", gettext_lazy("The active one of its template, always")),
        ],
        widget=forms.RadioSelect,
    )


class ExtendForm(SettingForm):
    """`deadline`, a date and time in the person's zone (or with an offset of its own); or `hours` to add."""

    deadline = forms.CharField(
        label=gettext_lazy("Stops at"),
        required=False,
        max_length=40,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}),
    )
    hours = forms.IntegerField(required=False, min_value=-720, max_value=720)

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean_deadline(self) -> datetime | None:
        """The moment, aware."""
        text: str = self.cleaned_data["deadline"]
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError(_("Write a date and a time, like 2026-11-25T18:30.")) from None
        found = at if at.tzinfo else local_to_utc(at, self.zone)
        if found is None:
            raise forms.ValidationError(_("The clocks skip this time on that day. Choose another one."))
        return found

    def clean(self) -> dict[str, Any]:
        """One of the two."""
        if not self.errors and not self.cleaned_data["deadline"] and not self.cleaned_data["hours"]:
            self.add_error("deadline", _("Say when it shall stop."))
        return self.cleaned_data


class FavoriteForm(forms.Form):
    """`favorite`: true or false."""

    favorite = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class DormantForm(forms.Form):
    """`dormant`: true or false."""

    dormant = forms.TypedChoiceField(choices=[("true", ""), ("false", "")], coerce=lambda value: value == "true")


class UsageForm(forms.Form):
    """Nothing: it is in use. Or `agent_id` and `app` (a slug, terminal or vscode): what is being opened."""

    agent_id = forms.UUIDField(required=False)
    app = forms.CharField(required=False, max_length=200)


def fresh(workspace: Workspace, facts: Settings, zone: ZoneInfo) -> dict[str, forms.Form]:
    """The forms as Coder has their values now; `cron` is the other form of `autostart`."""
    hours, minutes = ttl_to_fields(workspace.ttl_ms)
    schedule = workspace.autostart_schedule or ""
    deadline = nonzero_time(workspace.latest_build.deadline)
    stops = f"{deadline.astimezone(zone):%Y-%m-%dT%H:%M}" if deadline else ""
    week = parse_weekly(schedule)
    days = {"days": week.days, "time": week.at, "timezone": week.timezone} if week else usual(facts, zone)
    found: dict[str, forms.Form] = {
        "rename": RenameForm(initial={"name": workspace.name}),
        "ttl": TtlForm(initial={"ttl_hours": hours or None, "ttl_minutes": minutes or None}),
        "autostart": AutostartForm(initial=days),
        "cron": AutostartForm(initial={"schedule": " ".join(schedule.split())}),
        "autoupdates": AutoupdatesForm(initial={"automatic_updates": workspace.automatic_updates or "never"}),
        "extend": ExtendForm(zone=zone, initial={"deadline": stops}),
    }
    return {name: fitted(form, facts) for name, form in found.items()}


def fitted(form: forms.Form, facts: Settings) -> forms.Form:
    """The form with what the workspace and its template leave to choose: days, and how soon and late it may stop."""
    if isinstance(form, AutostartForm):
        form.allow(facts.allowed_days)
    if isinstance(form, ExtendForm):
        form.fields["deadline"].widget.attrs |= {"min": facts.soonest, "max": facts.latest or False}
    return form


def usual(facts: Settings, zone: ZoneInfo) -> dict[str, Any]:
    """What is suggested where nothing is set: Monday to Friday in the morning, as far as the template allows."""
    return {"days": sorted(set(WORKDAYS) & facts.allowed_days), "time": MORNING, "timezone": zone.key}
