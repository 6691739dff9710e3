"""Pages are right when Coder's clock is off: its times are compared with its own clock."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from coder_simulator.state import Workspace
from tests.portal import SimulatedCoder, sign_in
from tests.views.html import Html

both_versions = pytest.mark.parametrize("version", ["2.19", "2.36"])
any_offset = pytest.mark.parametrize(
    "offset",
    [sign * span for span in (timedelta(minutes=4), timedelta(hours=2), timedelta(days=1)) for sign in (1, -1)],
    ids=str,
)


@pytest.fixture
def off_coder(db: None, coder: SimulatedCoder, offset: timedelta) -> SimulatedCoder:
    """Return a Coder whose clock is off."""
    coder.server.world.clock.skew = offset
    return coder


def set_agent_age(coder: SimulatedCoder, workspace: Workspace, age: timedelta) -> None:
    """Let the agents of a workspace have been created so long ago, by Coder's clock."""
    for resource in workspace.latest_build.resources:
        for agent in resource.agents:
            agent.created_at = coder.server.world.now() - age


def open_page(address: str = "/@alice/web/") -> Html:
    """Return a page of Alice's."""
    client = Client()
    sign_in(client)
    return Html(client.get(address))


def header_of(page: Html, workspace: Workspace) -> Html:
    """Return the header of the workspace's page."""
    return page.one("section", id=f"w-{workspace.id}")


@both_versions
@any_offset
def test_agent_that_has_just_started_is_not_slow(off_coder: SimulatedCoder) -> None:
    web = off_coder.place("web", template="dev", agent_state="connecting")
    set_agent_age(off_coder, web, timedelta(seconds=5))
    assert "taking too long" not in header_of(open_page(), web).text


@both_versions
@any_offset
def test_agent_that_is_slow_is_called_slow(off_coder: SimulatedCoder) -> None:
    web = off_coder.place("web", template="dev", agent_state="connecting")
    set_agent_age(off_coder, web, timedelta(minutes=30))
    assert "taking too long" in header_of(open_page(), web).text


@both_versions
@any_offset
def test_deadline_and_latest_build_are_relative_to_coders_clock(off_coder: SimulatedCoder) -> None:
    web = off_coder.place("web", deadline_in_hours=3)
    page = open_page()
    facts = {fact.one("dt").text: fact.one("dd").text for fact in page.one("dl", class_="fact-list").all("div")}
    assert "in 3 h" in header_of(page, web).text
    assert "in " not in facts["Latest build"]


@any_offset
def test_deadline_for_scripts_is_by_the_portals_clock(off_coder: SimulatedCoder) -> None:
    web = off_coder.place("web", deadline_in_hours=3)
    page = open_page()
    now_ms = int(page.one("html").get("data-now") or 0)
    deadline_ms = int(header_of(page, web).get("data-deadline") or 0)
    assert (deadline_ms - now_ms) / 3_600_000 == pytest.approx(3, abs=0.01)


@both_versions
@any_offset
def test_preview_of_autostart_is_by_coders_clock(off_coder: SimulatedCoder) -> None:
    at = off_coder.server.world.now() + timedelta(minutes=2)
    off_coder.place("web", "stopped", autostart_schedule=f"CRON_TZ=UTC {at.minute} {at.hour} * * *")
    page = open_page("/@alice/web/settings/")
    (line,) = re.findall(r"The next start is (.+? at \d\d:\d\d)", page.one("main").text)
    assert f"Next starts: {line}, " in page.one("p", id="next-starts-weekly").text


@any_offset
def test_list_says_when_workspace_stops_by_coders_clock(off_coder: SimulatedCoder) -> None:
    off_coder.place("web", deadline_in_hours=3)
    row = open_page("/workspaces/").one("tbody").one("tr").text
    assert "was due to stop" not in row
    assert "stops" in row
