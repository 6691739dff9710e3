"""The use of the demo's workspaces on the last days: more on weekdays, each user mostly with one editor."""

from datetime import date, timedelta
from random import Random

from coder_simulator.records import UseDay
from coder_simulator.state import User, Workspace
from coder_simulator.world import World

DAYS = 61
WEEKDAY_SHARE, WEEKEND_SHARE = 0.62, 0.06  # of the users who use a workspace on a day
SATURDAY = 5
APPS = (
    # app, share of the users whose main app it is
    ("vscode", 60),
    ("jetbrains", 25),
    ("ssh", 15),
)
HOUR = 3600  # s
LATENCY_MS = (9.0, 190.0)


def add_usage(world: World, rng: Random, workspaces: list[Workspace]) -> None:
    """Add days of use by the active owners of the workspaces."""
    owned: dict[User, list[Workspace]] = {}
    for workspace in workspaces:
        if workspace.owner.status == "active":
            owned.setdefault(workspace.owner, []).append(workspace)
    today = world.now().date()
    days = [today - timedelta(days=number) for number in range(DAYS)]
    for user, own in owned.items():
        main_app = rng.choices([app for app, _ in APPS], [share for _, share in APPS])[0]
        latency_ms = round(rng.uniform(*LATENCY_MS), 1)
        joined = user.created_at.date()
        world.uses += [
            UseDay(day, user, rng.choice(own).template, _seconds(rng, main_app), latency_ms)
            for day in days
            if day >= joined and rng.random() < _share(day)
        ]


def _share(day: date) -> float:
    return WEEKEND_SHARE if day.weekday() >= SATURDAY else WEEKDAY_SHARE


def _seconds(rng: Random, main_app: str) -> dict[str, int]:
    seconds = {main_app: round(rng.uniform(0.4, 6.5) * HOUR)}
    if rng.random() < 0.35:
        seconds["reconnecting-pty"] = round(rng.uniform(0.05, 1.0) * HOUR)
    return seconds
