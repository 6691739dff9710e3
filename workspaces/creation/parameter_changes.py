"""The parameters of an existing workspace, and the build that changes them."""

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
from workspaces.creation import form_values, parameters
from workspaces.creation.fields import IconLocator
from workspaces.creation.form_data import ValueSources, evaluate_parameters, send_or_default
from workspaces.creation.forms import ParametersForm
from workspaces.creation.parameters import Parameter
from workspaces.forms.coder_errors import CoderErrorsMixin


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceParameters:
    """The parameters of a workspace in one version of its template."""

    workspace: Workspace
    version_id: UUID
    parameters: tuple[Parameter, ...]
    previous: Mapping[str, str]  # the values of the latest build
    values: Mapping[str, str]  # the initial values of the form, see ValueSources
    dynamic: bool  # the parameters depend on their values and have to be evaluated again
    errors: tuple[str, ...]  # of the evaluation as a whole
    version_name: str = ""  # set where the version is not the one that the workspace has

    @property
    def is_active_version(self) -> bool:
        """Whether the version is the template's active version."""
        return self.version_id == self.workspace.template_active_version_id

    @property
    def changes_version(self) -> bool:
        """Whether the version differs from the one that the workspace has."""
        return self.version_id != self.workspace.latest_build.template_version_id

    @property
    def fixed_parameters(self) -> tuple[Parameter, ...]:
        """The parameters that were fixed at creation."""
        return tuple(each for each in self.parameters if not each.mutable and each.name in self.previous)

    @property
    def editable_parameters(self) -> tuple[Parameter, ...]:
        """The parameters that can be changed, and those that the version adds."""
        return tuple(each for each in self.parameters if each.mutable or each.name not in self.previous)


def load_parameters(
    coder: Coder, workspace: Workspace, version_id: UUID | None, data: QueryDict, *, is_submission: bool
) -> WorkspaceParameters:
    """Return the parameters with the values of `data`: a submitted form, or the query of a URL.

    Without a version it is the one of the next start. Raises CoderError and SessionEnded.
    """
    build = workspace.latest_build
    uses_active = workspace.template_require_active_version or workspace.automatic_updates == "always"
    version_id = version_id or (workspace.template_active_version_id if uses_active else build.template_version_id)
    version_call = template_calls.version(version_id) if version_id != build.template_version_id else None
    rich, build_values, version = gather(
        partial(coder.send, template_calls.rich_parameters(version_id)),
        partial(coder.send, template_calls.build_parameters(build.id)),
        partial(send_or_default, coder, version_call, None),
    )
    listed = tuple(map(parameters.from_rich_parameter, rich or ()))
    previous = {value.name: value.value for value in build_values or ()}
    sources = ValueSources(data=data, is_submission=is_submission, preset={}, source=previous)
    dynamic = (
        CoderCapabilities.for_version(coder.version).supports_on_success
        and not workspace.template_use_classic_parameter_flow
    )
    evaluation = evaluate_parameters(coder, version_id, workspace.owner_id, listed, sources) if dynamic else None
    form_parameters, errors = evaluation or (listed, ())
    return WorkspaceParameters(
        workspace=workspace,
        version_id=version_id,
        parameters=form_parameters,
        previous=previous,
        values=sources.values_for(form_parameters),
        dynamic=evaluation is not None,
        errors=errors,
        version_name=version.name if version else "",
    )


class ChangeParametersForm(CoderErrorsMixin, ParametersForm):
    """The editable parameters as fields `param.NAME`, and `template_version_id`."""

    template_version_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, current: WorkspaceParameters, locate_icon: IconLocator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.current = current
        self.initial["template_version_id"] = current.version_id
        ephemeral = ephemeral_names(current)
        previous = {name: value for name, value in current.previous.items() if name not in ephemeral}
        self.add_parameters(current.editable_parameters, current.values, locate_icon=locate_icon, previous=previous)

    def clean(self) -> dict[str, Any]:
        """Reject a form that changes neither a value nor the version."""
        if not self.errors and not self.changes and not self.current.changes_version:
            raise forms.ValidationError(_("No changes to save."))
        return self.cleaned_data

    @property
    def changes(self) -> tuple[ParameterValue, ...]:
        """The values that differ from the latest build, or from the default for an ephemeral parameter."""
        defaults = {each.name: each.default for each in self.current.parameters if each.ephemeral}
        before = {**self.current.previous, **defaults}
        return tuple(value for value in self.parameter_values if before.get(value.name) != value.value)


class StartValuesForm(ChangeParametersForm):
    """Values of some parameters, submitted with a start; the others keep their values."""

    @classmethod
    def with_current_values(
        cls, current: WorkspaceParameters, submitted: QueryDict, locate_icon: IconLocator
    ) -> "StartValuesForm":
        """Return the form bound to the submitted values, completed by the workspace's own."""
        data = submitted.copy()
        for parameter in current.editable_parameters:
            if parameter.field_name not in submitted:
                value = form_values.widget_value(parameter, parameters.initial_value(parameter, current.values))
                if values := form_values.submitted_values(value):
                    data.setlist(parameter.field_name, values)
        return cls(data, current=current, locate_icon=locate_icon)

    def clean(self) -> dict[str, Any]:
        """Allow a start without changes, and reject values of parameters that cannot be changed."""
        for name in self.data:
            if name.startswith("param.") and name not in self.fields:
                text = _("%(name)s cannot be changed. It is fixed at creation, or there is no such parameter.")
                self.add_error(None, text % {"name": name.removeprefix("param.")})
        return self.cleaned_data


def ephemeral_names(current: WorkspaceParameters) -> set[str]:
    """Return the names of the parameters that apply to one start only."""
    return {each.name for each in current.parameters if each.ephemeral}


def build_call(
    current: WorkspaceParameters, changes: tuple[ParameterValue, ...], capabilities: CoderCapabilities
) -> Call[WorkspaceBuild]:
    """Return the call that applies the changes: a start, or for a running workspace a stop with that start after it.

    An older Coder does not support `on_success` and applies a start to the running workspace. To change the version
    of a running workspace there, see `needs_operation`.
    """
    values = [{"name": change.name, "value": change.value} for change in changes]
    if current.workspace.latest_build.status == "running" and capabilities.supports_on_success:
        on_success = {
            "transition": "start",
            "template_version_id": str(current.version_id),
            "rich_parameter_values": values,
        }
        return calls.create_build(current.workspace.id, transition="stop", on_success=on_success)
    return calls.create_build(
        current.workspace.id, transition="start", template_version_id=current.version_id, rich_parameter_values=values
    )


def needs_operation(current: WorkspaceParameters, capabilities: CoderCapabilities) -> bool:
    """Return whether the change is an operation of the portal: a running workspace, an older Coder, another version."""
    return (
        current.changes_version
        and current.workspace.latest_build.status == "running"
        and not capabilities.supports_on_success
    )


def consequence_text(current: WorkspaceParameters, capabilities: CoderCapabilities) -> str:
    """Return the sentence that says what the change does to the workspace now."""
    if current.workspace.latest_build.status != "running":
        return (
            _("The workspace starts with this version.")
            if current.changes_version
            else _("The workspace starts with the new values.")
        )
    if capabilities.supports_on_success or current.changes_version:
        return _("The workspace restarts. Running programs end, and unsaved work is lost.")
    return _(
        "Coder applies the new values to the running workspace with another start. Resources that depend on "
        "them may be recreated, and running programs may end."
    )


def reason_not_allowed(current: WorkspaceParameters, rights: Rights, capabilities: CoderCapabilities) -> str:
    """Return why the parameters or the version cannot be changed now; "" where they can."""
    context = ActionContext(workspace=current.workspace, rights=rights, capabilities=capabilities)
    if current.changes_version and not current.is_active_version and (reason := check_change_version(context)):
        return reason
    needs = [rights.update, rights.start]
    return reason_no_build(context, needs=needs) or reason_dormant(context)
