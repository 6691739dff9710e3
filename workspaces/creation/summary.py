"""The summary beside the form of a new workspace: what the form creates with the values that it has now.

It needs no further call to Coder: it is made of the data that the form was made of.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from workspaces.coder.text import sanitize_text
from workspaces.creation import form_values, validation
from workspaces.creation.form_data import FormData
from workspaces.creation.forms import CreateForm
from workspaces.creation.parameters import Parameter
from workspaces.forms.schedules import TTL_DURATION, TTL_NEVER
from workspaces.present.creation.form_page import quota_text, quota_warning
from workspaces.present.creation.template_cards import usual_start_text
from workspaces.present.resources import daily_cost_text
from workspaces.schedule import schedule_text, ttl_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryValue:
    """A parameter: its label, its value as text, and the id of its field, "" if a preset sets it."""

    label: str
    value: str
    field_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What the form creates. Texts are "" where there is nothing to say."""

    state: str  # identifies the data that the summary is made of, see FormData.state_for
    name: str
    owner: str  # set if it is another person
    template: str
    version: str
    preset: str
    missing: tuple[tuple[str, str], ...]  # field ids and labels of required parameters without a value
    has_parameters: bool
    changed: tuple[SummaryValue, ...]  # parameters that differ from their default
    autostart: str
    ttl: str
    updates: str  # set if the workspace is updated at each start
    cost: str  # of the quota
    quota: str
    quota_warning: str
    start_time_text: str


def make_summary(form: CreateForm, owner: str, username: str) -> Summary:
    """Return the summary of a form with its present values, valid or not. `username` is the person's own."""
    form_data = form.form_data
    quota = form_data.quota
    return Summary(
        state=form_data.state_for(owner),
        name=sanitize_text(str(form["name"].value() or "")),
        owner=sanitize_text(owner) if owner.lower() != username.lower() else "",
        template=sanitize_text(form_data.template.display_name) or form_data.template.name,
        version=version_name(form_data),
        preset=sanitize_text(form_data.preset.Name) if form_data.preset else "",
        missing=tuple(form.missing_fields),
        has_parameters=bool(form_data.parameters),
        changed=changed_values(form),
        autostart=autostart_text(form),
        ttl=ttl_summary(form),
        updates=updates_text(form),
        cost=daily_cost_text(form_data.daily_cost),
        quota=quota_text(quota),
        quota_warning=quota_warning(quota, form_data.daily_cost),
        start_time_text=usual_start_text(form_data.template),
    )


def version_name(form_data: FormData) -> str:
    """Return the name of the version; "" if it is unknown."""
    return next((sanitize_text(each.name) for each in form_data.versions if each.id == form_data.version_id), "")


def changed_values(form: CreateForm) -> tuple[SummaryValue, ...]:
    """Return the parameters whose values differ from the defaults, in the template's order."""
    changed, fields = [], form.parameter_fields
    for parameter in form.form_data.parameters:
        if parameter.name in form.preset_values:
            value, field_id = form.preset_values[parameter.name], ""
        elif field := fields.get(parameter.field_name):
            bound = form[parameter.field_name]
            value, field_id = field.read_value(bound.value()) or "", bound.auto_id
        else:
            continue
        if differs(parameter, value):
            changed.append(SummaryValue(label=parameter.label, value=value_text(parameter, value), field_id=field_id))
    return tuple(changed)


def differs(parameter: Parameter, value: str) -> bool:
    """Return whether a value differs from the default: another text, number, switch position or list."""
    if parameter.control in form_values.CHECKBOXES:
        return (value == "true") != (parameter.default == "true")
    if parameter.is_list:
        elements, defaults = form_values.parse_list(value), form_values.parse_list(parameter.default)
        return set(elements) != set(defaults) if parameter.control == "multi-select" else elements != defaults
    return value != parameter.default


def value_text(parameter: Parameter, value: str) -> str:
    """Return a value as a person reads it: the names of options, a list with commas; nothing of a masked value."""
    if parameter.masked:
        return _("Hidden") if value else _("Empty")
    if parameter.control in form_values.CHECKBOXES:
        return _("On") if value == "true" else _("Off")
    names = {option.value: option.name for option in parameter.options}
    elements = form_values.parse_list(value) if parameter.is_list else [value]
    text = ", ".join(names.get(element, element) for element in elements)
    return validation.shorten(" ".join(sanitize_text(text).split())) or _("Empty")


def autostart_text(form: CreateForm) -> str:
    """Return the autostart that the fields show; "" if the template allows none."""
    if form.fields["days"].disabled:
        return ""
    cron = form.shown_cron
    if cron is None:
        return _("Incomplete")
    text = schedule_text(cron)
    return f"{text[0].upper()}{text[1:]}" if text else _("Off")


def ttl_summary(form: CreateForm) -> str:
    """Return the TTL that the fields show."""
    default = ttl_text(form.form_data.template.default_ttl_ms) or _("Never")
    choice = "" if form.fields["ttl"].disabled else form["ttl"].value()
    if choice == TTL_NEVER:
        return _("Never")
    return ttl_text(form.shown_ttl_ms) or _("Incomplete") if choice == TTL_DURATION else default


def updates_text(form: CreateForm) -> str:
    """Return when the workspace is updated; "" if it is never updated without a request."""
    is_always = form.form_data.template.require_active_version or form["automatic_updates"].value() == "always"
    return _("At each start") if is_always else ""
