"""The parameters and presets of the demo world's templates."""

from coder_simulator.version_plans import ParameterOption, Preset, RichParameter

REGION = RichParameter(
    name="region",
    display_name="Region",
    description="The region of the workspace and its home volume. It **cannot** be changed later.",
    form_type="radio",
    mutable=False,
    default_value="eu-west",
    icon="/emojis/1f30d.png",
    options=(
        ParameterOption(name="Europe (Dublin)", description="eu-west-1", value="eu-west"),
        ParameterOption(name="US East (Virginia)", description="us-east-1", value="us-east"),
        ParameterOption(name="Asia (Mumbai)", description="ap-south-1", value="ap-south"),
        ParameterOption(name="Asia (Tokyo)", description="ap-northeast-1", value="ap-northeast"),
    ),
)
CPU = RichParameter(
    name="cpu",
    type="number",
    display_name="CPU cores",
    description="The number of virtual CPU cores. Each core comes with 4 GiB of memory.",
    form_type="slider",
    default_value="4",
    icon="/icon/memory.svg",
    validation_min=1,
    validation_max=16,
    validation_error="Choose between {min} and {max} cores.",
)
DISK = RichParameter(
    name="disk",
    type="number",
    display_name="Home disk (GiB)",
    description="The size of the home volume. It can be increased later, but not decreased.",
    form_type="input",
    default_value="20",
    validation_min=10,
    validation_max=500,
    validation_monotonic="increasing",
)
DOTFILES = RichParameter(
    name="dotfiles",
    display_name="Dotfiles repository",
    description="The HTTPS URL of a [dotfiles repository](https://dotfiles.github.io), or `none`.",
    form_type="input",
    default_value="none",
    validation_regex="^(none|https://.*)$",
    validation_error="Enter an HTTPS URL, or none.",
)
TEAM = RichParameter(
    name="team",
    display_name="Team",
    description="The team that the cost of the workspace is charged to, for example `payments`.",
    form_type="input",
    required=True,
    validation_regex="^[a-z-]+$",
    validation_error="Use lowercase letters and hyphens.",
)
COMMON_PARAMETERS = (REGION, CPU, DISK, DOTFILES)

ALL_PARAMETER_TYPES = (
    *COMMON_PARAMETERS,
    RichParameter(
        name="project",
        display_name="Project code",
        description="The Jira project and issue that the workspace belongs to, for example `WEB-42`.",
        form_type="input",
        required=True,
        validation_regex="^[A-Z]{2,5}-[0-9]+$",
        validation_error="Enter a project code like WEB-42.",
    ),
    RichParameter(
        name="gpu",
        type="bool",
        display_name="GPU",
        description="Run the workspace on a node with an NVIDIA T4.",
        form_type="switch",
        default_value="false",
    ),
    RichParameter(
        name="ides",
        type="list(string)",
        display_name="Editors",
        description="The editors to install in the workspace.",
        form_type="multi-select",
        default_value='["code"]',
        icon="/icon/code.svg",
        options=(
            ParameterOption(name="VS Code", value="code", icon="/icon/code.svg"),
            ParameterOption(name="JetBrains", value="jetbrains", icon="/icon/blocks.svg"),
            ParameterOption(name="Terminal", value="terminal", icon="/icon/terminal.svg"),
        ),
    ),
    RichParameter(
        name="labels",
        type="list(string)",
        display_name="Labels",
        description="Labels for cost reports.",
        form_type="tag-select",
        default_value='["web","checkout"]',
    ),
    RichParameter(
        name="setup",
        display_name="Setup script",
        description="A shell script that runs once, after the first start.",
        form_type="textarea",
        default_value="#!/bin/sh\nset -e\npnpm install --frozen-lockfile",
    ),
    RichParameter(
        name="retention",
        type="number",
        display_name="Backup retention (days)",
        description="How long snapshots of the home volume are kept. It can be decreased later, but not increased.",
        form_type="input",
        default_value="30",
        validation_min=0,
        validation_max=30,
        validation_monotonic="decreasing",
    ),
    RichParameter(
        name="rebuild_cache",
        type="bool",
        display_name="Rebuild cache",
        description="Discard the build cache and rebuild it at the next start.",
        form_type="checkbox",
        default_value="false",
        ephemeral=True,
    ),
)

PRESETS = (
    Preset(
        name="Small",
        parameters={"cpu": "2", "disk": "20"},
        default=True,
        description="2 cores, 20 GiB. For documentation and small services.",
        icon="/emojis/1f331.png",
    ),
    Preset(
        name="Large",
        parameters={"cpu": "16", "disk": "100"},
        description="16 cores, 100 GiB. For full builds. Prebuilt, so it is ready within seconds.",
        icon="/emojis/1f680.png",
        desired_prebuild_instances=1,
    ),
)
