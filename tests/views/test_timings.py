"""Test the timings of a build: on the tab of the builds, and as a page without scripts."""

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx_headers
from tests.views.html import Html

BOTH_VERSIONS = pytest.mark.parametrize("version", ["2.19", "2.36"])


@BOTH_VERSIONS
def test_timings_of_latest_build_show_label_bar_and_duration_in_a_line(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", template="dev")
    page = Html(alice.get("/@alice/web/builds/"))
    section = page.one("section", id="timings")
    rows = section.all("div", class_="timeline-row")
    assert [row.one("bdi").text for row in rows] == ["Connecting: main", "Startup scripts: Startup on main"]
    assert all(len(row.all("rect")) == 1 and row.all("span", class_="timeline-duration")[0].text for row in rows)


@BOTH_VERSIONS
def test_timings_compare_start_with_median_of_previous_starts(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", previous_transitions=("start", "stop") * 3)
    section = Html(alice.get("/@alice/web/builds/")).one("section", id="timings")
    assert "less than usual. Median of this workspace’s previous 3 successful starts: 40 s." in section.text


@BOTH_VERSIONS
def test_timings_of_old_build_compare_it_with_builds_before_it(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", previous_transitions=("start", "stop") * 30)
    section = Html(alice.get("/@alice/web/builds/7/timings/")).one("section", id="timings")
    assert (
        "Took 40 s, about as long as usual. Median of this workspace’s previous 3 successful starts: 40 s."
        in section.text
    )
    assert coder.last_request(f"GET /workspaces/{web.id}/builds")["query"] == {"limit": "30", "offset": "55"}


@BOTH_VERSIONS
def test_timings_of_any_build_are_available_for_deleted_workspace(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "deleted", template="dev")
    page = Html(alice.get("/@alice/web/builds/1/timings/"))
    assert page.one("h1").text == "Build #1"
    assert alice.get("/@alice/web/builds/99/timings/").status_code == 404


def test_timings_say_that_build_is_in_progress(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "starting", template="hang")
    section = Html(alice.get("/@alice/web/builds/")).one("section", id="timings")
    assert "is in progress" in section.text


def test_timings_say_when_coder_has_no_data_for_build(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "stopped")
    section = Html(alice.get("/@alice/web/builds/")).one("section", id="timings")
    assert "Coder has no timeline for this build." in section.text


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("agents", "Ports, metadata, and SSH settings could not be loaded. Coder has been unreachable since "),
        ("advice", "More information about this workspace could not be loaded. Coder has been unreachable since "),
    ],
)
def test_part_of_a_page_says_what_could_not_be_loaded(
    alice: Client, coder: SimulatedCoder, part: str, text: str
) -> None:
    web = coder.place("web")
    alice.get("/@alice/web/")
    coder.server.add_fault("answer", status=502, body={})
    page = Html(
        alice.get(f"/workspaces/{web.id}/{part}/", headers=htmx_headers(f"section#{part}", page_path="/@alice/web/"))
    )
    notice = page.one("p", class_="notice")
    assert notice.text.startswith(text)
    assert notice.text.endswith("Try again")
