"""List the jobs of provisioners: builds of workspaces and imports of template versions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from coder_simulator.clock import ZERO_TIME
from coder_simulator.state import Build, Job, Organization, Provisioner, TemplateVersion
from coder_simulator.world import World

JOB_STATUSES = ("pending", "running", "succeeded", "canceling", "canceled", "failed", "unknown")


@dataclass(frozen=True, slots=True)
class JobEntry:
    """A job with the version that it builds or imports, and the build of a workspace."""

    job: Job
    version: TemplateVersion
    build: Build | None = None


def list_jobs(world: World, organization: Organization) -> list[JobEntry]:
    """Return the jobs of an organization, newest first."""
    entries = [e for e in _all_jobs(world) if e.version.template.organization is organization]
    return sorted(entries, key=lambda entry: entry.job.created_at, reverse=True)


def newest_job_by_worker(world: World) -> dict[str, JobEntry]:
    """Return the job that each provisioner completed last, by the provisioner's id."""
    newest: dict[str, JobEntry] = {}
    for entry in _all_jobs(world):
        if entry.job.completed_at and _completed(entry) > _completed(newest.get(entry.job.worker_id)):
            newest[entry.job.worker_id] = entry
    return newest


def current_job_of(world: World, daemon: Provisioner) -> JobEntry | None:
    """Return the job that a provisioner runs."""
    if daemon.job is None:
        return None
    return next((entry for entry in _all_jobs(world) if entry.job is daemon.job), None)


def _all_jobs(world: World) -> Iterator[JobEntry]:
    yield from (JobEntry(version.job, version) for version in world.versions.values())
    yield from (JobEntry(build.job, build.version, build) for build in world.builds.values())


def _completed(entry: JobEntry | None) -> datetime:
    return (entry.job.completed_at if entry else None) or ZERO_TIME
