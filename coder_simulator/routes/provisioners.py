"""Serve provisioners and their jobs for staff."""

import json

from coder_simulator.errors import ApiError, not_found
from coder_simulator.permissions import is_allowed
from coder_simulator.provisioner_jobs import (
    JOB_STATUSES,
    JobEntry,
    current_job_of,
    list_jobs,
    newest_job_by_worker,
)
from coder_simulator.query_terms import (
    Parser,
    parse_boolean,
    parse_list,
    parse_positive_int32,
    parse_query_uuid,
    parse_text,
    parse_uuids,
)
from coder_simulator.render.provisioners import (
    provisioner_status,
    render_provisioner_job,
    render_working_provisioner,
)
from coder_simulator.routing import Call, Reply, route
from coder_simulator.state import Organization, Provisioner

MESSAGE = "Invalid query parameters."
DEFAULT_LIMIT = 50  # of 2.36; 0 and 2.19's default are all


def parse_tags(key: str, text: str) -> dict[str, str]:
    """Parse tags from a JSON object of texts."""
    try:
        tags = json.loads(text)
    except ValueError:
        tags = None
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise ValueError(f'Query param "{key}" must be a valid JSON object')
    return tags


DAEMON_PARSERS: dict[str, Parser] = {
    "limit": parse_positive_int32,
    "ids": parse_uuids,
    "offline": parse_boolean,
    "status": parse_list,
    "max_age": parse_text,
    "tags": parse_tags,
}
JOB_PARSERS: dict[str, Parser] = {
    "limit": parse_positive_int32,
    "ids": parse_uuids,
    "status": parse_list,
    "tags": parse_tags,
    "initiator": parse_query_uuid,
}


@route("GET", "/organizations/{organization}/provisionerdaemons")
def list_provisioners(call: Call) -> Reply:
    """List the provisioners; 2.19 lists all to everybody and ignores the query."""
    organization, world = call.path_organization(), call.world
    daemons = sorted(world.provisioners, key=lambda daemon: daemon.created_at, reverse=world.modern)
    if world.modern:
        _check_permission(call, organization)
        daemons = _select_provisioners(call, daemons)
    previous = newest_job_by_worker(world)
    return 200, [
        render_working_provisioner(world, organization, d, current_job_of(world, d), previous.get(d.id))
        for d in daemons
    ]


def _check_permission(call: Call, organization: Organization) -> None:
    if not is_allowed(call.world, call.user, "read", "provisioner_jobs", organization_id=organization.id):
        raise not_found()


def _select_provisioners(call: Call, daemons: list[Provisioner]) -> list[Provisioner]:
    """Return the provisioners that match the query; none is ever offline, so `offline` and `max_age` drop none."""
    values = call.query_values(DAEMON_PARSERS, message=MESSAGE)
    ids, statuses, tags = values.get("ids"), values.get("status"), values.get("tags", {})
    found = [
        d
        for d in daemons
        if (not ids or d.id in ids)
        and (not statuses or provisioner_status(d) in statuses)
        and d.tags.items() >= tags.items()
    ]
    return found[: values.get("limit", DEFAULT_LIMIT) or None]


@route("GET", "/organizations/{organization}/provisionerjobs")
def list_provisioner_jobs(call: Call) -> Reply:
    """List the jobs of the organization, newest first; the user must be an owner."""
    organization, world = call.path_organization(), call.world
    _check_permission(call, organization)
    parsers = JOB_PARSERS if world.modern else {k: p for k, p in JOB_PARSERS.items() if k != "initiator"}
    values = call.query_values(parsers, message=MESSAGE)
    ids, statuses = values.get("ids"), values.get("status", JOB_STATUSES)
    tags, initiator = values.get("tags", {}), values.get("initiator")
    if unknown := [status for status in statuses if status not in JOB_STATUSES]:
        detail = f'fetch object: pq: invalid input value for enum provisioner_job_status: "{unknown[0]}"'
        raise ApiError(500, "Internal error fetching provisioner jobs.", detail)

    def matches(entry: JobEntry) -> bool:
        job = entry.job
        return (
            (not ids or job.id in ids)
            and job.status in statuses
            and job.tags.items() >= tags.items()
            and initiator in {None, job.initiator.id}
        )

    found = [entry for entry in list_jobs(world, organization) if matches(entry)]
    limit = values.get("limit", DEFAULT_LIMIT if world.modern else 0)
    return 200, [render_provisioner_job(world, entry) for entry in found[: limit or None]]
