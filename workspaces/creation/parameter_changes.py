"""The parameters of a workspace that exists: what they are, and the build that changes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from workspaces.actions.builds import check_change_version
from workspaces.actions.capabilities import CoderCapabilities
from workspaces.actions.context import ActionContext, Rights
from workspaces.actions.reasons import reason_dormant, reason_no_build
from workspaces.coder import calls, template_calls
from workspaces.coder.calls import Call
from workspaces.coder.client import Coder, gather
from workspaces.coder.template_types import ParameterValue
from workspaces.coder.types import Workspace, WorkspaceBuild
from workspaces.creation import parameters
from workspaces.creation.fields import IconLocator, widget_value
from workspaces.creation.form_data import ValueSources, evaluate_parameters, send_or_default
from workspaces.creation.forms import ParametersForm
from workspaces.creation.parameters import Parameter
from workspaces.forms.coder_errors import CoderErrorsMixin


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceParameters:
    """A workspace, a version of its template, and its parameters there."""

    workspace: Workspace
    version_id: UUID
    parameters: tuple[Parameter, ...]
    previous: Mapping[str, str]  # what its latest build was made with
    values: Mapping[str, str]
    dynamic: bool
    errors: tuple[str, ...]
    version_name: str = ""  # its name, where it is another one than the workspace has

    @property
    def is_active_version(self) -> bool:
        """Whether the version is the template's active one."""
        return self.version_id == self.workspace.template_active_version_id

    @property
    def changes_version(self) -> bool:
        """Whether it gets another version with it."""
        return self.version_id != self.workspace.latest_build.template_version_id

    @property
    def fixed_parameters(self) -> tuple[Parameter, ...]:
        """What was chosen once and for all."""
        return tuple(each for each in self.parameters if not each.mutable and each.name in self.previous)

    @property
    def editable_parameters(self) -> tuple[Parameter, ...]:
        """What can be changed, and what the version asks for that the workspace does not have."""
        return tuple(each for each in self.parameters if each.mutable or each.name not in self.previous)


def load_parameters(
    coder: Coder, workspace: Workspace, version_id: UUID | None, data: QueryDict, *, is_submission: bool
) -> WorkspaceParameters:
    """The parameters with what an address or a form says of them. Raises CoderError.

    Without a version it is the one that the next start takes.
    """
    build = workspace.latest_build
    bound = workspace.template_require_active_version or workspace.automatic_updates == "always"
    version_id = version_id or (workspace.template_active_version_id if bound else build.template_version_id)
    other = template_calls.version(version_id) if version_id != build.template_version_id else None
    rich, before, named = gather(
        partial(coder.send, template_calls.rich_parameters(version_id)),
        partial(coder.send, template_calls.build_parameters(build.id)),
        partial(send_or_default, coder, other, None),
    )
    known = tuple(map(parameters.from_rich_parameter, rich or ()))
    previous = {each.name: each.value for each in before or ()}
    answers = ValueSources(data=data, is_submission=is_submission, preset={}, source=previous)
    evaluates = (
        CoderCapabilities.for_version(coder.version).supports_on_success
        and not workspace.template_use_classic_parameter_flow
    )
    found = evaluate_parameters(coder, version_id, workspace.owner_id, known, answers) if evaluates else None
    shown, faults = found or (known, ())
    return WorkspaceParameters(
        workspace=workspace,
        version_id=version_id,
        parameters=shown,
        previous=previous,
        values=answers.values_for(shown),
        dynamic=found is not None,
        errors=faults,
        version_name=named.name if named else "",
    )


class ChangeParametersForm(CoderErrorsMixin, ParametersForm):
    """The parameters that can be changed: `param.NAME`, and `template_version_id`."""

    template_version_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, current: WorkspaceParameters, locate_icon: IconLocator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current
        self.initial["template_version_id"] = current.version_id
        lasting = {name: value for name, value in current.previous.items() if name not in ephemeral_names(current)}
        self.add_parameters(current.editable_parameters, current.values, locate_icon=locate_icon, previous=lasting)

    def clean(self) -> dict[str, Any]:
        """Something has to change."""
        if not self.errors and not self.changes and not self.current.changes_version:
            raise forms.ValidationError(_("Nothing here differs from what the workspace has."))
        return self.cleaned_data

    @property
    def changes(self) -> tuple[ParameterValue, ...]:
        """The values that differ from those of the latest build; of what holds for one start, from the default."""
        before = {
            **self.current.previous,
            **{each.name: each.default for each in self.current.parameters if each.ephemeral},
        }
        known = {name: parameters.normalize_newlines(value) for name, value in before.items()}
        return tuple(each for each in self.parameter_values if known.get(each.name) != each.value)


class StartValuesForm(ChangeParametersForm):
    """Values that come with a start: of some parameters, while the others stay as they are."""

    @classmethod
    def with_current_values(
        cls, current: WorkspaceParameters, submitted: QueryDict, locate_icon: IconLocator
    ) -> "StartValuesForm":
        """The form with what was said, and for the rest with what the workspace has."""
        data = submitted.copy()
        for one in current.editable_parameters:
            kept = widget_value(one, parameters.initial_value(one, current.values))
            if one.field_name not in submitted and kept is not None and kept is not False:
                data.setlist(one.field_name, kept if isinstance(kept, list) else ["true" if kept is True else kept])
        return cls(data, current=current, locate_icon=locate_icon)

    def clean(self) -> dict[str, Any]:
        """Nothing has to change for a start, but nothing that was said is overlooked."""
        for name in self.data:
            if name.startswith("param.") and name not in self.fields:
                words = _("%(name)s cannot be changed: it was chosen once and for all, or there is no such parameter.")
                self.add_error(None, words % {"name": name.removeprefix("param.")})
        return self.cleaned_data


def ephemeral_names(current: WorkspaceParameters) -> set[str]:
    """The names of the parameters that hold for one start."""
    return {each.name for each in current.parameters if each.ephemeral}


def build_call(
    current: WorkspaceParameters, changes: tuple[ParameterValue, ...], capabilities: CoderCapabilities
) -> Call[WorkspaceBuild]:
    """The build that brings the changes: a start; of a running workspace a stop that Coder follows by that start.

    A Coder that does not chain builds applies a start to the running workspace; for another version see `operates`.
    """
    values = [{"name": each.name, "value": each.value} for each in changes]
    if current.workspace.latest_build.status == "running" and capabilities.supports_on_success:
        follows = {
            "transition": "start",
            "template_version_id": str(current.version_id),
            "rich_parameter_values": values,
        }
        return calls.create_build(current.workspace.id, transition="stop", on_success=follows)
    return calls.create_build(
        current.workspace.id, transition="start", template_version_id=current.version_id, rich_parameter_values=values
    )


def needs_operation(current: WorkspaceParameters, capabilities: CoderCapabilities) -> bool:
    """Whether the portal takes the steps: another version for a running workspace, of a Coder that chains nothing."""
    return (
        current.changes_version
        and current.workspace.latest_build.status == "running"
        and not capabilities.supports_on_success
    )


def consequence_text(current: WorkspaceParameters, capabilities: CoderCapabilities) -> str:
    """What happens to the workspace when its parameters, or its version, are changed now."""
    if current.workspace.latest_build.status != "running":
        return (
            _("It is started with that version.")
            if current.changes_version
            else _("It is started with the new values.")
        )
    if capabilities.supports_on_success or current.changes_version:
        return _("It is stopped and started again: what runs in it ends, and what was not saved is lost.")
    return _(
        "Coder applies the new values to the running workspace by another start. What depends on them may be made "
        "anew, and what runs there may end."
    )


def reason_not_allowed(current: WorkspaceParameters, rights: Rights, capabilities: CoderCapabilities) -> str:
    """Why the parameters cannot be changed now, or the version not be chosen; "" where they can."""
    context = ActionContext(workspace=current.workspace, rights=rights, capabilities=capabilities)
    if current.changes_version and not current.is_active_version and (reason := check_change_version(context)):
        return reason
    needs = [rights.update, rights.start]
    return reason_no_build(context, needs=needs) or reason_dormant(context)
