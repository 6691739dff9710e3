"""The page around the form for a new workspace."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from workspaces.coder.template_types import ExternalAuth, Quota
from workspaces.coder.text import sanitize_text
from workspaces.present.creation.template_cards import TemplateCard


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalSignIn:
    """An external sign-in that the template needs."""

    name: str
    url: str  # "" unless it is an http(s) URL
    done: bool
    optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatePage:
    """The form's page without the fields."""

    card: TemplateCard
    readme: SafeString  # HTML
    dynamic: bool  # the parameters depend on their values
    reloads_on_change: bool  # the form reloads when a field changes
    organization_id: UUID | None  # for the request, if there are several organizations
    owner_choices: tuple[tuple[str, str], ...]  # usernames and names
    zones: tuple[str, ...]
    prefilled: tuple[str, ...]  # names of the fields that the URL sets
    from_id: UUID | None
    sign_ins: tuple[ExternalSignIn, ...]
    autostart_reason: str  # why it cannot be set; or ""
    autostop_reason: str  # why the TTL cannot be set; or ""
    updates_reason: str  # why the policy cannot be set; or ""
    source: str  # the name of the workspace to copy, or ""
    source_missing: bool
    unused: tuple[str, ...]  # names of the address's values that the form cannot use
    blocked_reason: SafeString  # why no workspace can be created, as HTML; or ""
    link: str  # the URL of the form with its values
    preset_values: tuple[tuple[str, str], ...]  # of the chosen preset: labels and values
    typed_values: tuple[tuple[str, str], ...]  # that the preset replaces: names of fields and values
    errors: tuple[str, ...]
    parameters_fold: bool  # all are optional, so that their section can be collapsed
    parameters_open: bool  # it is expanded at first
    options_open: bool  # schedule and updates are expanded


def make_sign_ins(auths: tuple[ExternalAuth, ...]) -> tuple[ExternalSignIn, ...]:
    """Return the sign-ins, missing ones first."""
    sign_ins = [
        ExternalSignIn(
            name=sanitize_text(each.display_name) or each.id,
            url=each.authenticate_url if each.authenticate_url.startswith(("https://", "http://")) else "",
            done=each.authenticated,
            optional=each.optional,
        )
        for each in auths
    ]
    return tuple(sorted(sign_ins, key=lambda each: each.done))


def quota_warning(quota: Quota | None, daily_cost: int) -> str:
    """Return why Coder will not start a workspace of this cost (credits a day; 0: unknown); "" if it will."""
    if quota is None or quota.budget < 0:
        return ""
    remaining = quota.budget - quota.credits_consumed
    if daily_cost > max(remaining, 0):
        return _("The workspace costs more than the remaining quota, so Coder will not start it.")
    return _("Coder will not start another workspace that costs credits.") if remaining <= 0 and not daily_cost else ""


def quota_text(quota: Quota | None) -> str:
    """Return the daily cost and budget of the owner's workspaces; "" without a limit."""
    if quota is None or quota.budget < 0:
        return ""
    remaining = max(quota.budget - quota.credits_consumed, 0)
    return _("Quota: %(used)d of %(budget)d credits per day used, %(left)d left.") % {
        "used": quota.credits_consumed,
        "budget": quota.budget,
        "left": remaining,
    }
