"""What the form of a new workspace has to know, asked of Coder: side by side what can be, the rest in turn."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import QueryDict

from workspaces.actions.capabilities import CoderCapabilities
from workspaces.auth.sessions import Person
from workspaces.coder import calls, template_calls
from workspaces.coder.calls import Call
from workspaces.coder.client import Coder, gather
from workspaces.coder.errors import CoderError, Gone, NotFound, RateLimited, Unreachable
from workspaces.coder.template_types import ExternalAuth, Preset, Quota, Template, TemplateVersion
from workspaces.coder.types import Workspace
from workspaces.creation import names, parameters
from workspaces.creation.parameters import Parameter
from workspaces.gateway import connection

CACHE_MAX_AGE_S = 3600  # s: for somebody who sends the form while Coder is away
MAX_TAKEN_NAMES = 100  # names that may be taken already


@dataclass(frozen=True, slots=True, kw_only=True)
class FormRequest:
    """What the form is about, as an address or the form itself says it."""

    template_id: UUID
    owner: str  # a username
    version_id: UUID | None = None  # None: the active one
    preset_id: UUID | None = None
    preset_chosen: bool = (
        False  # whether there shall be a preset is said already: the template's own choice does not count
    )
    source_id: UUID | None = None  # the workspace to begin from
    has_name: bool = False  # there is a name already: none has to be suggested
    data: QueryDict = field(default_factory=QueryDict)  # holds the parameters: param.NAME
    is_submission: bool = False  # the data is a form's, not an address's


@dataclass(frozen=True, slots=True, kw_only=True)
class FormData:
    """What Coder said of it."""

    template: Template
    version_id: UUID
    versions: tuple[TemplateVersion, ...]  # that can be built, the newest first
    owner_exists: bool
    may_create: bool
    may_choose_owner: bool
    presets: tuple[Preset, ...]
    preset: Preset | None  # the chosen one
    sign_ins: tuple[ExternalAuth, ...]
    quota: Quota | None
    taken_names: frozenset[str]  # names of the owner's workspaces that are like the suggestion
    source: Workspace | None
    source_missing: bool
    values: Mapping[str, str]  # the values that stand already: of preset, address or form, and source
    parameters: tuple[Parameter, ...]
    dynamic: bool  # the parameters depend on their values, and have to be asked for again
    errors: tuple[str, ...]  # what Coder says of the parameters as a whole


def load_form_data(coder: Coder, person: Person, form_request: FormRequest) -> FormData:
    """Everything, in three rounds at most. Raises CoderError; what the form can do without does not."""
    source_call = calls.workspace(form_request.source_id) if form_request.source_id else None
    template, versions, owner_id, source = gather(
        partial(coder.send, template_calls.template(form_request.template_id)),
        partial(send_or_default, coder, template_calls.versions(form_request.template_id), ()),
        partial(find_owner_id, coder, person, form_request.owner),
        partial(send_or_default, coder, source_call, None),
    )
    version_id = form_request.version_id or template.active_version_id
    modern = CoderCapabilities.for_version(coder.version).supports_on_success
    base = names.slugify_name(f"{source.name}-copy" if source else template.name)
    listed = calls.workspaces(f"owner:{form_request.owner} name:{base}", limit=MAX_TAKEN_NAMES)
    rich, presets, sign_ins, quota, before, found, rights = gather(
        partial(coder.send, template_calls.rich_parameters(version_id)),
        partial(send_or_default, coder, template_calls.presets(version_id) if modern else None, ()),
        partial(send_or_default, coder, template_calls.external_auth(version_id), ()),
        partial(send_or_default, coder, template_calls.quota(template.organization_id, form_request.owner), None),
        partial(
            send_or_default, coder, template_calls.build_parameters(source.latest_build.id) if source else None, ()
        ),
        partial(send_or_default, coder, None if form_request.has_name else listed, None),
        partial(get_create_permissions, coder, person, template.organization_id),
    )
    preset = next((each for each in presets or () if is_selected(each, form_request)), None)
    known = tuple(map(parameters.from_rich_parameter, rich or ()))
    older = {each.name: each.value for each in before or ()}
    answers = ValueSources(
        data=form_request.data,
        is_submission=form_request.is_submission,
        preset=parameters.preset_values(preset),
        source=older,
    )
    dynamic = modern and not template.use_classic_parameter_flow and owner_id is not None
    evaluated = evaluate_parameters(coder, version_id, owner_id, known, answers) if dynamic and owner_id else None
    shown, faults = evaluated or (known, ())
    return FormData(
        template=template,
        version_id=version_id,
        versions=buildable_versions(versions or (), version_id, alone=template.require_active_version),
        owner_exists=owner_id is not None,
        may_create=rights["own"] or rights["any"],
        may_choose_owner=rights["any"],
        presets=tuple(presets or ()),
        preset=preset,
        sign_ins=tuple(sign_ins or ()),
        quota=quota,
        taken_names=frozenset(each.name for each in (found.workspaces or () if found else ())),
        source=source,
        source_missing=form_request.source_id is not None and source is None,
        values=answers.values_for(shown),
        parameters=shown,
        dynamic=evaluated is not None,
        errors=faults,
    )


def is_selected(preset: Preset, form_request: FormRequest) -> bool:
    """Whether this is the preset to begin with: the one that was asked for, else the template's own choice."""
    return preset.Default if not form_request.preset_chosen else form_request.preset_id == preset.ID


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSources:
    """What is given for parameters: a preset's values hold against those of form or address, those against a source's.

    `whole`: the data is a form's, in which a checkbox that is missing is not ticked.
    """

    data: QueryDict
    is_submission: bool
    preset: Mapping[str, str]
    source: Mapping[str, str]

    def values_for(self, shown: tuple[Parameter, ...]) -> dict[str, str]:
        """The values for these parameters."""
        found: dict[str, str] = {}
        for each in shown:
            ticked = each.control in {"checkbox", "switch"} and self.is_submission
            if each.name in self.preset:
                found[each.name] = self.preset[each.name]
            elif each.field_name in self.data or ticked:
                value = parameters.read_value(each, self.data.getlist(each.field_name))
                found |= {each.name: value} if value is not None else {}
            elif each.name in self.source and not each.ephemeral:
                found[each.name] = self.source[each.name]
        return found


def evaluate_parameters(
    coder: Coder, version_id: UUID, owner_id: UUID, known: tuple[Parameter, ...], answers: ValueSources
) -> tuple[tuple[Parameter, ...], tuple[str, ...]] | None:
    """The parameters as they are with the answers, and what is wrong with them as a whole.

    None where Coder does not evaluate: an older one, or one that does not let this person look at the owner.
    Parameters that come with an answer are asked for once more with their own answers.
    """
    inputs, shown = answers.values_for(known), known
    faults: tuple[str, ...] = ()
    for _round in (1, 2):
        found = send_or_default(coder, template_calls.evaluate(version_id, inputs, owner_id), None)
        if found is None or found.parameters is None:
            return None
        listed = sorted(found.parameters, key=lambda each: each.order)
        shown, faults = (
            tuple(map(parameters.from_evaluated_parameter, listed)),
            parameters.diagnostic_messages(found.diagnostics, "error"),
        )
        again = answers.values_for(shown)
        if again.keys() <= inputs.keys():
            break
        inputs = again
    return shown, faults


def send_or_default(coder: Coder, call: Call[Any] | None, default: Any) -> Any:
    """The answer, or what stands in for it where Coder gives none. Raises SessionEnded and Unreachable."""
    if call is None:
        return default
    try:
        return coder.send(call)
    except Unreachable:
        raise
    except CoderError:
        return default


def find_owner_id(coder: Coder, person: Person, name: str) -> UUID | None:
    """The id of the owner to be; None where there is no such person, or none that this one may see."""
    if name.lower() in {person.username.lower(), template_calls.ME}:
        return person.id
    found = send_or_default(coder, template_calls.user(name), None)
    return found.id if found else None


def get_create_permissions(coder: Coder, person: Person, organization_id: UUID) -> dict[str, bool]:
    """Whether workspaces may be made in this organisation: one's `own`, and `any` body's. Asked once in a while."""

    def question(owner: str) -> dict[str, object]:
        thing = {"resource_type": "workspace", "organization_id": str(organization_id), "owner_id": owner}
        return {"object": thing, "action": "create"}

    checks = calls.authcheck({"own": question(str(person.id)), "any": question("*")})
    key = f"create.{person.fingerprint}.{organization_id}"
    told: dict[str, bool] = connection.get_or_fetch(key, lambda: send_or_default(coder, checks, {}))
    return {"own": True, "any": False} | told


def buildable_versions(
    versions: tuple[TemplateVersion, ...], chosen: UUID, *, alone: bool
) -> tuple[TemplateVersion, ...]:
    """The versions that can be built, the newest first, and the chosen one whatever it is.

    `alone`: the template lets its active version start and no other, so there is nothing to choose.
    """
    good = [
        each
        for each in versions
        if each.id == chosen or (each.job.status == "succeeded" and not each.archived and not alone)
    ]
    return tuple(sorted(good, key=lambda each: each.created_at, reverse=True))


def load_form_data_or_cached(coder: Coder, person: Person, form_request: FormRequest) -> FormData:
    """The facts; while Coder is away, those that this person's form was made with. Raises CoderError without any."""
    key = f"new.{person.fingerprint}.{form_request.template_id}"
    try:
        found = load_form_data(coder, person, form_request)
    except (Unreachable, RateLimited):
        last: FormData | None = cache.get(key)
        if last is None:
            raise
        return last
    cache.set(key, found, CACHE_MAX_AGE_S)
    return found


def find_workspace(coder: Coder, owner: str, name: str) -> Workspace | None:
    """The workspace of this name, if there is one. Raises CoderError."""
    try:
        return coder.send(calls.workspace_by_name(owner, name))
    except (NotFound, Gone):
        return None
