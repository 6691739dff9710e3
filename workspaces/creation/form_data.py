"""The data of the form of a new workspace, requested from Coder in parallel where possible."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.http import QueryDict

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.auth.sessions import Person
from workspaces.coder import calls, template_calls
from workspaces.coder.calls import Call
from workspaces.coder.client import Coder, gather
from workspaces.coder.errors import CoderError, Gone, NotFound, RateLimited, Unreachable
from workspaces.coder.template_types import ExternalAuth, Preset, Quota, Template, TemplateVersion
from workspaces.coder.types import Workspace
from workspaces.creation import form_values, names, parameters
from workspaces.creation.parameters import Parameter
from workspaces.gateway import connection
from workspaces.gateway.cached_values import CachedValue

CACHE_MAX_AGE_S = 3600  # for a form that is submitted while Coder is unreachable
MAX_TAKEN_NAMES = 100  # existing names that the suggestion avoids


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRequest:
    """What a request asks of the form: the query of its URL, or the submitted form."""

    template_id: UUID
    owner: str  # a username
    version_id: UUID | None = None  # None: the active version
    preset_id: UUID | None = None
    preset_chosen: bool = False  # the request says whether there is a preset: the template's default does not apply
    source_id: UUID | None = None  # the workspace whose settings and parameters are copied
    has_name: bool = False  # no name has to be suggested
    data: QueryDict = field(default_factory=QueryDict)  # with the parameters: param.NAME
    is_submission: bool = False  # `data` is a submitted form, not the query of a URL
    is_short: bool = False  # the form has no choice of a version, and no summary with the quota

    @property
    def cache_key(self) -> str:
        """The key of the form's data, beside the person."""
        return f"{self.template_id}.short" if self.is_short else str(self.template_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormData:
    """What Coder says about the template, the version, the owner and the parameters."""

    template: Template
    version_id: UUID
    versions: tuple[TemplateVersion, ...]  # see buildable_versions
    owner_exists: bool
    may_create: bool
    may_choose_owner: bool
    presets: tuple[Preset, ...]
    preset: Preset | None  # the selected one
    sign_ins: tuple[ExternalAuth, ...]
    quota: Quota | None
    daily_cost: int  # credits a day, as the version plans a start; 0 if unknown, or without a quota
    taken_names: frozenset[str]  # the owner's workspaces whose names resemble the suggestion
    source: Workspace | None
    source_missing: bool
    values: Mapping[str, str]  # by the parameter's name, see ValueSources
    parameters: tuple[Parameter, ...]
    dynamic: bool  # the parameters depend on their values and have to be evaluated again
    errors: tuple[str, ...]  # of the evaluation as a whole

    def state_for(self, owner: str) -> str:
        """Return an identifier of what the form of this owner is made of, without the values that were typed."""
        parts = (self.version_id, self.preset, self.parameters, owner)
        return hashlib.sha256(msgspec.json.encode(parts, order="deterministic")).hexdigest()[:16]


FORM_DATA = CachedValue("new", FormData, max_age_s=CACHE_MAX_AGE_S)
DAILY_COSTS = CachedValue("cost", int, max_age_s=CACHE_MAX_AGE_S)
PERMISSIONS = CachedValue("create", dict[str, bool], max_age_s=connection.CACHE_MAX_AGE_S)


def load_form_data(coder: Coder, person: Person, form_request: FormRequest) -> FormData:
    """Return the data of the form, in three rounds of parallel calls at most.

    Raises CoderError and SessionEnded. An optional call that fails leaves its default.
    """
    versions_call = None if form_request.is_short else template_calls.versions(form_request.template_id)
    source_call = calls.workspace(form_request.source_id) if form_request.source_id else None
    template, versions, owner_id, source = gather(
        partial(coder.send, template_calls.template(form_request.template_id)),
        partial(send_or_default, coder, versions_call, ()),
        partial(find_owner_id, coder, person, form_request.owner),
        partial(send_or_default, coder, source_call, None),
    )
    version_id = form_request.version_id or template.active_version_id
    modern = CoderCapabilities.for_version(coder.version).supports_on_success
    base = names.slugify_name(f"{source.name}-copy" if source else template.name)
    similar_call = calls.workspaces(f"owner:{form_request.owner} name:{base}", limit=MAX_TAKEN_NAMES)
    quota_call = None if form_request.is_short else template_calls.quota(template.organization_id, form_request.owner)
    source_values_call = template_calls.build_parameters(source.latest_build.id) if source else None
    rich, presets, sign_ins, quota, source_values, similar, permissions = gather(
        partial(coder.send, template_calls.rich_parameters(version_id)),
        partial(send_or_default, coder, template_calls.presets(version_id) if modern else None, ()),
        partial(send_or_default, coder, template_calls.external_auth(version_id), ()),
        partial(send_or_default, coder, quota_call, None),
        partial(send_or_default, coder, source_values_call, ()),
        partial(send_or_default, coder, None if form_request.has_name else similar_call, None),
        partial(get_create_permissions, coder, person, template.organization_id),
    )
    preset = next((each for each in presets or () if is_selected(each, form_request)), None)
    listed = tuple(map(parameters.from_rich_parameter, rich or ()))
    sources = ValueSources(
        data=form_request.data,
        is_submission=form_request.is_submission,
        preset=parameters.preset_values(preset),
        source={value.name: value.value for value in source_values or ()},
    )
    dynamic = modern and not template.use_classic_parameter_flow and owner_id is not None
    evaluation, daily_cost = gather(
        partial(evaluate_parameters, coder, version_id, owner_id if dynamic else None, listed, sources),
        partial(get_daily_cost, coder, person, version_id, quota),
    )
    form_parameters, errors = evaluation or (listed, ())
    return FormData(
        template=template,
        version_id=version_id,
        versions=buildable_versions(versions or (), version_id, active_only=template.require_active_version),
        owner_exists=owner_id is not None,
        may_create=permissions["own"] or permissions["any"],
        may_choose_owner=permissions["any"],
        presets=tuple(presets or ()),
        preset=preset,
        sign_ins=tuple(sign_ins or ()),
        quota=quota,
        daily_cost=daily_cost,
        taken_names=frozenset(each.name for each in (similar.workspaces or () if similar else ())),
        source=source,
        source_missing=form_request.source_id is not None and source is None,
        values=sources.values_for(form_parameters),
        parameters=form_parameters,
        dynamic=evaluation is not None,
        errors=errors,
    )


def is_selected(preset: Preset, form_request: FormRequest) -> bool:
    """Return whether the form starts with this preset: the requested one, else the template's default."""
    return preset.Default if not form_request.preset_chosen else form_request.preset_id == preset.ID


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSources:
    """Where the values of parameters come from, in order of precedence: preset, form or URL, source workspace.

    `is_submission`: `data` is a submitted form, in which a missing checkbox is off.
    """

    data: QueryDict
    is_submission: bool
    preset: Mapping[str, str]
    source: Mapping[str, str]

    def values_for(self, form_parameters: tuple[Parameter, ...]) -> dict[str, str]:
        """Return the values of these parameters, by name; a parameter without a value is left out."""
        values: dict[str, str] = {}
        for parameter in form_parameters:
            is_submitted_checkbox = parameter.control in {"checkbox", "switch"} and self.is_submission
            if parameter.name in self.preset:
                values[parameter.name] = self.preset[parameter.name]
            elif parameter.field_name in self.data or is_submitted_checkbox:
                value = self.read_value(parameter)
                values |= {parameter.name: value} if value is not None else {}
            elif parameter.name in self.source and not parameter.ephemeral:
                values[parameter.name] = self.source[parameter.name]
        return values

    def read_value(self, parameter: Parameter) -> str | None:
        """Return the value that the form or the URL has for a parameter. A form keeps what nobody touched as it was."""
        texts = self.data.getlist(parameter.field_name)
        if not self.is_submission:
            return form_values.read_link_value(parameter, texts)
        source = None if parameter.ephemeral else self.source.get(parameter.name)
        originals = (form_values.read_original(parameter, self.data), source, parameter.default or None)
        return form_values.read_value(parameter, texts, originals)


def evaluate_parameters(
    coder: Coder, version_id: UUID, owner_id: UUID | None, listed: tuple[Parameter, ...], sources: ValueSources
) -> tuple[tuple[Parameter, ...], tuple[str, ...]] | None:
    """Return the parameters as Coder evaluates them with the given values, and the errors of the whole.

    None: Coder does not evaluate, because it is too old or the person may not read the owner, whose id is None then.
    Where the evaluation adds parameters that have a given value, it is repeated once with these values.
    """
    if owner_id is None:
        return None
    inputs, evaluated = sources.values_for(listed), listed
    errors: tuple[str, ...] = ()
    for _round in (1, 2):
        evaluation = send_or_default(coder, template_calls.evaluate(version_id, inputs, owner_id), None)
        if evaluation is None or evaluation.parameters is None:
            return None
        in_order = sorted(evaluation.parameters, key=lambda parameter: parameter.order)
        evaluated = tuple(map(parameters.from_evaluated_parameter, in_order))
        errors = parameters.diagnostic_messages(evaluation.diagnostics, "error")
        values = sources.values_for(evaluated)
        if values.keys() <= inputs.keys():
            break
        inputs = values
    return evaluated, errors


def send_or_default(coder: Coder, call: Call[Any] | None, default: Any) -> Any:
    """Return Coder's response, or `default` where there is no call or Coder refuses it.

    Raises SessionEnded and Unreachable.
    """
    if call is None:
        return default
    try:
        return coder.send(call)
    except Unreachable:
        raise
    except CoderError:
        return default


def find_owner_id(coder: Coder, person: Person, username: str) -> UUID | None:
    """Return the id of the new workspace's owner; None where there is no such user or the person may not read it."""
    if username.lower() in {person.username.lower(), template_calls.ME}:
        return person.id
    user = send_or_default(coder, calls.user(username), None)
    return user.id if user else None


def get_daily_cost(coder: Coder, person: Person, version_id: UUID, quota: Quota | None) -> int:
    """Return what a workspace of this version costs of the quota (credits a day) while it runs; 0 if that is unknown.

    Coder is asked where there is a quota, and once for a version, which never changes. The cost of resources that
    depend on parameters may differ. Raises SessionEnded and Unreachable.
    """
    if quota is None or quota.budget < 0:
        return 0

    def fetch() -> int:
        resources = coder.send(template_calls.version_resources(version_id)) or ()
        return sum(each.daily_cost for each in resources if each.workspace_transition == "start")

    try:
        return DAILY_COSTS.get_or_fetch(fetch, person.fingerprint, version_id)
    except Unreachable:
        raise
    except CoderError:
        return 0


def get_create_permissions(coder: Coder, person: Person, organization_id: UUID) -> dict[str, bool]:
    """Return whether the person may create workspaces of their `own`, and of `any` user, in the organization."""

    def check(owner: str) -> dict[str, object]:
        resource = {"resource_type": "workspace", "organization_id": str(organization_id), "owner_id": owner}
        return {"object": resource, "action": "create"}

    call = calls.authcheck({"own": check(str(person.id)), "any": check("*")})
    permissions = PERMISSIONS.get_or_fetch(
        lambda: send_or_default(coder, call, {}), person.fingerprint, organization_id
    )
    return {"own": True, "any": False} | permissions


def buildable_versions(
    versions: tuple[TemplateVersion, ...], chosen: UUID, *, active_only: bool
) -> tuple[TemplateVersion, ...]:
    """Return the versions that can be built, the newest first, and the chosen one in any case.

    `active_only`: the template requires its active version, so there is no other choice.
    """
    buildable = [
        version
        for version in versions
        if version.id == chosen or (version.job.status == "succeeded" and not version.archived and not active_only)
    ]
    return tuple(sorted(buildable, key=lambda version: version.created_at, reverse=True))


def load_form_data_or_cached(coder: Coder, person: Person, form_request: FormRequest) -> FormData:
    """Return the form's data, and cache it; while Coder is unreachable, return what was cached for this person.

    Raises CoderError and SessionEnded.
    """
    try:
        form_data = load_form_data(coder, person, form_request)
    except (Unreachable, RateLimited):
        cached = FORM_DATA.get(person.fingerprint, form_request.cache_key)
        if cached is None:
            raise
        return cached
    FORM_DATA.set(form_data, person.fingerprint, form_request.cache_key)
    return form_data


def load_shown_form_data(coder: Coder, person: Person, form_request: FormRequest) -> FormData:
    """Return the data that the submitted form was made of, by its field `shown`; it is requested if it is not cached.

    Raises CoderError and SessionEnded.
    """
    cached = FORM_DATA.get(person.fingerprint, form_request.cache_key)
    if cached and cached.state_for(form_request.owner) == form_request.data.get("shown"):
        return cached
    return load_form_data_or_cached(coder, person, form_request)


def find_workspace(coder: Coder, owner: str, name: str) -> Workspace | None:
    """Return the workspace of this name; None where there is none. Raises CoderError and SessionEnded."""
    try:
        return coder.send(calls.workspace_by_name(owner, name))
    except (NotFound, Gone):
        return None
