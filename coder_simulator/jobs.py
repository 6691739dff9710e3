"""Run the builds of workspaces: request, queue, assign to a provisioner, log and end them."""

from functools import partial
from typing import Any

from coder_simulator import agent_lifecycle
from coder_simulator.engine import Engine
from coder_simulator.lifecycle import Lifecycle
from coder_simulator.notifications import notify_of_end
from coder_simulator.quota import consumed_credits, daily_cost_of
from coder_simulator.seed import LOG_STAGES, create_resources
from coder_simulator.state import Build, Job, Log, Provisioner, TemplateVersion, User, Workspace
from coder_simulator.world import World

ACQUIRE_SECONDS = 0.001  # until a provisioner acquires a job
CANCEL_SECONDS = 0.6  # until a canceled job ends
FOLLOW_UP_SECONDS = 30.0  # until `on_success` runs: Coder's executor checks once a minute, so 30 s on average


class Jobs:
    """The builds of a world's workspaces and their queue."""

    def __init__(self, world: World, engine: Engine, lifecycle: Lifecycle) -> None:
        self.world = world
        self.engine = engine
        self.lifecycle = lifecycle
        lifecycle.request_build = self.request_build

    def request_build(
        self,
        workspace: Workspace,
        transition: str,
        *,
        version: TemplateVersion,
        initiator: User,
        parameters: dict[str, str],
        reason: str = "initiator",
        preset_id: str | None = None,
        on_success: dict[str, Any] | None = None,
        orphan: bool = False,
    ) -> Build:
        """Add a build to a workspace and queue its job."""
        now = self.world.now()
        job = Job(created_at=now, initiator=initiator, file_id=version.job.file_id, tags=dict(version.plan.tags))
        build = Build(
            workspace=workspace,
            version=version,
            build_number=len(workspace.builds) + 1,
            transition=transition,
            initiator=initiator,
            job=job,
            created_at=now,
            updated_at=now,
            reason=reason,
            parameters=parameters,
            preset_id=preset_id,
            on_success=on_success,
            orphan=orphan,
        )
        workspace.builds.append(build)
        self.world.builds[build.id] = build
        if self.world.workspaces.get(workspace.id):
            self.world.workspaces.update(workspace)
        else:
            self.world.workspaces.add(workspace)
        self.lifecycle.cancel_timer(workspace)
        self.enqueue(build)
        return build

    def enqueue(self, build: Build) -> None:
        """Put a build's job into the queue."""
        self.world.pending.append(build)
        self.engine.notify_watchers(build.workspace)
        if build.orphan:
            self.world.pending.remove(build)
            build.job.started_at = self.world.now()
            self.engine.schedule_after(ACQUIRE_SECONDS, lambda: self._end_successful_job(build, None))
        else:
            self.engine.schedule_after(ACQUIRE_SECONDS, self.assign_jobs)

    def assign_jobs(self) -> None:
        """Assign queued jobs, oldest first, to the free provisioners whose tags match."""
        for build in list(self.world.pending):
            if daemon := self._find_free_provisioner(build):
                self.world.pending.remove(build)
                self._start(build, daemon)

    def resume(self) -> None:
        """Continue the seeded jobs and agents when the server starts."""
        for workspace in self.world.workspaces.list_all():
            build = workspace.latest_build
            status = build.job.status
            if status == "pending":
                self.world.pending.append(build)
            elif status == "running":
                self._run(build, self._find_free_provisioner(build))
            elif status == "canceling" and not build.version.plan.build_plan(build.transition).hangs:
                self.engine.schedule_after(CANCEL_SECONDS, partial(self._end_canceled_job, build, None))
            elif status == "succeeded":
                for agent in workspace.agents:
                    agent_lifecycle.resume_agent(self.world, self.engine, agent)
            self.lifecycle.reset_timer(workspace)
        self.world.pending.sort(key=lambda b: b.created_at)
        self.engine.schedule_after(ACQUIRE_SECONDS, self.assign_jobs)

    def cancel(self, build: Build) -> None:
        """Cancel a build: a pending one at once, a running one after `CANCEL_SECONDS`."""
        job = build.job
        job.canceled_at = self.world.now()
        if job.started_at is None:
            job.completed_at = job.canceled_at
            self.world.pending.remove(build)
            self._finish_job(build)
        else:
            daemon = next((p for p in self.world.provisioners if p.job is job), None)
            self.engine.schedule_after(CANCEL_SECONDS, lambda: self._end_canceled_job(build, daemon))
        self.engine.notify_watchers(build.workspace)

    def _find_free_provisioner(self, build: Build) -> Provisioner | None:
        free = (p for p in self.world.provisioners if p.job is None and p.tags.items() >= build.job.tags.items())
        return next(free, None)

    def _start(self, build: Build, daemon: Provisioner) -> None:
        build.job.started_at = self.world.now()
        build.job.worker_id = daemon.id
        self._add_log(build, "provisioner_daemon", "Setting up", "")
        self.engine.notify_watchers(build.workspace)
        self._run(build, daemon)

    def _run(self, build: Build, daemon: Provisioner | None) -> None:
        """Schedule a job's log lines and its end: half of the time is preparation, then the lines follow."""
        if daemon:
            daemon.job = build.job
        build_plan = build.version.plan.build_plan(build.transition)
        logged = len(build.job.logs)
        if logged <= 1:
            self.engine.schedule_after(build_plan.duration_seconds * 0.3, lambda: self._commit_quota(build, daemon))
            for number, line in enumerate(build_plan.log):
                moment = build_plan.duration_seconds * (0.4 + 0.5 * (number + 1) / len(build_plan.log))
                add_line = partial(
                    self._add_log, build, "provisioner", LOG_STAGES[build.transition], line.output, line.level
                )
                self.engine.schedule_after(moment, add_line)
        if build_plan.hangs:
            return
        if build_plan.error:
            self.engine.schedule_after(
                build_plan.duration_seconds,
                lambda: self._end_failed_job(build, daemon, build_plan.error, build_plan.error_code),
            )
        else:
            self.engine.schedule_after(build_plan.duration_seconds, lambda: self._end_successful_job(build, daemon))

    def _commit_quota(self, build: Build, daemon: Provisioner | None) -> None:
        if build.job.status != "running":
            return
        cost = daily_cost_of(build)
        if cost and build.transition != "delete":
            budget, used = (build.workspace.owner.quota, 0) if self.world.licensed else (-1, 0)
            if self.world.licensed:
                used = consumed_credits(self.world, build.workspace.owner, exclude=build.workspace)
            for name, number in (("Build cost", cost), ("Budget", budget), ("Credits consumed", used)):
                self._add_log(build, "provisioner", "Commit quota", f"{name:<16} \u2014   {number}")
            if 0 <= budget < used + cost and build.transition == "start":
                self._add_log(build, "provisioner", "Commit quota", "Insufficient quota, can't continue build", "warn")
                code = "INSUFFICIENT_QUOTA" if self.world.modern else ""
                self._end_failed_job(build, daemon, "insufficient quota", code)
                return
            if self.world.licensed:
                build.daily_cost = cost
        self._add_log(build, "provisioner_daemon", LOG_STAGES[build.transition], "")

    def _add_log(self, build: Build, source: str, stage: str, output: str, level: str = "info") -> None:
        if build.job.completed_at or build.job.canceled_at:
            return
        build.job.logs.append(
            Log(
                id=next(self.world.log_ids),
                created_at=self.world.now(),
                source=source,
                level=level,
                stage=stage,
                output=output,
            )
        )

    def _end_successful_job(self, build: Build, daemon: Provisioner | None) -> None:
        if build.job.status != "running":
            return
        workspace, now = build.workspace, self.world.now()
        if not build.orphan:
            self._add_log(build, "provisioner_daemon", "Cleaning Up", "")
        build.job.completed_at = build.updated_at = now
        if not build.orphan:
            create_resources(self.world, build, now)
        duration_ms = (now - (build.job.started_at or now)).total_seconds() * 1000
        workspace.template.durations_ms[build.transition].append(duration_ms)
        self.lifecycle.set_deadline(build)
        if build.transition == "delete":
            workspace.deleted = True
        if build.transition == "start":
            for agent in workspace.agents:
                agent_lifecycle.start_agent(self.world, self.engine, agent)
        self._release_provisioner(daemon)
        self._finish_job(build)
        if build.on_success:
            self.engine.schedule_after(FOLLOW_UP_SECONDS, lambda: self._start_follow_up(build, build.on_success or {}))

    def _start_follow_up(self, build: Build, on_success: dict[str, Any]) -> None:
        """Request the build that `on_success` describes (2.36), unless another build came first."""
        if build is not build.workspace.latest_build:
            return
        version_id = on_success.get("template_version_id")
        version = self.world.versions.get(version_id or "") or build.workspace.template.active_version
        values = {p.name: build.parameters.get(p.name, p.default_value) for p in version.plan.parameters}
        self.request_build(
            build.workspace,
            on_success["transition"],
            version=version,
            initiator=build.initiator,
            parameters=values | on_success.get("values", {}),
            reason=build.reason,
            preset_id=on_success.get("template_version_preset_id"),
        )

    def _end_failed_job(self, build: Build, daemon: Provisioner | None, error: str, code: str) -> None:
        if build.job.status != "running":
            return
        self._add_log(build, "provisioner_daemon", "Cleaning Up", "")
        build.job.completed_at = self.world.now()
        build.job.error, build.job.error_code = error, code
        self._release_provisioner(daemon)
        self._finish_job(build)

    def _end_canceled_job(self, build: Build, daemon: Provisioner | None) -> None:
        build.job.completed_at = self.world.now()
        if build.version.plan.build_plan(build.transition).canceled_job_status == "failed":
            build.job.error = "canceled"
        self._release_provisioner(daemon)
        self._finish_job(build)

    def _release_provisioner(self, daemon: Provisioner | None) -> None:
        if daemon:
            daemon.job = None
            self.engine.schedule_after(ACQUIRE_SECONDS, self.assign_jobs)

    def _finish_job(self, build: Build) -> None:
        notify_of_end(self.world, build)
        self.world.workspaces.update(build.workspace)
        self.lifecycle.reset_timer(build.workspace)
        self.engine.notify_watchers(build.workspace)
