"""Types of Coder's responses about templates: versions, parameters, presets, external auth and quotas.

As in types.py: Coder's field names, lists may be null, and fields that only 2.36 sends have a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from workspaces.coder.scalars import Integer, Name, Timestamp
from workspaces.coder.types import ProvisionerJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """Median and 95th percentile of build durations in ms; null without builds."""

    P50: Integer | None = None
    P95: Integer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekdays:
    """The weekdays that a template allows, as lower-case English names."""

    days_of_week: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template (chapter Templates)."""

    id: UUID
    organization_id: UUID
    name: str
    active_version_id: UUID
    display_name: str = ""
    organization_name: str = ""
    organization_display_name: str = ""
    description: str = ""
    icon: str = ""
    deprecated: bool = False
    deprecation_message: str = ""
    require_active_version: bool = False
    active_user_count: Integer = 0  # -1: unknown
    build_time_stats: Mapping[str, Quantiles] | None = None  # by transition
    default_ttl_ms: Integer = 0
    activity_bump_ms: Integer = 0
    allow_user_autostart: bool = True
    allow_user_autostop: bool = True
    autostart_requirement: Weekdays = field(default_factory=Weekdays)
    time_til_dormant_ms: Integer = 0
    time_til_dormant_autodelete_ms: Integer = 0
    use_classic_parameter_flow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """The author of a template version."""

    id: UUID
    username: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    """A template version. Workspaces can use it only if its job has succeeded."""

    id: UUID
    name: str
    created_at: Timestamp
    job: ProvisionerJob
    template_id: UUID | None = None
    message: str = ""
    readme: str = ""
    created_by: Author | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterOption:
    """An option of a parameter."""

    name: str
    value: str
    description: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RichParameter:
    """A parameter of a template version, in 2.19 and 2.36."""

    name: str
    type: str  # string number bool list(string)
    display_name: str = ""
    description: str = ""
    form_type: str = ""
    mutable: bool = True
    default_value: str = ""
    icon: str = ""
    options: tuple[ParameterOption, ...] | None = None
    validation_error: str = ""
    validation_regex: str = ""
    validation_min: Integer | None = None
    validation_max: Integer | None = None
    validation_monotonic: str = ""  # increasing decreasing
    required: bool = False
    ephemeral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """The value of a parameter, in a build or a request for one."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetValue:
    """A parameter value of a preset. Its keys have the names of Go's fields."""

    Name: str
    Value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A named set of parameter values (2.36). Its values override those in the same request."""

    ID: UUID
    Name: str
    Parameters: tuple[PresetValue, ...] | None = None
    Default: bool = False
    Description: str = ""
    Icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAuth:
    """An external sign-in that a version requires, and whether the user has completed it."""

    id: str
    authenticate_url: str
    authenticated: bool
    type: str = ""
    display_name: str = ""
    display_icon: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionResource:
    """A resource that a version plans for workspaces after a transition, and the credits a day that it costs."""

    workspace_transition: str = ""
    daily_cost: Integer = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """Daily credits that a user's workspaces consume, and their budget; -1 means no quota."""

    credits_consumed: Integer
    budget: Integer


@dataclass(frozen=True, slots=True, kw_only=True)
class NullableValue:
    """A value in an evaluation; not `valid` if it is null or unknown before the build."""

    value: str = ""
    valid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """An error or warning of Terraform's about a value or the template."""

    severity: str  # error warning
    summary: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Styling:
    """The styling of a form control."""

    placeholder: str | None = None
    disabled: bool | None = None
    label: str | None = None
    mask_input: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The validation rules of a value."""

    validation_error: str = ""
    validation_regex: str | None = None
    validation_min: Integer | None = None
    validation_max: Integer | None = None
    validation_monotonic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedOption:
    """An option of an evaluated parameter."""

    name: str
    value: NullableValue
    description: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedParameter:
    """A parameter evaluated with the given values (2.36)."""

    name: str
    type: str
    form_type: str = ""
    display_name: str = ""
    description: str = ""
    styling: Styling = field(default_factory=Styling)
    mutable: bool = True
    default_value: NullableValue = field(default_factory=NullableValue)
    icon: str = ""
    options: tuple[EvaluatedOption, ...] | None = None
    validations: tuple[Validation, ...] | None = None
    required: bool = False
    order: Integer = 0
    ephemeral: bool = False
    value: NullableValue = field(default_factory=NullableValue)
    diagnostics: tuple[Diagnostic, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalUser:
    """The fields of a user that need no permission to read users."""

    id: UUID
    username: Name
    name: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The parameters and diagnostics for the given values (2.36)."""

    id: Integer
    diagnostics: tuple[Diagnostic, ...] | None = None
    parameters: tuple[EvaluatedParameter, ...] | None = None
