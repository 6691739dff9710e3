"""The builds of the demo world's templates: their logs in Terraform's words, durations, errors and timings."""

from coder_simulator.version_plans import BuildPlan, LogLine, TimingPlan

KUBERNETES = ("hashicorp/kubernetes v2.38.0",)
DOCKER = ("kreuzwerker/docker v3.6.2",)
AWS = ("hashicorp/aws v6.21.0", "hashicorp/cloudinit v2.3.7")
OPENSTACK = ("terraform-provider-openstack/openstack v3.3.2",)
VAULT = ("hashicorp/vault v5.4.0",)


def log_lines(*output: str) -> tuple[LogLine, ...]:
    """Return log lines; a line that begins with `!` is a warning."""
    return tuple(LogLine(output=o.removeprefix("!"), level="warn" if o.startswith("!") else "info") for o in output)


def init_lines(*providers: str) -> tuple[str, ...]:
    """Return the output of `terraform init` with these providers ("namespace/name vX.Y.Z")."""
    return (
        "Initializing the backend...",
        "Initializing modules...",
        "- code-server in .terraform/modules/code-server",
        "- dotfiles in .terraform/modules/dotfiles",
        "Initializing provider plugins...",
        "- Reusing previous version of coder/coder from the dependency lock file",
        "- Using coder/coder v2.13.1 from the shared cache directory",
        *(f"- Using {provider} from the shared cache directory" for provider in providers),
        "Terraform has been successfully initialized!",
    )


PLAN_LINES = (
    "data.coder_workspace.me: Refreshing...",
    "data.coder_workspace.me: Refresh complete after 0s [id=6f8f3a0e-27bb-4b6c-9f3c-5d1c2c9a7a10]",
    "data.coder_workspace_owner.me: Refreshing...",
    "data.coder_workspace_owner.me: Refresh complete after 0s [id=0b1f4c58-7d0f-4f6e-8a55-2f0f6c1f7f7e]",
)


def start_plan(address: str, *providers: str, volume: str = "", seconds: float = 9.0) -> BuildPlan:
    """Return a start that creates the resource at `address` and keeps the `volume`; it takes `seconds` (s)."""
    kept = (f"{volume}: Refreshing state...",) if volume else ()
    return BuildPlan(
        duration_seconds=seconds,
        log=log_lines(
            *init_lines(*providers),
            *PLAN_LINES,
            *kept,
            "coder_agent.main: Plan to create",
            f"{address}: Plan to create",
            "Plan: 2 to add, 0 to change, 0 to destroy.",
            "coder_agent.main: Creating...",
            "coder_agent.main: Creation complete after 0s [id=d1a7f4b2-90c3-4f0c-8f5d-4c6a1c0b5e2f]",
            f"{address}: Creating...",
            f"{address}: Still creating... [3s elapsed]",
            f"{address}: Creation complete after 5s",
            "Apply complete! Resources: 2 added, 0 changed, 0 destroyed.",
        ),
    )


def stop_plan(address: str, *providers: str, seconds: float = 4.0) -> BuildPlan:
    """Return a stop that destroys the resource at `address`."""
    return BuildPlan(
        duration_seconds=seconds,
        log=log_lines(
            *init_lines(*providers),
            *PLAN_LINES,
            f"{address}: Plan to delete",
            "Plan: 0 to add, 0 to change, 2 to destroy.",
            f"{address}: Destroying...",
            f"{address}: Destruction complete after 2s",
            "Apply complete! Resources: 0 added, 0 changed, 2 destroyed.",
        ),
    )


def delete_plan(address: str, *providers: str, volume: str = "", seconds: float = 5.0) -> BuildPlan:
    """Return a deletion that destroys the resource and its volume."""
    addresses = [address, volume] if volume else [address]
    return BuildPlan(
        duration_seconds=seconds,
        log=log_lines(
            *init_lines(*providers),
            *PLAN_LINES,
            f"Plan: 0 to add, 0 to change, {len(addresses) + 1} to destroy.",
            *(f"{each}: Destroying..." for each in addresses),
            *(f"{each}: Destruction complete after 1s" for each in addresses),
            f"Apply complete! Resources: 0 added, 0 changed, {len(addresses) + 1} destroyed.",
        ),
    )


NOTEBOOK = "kubernetes_pod.notebook"
WAITING_START = BuildPlan(
    duration_seconds=9.0,
    hangs=True,
    log=log_lines(
        *init_lines(*KUBERNETES),
        *PLAN_LINES,
        "Plan: 2 to add, 0 to change, 0 to destroy.",
        f"{NOTEBOOK}: Creating...",
        f"{NOTEBOOK}: Still creating... [10s elapsed]",
        f"{NOTEBOOK}: Still creating... [20s elapsed]",
        "!0/6 nodes are available: 6 Insufficient nvidia.com/gpu. "
        "preemption: 0/6 nodes are available: 6 No preemption victims found for incoming pod.",
        f"{NOTEBOOK}: Still creating... [30s elapsed]",
    ),
)
WAITING_STOP = BuildPlan(
    duration_seconds=4.0,
    hangs=True,
    log=log_lines(
        *init_lines(*KUBERNETES),
        *PLAN_LINES,
        f"{NOTEBOOK}: Destroying...",
        f"{NOTEBOOK}: Still destroying... [10s elapsed]",
        "!Pod is in phase Running: deletion waits for terminationGracePeriodSeconds (3600)",
    ),
)
NO_CAPACITY = (
    "creating EC2 Instance: operation error EC2: RunInstances, https response error StatusCode: 500, "
    "RequestID: 5c0f8a52-6d1e-4b7e-9a3a-1f2b7f0c9d44, api error InsufficientInstanceCapacity: We currently do not have "
    "sufficient m7i.4xlarge capacity in the Availability Zone you requested (eu-west-1b)."
)
FAILING_START = BuildPlan(
    duration_seconds=8.0,
    log=(
        *log_lines(
            *init_lines(*AWS),
            *PLAN_LINES,
            "Plan: 3 to add, 0 to change, 0 to destroy.",
            "aws_instance.dev: Creating...",
            "aws_instance.dev: Still creating... [10s elapsed]",
        ),
        LogLine(output=f"Error: {NO_CAPACITY}", level="error"),
        LogLine(output="  with aws_instance.dev,", level="error"),
        LogLine(output='  on main.tf line 187, in resource "aws_instance" "dev":', level="error"),
    ),
    error=f"terraform apply: exit status 1: Error: {NO_CAPACITY}",
)

QUOTA_ERROR = (
    'Failed to create pod: pods "coder-alice-release-tooling" is forbidden: exceeded quota: compute-resources, '
    "requested: requests.cpu=4, used: requests.cpu=62, limited: requests.cpu=64"
)
FORBIDDEN_ERROR = (
    'persistentvolumeclaims "coder-bob-retired-service-home" is forbidden: User '
    '"system:serviceaccount:coder:coder" cannot delete resource "persistentvolumeclaims" in API group "" '
    'in the namespace "coder-workspaces-legacy"'
)
NOT_READY_ERROR = 'Pod "coder-tina-node-pool-upgrade" did not become ready: timed out waiting for the condition'


def failing_lines(resource: str, error: str, line: int) -> tuple[str, ...]:
    """Return Terraform's report of an error of a resource ("type.name") that main.tf declares at `line`."""
    kind, name = resource.split(".")
    declaration = f'resource "{kind}" "{name}" {{'
    return (
        f"Error: {error}",
        "",
        f"  with {resource},",
        f'  on main.tf line {line}, in resource "{kind}" "{name}":',
        f"  {line}: {declaration}",
    )


TRACE_STEPS = (
    "GET /api/v1/namespaces/coder-workspaces/pods/coder-tina-node-pool-upgrade",
    'Received HTTP response: status=200 content-type="application/json" x-kubernetes-pf-flowschema-uid=3e7a0f5c',
    "Pod status: phase=Pending reason=ContainersNotReady message=containers with unready status: [dev]",
    'Event: type=Warning reason=FailedScheduling message="0/6 nodes are available: 6 node(s) were unschedulable"',
)


def trace_lines(size: int) -> list[str]:
    """Return lines of a provider's trace output, of at least `size` bytes in total."""
    lines: list[str] = []
    written = number = 0
    while written < size:
        minute, second = divmod(number // 4, 60)
        moment = f"09:{minute % 60:02d}:{second:02d}.{number % 4 * 231 + 17:03d}Z"
        line = (
            f"{moment} [TRACE] provider.terraform-provider-kubernetes_v2.38.0_x5: {TRACE_STEPS[number % 4]} "
            f"tf_req_id=4c7b9d12-83aa-5f0e-{number:04x}-b1c2d3e4f506"
        )
        lines.append(line)
        written += len(line)
        number += 1
    return lines


def timings(address: str, source: str, volume: str = "") -> tuple[TimingPlan, ...]:
    """Return the timings of a start that creates the resource at `address` with the provider `source`."""
    spans = [
        ("init", "terraform", "load", "providers", 0.0, 1.1),
        ("plan", "coder", "read", "data.coder_workspace.me", 1.2, 1.4),
        ("plan", "coder", "read", "data.coder_workspace_owner.me", 1.2, 1.5),
        ("graph", "terraform", "building terraform dependency graph", "state file of terraform", 2.5, 2.7),
        ("apply", source, "create", address, 2.8, 8.6),
    ]
    if volume:
        spans.insert(3, ("plan", source, "state refresh", volume, 1.3, 2.4))
    return tuple(
        TimingPlan(stage=stage, source=source, action=action, resource=resource, starts=starts, ends=ends)
        for stage, source, action, resource, starts, ends in spans
    )
