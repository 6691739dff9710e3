"""Report the use of workspaces, from the days of use that a world was given: the simulator measures none itself."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from coder_simulator.records import UseDay
from coder_simulator.state import User
from coder_simulator.world import World

Latency = dict[str, float]


@dataclass(slots=True)
class UsageReport:
    """The use in a period: seconds and numbers of days by app, seconds and latency (ms) by user, template ids."""

    template_ids: set[str] = field(default_factory=set)
    seconds_by_app: Counter[str] = field(default_factory=Counter)
    times_by_app: Counter[str] = field(default_factory=Counter)
    template_ids_by_app: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    seconds_by_user: Counter[User] = field(default_factory=Counter)
    template_ids_by_user: defaultdict[User, set[str]] = field(default_factory=lambda: defaultdict(set))
    latency_by_user: dict[User, Latency] = field(default_factory=dict)


def report_use(world: World, start: datetime, end: datetime, template_ids: Iterable[str]) -> UsageReport:
    """Report the use of the days (in UTC) that begin in a period, in some templates or (none given) in all."""
    report, templates = UsageReport(), set(template_ids)
    for use in _uses_between(world, start, end):
        if templates and use.template.id not in templates:
            continue
        template_id = use.template.id
        report.template_ids.add(template_id)
        report.template_ids_by_user[use.user].add(template_id)
        report.seconds_by_user[use.user] += sum(use.seconds.values())
        report.latency_by_user[use.user] = {"p50": use.latency_ms, "p95": use.latency_ms * 2.5}
        for app, seconds in use.seconds.items():
            report.seconds_by_app[app] += seconds
            report.times_by_app[app] += 1
            report.template_ids_by_app[app].add(template_id)
    return report


def count_daily_users(world: World, days: Iterable[date], template_id: str = "") -> list[int]:
    """Return the number of users on each of the days, of one template or of all."""
    users: defaultdict[date, set[str]] = defaultdict(set)
    for use in world.uses:
        if template_id in {"", use.template.id}:
            users[use.day].add(use.user.id)
    return [len(users[day]) for day in days]


def _uses_between(world: World, start: datetime, end: datetime) -> Iterator[UseDay]:
    first, last = start.date(), (end - timedelta(microseconds=1)).date()
    return (use for use in world.uses if first <= use.day <= last)
