"""Between a request and the form of a new workspace: what was asked for, and what stands beside the fields."""

from datetime import time
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces import timezones
from workspaces.auth.sessions import PortalRequest
from workspaces.creation import owners, parameters
from workspaces.creation.fields import IconLocator
from workspaces.creation.form_data import FormData, FormRequest
from workspaces.creation.forms import AddressForm, CreateForm
from workspaces.gateway import connection
from workspaces.present.creation.form_page import NewPage, quota_words, sign_ins
from workspaces.present.creation.template_cards import card
from workspaces.present.icons import icon_url
from workspaces.present.markdown import render_markdown
from workspaces.schedule import ttl_text

SCHEDULE_FIELDS = ("ttl_hours", "ttl_minutes", "days", "time", "schedule", "automatic_updates")
EMPTY_VALUES = (None, "", "never")  # what need not be said
NO_PRESET = "none"
UNSET_VALUES: tuple[object, ...] = (*EMPTY_VALUES, [])
QUERY_FIELDS = {"name": "name", "owner": "owner", "version": "template_version_id", "preset": "preset"}


def parse_uuid(text: str) -> UUID | None:
    """A UUID, or None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def parse_form_request(request: PortalRequest, template_id: UUID, draft: QueryDict | None = None) -> FormRequest:
    """What the request is about: as the form says it (`draft` is one that was sent earlier), or its address."""
    form = request.POST if request.method == "POST" else draft
    data = request.GET if form is None else form
    address = AddressForm(data)
    address.is_valid()
    said = address.cleaned_data
    return FormRequest(
        template_id=template_id,
        owner=said.get("owner") or request.person.username,
        version_id=said.get("template_version_id") or said.get("version"),
        preset_id=said.get("preset"),
        preset_chosen=form is not None or bool({"preset", "from"} & data.keys()) or any(map(is_parameter_field, data)),
        source_id=parse_uuid(data.get("from", "")),
        has_name=form is not None or bool(data.get("name")),
        data=data,
        is_submission=form is not None,
    )


def form_kwargs(wanted: FormRequest, facts: FormData) -> dict[str, Any]:
    """What a CreateForm is made with beside its data."""
    return {"form_data": facts, "locate_icon": icon_locator(), "prefilled": prefilled_fields(wanted)}


def icon_locator() -> IconLocator:
    """From an icon as Coder names it to its address."""
    public_url = connection.public_url()
    return lambda icon: icon_url(icon, public_url)


def prefilled_fields(wanted: FormRequest) -> list[str]:
    """The fields that the address filled in, which the form hands on when it is asked anew."""
    if wanted.is_submission:
        return wanted.data.getlist("marked")
    return [QUERY_FIELDS.get(name, name) for name in wanted.data if name in QUERY_FIELDS or is_parameter_field(name)]


def is_parameter_field(name: str) -> bool:
    """Whether a field is a parameter's."""
    return name.startswith("param.")


def build_page(request: PortalRequest, wanted: FormRequest, form: CreateForm) -> NewPage:
    """What stands beside the fields."""
    facts = form.form_data
    template, quota = facts.template, facts.quota
    readme = next((each.readme for each in facts.versions if each.id == facts.version_id), "")
    shown = card(template, connection.public_url())
    return NewPage(
        card=shown,
        readme=render_markdown(readme),
        dynamic=facts.dynamic,
        reasks=facts.dynamic or len(facts.versions) > 1 or {"preset", "owner"} & form.fields.keys() != set(),
        organization_id=template.organization_id if has_several_organizations(request) else None,
        people=suggested_owners(request, form),
        zones=tuple(sorted(timezones.zone_names())),
        marked=tuple(prefilled_fields(wanted)),
        from_id=wanted.source_id,
        sign_ins=sign_ins(facts.sign_ins),
        quota=quota_words(quota),
        quota_full=quota is not None and 0 <= quota.budget <= quota.credits_consumed,
        ttl=default_ttl_text(template.default_ttl_ms),
        autostart=""
        if template.allow_user_autostart
        else _("This template does not let workspaces start by themselves."),
        autostop="" if template.allow_user_autostop else _("This template decides when its workspaces stop."),
        updates=_("This template demands its active version.") if template.require_active_version else "",
        source=facts.source.name if facts.source else "",
        source_missing=facts.source_missing,
        refused=reason_not_allowed(facts),
        link=f"?{urlencode(link_query(request, wanted, form))}",
        fixed=preset_lines(form),
        typed=overridden_values(form, wanted.data) if wanted.is_submission else (),
        faults=facts.errors,
        open=has_schedule(form),
    )


def has_schedule(form: CreateForm) -> bool:
    """Whether schedule and updates lie open: something is chosen there, or was refused."""
    chosen = [
        name for name in SCHEDULE_FIELDS if not form.fields[name].disabled and form[name].value() not in UNSET_VALUES
    ]
    return bool(chosen) or any(form.errors.get(name) for name in SCHEDULE_FIELDS)


def reason_not_allowed(facts: FormData) -> SafeString:
    """Why nothing can be made from this form, as HTML; "" where something can."""
    template = facts.template
    if template.deprecated:
        said = _("New workspaces cannot be made from this template any more.")
        return render_markdown(f"{said}\n\n{template.deprecation_message}")
    if not facts.may_create:
        where = template.organization_display_name or template.organization_name
        return format_html(
            "<p>{}</p>", _("You may not make workspaces in the organisation %(name)s.") % {"name": where}
        )
    return SafeString()


def has_several_organizations(request: PortalRequest) -> bool:
    """Whether the templates that the person may use are of more than one organisation."""
    listed = connection.get_templates(request.coder, request.person.fingerprint)
    return len({each.organization_id for each in listed}) > 1


def suggested_owners(request: PortalRequest, form: CreateForm) -> tuple[tuple[str, str], ...]:
    """The first people for whom it may be made, where that can be chosen."""
    if "owner" not in form.fields:
        return ()
    return owners.suggest_owners(request.coder, request.person, form.form_data.template.organization_id, "")


def default_ttl_text(default_ms: int) -> str:
    """What holds where no TTL is chosen."""
    if not default_ms:
        return _("Left empty, it does not stop by itself: that is what its template says.")
    return _("Left empty, it stops %(ttl)s after each start: that is what its template says.") % {
        "ttl": ttl_text(default_ms)
    }


def preset_lines(form: CreateForm) -> tuple[tuple[str, str], ...]:
    """What the preset sets, as labels and values."""
    labels = {each.name: each.label for each in form.form_data.parameters}
    options = {(each.name, o.value): o.name for each in form.form_data.parameters for o in each.options}
    return tuple(
        (labels.get(name, name), options.get((name, value), value)) for name, value in form.preset_values.items()
    )


def overridden_values(form: CreateForm, data: QueryDict) -> tuple[tuple[str, str], ...]:
    """What stood in the fields that the preset took away, for when another one is chosen."""
    names = [f"param.{name}" for name in form.preset_values]
    return tuple((name, value) for name in names for value in data.getlist(name))


def link_query(request: PortalRequest, wanted: FormRequest, form: CreateForm) -> list[tuple[str, str]]:
    """The form as the query of an address. What is masked stays out of it."""
    template = form.form_data.template
    pairs = [("name", str(form["name"].value() or ""))]
    if form.form_data.version_id != template.active_version_id:
        pairs.append(("version", str(form.form_data.version_id)))
    if form.form_data.presets:
        pairs.append(("preset", str(form.form_data.preset.ID) if form.form_data.preset else NO_PRESET))
    if wanted.owner != request.person.username:
        pairs.append(("owner", wanted.owner))
    for name, field in form.parameter_fields.items():
        one = field.parameter
        value = parameters.read_value(one, field.submitted_values(form[name].value()))
        if value is None or one.masked or value == one.default:
            continue
        pairs += [(one.field_name, each) for each in (parameters.parse_list(value) if one.is_list else [value])]
    for name in SCHEDULE_FIELDS:
        begun = form[name].value()
        pairs += [
            (name, form_value(each))
            for each in (begun if isinstance(begun, list) else [begun])
            if each not in EMPTY_VALUES
        ]
    if form["time"].value():
        pairs.append(("timezone", str(form["timezone"].value())))
    return [(name, value) for name, value in pairs if value]


def form_value(value: Any) -> str:
    """A value of a field as a form sends it."""
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
