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
from workspaces.creation.fields import Locate
from workspaces.creation.form_data import Facts, Wanted
from workspaces.creation.forms import AddressForm, CreateForm
from workspaces.gateway import connection
from workspaces.present.creation.form_page import NewPage, quota_words, sign_ins
from workspaces.present.creation.template_cards import card
from workspaces.present.icons import icon_url
from workspaces.present.markdown import rendered
from workspaces.schedule import ttl_text

FOLDED = ("ttl_hours", "ttl_minutes", "days", "time", "schedule", "automatic_updates")
NOTHING = (None, "", "never")  # what need not be said
NO_PRESET = "none"
UNCHOSEN: tuple[object, ...] = (*NOTHING, [])
ADDRESSED = {"name": "name", "owner": "owner", "version": "template_version_id", "preset": "preset"}


def identifier(text: str) -> UUID | None:
    """A UUID, or None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def wanted(request: PortalRequest, template_id: UUID, draft: QueryDict | None = None) -> Wanted:
    """What the request is about: as the form says it (`draft` is one that was sent earlier), or its address."""
    form = request.POST if request.method == "POST" else draft
    data = request.GET if form is None else form
    address = AddressForm(data)
    address.is_valid()
    said = address.cleaned_data
    return Wanted(
        template_id=template_id,
        owner=said.get("owner") or request.person.username,
        version_id=said.get("template_version_id") or said.get("version"),
        preset_id=said.get("preset"),
        settled=form is not None or bool({"preset", "from"} & data.keys()) or any(map(is_parameter, data)),
        source_id=identifier(data.get("from", "")),
        named=form is not None or bool(data.get("name")),
        data=data,
        whole=form is not None,
    )


def options(wanted: Wanted, facts: Facts) -> dict[str, Any]:
    """What a CreateForm is made with beside its data."""
    return {"facts": facts, "locate": locator(), "marked": marked(wanted)}


def locator() -> Locate:
    """From an icon as Coder names it to its address."""
    public_url = connection.public_url()
    return lambda icon: icon_url(icon, public_url)


def marked(wanted: Wanted) -> list[str]:
    """The fields that the address filled in, which the form hands on when it is asked anew."""
    if wanted.whole:
        return wanted.data.getlist("marked")
    return [ADDRESSED.get(name, name) for name in wanted.data if name in ADDRESSED or is_parameter(name)]


def is_parameter(name: str) -> bool:
    """Whether a field is a parameter's."""
    return name.startswith("param.")


def page(request: PortalRequest, wanted: Wanted, form: CreateForm) -> NewPage:
    """What stands beside the fields."""
    facts = form.facts
    template, quota = facts.template, facts.quota
    readme = next((each.readme for each in facts.versions if each.id == facts.version_id), "")
    shown = card(template, connection.public_url())
    return NewPage(
        card=shown,
        readme=rendered(readme),
        dynamic=facts.dynamic,
        reasks=facts.dynamic or len(facts.versions) > 1 or {"preset", "owner"} & form.fields.keys() != set(),
        organization_id=template.organization_id if several_organizations(request) else None,
        people=suggested(request, form),
        zones=tuple(sorted(timezones.zone_names())),
        marked=tuple(marked(wanted)),
        from_id=wanted.source_id,
        sign_ins=sign_ins(facts.sign_ins),
        quota=quota_words(quota),
        quota_full=quota is not None and 0 <= quota.budget <= quota.credits_consumed,
        ttl=ttl_help(template.default_ttl_ms),
        autostart=""
        if template.allow_user_autostart
        else _("This template does not let workspaces start by themselves."),
        autostop="" if template.allow_user_autostop else _("This template decides when its workspaces stop."),
        updates=_("This template demands its active version.") if template.require_active_version else "",
        source=facts.source.name if facts.source else "",
        source_missing=facts.source_missing,
        refused=refused(facts),
        link=f"?{urlencode(linked(request, wanted, form))}",
        fixed=fixed(form),
        typed=typed(form, wanted.data) if wanted.whole else (),
        faults=facts.faults,
        open=unfolded(form),
    )


def unfolded(form: CreateForm) -> bool:
    """Whether schedule and updates lie open: something is chosen there, or was refused."""
    chosen = [name for name in FOLDED if not form.fields[name].disabled and form[name].value() not in UNCHOSEN]
    return bool(chosen) or any(form.errors.get(name) for name in FOLDED)


def refused(facts: Facts) -> SafeString:
    """Why nothing can be made from this form, as HTML; "" where something can."""
    template = facts.template
    if template.deprecated:
        said = _("New workspaces cannot be made from this template any more.")
        return rendered(f"{said}\n\n{template.deprecation_message}")
    if not facts.may_create:
        where = template.organization_display_name or template.organization_name
        return format_html(
            "<p>{}</p>", _("You may not make workspaces in the organisation %(name)s.") % {"name": where}
        )
    return SafeString()


def several_organizations(request: PortalRequest) -> bool:
    """Whether the templates that the person may use are of more than one organisation."""
    listed = connection.get_templates(request.coder, request.person.fingerprint)
    return len({each.organization_id for each in listed}) > 1


def suggested(request: PortalRequest, form: CreateForm) -> tuple[tuple[str, str], ...]:
    """The first people for whom it may be made, where that can be chosen."""
    if "owner" not in form.fields:
        return ()
    return owners.like(request.coder, request.person, form.facts.template.organization_id, "")


def ttl_help(default_ms: int) -> str:
    """What holds where no TTL is chosen."""
    if not default_ms:
        return _("Left empty, it does not stop by itself: that is what its template says.")
    return _("Left empty, it stops %(ttl)s after each start: that is what its template says.") % {
        "ttl": ttl_text(default_ms)
    }


def fixed(form: CreateForm) -> tuple[tuple[str, str], ...]:
    """What the preset sets, as labels and values."""
    labels = {each.name: each.label for each in form.facts.parameters}
    options = {(each.name, o.value): o.name for each in form.facts.parameters for o in each.options}
    return tuple((labels.get(name, name), options.get((name, value), value)) for name, value in form.fixed.items())


def typed(form: CreateForm, data: QueryDict) -> tuple[tuple[str, str], ...]:
    """What stood in the fields that the preset took away, for when another one is chosen."""
    names = [f"param.{name}" for name in form.fixed]
    return tuple((name, value) for name in names for value in data.getlist(name))


def linked(request: PortalRequest, wanted: Wanted, form: CreateForm) -> list[tuple[str, str]]:
    """The form as the query of an address. What is masked stays out of it."""
    template = form.facts.template
    pairs = [("name", str(form["name"].value() or ""))]
    if form.facts.version_id != template.active_version_id:
        pairs.append(("version", str(form.facts.version_id)))
    if form.facts.presets:
        pairs.append(("preset", str(form.facts.preset.ID) if form.facts.preset else NO_PRESET))
    if wanted.owner != request.person.username:
        pairs.append(("owner", wanted.owner))
    for name, field in form.parameter_fields.items():
        one = field.parameter
        value = parameters.said(one, field.posted(form[name].value()))
        if value is None or one.masked or value == one.default:
            continue
        pairs += [(one.field, each) for each in (parameters.items(value) if one.many else [value])]
    for name in FOLDED:
        begun = form[name].value()
        pairs += [
            (name, plain(each)) for each in (begun if isinstance(begun, list) else [begun]) if each not in NOTHING
        ]
    if form["time"].value():
        pairs.append(("timezone", str(form["timezone"].value())))
    return [(name, value) for name, value in pairs if value]


def plain(value: Any) -> str:
    """A value of a field as a form sends it."""
    return value.strftime("%H:%M") if isinstance(value, time) else str(value)
