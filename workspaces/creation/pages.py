"""The page of the form of a new workspace: from the request to the form, and what is beside the fields."""

from datetime import time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces import timezones
from workspaces.auth.sessions import PortalRequest
from workspaces.coder.text import sanitize_text
from workspaces.creation import form_values, owners
from workspaces.creation.fields import IconLocator
from workspaces.creation.form_data import FormData, FormRequest
from workspaces.creation.forms import AddressForm, CreateForm
from workspaces.creation.summary import changed_values
from workspaces.forms.schedules import TTL_DEFAULT, TTL_NEVER
from workspaces.gateway import connection
from workspaces.present.creation.form_page import CreatePage, make_sign_ins
from workspaces.present.creation.template_cards import make_template_card
from workspaces.present.icons import icon_url
from workspaces.present.markdown import render_markdown

SCHEDULE_FIELDS = ("ttl", "ttl_hours", "ttl_minutes", "days", "time", "schedule", "automatic_updates")
EMPTY_VALUES = (None, "", "never", TTL_DEFAULT)  # left out of the link to the form
NO_PRESET = "none"
UNSET_VALUES: tuple[object, ...] = (*EMPTY_VALUES, [])
QUERY_FIELDS = {"name": "name", "owner": "owner", "version": "template_version_id", "preset": "preset"}


def parse_uuid(text: str) -> UUID | None:
    """Return a UUID; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_form_request(request: PortalRequest, template_id: UUID, draft: QueryDict | None = None) -> FormRequest:
    """Return what the request asks of the form: by the submitted form, else the draft, else the URL's query."""
    submitted = request.POST if request.method == "POST" else draft
    data = request.GET if submitted is None else submitted
    address = AddressForm(data)
    address.is_valid()
    fields = address.cleaned_data
    is_submission = submitted is not None
    return FormRequest(
        template_id=template_id,
        owner=fields.get("owner") or request.person.username,
        version_id=fields.get("template_version_id") or fields.get("version"),
        preset_id=fields.get("preset"),
        preset_chosen=is_submission or bool({"preset", "from"} & data.keys()) or any(map(is_parameter_field, data)),
        source_id=parse_uuid(data.get("from", "")),
        has_name=is_submission or bool(data.get("name")),
        data=data,
        is_submission=is_submission,
    )


def form_kwargs(form_request: FormRequest, form_data: FormData) -> dict[str, Any]:
    """Return the arguments of a CreateForm beside `data` and `initial`."""
    return {"form_data": form_data, "locate_icon": icon_locator(), "prefilled": prefilled_fields(form_request)}


def icon_locator() -> IconLocator:
    """Return the function from an icon of Coder's API to its URL."""
    public_url = connection.public_url()
    return lambda icon: icon_url(icon, public_url)


def prefilled_fields(form_request: FormRequest) -> list[str]:
    """Return the names of the fields that the URL filled in. The form submits them again as `marked`."""
    data = form_request.data
    if form_request.is_submission:
        return data.getlist("marked")
    return [QUERY_FIELDS.get(name, name) for name in data if name in QUERY_FIELDS or is_parameter_field(name)]


def is_parameter_field(name: str) -> bool:
    """Return whether the field is a parameter's."""
    return name.startswith("param.")


def build_page(request: PortalRequest, form_request: FormRequest, form: CreateForm) -> CreatePage:
    """Return what the page shows beside the fields. Raises CoderError and SessionEnded."""
    form_data = form.form_data
    template = form_data.template
    readme = next((each.readme for each in form_data.versions if each.id == form_data.version_id), "")
    return CreatePage(
        card=make_template_card(template, connection.public_url()),
        readme=render_markdown(readme),
        dynamic=form_data.dynamic,
        reloads_on_change=form_data.dynamic
        or len(form_data.versions) > 1
        or {"preset", "owner"} & form.fields.keys() != set(),
        organization_id=template.organization_id if has_several_organizations(request) else None,
        owner_choices=suggested_owners(request, form),
        zones=timezones.offered_zones(),
        prefilled=tuple(prefilled_fields(form_request)),
        from_id=form_request.source_id,
        sign_ins=make_sign_ins(form_data.sign_ins),
        autostart_reason="" if template.allow_user_autostart else _("This template does not allow autostart."),
        autostop_reason="" if template.allow_user_autostop else _("This template sets the time until shutdown."),
        updates_reason=_("This template requires the active version.") if template.require_active_version else "",
        source=form_data.source.name if form_data.source else "",
        source_missing=form_data.source_missing,
        unused=unused_names(form_request, form),
        blocked_reason=reason_not_allowed(form_data),
        link=f"?{urlencode(link_query(request, form_request, form))}",
        preset_values=preset_lines(form),
        typed_values=overridden_values(form, form_request.data) if form_request.is_submission else (),
        errors=form_data.errors,
        parameters_fold=not has_required_parameters(form),
        parameters_open=has_changed_parameters(form),
        options_open=has_schedule(form),
    )


def unused_names(form_request: FormRequest, form: CreateForm) -> tuple[str, ...]:
    """Return the names of values in the URL's query that the form cannot use, and therefore leaves out."""
    if form_request.is_submission:
        return ()
    query = form_request.data
    address = AddressForm(query)
    unused = [name for name in address.errors if (name, query[name]) != ("preset", NO_PRESET)]
    if query.get("from") and form_request.source_id is None:
        unused.append("from")
    unused += [name for name in SCHEDULE_FIELDS if name in query and not is_usable(form, name, query)]
    known = form.parameter_fields.keys() | {f"param.{name}" for name in form.preset_values}
    return (*unused, *(name for name in query if is_parameter_field(name) and name not in known))


def is_usable(form: CreateForm, name: str, query: QueryDict) -> bool:
    """Return whether a value in the URL's query is one that the form's field can show."""
    try:
        form.fields[name].clean(query.getlist(name) if name == "days" else query[name])
    except ValidationError:
        return False
    return True


def has_schedule(form: CreateForm) -> bool:
    """Return whether a field of schedule and updates has a value or an error, so that they are not folded away."""
    set_names = ["ttl"] if form["ttl"].value() == TTL_NEVER and not form.fields["ttl"].disabled else []
    set_names += [
        name for name in SCHEDULE_FIELDS if not form.fields[name].disabled and form[name].value() not in UNSET_VALUES
    ]
    return bool(set_names) or any(form.errors.get(name) for name in SCHEDULE_FIELDS)


def has_required_parameters(form: CreateForm) -> bool:
    """Return whether a parameter has no default, so that the section of parameters cannot be folded away."""
    return any(field.required for field in form.parameter_fields.values())


def has_changed_parameters(form: CreateForm) -> bool:
    """Return whether a field of a parameter has an error, or a value that differs from the default."""
    has_error = any(name in form.errors or field.parameter.errors for name, field in form.parameter_fields.items())
    return has_error or any(each.field_id for each in changed_values(form))


def reason_not_allowed(form_data: FormData) -> SafeString:
    """Return why no workspace can be created from this template, as HTML; "" where one can."""
    template = form_data.template
    if template.deprecated:
        text = _("This template is deprecated. You cannot create workspaces from it.")
        return render_markdown(f"{text}\n\n{template.deprecation_message}")
    if not form_data.may_create:
        organization = sanitize_text(template.organization_display_name) or template.organization_name
        return format_html(
            "<p>{}</p>",
            _("You do not have permission to create workspaces in the organization %(name)s.") % {"name": organization},
        )
    return SafeString()


def has_several_organizations(request: PortalRequest) -> bool:
    """Return whether the person's templates belong to more than one organization. Raises CoderError, SessionEnded."""
    templates = connection.get_templates(request.coder, request.person.fingerprint)
    return len({template.organization_id for template in templates}) > 1


def suggested_owners(request: PortalRequest, form: CreateForm) -> tuple[tuple[str, str], ...]:
    """Return (username, name) of the first possible owners; nothing where the owner cannot be chosen."""
    if "owner" not in form.fields:
        return ()
    return owners.suggest_owners(request.coder, request.person, form.form_data.template.organization_id, "")


def preset_lines(form: CreateForm) -> tuple[tuple[str, str], ...]:
    """Return the labels of the parameters that the preset sets, and the names of their values."""
    labels = {each.name: each.label for each in form.form_data.parameters}
    options = {
        (parameter.name, option.value): option.name
        for parameter in form.form_data.parameters
        for option in parameter.options
    }
    return tuple(
        (labels.get(name, name), options.get((name, value), value)) for name, value in form.preset_values.items()
    )


def overridden_values(form: CreateForm, data: QueryDict) -> tuple[tuple[str, str], ...]:
    """Return fields and submitted values that the preset overrides, to be restored when the preset is changed."""
    names = [f"{prefix}{name}" for name in form.preset_values for prefix in ("param.", form_values.ORIGINAL_PREFIX)]
    return tuple((name, value) for name in names for value in data.getlist(name))


def link_query(request: PortalRequest, form_request: FormRequest, form: CreateForm) -> list[tuple[str, str]]:
    """Return the query of the URL that fills the form in as it is now, without masked parameters."""
    form_data = form.form_data
    pairs = [("name", str(form["name"].value() or ""))]
    if form_data.version_id != form_data.template.active_version_id:
        pairs.append(("version", str(form_data.version_id)))
    if form_data.presets:
        pairs.append(("preset", str(form_data.preset.ID) if form_data.preset else NO_PRESET))
    if form_request.owner != request.person.username:
        pairs.append(("owner", form_request.owner))
    parameter_pairs: list[tuple[str, str]] = []
    for name, field in form.parameter_fields.items():
        parameter = field.parameter
        value = field.read_value(form[name].value())
        if value is None or parameter.masked or value == parameter.default:
            continue
        parameter_pairs += [(name, text) for text in form_values.link_values(parameter, value)]
    for name in SCHEDULE_FIELDS:
        field_value = form[name].value()
        elements = field_value if isinstance(field_value, list) else [field_value]
        pairs += [(name, form_value(element)) for element in elements if element not in EMPTY_VALUES]
    if form["time"].value() or form["schedule"].value():
        pairs.append(("timezone", str(form["timezone"].value())))
    if form["ttl"].value() == TTL_NEVER:
        pairs = [pair for pair in pairs if pair[0] not in {"ttl_hours", "ttl_minutes"}] + [("ttl", TTL_NEVER)]
    return [(name, value) for name, value in pairs if value] + parameter_pairs


def form_value(value: Any) -> str:
    """Return a field's value as a form submits it."""
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
