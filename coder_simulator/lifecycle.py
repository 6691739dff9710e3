"""Run Coder's automatic actions: autostop, autostart, dormancy, deletion."""

from collections.abc import Callable
from datetime import datetime, timedelta

from coder_simulator import cron, parameters
from coder_simulator.engine import Engine
from coder_simulator.errors import ApiError
from coder_simulator.state import DAYS, Build, TemplateVersion, Workspace
from coder_simulator.world import World


class Lifecycle:
    """Keep one timer for each workspace, set to its next automatic action."""

    request_build: Callable[..., Build]  # set by `jobs.Jobs`

    def __init__(self, world: World, engine: Engine) -> None:
        self.world = world
        self.engine = engine
        self._timers: dict[str, object] = {}

    def cancel_timer(self, workspace: Workspace) -> None:
        """Cancel a workspace's timer because a build is in progress."""
        self._timers.pop(workspace.id, None)

    def reset_timer(self, workspace: Workspace) -> None:
        """Set a workspace's timer to its next action, after the workspace changed."""
        self.cancel_timer(workspace)
        if workspace.deleted:
            return
        update_next_start(self.world, workspace)
        if moment := self.next_action_at(workspace):
            timer = self._timers[workspace.id] = object()

            def on_timer() -> None:
                if self._timers.get(workspace.id) is timer:
                    self._run_due_action(workspace)

            self.engine.schedule_at(max(moment, self.world.now()), on_timer)

    def next_action_at(self, workspace: Workspace) -> datetime | None:
        """Return the time of a workspace's next automatic action."""
        if workspace.latest_build.job.status in {"pending", "running", "canceling"}:
            return None
        moments = [
            self._stop_at(workspace),
            self._start_at(workspace),
            self._dormant_at(workspace),
            self._delete_at(workspace),
        ]
        return min((m for m in moments if m), default=None)

    def set_deadline(self, build: Build) -> None:
        """Set the deadline of a build that ended: its end plus the TTL, for any transition."""
        ttl_ms = effective_ttl(self.world, build.workspace)
        if build.transition == "start" and self.world.licensed and build.workspace.template.max_ttl_ms:
            build.max_deadline = self.world.now() + timedelta(milliseconds=build.workspace.template.max_ttl_ms)
        if ttl_ms:
            build.deadline = self.world.now() + timedelta(milliseconds=ttl_ms)
        if build.max_deadline:
            build.deadline = min(build.deadline or build.max_deadline, build.max_deadline)

    def schedule_usage(self, workspace: Workspace, seconds: float) -> None:
        """Record a use after a delay (s of the clock), as Coder writes usage in batches."""
        moment = self.world.now()
        self.engine.schedule_at(moment + timedelta(seconds=seconds), lambda: self.record_usage(workspace, moment))

    def record_usage(self, workspace: Workspace, moment: datetime) -> None:
        """Record that a workspace was used at `moment`. Only the sessions of an agent would move its deadline."""
        workspace.last_used_at = max(moment, workspace.last_used_at)
        self.reset_timer(workspace)
        self.engine.notify_watchers(workspace)

    def make_dormant(self, workspace: Workspace) -> None:
        """Make a workspace dormant and set its deletion time by the template."""
        workspace.dormant_at = self.world.now()
        autodelete = workspace.template.time_til_dormant_autodelete_ms
        if self.world.licensed and autodelete:
            workspace.deleting_at = workspace.dormant_at + timedelta(milliseconds=autodelete)
        self.reset_timer(workspace)

    def activate(self, workspace: Workspace) -> None:
        """Make a dormant workspace active again."""
        workspace.dormant_at = workspace.deleting_at = None
        workspace.last_used_at = self.world.now()
        self.reset_timer(workspace)

    def _stop_at(self, workspace: Workspace) -> datetime | None:
        build = workspace.latest_build
        if build.transition != "start":
            return None
        failure_ttl = workspace.template.failure_ttl_ms if self.world.licensed else 0
        if build.job.status == "failed" and failure_ttl and build.job.completed_at:
            return build.job.completed_at + timedelta(milliseconds=failure_ttl)
        if build.job.status != "succeeded" or workspace.dormant_at:
            return None
        return build.updated_at if workspace.owner.status == "suspended" else build.deadline

    def _start_at(self, workspace: Workspace) -> datetime | None:
        build = workspace.latest_build
        ready = build.transition == "stop" and build.job.status == "succeeded"
        if not ready or workspace.dormant_at or workspace.owner.status != "active":
            return None
        return workspace.next_start_at if autostart_allowed(self.world, workspace) else None

    def _dormant_at(self, workspace: Workspace) -> datetime | None:
        idle = workspace.template.time_til_dormant_ms
        if not (self.world.licensed and idle) or workspace.dormant_at:
            return None
        return workspace.last_used_at + timedelta(milliseconds=idle)

    def _delete_at(self, workspace: Workspace) -> datetime | None:
        return workspace.deleting_at if workspace.dormant_at else None

    def _run_due_action(self, workspace: Workspace) -> None:
        now = self.world.now()

        def is_due(moment: datetime | None) -> bool:
            return moment is not None and moment <= now

        if is_due(self._delete_at(workspace)):
            self._build_automatically(workspace, "delete", "autodelete")
        elif is_due(self._stop_at(workspace)):
            self._build_automatically(workspace, "stop", "autostop")
        elif is_due(self._dormant_at(workspace)):
            self.make_dormant(workspace)
            if workspace.latest_build.transition == "start":
                self._build_automatically(workspace, "stop", "dormancy")
        elif is_due(self._start_at(workspace)):
            self._autostart(workspace)

    def _autostart(self, workspace: Workspace) -> None:
        workspace.next_start_at = None
        update_next_start(self.world, workspace)
        self._build_automatically(workspace, "start", "autostart")

    def _build_automatically(self, workspace: Workspace, transition: str, reason: str) -> None:
        build = workspace.latest_build
        version = autostart_version(self.world, workspace) if transition == "start" else build.version
        try:
            values = parameters.resolve_values(version.plan.parameters, {}, build.parameters, modern=self.world.modern)
        except ApiError:
            self.reset_timer(workspace)  # Coder skips this autostart if a required value is missing
            return
        self.request_build(
            workspace,
            transition,
            version=version,
            initiator=workspace.owner,
            parameters=values,
            reason=reason,
        )


def effective_ttl(world: World, workspace: Workspace) -> int | None:
    """Return the TTL that applies (ms): the template's if users may not set their own."""
    template = workspace.template
    if world.licensed and not template.allow_user_autostop:
        return template.default_ttl_ms or None
    return workspace.ttl_ms


def autostart_allowed(world: World, workspace: Workspace) -> bool:
    """Tell whether the template allows autostart."""
    return workspace.template.allow_user_autostart or not world.licensed


def autostart_version(world: World, workspace: Workspace) -> TemplateVersion:
    """Return the version of an autostart: the active one if the template or the workspace requires it."""
    forced = world.licensed and workspace.template.require_active_version
    active = forced or workspace.automatic_updates == "always"
    return workspace.template.active_version if active else workspace.latest_build.version


def next_start(world: World, workspace: Workspace) -> datetime | None:
    """Return the next time of a workspace's autostart schedule on a day that the template allows."""
    if not workspace.autostart_schedule:
        return None
    days = workspace.template.autostart_days if world.licensed else DAYS
    return cron.parse_schedule(workspace.autostart_schedule).next_after(world.now(), days)


def update_next_start(world: World, workspace: Workspace) -> None:
    """Move `next_start_at` to the future if it has passed."""
    if workspace.next_start_at is None or workspace.next_start_at <= world.now():
        workspace.next_start_at = next_start(world, workspace)
