"""Calls that staff pages make, as data; see calls.py. A refusal may be 403 or 404: both mean "not for this person"."""

from datetime import datetime
from uuid import UUID

from workspaces.coder.calls import Call, path
from workspaces.coder.staff_types import (
    DailyActiveUsers,
    HealthReport,
    OrganizationJob,
    ProvisionerDaemon,
    TemplateInsights,
    UserStatusCounts,
)


def daily_active_users(offset_h: int) -> Call[DailyActiveUsers]:
    """Read the active users of each day (chapter Insights: GET /insights/daus).

    `offset_h`: of the days from UTC, in whole hours; Coder fails for any other number.
    """
    query = {"tz_offset": str(offset_h)}
    return Call(method="GET", path=path("insights", "daus"), response_type=DailyActiveUsers, query=query)


def template_insights(start: datetime, end: datetime) -> Call[TemplateInsights]:
    """Read how templates were used (chapter Insights: GET /insights/templates).

    Both aware; `start` is a midnight, `end` too, or a full hour of today.
    """
    query = {"start_time": start.isoformat(timespec="seconds"), "end_time": end.isoformat(timespec="seconds")}
    return Call(method="GET", path=path("insights", "templates"), response_type=TemplateInsights, query=query)


def user_status_counts(offset_h: int) -> Call[UserStatusCounts]:
    """Read the users by status and day (chapter Insights: GET /insights/user-status-counts). It takes seconds."""
    query = {"tz_offset": str(offset_h)}
    return Call(method="GET", path=path("insights", "user-status-counts"), response_type=UserStatusCounts, query=query)


def provisioner_daemons(organization_id: UUID) -> Call[tuple[ProvisionerDaemon, ...] | None]:
    """List the provisioners (chapter Provisioning: GET /organizations/{organization}/provisionerdaemons)."""
    return Call(
        method="GET",
        path=path("organizations", organization_id, "provisionerdaemons"),
        response_type=tuple[ProvisionerDaemon, ...] | None,
    )


def provisioner_jobs(organization_id: UUID, status: str, *, limit: int) -> Call[tuple[OrganizationJob, ...] | None]:
    """List jobs with one of these statuses, separated by commas, newest first.

    Chapter Organizations: GET /organizations/{organization}/provisionerjobs. Coder fails for an unknown status.
    """
    return Call(
        method="GET",
        path=path("organizations", organization_id, "provisionerjobs"),
        response_type=tuple[OrganizationJob, ...] | None,
        query={"status": status, "limit": str(limit)},
    )


def health() -> Call[HealthReport]:
    """Read what Coder says of its own parts (chapter Debug: GET /debug/health)."""
    return Call(method="GET", path=path("debug", "health"), response_type=HealthReport)
