"""The texts and the templates of the hostile world: what Coder accepts, and what no page may interpret.

Each text begins with `xss:` and its place, by which a test finds it on a page. Each element and attribute that a page
would take from a text has, or is, the attribute `xss`, which no page of its own has.
"""

from coder_simulator.version_plans import (
    AgentMetadataPlan,
    AgentPlan,
    AppPlan,
    BuildPlan,
    ExternalAuthPlan,
    LogLine,
    ParameterOption,
    PortPlan,
    Preset,
    ResourceMetadata,
    ResourcePlan,
    RichParameter,
    ScriptPlan,
    TimingPlan,
    VersionPlan,
)

TAGS = "<script xss>alert(1)</script><img xss src=x onerror=alert(1)>"
BROKEN_OUT = "\"'><svg xss onload=alert(1)></svg></textarea></title><hx-partial xss hx-target=body>"
TEMPLATE = "{{ 41000|add:337 }}{% csrf_token %}{# comment #}"
MARKDOWN = "[link](javascript:alert(1)) ![image](https://hostile.example/pixel.png)"
ANSI = "\x1b[31mred\x1b[0m\x1b[2J\x1b]8;;https://hostile.example\x07link\x1b]8;;\x07\x9b1m\x07\b"
BIDI = "\u202egpj.exe \u2067isolated"  # neither is closed
ZERO_WIDTH = "zero\u200bwidth\u200d\u2060\ufeff"
LONG_WORD = "w" * 300
LINES = "first line\n\n# second line\r\n\tthird line"

URL_THAT_RUNS = "javascript:alert('xss')"
URL_WITH_DATA = "data:text/html,<script xss>alert(1)</script>"
ICON_THAT_BREAKS_OUT = '"><img xss src=x onerror=alert(1)>'
LONG_NAME = "W" * 32  # the longest name that Coder accepts

DISPLAY_NAME_BYTES = 64  # the limit of Coder's for most display names
REAL_NAME_BYTES = 128  # for the real name of a user
DESCRIPTION_BYTES = 127  # for the description of a template


def hostile(place: str) -> str:
    """Return a text with everything that a page must not interpret."""
    return " ".join((f"xss:{place}", TAGS, BROKEN_OUT, TEMPLATE, MARKDOWN, ANSI, BIDI, ZERO_WIDTH, LONG_WORD, LINES))


def hostile_line(place: str) -> str:
    """Return such a text without line breaks."""
    return " ".join((f"xss:{place}", TAGS, BROKEN_OUT, TEMPLATE, MARKDOWN, ANSI, BIDI, ZERO_WIDTH, LONG_WORD))


def hostile_name(place: str, limit: int = DISPLAY_NAME_BYTES) -> str:
    """Return a text of `limit` bytes at most; it ends with a long word if it has space for one."""
    name = f'xss:{place}"><img xss>{{{{ 41000|add:337 }}}}\x1b[1m\u202e\u200b'
    return name + "w" * (limit - len(name.encode()))


AGENT = AgentPlan(
    name="main",
    directory="/" + hostile_line("agent-directory"),
    environment_variables={"XSS": hostile("agent-environment")},
    apps=(
        AppPlan(
            slug="editor",
            display_name=hostile_name("app"),
            url="http://localhost:13337",
            icon=URL_THAT_RUNS,
            group=hostile_name("app-group"),
            tooltip=hostile("app-tooltip"),
            healthcheck_url="http://localhost:13337/healthz",
            healthcheck_interval=5,
            healthcheck_threshold=6,
        ),
        AppPlan(
            slug="runs",
            display_name=hostile_name("app-runs"),
            url=URL_THAT_RUNS,
            icon=ICON_THAT_BREAKS_OUT,
            external=True,
            open_in="tab",
        ),
        AppPlan(
            slug="data", display_name=hostile_name("app-data"), url=URL_WITH_DATA, icon=URL_WITH_DATA, external=True
        ),
        AppPlan(
            slug="session",
            display_name=hostile_name("app-session"),
            url="javascript:alert('$SESSION_TOKEN')//",
            external=True,
        ),
        AppPlan(slug="preview", display_name=hostile_name("app-preview"), url="http://localhost:3000", subdomain=True),
    ),
    scripts=(
        ScriptPlan(
            display_name=hostile("script"),
            script=hostile("script-source"),
            log_path="/" + hostile_line("script-log-path"),
            icon=URL_THAT_RUNS,
            cron="0 0 9 * * *",
            start_blocks_login=True,
            timeout_s=60,
            log=(hostile_line("script-log"), "10 %\r50 %\r100 %", "</code></li><li xss>"),
        ),
    ),
    metadata=(
        AgentMetadataPlan(
            key="text",
            display_name=hostile("metadata-name"),
            script=hostile("metadata-script"),
            values=(hostile("metadata-value"),),
        ),
        AgentMetadataPlan(
            key="error", display_name=hostile("broken-metadata"), script="x", error=hostile("metadata-error")
        ),
    ),
    ports=(PortPlan(port=3000, process_name="xss:port<i xss>"),),  # Linux keeps 15 bytes of a process's name
    troubleshooting_url=URL_THAT_RUNS,
    startup_script_behavior="blocking",
)
POD = ResourcePlan(
    type="kubernetes_pod",
    name="r" * 200,
    icon=URL_WITH_DATA,
    daily_cost=12,
    metadata=(
        ResourceMetadata(key=hostile("resource-key"), value=hostile("resource-value")),
        ResourceMetadata(key="xss:sensitive-key<i xss>", value=hostile("sensitive-value"), sensitive=True),
    ),
    agents=(AGENT,),
)
VOLUME = ResourcePlan(
    type="kubernetes_persistent_volume_claim",
    name="home",
    icon=ICON_THAT_BREAKS_OUT,
    metadata=(ResourceMetadata(key=hostile("volume-key"), value=hostile("volume-value")),),
    transitions=frozenset({"start", "stop"}),
)


def _options(place: str) -> tuple[ParameterOption, ...]:
    return (
        ParameterOption(
            name=hostile(f"{place}-option"),
            value=hostile(f"{place}-option-value"),
            description=hostile(f"{place}-option-description"),
            icon=URL_THAT_RUNS,
        ),
        ParameterOption(name="Other", value="other", icon=ICON_THAT_BREAKS_OUT),
    )


def _choice(name: str, form_type: str) -> RichParameter:
    options = _options(name)
    return RichParameter(
        name=name,
        form_type=form_type,
        display_name=hostile(name),
        description=hostile(f"{name}-description"),
        default_value=options[0].value,
        icon=URL_THAT_RUNS,
        options=options,
    )


PARAMETERS = (
    RichParameter(
        name='xss"><i xss>',
        display_name=hostile("parameter"),
        description=hostile("parameter-description"),
        form_type="input",
        default_value=hostile("parameter-default"),
        icon=URL_WITH_DATA,
    ),
    RichParameter(
        name="pattern",
        display_name=hostile("pattern"),
        form_type="input",
        default_value='"><script xss>',
        validation_regex='^"><script xss>$',
        validation_error=hostile("pattern-error"),
    ),
    RichParameter(
        name="text",
        display_name=hostile("textarea"),
        form_type="textarea",
        default_value=hostile("textarea-default"),
        mutable=False,
    ),
    _choice("radio", "radio"),
    _choice("dropdown", "dropdown"),
    RichParameter(
        name="editors",
        type="list(string)",
        form_type="multi-select",
        display_name=hostile("multi-select"),
        default_value="[]",
        options=_options("multi-select"),
    ),
    RichParameter(
        name="labels",
        type="list(string)",
        form_type="tag-select",
        display_name=hostile("tag-select"),
        default_value='["xss:tag-select-default<i xss>"]',
    ),
    RichParameter(
        name="once",
        type="bool",
        form_type="checkbox",
        display_name=hostile("ephemeral"),
        description=hostile("ephemeral-description"),
        default_value="false",
        ephemeral=True,
    ),
)
PRESETS = (
    Preset(
        name=hostile("preset"),
        parameters={"radio": "other"},
        description=hostile("preset-description"),
        icon=URL_THAT_RUNS,
    ),
)
# a resource's address has the keys of `for_each`, which may be any text
TIMINGS = (
    TimingPlan(
        stage="apply",
        source="kubernetes",
        action="create",
        resource=f'kubernetes_pod.dev["{hostile("timing")}"]',
        starts=0.5,
        ends=4.0,
    ),
)
LOG = (
    LogLine(output=hostile_line("build-log")),
    LogLine(output=hostile_line("build-warning"), level="warn"),
    LogLine(output=hostile_line("build-error"), level="error"),
    LogLine(output="</code></li><li xss>"),
    LogLine(output="10 %\r50 %\r100 %"),
)
START = BuildPlan(duration_seconds=9.0, log=LOG)
STOP = BuildPlan(duration_seconds=4.0, log=LOG)
HANGING_START = BuildPlan(duration_seconds=9.0, log=LOG, hangs=True)

PLAN = VersionPlan(
    parameters=PARAMETERS,
    presets=PRESETS,
    resources=(POD, VOLUME),
    start=START,
    stop=STOP,
    delete=STOP,
    timings=TIMINGS,
    external_auth=(
        ExternalAuthPlan(id="github", display_name=hostile("external-auth"), display_icon=URL_THAT_RUNS, optional=True),
    ),
    readme=f"# {hostile('readme')}",
)
SMALL_PLAN = VersionPlan(resources=(POD, VOLUME), start=START, stop=STOP, delete=STOP, timings=TIMINGS)
HANGING_PLAN = VersionPlan(resources=(VOLUME,), start=HANGING_START, stop=STOP, delete=STOP)
