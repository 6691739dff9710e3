"""The forms of a workspace's schedules. The form of a new workspace inherits their fields."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator
from django.utils import timezone as django_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces import timezones
from workspaces.coder.clock import CLOCK
from workspaces.forms.setting_form import PLAIN_TEXT_ATTRS, SettingForm
from workspaces.present.settings.autostart import allowed_starts
from workspaces.present.settings.page import SettingsModel
from workspaces.present.times import make_moment
from workspaces.schedule import (
    WeeklySchedule,
    parse_cron,
    split_zone,
    ttl_from_fields,
    ttl_text,
    ttl_to_fields,
    weekday_name,
)

MONDAY_FIRST = (1, 2, 3, 4, 5, 6, 0)
WEEKDAYS = frozenset({1, 2, 3, 4, 5})  # 1 is Monday
SUGGESTED_TIME = "09:30"  # of an autostart
AUTOSTART_FIELDS = ("days", "time", "timezone", "schedule")
PREVIEWED_STARTS = 3
# A number is a text field: a browser submits nothing for a number field with other text, which would get lost.
WHOLE_NUMBER_ATTRS = {"inputmode": "numeric", "autocomplete": "off"}
TTL_PART = re.compile(" *[0-9]{1,6} *", re.ASCII)  # hours or minutes, as a form submits them
MAX_TTL_PART = 1_000_000  # hours or minutes; more than Coder takes, whose message says the limit


class WeekdaysWidget(forms.CheckboxSelectMultiple):
    """Checkboxes for the days of the week. A day that the template forbids can be cleared, but not selected."""

    allowed = frozenset(MONDAY_FIRST)

    def create_option(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return one day's checkbox, disabled if the day is forbidden and not selected."""
        option = super().create_option(*args, **kwargs)
        if option["value"] not in self.allowed and not option["selected"]:
            option["attrs"]["disabled"] = True
        return option


def join_with_or(names: list[str]) -> str:
    """Return the names separated by commas, the last one by "or"."""
    *first, last = names
    if not first:
        return last
    text = _("%(most)s, or %(last)s") if len(first) > 1 else _("%(most)s or %(last)s")
    return text % {"most": ", ".join(first), "last": last}


TTL_DEFAULT, TTL_DURATION, TTL_NEVER = "default", "duration", "never"


class TtlForm(SettingForm):
    """The TTL: the choice `ttl`, with `ttl_hours` and `ttl_minutes` for a duration.

    Without a choice, a duration that was entered counts. `ttl_default` (ms; 0: none) is the template's default as the
    page showed it, `ttl_shown` (ms) the duration that the form began with.
    """

    ttl = forms.ChoiceField(
        label=gettext_lazy("Time until shutdown (TTL)"),
        required=False,
        choices=[
            (TTL_DEFAULT, gettext_lazy("Template’s default")),
            (TTL_DURATION, gettext_lazy("Custom duration:")),
            (TTL_NEVER, gettext_lazy("Never")),
        ],
        widget=forms.RadioSelect,
    )
    ttl_default = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    ttl_shown = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    ttl_hours = forms.IntegerField(
        label=gettext_lazy("Hours"),
        required=False,
        min_value=0,
        error_messages={"max_value": gettext_lazy("Enter 30 days or less.")},
        validators=[MaxValueValidator(MAX_TTL_PART)],
        widget=forms.TextInput(attrs=WHOLE_NUMBER_ATTRS),
    )
    ttl_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        required=False,
        min_value=0,
        error_messages={"max_value": gettext_lazy("Enter 30 days or less.")},
        validators=[MaxValueValidator(MAX_TTL_PART)],
        widget=forms.TextInput(attrs=WHOLE_NUMBER_ATTRS),
    )

    may_be_empty = False  # no choice means the template's default

    def offer_default(self, default_ms: int | None) -> None:
        """Offer the template's default TTL (ms; 0: none), and say it; None: unknown, so it is not offered."""
        choice: Any = self.fields["ttl"]
        offered = [pair for pair in choice.choices if pair[0] != TTL_DEFAULT]
        if default_ms is not None:
            value = ttl_text(default_ms) or _("never")
            offered.insert(0, (TTL_DEFAULT, _("Template’s default: %(value)s") % {"value": value}))
            self.initial["ttl_default"] = default_ms
        choice.choices = offered

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API, else the hours."""
        return name if name in self.fields else "ttl_hours"

    def clean(self) -> dict[str, Any]:
        """Require a choice that agrees with what was entered."""
        data = super().clean() or self.cleaned_data
        if self.fields["ttl_hours"].disabled or {"ttl", "ttl_hours", "ttl_minutes"} & self.errors.keys():
            return data
        entered = ttl_from_fields(data.get("ttl_hours"), data.get("ttl_minutes"))
        choice = data.get("ttl") or (TTL_DURATION if entered else "")
        data["ttl"] = choice
        if choice == TTL_DURATION and not entered:
            self.add_error("ttl_hours", _("Enter hours or minutes, or choose another option."))
        elif choice in {TTL_DEFAULT, TTL_NEVER} and entered and entered != data.get("ttl_shown"):
            self.add_error("ttl", _("Choose “Custom duration”, or clear hours and minutes."))
        elif not self.may_be_empty and (not choice or (choice == TTL_DEFAULT and data.get("ttl_default") is None)):
            self.add_error("ttl", _("Choose one of the options."))
        return data

    @property
    def ttl_ms(self) -> int | None:
        """Return the TTL in ms; None: off."""
        data = self.cleaned_data
        if data["ttl"] == TTL_DEFAULT:
            return data["ttl_default"] or None
        return ttl_from_fields(data["ttl_hours"], data["ttl_minutes"]) if data["ttl"] == TTL_DURATION else None

    @property
    def shown_ttl_ms(self) -> int | None:
        """Return the duration (ms) that the fields show; None where it is none, or no valid one."""
        parts = [str(self[name].value() or 0) for name in ("ttl_hours", "ttl_minutes")]
        hours, minutes = (int(part) if TTL_PART.fullmatch(part) else -1 for part in parts)
        return ttl_from_fields(hours, minutes) if min(hours, minutes) >= 0 else None

    def apply_limits(self, settings: SettingsModel) -> None:
        """Offer the template's default."""
        super().apply_limits(settings)
        self.offer_default(settings.default_ttl_ms)


def ttl_fields(ttl_ms: int | None, default_ms: int | None) -> dict[str, Any]:
    """Return a TTL (ms) as the fields of the form. `default_ms`: the template's default, None if unknown."""
    hours, minutes = ttl_to_fields(ttl_ms)
    choice = TTL_DEFAULT if default_ms and ttl_ms == default_ms else TTL_DURATION if ttl_ms else TTL_NEVER
    return {
        "ttl": choice,
        "ttl_hours": hours or None,
        "ttl_minutes": minutes or None,
        "ttl_shown": ttl_from_fields(hours, minutes),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPreset:
    """A set of days that one button selects: its label, the days separated by spaces, and whether it is selected."""

    label: str
    days: str
    is_chosen: bool


class AutostartForm(SettingForm):
    """The autostart: `days` (0 is Sunday) and `time`, or `schedule`, a cron; `timezone` holds for both.

    Without days, time and cron it is off. `allowed`: the days on which the template allows an autostart.
    """

    is_optional = False  # whether the form has other fields and may leave the autostart off
    suggested_time = SUGGESTED_TIME

    days = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        required=False,
        coerce=int,
        widget=WeekdaysWidget,
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
        widget=forms.TextInput(attrs={**PLAIN_TEXT_ATTRS, "list": "zones"}),
    )
    schedule = forms.CharField(
        label=gettext_lazy("Cron expression"),
        required=False,
        max_length=500,
        strip=False,
        widget=forms.TextInput(attrs=PLAIN_TEXT_ATTRS),
    )

    def __init__(self, *args: Any, allowed: frozenset[int] = frozenset(MONDAY_FIRST), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.allowed = allowed
        self.allow(allowed)

    @property
    def is_cron(self) -> bool:
        """Whether a cron was typed."""
        return bool((self.data.get("schedule") or "").strip())

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API, else the one that was filled in."""
        return "schedule" if self.is_cron and name not in self.fields else super().error_field(name)

    @property
    def alternative(self) -> str:
        """Return "cron" if a cron was typed: the page has a form of its own for it."""
        return "cron" if self.is_cron else ""

    def apply_limits(self, settings: SettingsModel) -> None:
        """Offer only the days that the template allows."""
        super().apply_limits(settings)
        self.allow(settings.allowed_days)

    def allow(self, allowed: frozenset[int]) -> None:
        """Offer only these days."""
        self.allowed = allowed
        days: Any = self.fields["days"]
        days.widget.allowed = allowed
        days.choices = [
            (day, weekday_name(day) if day in allowed else _("%(day)s (not allowed)") % {"day": weekday_name(day)})
            for day in MONDAY_FIRST
        ]

    def clean_timezone(self) -> str:
        """Return the time zone's canonical name. A city is enough if it is in the name of one zone only."""
        text: str = self.cleaned_data["timezone"]
        zones = timezones.find_zones(text)
        if len(zones) > 1:
            raise forms.ValidationError(
                _("“%(zone)s” is ambiguous: %(names)s.") % {"zone": text, "names": join_with_or(zones)}
            )
        if text and not zones:
            similar = timezones.similar_zones(text)
            suggestion = _("Did you mean %(names)s?") % {"names": join_with_or(similar)} if similar else ""
            hint = suggestion or _("Use a name like “Europe/Dublin”.")
            raise forms.ValidationError(" ".join([_("Unknown time zone “%(zone)s”.") % {"zone": text}, hint]))
        return zones[0] if zones else ""

    def clean_schedule(self) -> str:
        """Refuse a cron with a zone that does not exist: Coder's message names its own parser."""
        text: str = self.cleaned_data["schedule"]
        zone, _fields = split_zone(text)
        if zone and not timezones.is_zone(zone):
            raise forms.ValidationError(_("Unknown time zone “%(zone)s”.") % {"zone": zone})
        return text

    def clean(self) -> dict[str, Any]:
        """Require a time for days and days for a time, or a cron in their place, and one zone."""
        data = super().clean() or self.cleaned_data
        if set(AUTOSTART_FIELDS) & self.errors.keys():
            return data
        days, at, zone = data["days"], data["time"], data["timezone"]
        if self.is_cron:
            own_zone, _fields = split_zone(data["schedule"])
            if days or at is not None:
                self.add_error("schedule", _("Enter days and a time, or a cron expression. Clear the other one."))
            elif own_zone and zone and own_zone != zone:
                text = _("The expression and the field have different time zones. Remove one of them.")
                self.add_error("schedule", text)
        elif days and at is None:
            self.add_error("time", _("Enter a start time."))
        elif at is not None and not days:
            self.add_error("days", _("Select at least one day, or turn off autostart."))
        return data

    @property
    def cron(self) -> str:
        """Return the schedule as a cron, as Coder's API takes it; "": off."""
        data = self.cleaned_data
        if text := str(data["schedule"]).strip():
            own_zone, fields = split_zone(text)
            zone = own_zone or data["timezone"]
            return f"CRON_TZ={zone} {fields}" if zone else text
        if not data["days"]:
            return ""
        days = tuple(sorted(set(data["days"])))
        return WeeklySchedule(days=days, at=data["time"], timezone=data["timezone"] or "UTC").cron

    @property
    def allowed_query(self) -> str:
        """Return the allowed days as the query of the preview."""
        return urlencode({"allowed": sorted(self.allowed)}, doseq=True)

    @property
    def day_presets(self) -> list[DayPreset]:
        """Return the sets of days that one button selects; no day is one of them for a form that may be left empty."""
        shown = {str(day) for day in self["days"].value() or ()}
        sets = {_("Off"): frozenset[int]()} if self.is_optional else {}
        if self.allowed >= WEEKDAYS:
            sets[_("Weekdays")] = WEEKDAYS
        if self.allowed != WEEKDAYS:
            every_day = self.allowed == frozenset(MONDAY_FIRST)
            sets[_("Every day") if every_day else _("All allowed days")] = self.allowed
        return [
            DayPreset(label=label, days=" ".join(map(str, sorted(days))), is_chosen=set(map(str, days)) == shown)
            for label, days in sets.items()
        ]

    @property
    def shown_cron(self) -> str | None:
        """Return the cron of what the fields show, "" for none; None where they show no valid schedule."""
        shown = {name: self[name].value() for name in AUTOSTART_FIELDS}
        probe = AutostartForm({name: value for name, value in shown.items() if value is not None})
        return probe.cron if probe.is_valid() else None

    @property
    def next_starts(self) -> str:
        """Return a sentence with the next three starts by what the fields show; "" where they show no schedule."""
        cron = self.shown_cron
        if not cron:
            return ""
        now, zone = django_timezone.now() + CLOCK.offset, django_timezone.get_current_timezone()  # Coder starts it
        starts = allowed_starts(cron, now, PREVIEWED_STARTS, self.allowed)
        if not starts:
            return _("The template allows none of these days.") if parse_cron(cron) else ""
        moments = [make_moment(at, now, ZoneInfo(str(zone))).short for at in starts]
        return _("Next starts: %(moments)s.") % {"moments": ", ".join(moments)}


def schedule_fields(schedule: str) -> dict[str, Any]:
    """Return a cron as the fields of the form: with its zone apart if that loses nothing, else as it is."""
    text = " ".join(schedule.split())
    zone, fields = split_zone(text)
    if f"CRON_TZ={zone} {fields}" == text and timezones.is_zone(zone):
        return {"schedule": fields, "timezone": zone}
    return {"schedule": text, "timezone": ""}
