"""The states of the demo world's fleet: how many workspaces are in each, and the errors of failed builds."""

from dataclasses import dataclass

from coder_simulator.worlds.demo_logs import NO_CAPACITY

Span = tuple[float, float]
"""The least and the greatest value of a random number."""

TEMPLATE_WEIGHTS = {
    "kubernetes": 32,
    "monorepo": 17,
    "aws-linux": 16,
    "sandbox": 12,
    "node-service": 9,
    "data-science": 8,
    "windows": 2,
    "legacy-vm": 3,
    "arabic-nlp": 1,
}
STARTABLE = frozenset({"kubernetes", "monorepo", "aws-linux", "sandbox", "data-science", "windows"})
UNLIMITED = frozenset({"kubernetes", "monorepo", "data-science"})  # nothing stops their workspaces without a TTL
STOPPABLE = STARTABLE | {"node-service", "legacy-vm"}
LONG_KEPT = STOPPABLE - {"sandbox"}  # a sandbox that is idle for so long becomes dormant


@dataclass(frozen=True, slots=True, kw_only=True)
class StateKind:
    """Workspaces in one state: `weight` of 100, spans since the build and the last use (h), and when it stops.

    `autostop` (h) is the span until the deadline, None for none; `dormant` and `deleting` (days) are spans since
    dormancy and until deletion. `agents` are states of `seed.AGENT_STATES`, or "app" for an unhealthy app.
    """

    name: str
    weight: float
    status: str
    built: Span
    used: Span
    templates: frozenset[str] = STOPPABLE
    autostop: Span | None = None
    dormant: Span | None = None
    deleting: Span | None = None
    never_used: bool = False
    agents: tuple[str, ...] = ("ready",)
    previous: tuple[tuple[str, ...], ...] = ((), ("start", "stop"))
    reasons: tuple[str, ...] = ("initiator",)
    schedule_share: float = 0.0


DAY = 24.0  # h
RUNNING_KINDS = (
    StateKind(
        name="in use",
        weight=21,
        status="running",
        built=(0.2, 5.0),
        used=(0.0, 1.5),
        templates=STARTABLE,
        autostop=(0.5, 7.5),
        reasons=("initiator", "initiator", "autostart"),
        schedule_share=0.3,
    ),
    StateKind(
        name="without autostop",
        weight=5,
        status="running",
        built=(2 * DAY, 9 * DAY),
        used=(0.5, 2 * DAY),
        templates=UNLIMITED,
    ),
    StateKind(
        name="running for weeks",
        weight=4,
        status="running",
        built=(15 * DAY, 70 * DAY),
        used=(7 * DAY, 14 * DAY),
        templates=UNLIMITED,
    ),
    StateKind(
        name="unhealthy",
        weight=4,
        status="running",
        built=(0.3, 6.0),
        used=(0.2, 6.0),
        templates=frozenset({"kubernetes", "monorepo", "aws-linux", "data-science"}),
        autostop=(0.5, 7.0),
        agents=("disconnected", "start_error", "start_timeout", "app"),
    ),
    StateKind(
        name="no connection",
        weight=1,
        status="running",
        built=(0.3, 6.0),
        used=(0.3, 6.0),
        templates=frozenset({"arabic-nlp"}),
        autostop=(0.5, 7.0),
        agents=("timeout",),
    ),
)
RESTING_KINDS = (
    StateKind(
        name="stopped today",
        weight=18,
        status="stopped",
        built=(1.0, 20.0),
        used=(1.5, 22.0),
        templates=STOPPABLE,
        reasons=("initiator", "autostop"),
        schedule_share=0.35,
    ),
    StateKind(
        name="idle for a week", weight=14, status="stopped", built=(7 * DAY, 28 * DAY), used=(7.5 * DAY, 29 * DAY)
    ),
    StateKind(
        name="idle for a month", weight=11, status="stopped", built=(31 * DAY, 85 * DAY), used=(32 * DAY, 88 * DAY)
    ),
    StateKind(
        name="idle for a quarter",
        weight=7,
        status="stopped",
        built=(91 * DAY, 260 * DAY),
        used=(92 * DAY, 261 * DAY),
        templates=LONG_KEPT,
    ),
    StateKind(
        name="dormant",
        weight=3,
        status="stopped",
        built=(100 * DAY, 300 * DAY),
        used=(101 * DAY, 301 * DAY),
        templates=LONG_KEPT,
        dormant=(2.0, 60.0),
        reasons=("dormancy",),
    ),
    StateKind(
        name="deleted soon",
        weight=2,
        status="stopped",
        built=(125 * DAY, 140 * DAY),
        used=(126 * DAY, 141 * DAY),
        templates=frozenset({"sandbox"}),
        dormant=(1.0, 13.0),
        deleting=(0.3, 13.0),
        reasons=("dormancy",),
    ),
    StateKind(
        name="never used",
        weight=3,
        status="stopped",
        built=(0.5 * DAY, 60 * DAY),
        used=(0.0, 0.0),
        never_used=True,
        previous=((),),
        templates=LONG_KEPT,
    ),
    StateKind(
        name="failed",
        weight=5,
        status="failed",
        built=(0.1, 20 * DAY),
        used=(0.5, 21 * DAY),
        templates=frozenset({"kubernetes", "monorepo", "aws-linux", "node-service", "data-science"}),
    ),
    StateKind(
        name="canceled",
        weight=1,
        status="canceled",
        built=(1.0, 6 * DAY),
        used=(2.0, 7 * DAY),
        templates=frozenset({"kubernetes", "monorepo"}),
    ),
)
LEFT_RUNNING = StateKind(
    name="left running",
    weight=0,
    status="running",
    built=(1.5 * DAY, 6 * DAY),
    used=(1.2 * DAY, 5 * DAY),
    templates=frozenset({"node-service"}),
)


@dataclass(frozen=True, slots=True)
class BuildError:
    """The error of a failed start: Terraform's text about a resource, or Coder's own with a code."""

    text: str
    resource: str = ""
    line: int = 0
    code: str = ""


POD, VOLUME = "kubernetes_pod.dev", "kubernetes_persistent_volume_claim.home"
KUBERNETES_ERRORS = (
    BuildError(
        'Failed to create pod: pods "coder-{owner}-{name}" is forbidden: exceeded quota: compute-resources, '
        "requested: requests.cpu=4, used: requests.cpu=62, limited: requests.cpu=64",
        POD,
        214,
    ),
    BuildError(
        'Pod "coder-{owner}-{name}" did not become ready: timed out waiting for the condition',
        POD,
        214,
    ),
    BuildError(
        'Failed to pull image "registry.example.com/workspace-base:24.04": 429 Too Many Requests',
        POD,
        214,
    ),
    BuildError(
        'persistentvolumeclaims "coder-{owner}-{name}-home" is forbidden: maximum storage of the namespace is 4 TiB',
        VOLUME,
        96,
    ),
    BuildError("insufficient quota", code="INSUFFICIENT_QUOTA"),
)
ERRORS: dict[str, tuple[BuildError, ...]] = {
    # by template
    "kubernetes": KUBERNETES_ERRORS,
    "node-service": KUBERNETES_ERRORS,
    "data-science": KUBERNETES_ERRORS,
    "monorepo": (
        *KUBERNETES_ERRORS[:2],
        BuildError("error reading from Vault: permission denied on secret/data/engineering/monorepo", POD, 301),
    ),
    "aws-linux": (
        BuildError(NO_CAPACITY, "aws_instance.dev", 187),
        BuildError(
            "creating EC2 Instance: api error VcpuLimitExceeded: You have requested more vCPU capacity than your "
            "current vCPU limit of 256 allows",
            "aws_instance.dev",
            187,
        ),
    ),
}
