"""The forms of an action on many workspaces: what was selected, the action's fields, and the confirmation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from workspaces.forms.base import PortalForm
from workspaces.forms.list import ListForm
from workspaces.forms.schedules import SUGGESTED_TIME, WEEKDAYS, AutostartForm, TtlForm
from workspaces.forms.setting_form import SettingForm
from workspaces.forms.settings import AutoupdatesForm, ExtendForm

MAX_IDS = 1000  # in a form
OWN_FIELDS = frozenset({"csrfmiddlewaretoken", "next"})  # of every form of the portal


class BulkTtlForm(TtlForm):
    """The TTL of workspaces of several templates: each may have a default of its own, which is not offered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer_default(None)


class BulkAutostartForm(AutostartForm):
    """The autostart of several workspaces. Without a day it is off."""

    is_optional = True


# By action: the form of its fields. Other actions have none.
ACTION_FORMS: Mapping[str, type[SettingForm]] = {
    "extend": ExtendForm,
    "autostart": BulkAutostartForm,
    "ttl": BulkTtlForm,
    "autoupdates": AutoupdatesForm,
}
INITIAL: Mapping[str, Mapping[str, Any]] = {
    "autostart": {"days": sorted(WEEKDAYS), "time": SUGGESTED_TIME},
    "ttl": {"ttl": "duration", "ttl_hours": 8},
    "autoupdates": {"automatic_updates": "always"},
}


def operation_fields(form: SettingForm) -> dict[str, Any]:
    """Return the fields of a valid form as the operation stores them."""
    match form:
        case ExtendForm():
            deadline = form.cleaned_data["deadline"]
            return {"deadline": deadline.isoformat()} if deadline else {"hours": form.cleaned_data["hours"]}
        case AutostartForm():
            return {"schedule": form.cron}
        case TtlForm():
            return {"ttl_ms": form.ttl_ms}
    return dict(form.cleaned_data)


def field_names(action: str) -> frozenset[str]:
    """Return the names of the action's fields."""
    return frozenset(ACTION_FORMS[action].base_fields) if action in ACTION_FORMS else frozenset()


class StaffSelectionForm(PortalForm):
    """The workspaces of an action: the ids `workspace`, or `all` that match the address of a page."""

    action = forms.ChoiceField()
    all = forms.BooleanField(required=False)

    def __init__(self, data: QueryDict, *, actions: Mapping[str, str]) -> None:
        super().__init__(data)
        self.query = data
        self.fields["action"].choices = tuple(actions.items())  # type: ignore[attr-defined]  # of a ChoiceField
        self.ids: tuple[UUID, ...] = ()

    def clean(self) -> dict[str, Any]:
        """Read the ids."""
        data = super().clean() or self.cleaned_data
        if not data.get("all"):
            self.ids = self.read_ids()
        return data

    def read_ids(self) -> tuple[UUID, ...]:
        """Return the distinct ids in their order."""
        texts = self.query.getlist("workspace")
        if len(texts) > MAX_IDS:
            raise forms.ValidationError(_("Select at most %(limit)d workspaces."), params={"limit": MAX_IDS})
        try:
            return tuple(dict.fromkeys(map(UUID, texts)))
        except ValueError:
            raise forms.ValidationError(_("This is not the ID of a workspace.")) from None


class SelectionForm(StaffSelectionForm):
    """The same for the list.

    A parameter that it does not know, or a value that the list would ignore, is an error: what it would have excluded
    must not be changed. The action's fields may come along.
    """

    def __init__(self, data: QueryDict, *, actions: Mapping[str, str]) -> None:
        super().__init__(data, actions=actions)
        self.search_form = ListForm(data)

    def clean(self) -> dict[str, Any]:
        """Refuse unknown parameters, and read the ids or the search."""
        data = super().clean()
        known = {"action", "all", "workspace", *ListForm.base_fields, *field_names(data.get("action", "")), *OWN_FIELDS}
        if unknown := sorted(set(self.query) - known):
            raise forms.ValidationError(_("Unknown parameter: %(name)s."), params={"name": unknown[0][:100]})
        if data.get("all"):
            self.check_search()
        return data

    def check_search(self) -> None:
        """Refuse a search of which the list would ignore a part."""
        repeated = [name for name in ListForm.base_fields if len(self.query.getlist(name)) > 1]
        if repeated or not self.search_form.is_valid():
            name = (repeated or list(self.search_form.errors))[0]
            raise forms.ValidationError(_("The search is invalid: %(name)s."), params={"name": name})

    @property
    def sent_fields(self) -> dict[str, list[str]]:
        """Return what was sent of the action's fields."""
        names = field_names(self.cleaned_data["action"])
        return {name: self.query.getlist(name) for name in self.query if name in names}


class ConfirmationForm(PortalForm):
    """The confirmation of a selection by its key. A deletion also asks for the number, and for favorites once more."""

    selection = forms.UUIDField(widget=forms.HiddenInput)
    confirm = forms.CharField(
        label=gettext_lazy("Number of workspaces"),
        max_length=20,
        error_messages={"required": gettext_lazy("Type the number of workspaces to confirm.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )
    sure = forms.BooleanField(error_messages={"required": gettext_lazy("Select this to delete favorites.")})

    def __init__(self, *args: Any, count: int, favorites: int, confirms_number: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.count = count
        self.fields["confirm"].help_text = _("Type %(n)d to confirm.") % {"n": count}
        label = ngettext(
            "%(n)d of them is a favorite. Delete it anyway",
            "%(n)d of them are favorites. Delete them anyway",
            favorites,
        )
        self.fields["sure"].label = label % {"n": favorites}
        if not confirms_number:
            del self.fields["confirm"]
        if not confirms_number or not favorites:
            del self.fields["sure"]

    def clean_confirm(self) -> str:
        """Require the exact number."""
        text: str = self.cleaned_data["confirm"]
        if text != str(self.count):
            raise forms.ValidationError(_("This does not match the number %(n)d."), params={"n": self.count})
        return text


def unknown_confirmation_fields(data: QueryDict, action: str) -> list[str]:
    """Return the names of parameters that the confirmation of this action does not know."""
    return sorted(set(data) - {"selection", "confirm", "sure", *field_names(action), *OWN_FIELDS})
