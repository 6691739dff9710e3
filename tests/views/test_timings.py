"""How long a build took: a part of the page of its workspace and of its own, and a page without scripts."""

import threading
from typing import Any

import pytest
from django.test import Client

from tests.portal import SimulatedCoder, htmx
from tests.views.html import Html
from workspaces.coder.client import Coder

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])


@BOTH
def test_the_latest_build_has_a_chart_and_the_same_figures_as_a_table(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    page = Html(alice.get(f"/workspaces/{web.id}/timings/"))
    part = page.one("section", id="timings")
    rows = [[cell.text for cell in row.all("td")] for row in part.one("tbody").all("tr")]
    assert [row[:2] for row in rows] == [["Connecting", "main"], ["Startup scripts", "Startup"]]
    bars = part.all("rect")
    assert len(bars) == len(rows)
    assert page.one("h1").text == f"Build number {web.latest_build.build_number}"
    assert page.one("nav", class_="crumbs").all("a")[-1].get("href") == "/@alice/web/builds/2/"


@BOTH
def test_a_start_is_compared_with_the_ones_before_it(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", earlier=("start", "stop") * 3)
    part = Html(alice.get(f"/workspaces/{web.id}/timings/")).one("section", id="timings")
    assert "less than usual: the median of the 3 before is 40 s." in part.text


@BOTH
def test_a_build_of_long_ago_is_compared_with_the_ones_before_it_too(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", earlier=("start", "stop") * 30)
    part = Html(alice.get("/@alice/web/builds/7/timings/")).one("section", id="timings")
    assert "It took 40 s, as usual: the median of the 3 before is 40 s." in part.text
    assert coder.last(f"GET /workspaces/{web.id}/builds")["query"] == {"limit": "30", "offset": "55"}


@BOTH
def test_it_asks_for_the_timings_and_the_builds_before_side_by_side(
    alice: Client, coder: SimulatedCoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = coder.place("web", template="dev")
    both, fetch = threading.Barrier(2, timeout=10), Coder.fetch

    def together(self: Coder, request: Any) -> Any:
        both.wait()
        return fetch(self, request)

    monkeypatch.setattr(Coder, "fetch", together)
    path = f"/workspaces/{web.id}/timings/"
    answer = alice.get(path, headers=htmx("section#timings", at="/@alice/web/"))
    assert answer.content.decode().strip().startswith('<section class="part" id="timings"')
    assert sorted(coder.asked()) == [f"GET /workspaces/{web.id}/builds", f"GET /workspaces/{web.id}/timings"]


@BOTH
def test_any_build_has_its_own_also_when_the_workspace_is_deleted(alice: Client, coder: SimulatedCoder) -> None:
    coder.place("web", "deleted", template="dev")
    page = Html(alice.get("/@alice/web/builds/1/timings/"))
    assert page.one("h1").text == "Build number 1"
    assert alice.get("/@alice/web/builds/99/timings/").status_code == 404


def test_a_build_under_way_says_so(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "starting", template="hang")
    part = Html(alice.get(f"/workspaces/{web.id}/timings/")).one("section", id="timings")
    assert "is still under way" in part.text


def test_a_build_without_figures_says_so(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", "stopped")
    part = Html(alice.get(f"/workspaces/{web.id}/timings/")).one("section", id="timings")
    assert "Coder has no figures for the parts of this build." in part.text


def test_the_page_of_the_workspace_loads_it_when_it_comes_into_view(alice: Client, coder: SimulatedCoder) -> None:
    web = coder.place("web", template="dev")
    part = Html(alice.get("/@alice/web/")).one("div", id="timings-place")
    assert part.get("hx-get") == part.one("a").get("href") == f"/workspaces/{web.id}/timings/"
