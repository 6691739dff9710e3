"""What Coder answers about templates: versions, parameters, presets, sign-ins elsewhere, and what it all may cost.

As in types.py: Coder's own field names, a list may be null, and what only 2.36 sends has a default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from workspaces.coder.types import ProvisionerJob


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantiles:
    """How long builds took (ms), the median and the 95th percentile; null where there were none."""

    P50: int | None = None
    P95: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekdays:
    """The days on which something is allowed, by their lower-case English names."""

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
    active_user_count: int = 0  # -1: not known
    build_time_stats: Mapping[str, Quantiles] | None = None  # by transition
    default_ttl_ms: int = 0
    activity_bump_ms: int = 0
    allow_user_autostart: bool = True
    allow_user_autostop: bool = True
    autostart_requirement: Weekdays = field(default_factory=Weekdays)
    time_til_dormant_ms: int = 0
    time_til_dormant_autodelete_ms: int = 0
    use_classic_parameter_flow: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who made a version of a template."""

    id: UUID
    username: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateVersion:
    """A version of a template. It can be built only when its own job has succeeded."""

    id: UUID
    name: str
    created_at: datetime
    job: ProvisionerJob
    template_id: UUID | None = None
    message: str = ""
    readme: str = ""
    created_by: Author | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterOption:
    """One of the values that a parameter may have."""

    name: str
    value: str
    description: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RichParameter:
    """A parameter of a version, as both versions of Coder list it."""

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
    validation_min: int | None = None
    validation_max: int | None = None
    validation_monotonic: str = ""  # increasing decreasing
    required: bool = False
    ephemeral: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterValue:
    """The value of a parameter: of a build, or to be sent with one."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PresetValue:
    """What a preset sets. The names of its keys are Go's."""

    Name: str
    Value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A set of parameter values with a name (2.36). Its values hold against any that are sent beside it."""

    ID: UUID
    Name: str
    Parameters: tuple[PresetValue, ...] | None = None
    Default: bool = False
    Description: str = ""
    Icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalAuth:
    """A sign-in elsewhere that a version needs, and whether the person has done it."""

    id: str
    authenticate_url: str
    authenticated: bool
    type: str = ""
    display_name: str = ""
    display_icon: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The credits a day that a person's workspaces cost, and may cost; a budget of -1 is none."""

    credits_consumed: int
    budget: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NullableValue:
    """A value within an evaluation; not valid: it is null, or not known before the build."""

    value: str = ""
    valid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """What is wrong with a value or with the template, as Terraform says it."""

    severity: str  # error warning
    summary: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Styling:
    """How a control looks."""

    placeholder: str | None = None
    disabled: bool | None = None
    label: str | None = None
    mask_input: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The bounds of a value."""

    validation_error: str = ""
    validation_regex: str | None = None
    validation_min: int | None = None
    validation_max: int | None = None
    validation_monotonic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedOption:
    """One of the values that a parameter may have now."""

    name: str
    value: NullableValue
    description: str = ""
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluatedParameter:
    """A parameter as it is with the values that were given (2.36)."""

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
    order: int = 0
    ephemeral: bool = False
    value: NullableValue = field(default_factory=NullableValue)
    diagnostics: tuple[Diagnostic, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MinimalUser:
    """A person, as those who may not read people are told of them."""

    id: UUID
    username: str
    name: str = ""
    avatar_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Which parameters there are with the values that were given, and what is wrong (2.36)."""

    id: int
    diagnostics: tuple[Diagnostic, ...] | None = None
    parameters: tuple[EvaluatedParameter, ...] | None = None
