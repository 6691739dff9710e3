"""What the forms of a workspace's settings share, and the declaration of a setting."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_noop

from workspaces.coder.calls import Call
from workspaces.coder.types import Workspace
from workspaces.forms.base import PortalForm
from workspaces.forms.coder_errors import CoderErrorsMixin
from workspaces.present.audit_log import ActionText
from workspaces.present.settings.page import SettingsModel
from workspaces.present.settings.setting_text_spec import SettingTextSpec

PLAIN_TEXT_ATTRS = {"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false"}


class SettingForm(CoderErrorsMixin, PortalForm):
    """The form of one setting. Coder's messages that name none of its fields are shown at the first one.

    `zone`: the time zone of times without an offset.
    """

    def __init__(self, *args: Any, zone: ZoneInfo | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone or ZoneInfo("UTC")

    @property
    def alternative(self) -> str:
        """Return the name of the other form of its setting that was filled in; "" if there is one form."""
        return ""

    def error_field(self, name: str) -> str | None:
        """Return the form's field for a field of Coder's API, else the first one."""
        return name if name in self.fields else next(iter(self.fields))

    def apply_limits(self, settings: SettingsModel) -> None:
        """Restrict the choices to what the workspace and its template allow."""


type Initial = Callable[[Workspace, SettingsModel, ZoneInfo], Mapping[str, Any]]  # the form's initial data


def no_initial(_workspace: Workspace, _settings: SettingsModel, _zone: ZoneInfo) -> Mapping[str, Any]:
    """Return no initial data."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingSpec(SettingTextSpec):
    """The declaration of a setting: its text, its form, and the call that saves it.

    A setting with a `form` and a `call` needs no view of its own; every other one has a view and a URL of its own.
    """

    audit: ActionText
    form: type[SettingForm] | None = None
    initial: Initial = no_initial
    alternatives: Mapping[str, Initial] = field(default_factory=dict)  # other forms for it on the page, by name
    call: Callable[[UUID, Any], Call[Any]] | None = None  # for the id of the workspace and a valid form
    after: Callable[[Workspace, Any], Workspace] | None = None  # the workspace after the call, from the one before
    affects_autostart: bool = False  # whether an autostart can work may depend on it
    saved_message: str = gettext_noop("%(setting)s saved.")
    saved_lines: int = 1  # so many sentences follow the message

    def form_name(self, form: forms.Form) -> str:
        """Return the name of a form of this setting on the page."""
        return form.alternative or self.name if isinstance(form, SettingForm) else self.name
