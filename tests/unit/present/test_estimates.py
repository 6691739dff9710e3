"""Test the usual durations of a template's builds: on its card, in the progress of a build, and past both."""

from datetime import timedelta
from typing import Any

import pytest

from tests.unit.samples import NOW, viewer, workspace
from workspaces.coder.template_types import Quantiles
from workspaces.present.creation.template_cards import start_time_text
from workspaces.present.estimates import round_up, usual_durations
from workspaces.present.workspace.progress import Progress, make_progress


def progress_after(seconds: float, *, p50: int = 40_000, p95: int = 100_000) -> Progress:
    """Return the progress of a start that began this long ago; the quantiles are in ms."""
    job: dict[str, Any] = {"started_at": (NOW - timedelta(seconds=seconds)).isoformat()}
    web = workspace("starting", job_started_at=job["started_at"])
    durations = {web.template_id: {"start": Quantiles(P50=p50, P95=p95)}}
    progress = make_progress(web, viewer(build_durations=durations))
    assert progress is not None
    return progress


@pytest.mark.parametrize(
    ("milliseconds", "count", "is_in_minutes"),
    [
        (1, 1, False),
        (9_200, 10, False),
        (12_400, 15, False),
        (85_000, 85, False),
        (89_600, 2, True),
        (130_000, 3, True),
    ],
)
def test_card_and_new_build_have_the_same_estimate(milliseconds: int, count: int, *, is_in_minutes: bool) -> None:
    assert round_up(milliseconds) == (count, is_in_minutes)
    assert f"about {count} {'minute' if is_in_minutes else 'second'}" in start_time_text(milliseconds)
    left = progress_after(0, p50=milliseconds, p95=milliseconds).text
    assert left == f"about {count} {'min' if is_in_minutes else 's'} left"


@pytest.mark.parametrize(
    ("seconds", "percent", "text"),
    [
        (0, 0, "about 40 s left"),
        (20, 40, "about 20 s left"),
        (40, 80, "up to 60 s left"),
        (70, 90, "up to 30 s left"),
        (100, None, "longer than usual for this template"),
        (5400, None, "longer than usual for this template"),
    ],
)
def test_progress_has_no_value_when_build_takes_longer_than_nearly_all(
    seconds: float, percent: int | None, text: str
) -> None:
    progress = progress_after(seconds)
    assert (progress.percent, progress.text) == (percent, text)


@pytest.mark.parametrize(
    "stats", [None, {}, {"start": Quantiles()}, {"start": Quantiles(P50=0)}, {"start": Quantiles(P50=-1)}]
)
def test_usual_duration_is_unknown_without_a_positive_median(stats: dict[str, Quantiles] | None) -> None:
    assert usual_durations(stats, "start") is None


def test_nearly_all_builds_never_take_less_than_half_of_them() -> None:
    assert usual_durations({"start": Quantiles(P50=9, P95=3)}, "start") == (9, 9)
    assert usual_durations({"start": Quantiles(P50=9)}, "start") == (9, 9)
