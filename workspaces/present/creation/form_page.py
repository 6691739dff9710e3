"""What stands beside the fields of the form of a new workspace."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces.coder.template_types import ExternalAuth, Quota
from workspaces.present.creation.template_cards import TemplateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignIn:
    """A sign-in elsewhere that the template needs."""

    name: str
    url: str  # where to do it; "" where Coder names no address that a browser may be led to
    done: bool
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePage:
    """The form's page, without its fields."""

    card: TemplateCard
    readme: SafeString  # HTML
    dynamic: bool  # what parameters there are depends on their values
    reloads_on_change: bool  # something in the form changes what it asks for
    organization_id: UUID | None  # to be sent with it: there are several
    owner_choices: tuple[tuple[str, str], ...]  # usernames and names of those for whom it may be made
    zones: tuple[str, ...]
    prefilled: tuple[str, ...]  # names of the fields that the address filled in
    from_id: UUID | None
    sign_ins: tuple[ExternalSignIn, ...]
    quota: str  # a sentence, or ""
    quota_full: bool
    default_ttl: str  # what holds where the fields of the TTL are empty
    autostart_reason: str  # why there is no autostart; "" where there may be one
    autostop_reason: str  # why the TTL cannot be chosen; "" where it can
    updates_reason: str  # why the policy cannot be chosen; "" where it can
    source: str  # the name of the workspace that it is begun from, or ""
    source_missing: bool
    blocked_reason: SafeString  # why nothing can be made here, as HTML; "" where it can
    link: str  # this form as an address, with what is in it
    preset_values: tuple[tuple[str, str], ...]  # what a preset sets: labels and values
    typed_values: tuple[tuple[str, str], ...]  # what was typed in their place, to be kept: names of fields and values
    errors: tuple[str, ...]
    options_open: bool  # schedule and updates are not folded away


def make_sign_ins(listed: tuple[ExternalAuth, ...]) -> tuple[ExternalSignIn, ...]:
    """The sign-ins that are missing first."""
    found = [
        ExternalSignIn(
            name=each.display_name or each.id,
            url=each.authenticate_url if each.authenticate_url.startswith(("https://", "http://")) else "",
            done=each.authenticated,
            optional=each.optional,
        )
        for each in listed
    ]
    return tuple(sorted(found, key=lambda each: each.done))


def quota_text(quota: Quota | None) -> str:
    """What the owner's workspaces cost a day, of what they may; "" where there is no limit."""
    if quota is None or quota.budget < 0:
        return ""
    left = max(quota.budget - quota.credits_consumed, 0)
    return _("%(used)d of %(budget)d credits a day are used, %(left)d are left.") % {
        "used": quota.credits_consumed,
        "budget": quota.budget,
        "left": left,
    }
