"""The form of a new workspace, and the fields of parameters that other forms share."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from workspaces import schedule
from workspaces.coder.calls import NAME_PATTERN, Call
from workspaces.coder.errors import CoderError, Forbidden, NotFound
from workspaces.coder.template_calls import NewWorkspace, create_member_workspace, create_workspace
from workspaces.coder.template_types import ParameterValue
from workspaces.coder.text import sanitize_text
from workspaces.coder.types import Workspace
from workspaces.creation import form_values, names, parameters, validation
from workspaces.creation.fields import PLAIN_TEXT_ATTRS, IconLocator, ParameterField, ParameterRadioSelect
from workspaces.creation.form_data import FormData
from workspaces.creation.parameters import Option, Parameter
from workspaces.forms.base import PortalForm
from workspaces.forms.schedules import (
    TTL_DEFAULT,
    TTL_DURATION,
    TTL_NEVER,
    AutostartForm,
    TtlForm,
    schedule_fields,
    ttl_fields,
)
from workspaces.forms.settings import AUTOMATIC_UPDATES, RenameForm
from workspaces.gateway.error_messages import coder_message
from workspaces.present.settings.autostart import allowed_days

SCHEDULE_FIELDS = ("ttl", "ttl_hours", "ttl_minutes", "time", "timezone", "schedule", "automatic_updates")
NAME_REGEX = rf"^(?:{NAME_PATTERN.pattern})\Z"
# Fields of Coder's API -> fields of the form, where the names differ.
FORM_FIELD_NAMES = {"ttl_ms": "ttl_hours", "template_id": "template_version_id", "template_version_preset_id": "preset"}


class AddressForm(PortalForm):
    """The query of a form's URL beside its parameters. Invalid values are ignored."""

    name = forms.CharField(required=False, max_length=names.MAX_LENGTH)
    version = forms.UUIDField(required=False)
    template_version_id = forms.UUIDField(required=False)
    preset = forms.UUIDField(required=False)
    owner = forms.RegexField(NAME_REGEX, required=False, max_length=names.MAX_LENGTH)


class ParametersForm(PortalForm):
    """A form with the fields `param.NAME`, in the template's order."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.preset_values: dict[str, str] = {}  # by the parameter's name; these parameters have no field

    def add_parameters(
        self,
        added: Iterable[Parameter],
        values: Mapping[str, str],
        *,
        locate_icon: IconLocator,
        previous: Mapping[str, str] | None = None,
        prefilled: Iterable[str] = (),
    ) -> None:
        """Add a field for each parameter. `prefilled`: names of fields that the URL filled in."""
        prefilled_names = frozenset(prefilled)
        for each in added:
            if each.name in self.preset_values:
                continue
            self.fields[each.field_name] = ParameterField(
                each,
                locate_icon=locate_icon,
                value=parameters.initial_value(each, values),
                original=form_values.read_original(each, self.data),
                previous=(previous or {}).get(each.name),
                prefilled=each.field_name in prefilled_names,
            )

    @property
    def parameters(self) -> list[forms.BoundField]:
        """The bound fields of parameters."""
        return [self[name] for name in self.parameter_fields]

    @property
    def parameter_fields(self) -> dict[str, ParameterField]:
        """The fields of parameters, by their names."""
        return {name: field for name, field in self.fields.items() if isinstance(field, ParameterField)}

    @property
    def missing_fields(self) -> list[tuple[str, str]]:
        """The HTML ids and labels of required parameters without a value."""
        return [
            (self[name].auto_id, str(field.label))
            for name, field in self.parameter_fields.items()
            if field.required and validation.is_missing(field.parameter, field.read_value(self[name].value()))
        ]

    @property
    def invalid_fields(self) -> list[tuple[str, str]]:
        """The HTML ids and labels of fields with errors."""
        return [(field.auto_id, str(field.label)) for field in self.visible_fields() if field.errors]

    @property
    def parameter_values(self) -> tuple[ParameterValue, ...]:
        """The values for Coder, of a valid form."""
        cleaned = {field.parameter.name: self.cleaned_data.get(name) for name, field in self.parameter_fields.items()}
        return parameters.build_parameter_values(cleaned | self.preset_values)

    def add_evaluation_errors(self, evaluated: Iterable[Parameter]) -> None:
        """Add the errors of Coder's evaluation of the same values to the fields that have no error yet."""
        for parameter in evaluated:
            name = parameter.field_name
            if name in self.fields and not self.errors.get(name) and parameter.value == self.cleaned_data[name]:
                for text in parameter.errors:
                    self.add_error(name, text)

    def restore(self, data: Any) -> None:
        """Take a submitted form's data as initial values, without validation."""
        for name, field in self.fields.items():
            if not field.disabled and not field.widget.value_omitted_from_data(data, {}, name):
                self.initial[name] = field.widget.value_from_datadict(data, {}, name)


class CreateForm(ParametersForm, TtlForm, AutostartForm):
    """A new workspace. The fields of TTL and autostart are those of the settings of an existing workspace."""

    may_be_empty = True
    is_optional = True
    name = RenameForm.base_fields["name"]
    owner = forms.RegexField(
        NAME_REGEX,
        label=gettext_lazy("Owner"),
        required=False,
        max_length=names.MAX_LENGTH,
        help_text=gettext_lazy("The username of the owner."),
        error_messages={"invalid": gettext_lazy("Enter a valid username.")},
    )
    organization = forms.UUIDField(required=False, widget=forms.HiddenInput)
    template_version_id = forms.TypedChoiceField(label=gettext_lazy("Version"), required=False)
    preset = forms.ChoiceField(label=gettext_lazy("Preset"), required=False)
    automatic_updates = forms.ChoiceField(
        label=gettext_lazy("Automatic updates"),
        required=False,
        choices=AUTOMATIC_UPDATES,
    )

    def __init__(
        self, *args: Any, form_data: FormData, locate_icon: IconLocator, prefilled: Iterable[str] = (), **kwargs: Any
    ) -> None:
        template = form_data.template
        super().__init__(*args, allowed=allowed_days(template), **kwargs)
        self.form_data = form_data
        self.preset_values = parameters.preset_values(form_data.preset)
        versions: Any = self.fields["template_version_id"]
        listed = [
            (str(each.id), version_label(form_data, sanitize_text(each.name), each.id)) for each in form_data.versions
        ]
        versions.choices = listed or [(str(form_data.version_id), _("Active version"))]
        if len(versions.choices) == 1:
            versions.widget = forms.HiddenInput()
        presets: Any = self.fields["preset"]
        presets.choices = [
            ("", _("None")),
            *((str(each.ID), sanitize_text(each.Name)) for each in form_data.presets),
        ]
        presets.widget = ParameterRadioSelect(options=preset_options(form_data), locate_icon=locate_icon)
        presets.widget.choices = presets.choices
        self.add_parameters(form_data.parameters, form_data.values, locate_icon=locate_icon, prefilled=prefilled)
        if not form_data.presets:
            del self.fields["preset"]
        if form_data.may_choose_owner:
            self.fields["owner"].widget.attrs |= {
                **PLAIN_TEXT_ATTRS,
                "list": "people",
                **owner_search_attrs(template.id),
            }
        else:
            del self.fields["owner"]
        if not template.allow_user_autostart:
            for name in ("days", "time", "timezone", "schedule"):
                self.fields[name].disabled = True
        self.offer_default(template.default_ttl_ms)
        if not template.allow_user_autostop:
            for name in ("ttl", "ttl_hours", "ttl_minutes"):
                self.fields[name].disabled = True
        if template.require_active_version:
            self.fields["automatic_updates"].disabled = True

    def clean_name(self) -> str:
        """Validate the name as for a rename, and reject names that Coder reserves."""
        name: str = RenameForm.clean_name(self)  # type: ignore[arg-type]  # it only reads cleaned_data
        if name.lower() in names.RESERVED:
            raise forms.ValidationError(_("This name is reserved. Choose another one."))
        return name

    def build_call(self, owner: str) -> Call[Workspace]:
        """Return the call that creates the workspace, in the organization that the form names or else the owner's."""
        data = self.cleaned_data
        preset = self.form_data.preset
        new = NewWorkspace(
            name=data["name"],
            template_version_id=self.form_data.version_id,
            rich_parameter_values=self.parameter_values,
            template_version_preset_id=preset.ID if preset else None,
            autostart_schedule=self.cron if self.form_data.template.allow_user_autostart else "",
            ttl_ms=self.own_ttl_ms,
            automatic_updates="" if self.form_data.template.require_active_version else data["automatic_updates"],
        )
        if data["organization"]:
            return create_member_workspace(new, data["organization"], owner)
        return create_workspace(new, owner)

    @property
    def own_ttl_ms(self) -> int | None:
        """The TTL (ms) of a valid form; None: the template's default."""
        is_own = self.form_data.template.allow_user_autostop and self.cleaned_data["ttl"] == TTL_DURATION
        return self.ttl_ms if is_own else None

    @property
    def needs_ttl_off(self) -> bool:
        """Whether the TTL has to be switched off after the creation, whose call takes none for the default."""
        template = self.form_data.template
        is_never = template.allow_user_autostop and self.cleaned_data["ttl"] == TTL_NEVER
        return is_never and template.default_ttl_ms > 0

    def add_coder_errors(self, error: CoderError, *, for_another: bool = False) -> None:
        """Add Coder's messages to their fields; `for_another`: a message without a field may be about the owner."""
        about_owner = isinstance(error, NotFound | Forbidden) or not self.form_data.owner_exists
        if for_another and not error.fields and about_owner:
            self.add_error("owner" if "owner" in self.fields else None, coder_message(error))
            return
        super().add_coder_errors(error)

    def error_field(self, name: str) -> str | None:
        """Return the visible field for a field of Coder's API; None: the message belongs to the whole form."""
        field = FORM_FIELD_NAMES.get(name, name)
        if name == "autostart":
            field = "schedule" if self.is_cron else "time"
        return field if self.shows_field(field) else None

    def shows_field(self, name: str) -> bool:
        """Return whether the field is visible: a field that the template does not allow to change is not."""
        field = self.fields.get(name)
        return field is not None and (isinstance(field, ParameterField) or not field.disabled)


def preset_options(form_data: FormData) -> tuple[Option, ...]:
    """Return each preset as an option with description and icon."""
    return tuple(
        Option(
            value=str(preset.ID),
            name=sanitize_text(preset.Name),
            description=preset.Description,
            icon=preset.Icon,
        )
        for preset in form_data.presets
    )


def owner_search_attrs(template_id: UUID) -> dict[str, str]:
    """Return the attributes with which htmx requests suggestions while the owner is typed."""
    return {
        "hx-get": reverse("workspaces:people", args=[template_id]),
        "hx-trigger": "input changed delay:250ms",
        "hx-target": "#people",
        "hx-swap": "outerHTML",
        "hx-sync": "this:replace",
    }


def version_label(form_data: FormData, name: str, version_id: object) -> str:
    """Return a version's name, marked where it is the active version."""
    is_active = version_id == form_data.template.active_version_id
    return _("%(name)s (active)") % {"name": name} if is_active else name


def initial_values(form_data: FormData, query: QueryDict, *, owner: str, zone: str) -> dict[str, Any]:
    """Return the initial values of all fields but parameters: from the URL's query, else the source, else defaults."""
    source = form_data.source
    base = f"{source.name}-copy" if source else form_data.template.name
    defaults: dict[str, Any] = {
        "name": query.get("name") or names.suggest_name(base, form_data.taken_names),
        "owner": owner,
        "template_version_id": str(form_data.version_id),
        "preset": str(form_data.preset.ID) if form_data.preset else "",
        "timezone": zone,
        "ttl": TTL_DEFAULT,
        "automatic_updates": "always" if form_data.template.require_active_version else "never",
    }
    from_query: dict[str, Any] = {name: query[name] for name in SCHEDULE_FIELDS if query.get(name)}
    if from_query.get("schedule") and "timezone" not in from_query:
        from_query["timezone"] = ""  # a cron that names no zone is in UTC, as for Coder
    if from_query.keys() & {"ttl_hours", "ttl_minutes"}:
        from_query.setdefault("ttl", TTL_DURATION)
    if "days" in query:
        from_query["days"] = query.getlist("days")
    return defaults | (source_values(source) if source else {}) | from_query


def source_values(source: Workspace) -> dict[str, Any]:
    """Return the schedule and the update policy of a workspace as initial values."""
    values: dict[str, Any] = {"automatic_updates": source.automatic_updates, **ttl_fields(source.ttl_ms, None)}
    if source.autostart_schedule:
        weekly = schedule.parse_weekly(source.autostart_schedule)
        values |= (
            {"days": list(weekly.days), "time": weekly.at, "timezone": weekly.timezone}
            if weekly
            else schedule_fields(source.autostart_schedule)
        )
    return values
