"""Stream metrics of a running portal at /metrics."""

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.external_services.servers import wait_for
from tests.live.conftest import SignIn
from tests.live.sse_client import connect, connect_live, workspace_stream_url
from tests.portal import SimulatedCoder

pytestmark = pytest.mark.xdist_group("live")  # one worker runs the portals

LIVE = ("portal_live_streams", "portal_live_watches", "portal_live_sources")


def read_metrics(browser: httpx.Client) -> dict[str, float]:
    """Return the metrics of the process, by name and labels."""
    families = text_string_to_metric_families(browser.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    return {" ".join([each.name, *each.labels.values()]): each.value for each in samples}


def test_metrics_count_streams_and_upstream_watches_while_tabs_are_open(
    alice: httpx.Client, coder: SimulatedCoder
) -> None:
    web = coder.place("web")

    def assert_no_streams() -> None:
        assert open_counts() == {"portal_live_streams": 0, "portal_live_watches": 0}

    def open_counts() -> dict[str, float]:
        return {name: value for name, value in read_metrics(alice).items() if name.startswith(LIVE)}

    wait_for(assert_no_streams, AssertionError)  # the previous test's sources close with a delay
    with connect_live(alice, workspace_stream_url(web)) as one, connect_live(alice, workspace_stream_url(web)) as two:
        one.wait_for("web"), two.wait_for("web")
        assert open_counts() == {"portal_live_streams": 2, "portal_live_watches": 1, "portal_live_sources Watch": 1}
    wait_for(assert_no_streams, AssertionError)


def test_metrics_count_refused_streams_by_reason(sign_in: SignIn, other_site: str, coder: SimulatedCoder) -> None:
    web = coder.place("web")
    alice = sign_in(at=other_site)  # this portal allows one stream per user
    before = read_metrics(alice)
    with connect_live(alice, workspace_stream_url(web)), connect(alice, workspace_stream_url(web)) as refused:
        assert refused.next_event() == ("busy", "")
    with (
        httpx.Client(base_url=other_site, trust_env=False, timeout=30) as nobody,
        connect(nobody, workspace_stream_url(web)) as refused,
    ):
        assert refused.next_event() == ("session-expired", "")
    now = read_metrics(alice)
    counted = {name: now[name] - before[name] for name in now if name.startswith("portal_live_refused_total")}
    assert counted == {
        "portal_live_refused_total session-expired": 1,
        "portal_live_refused_total person": 1,
        "portal_live_refused_total process": 0,
        "portal_live_refused_total closing": 0,
    }
