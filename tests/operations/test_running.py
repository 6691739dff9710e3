"""How an operation goes on, step by step, before both Coders."""

from collections.abc import Callable

import pytest

from tests.operations.conftest import Workshop
from tests.portal import SimulatedCoder
from workspaces.models import Item, Operation

BOTH = pytest.mark.parametrize("version", ["2.19", "2.36"])
Begin = Callable[..., Item]


def builds(coder: SimulatedCoder, name: str) -> list[str]:
    """The transitions that were asked for, in their order."""
    return [
        entry["body"]["transition"]
        for entry in coder.server.requests()
        if entry["method"] == "POST" and entry["path"].endswith("/builds")
    ]


@BOTH
def test_a_restart_stops_it_and_starts_it_with_the_same_version(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web")
    old, _ = coder.new_version("plain")
    item = workshop.until_it_ends(begin(web))
    assert (item.outcome, item.said) == ("done", "")
    assert [build.transition for build in web.builds[-2:]] == ["stop", "start"]
    assert web.latest_build.version is old
    assert web.latest_build.job.status == "succeeded"


@BOTH
def test_an_update_of_a_stopped_one_is_one_start_with_the_active_version(
    begin: Begin, coder: SimulatedCoder, workshop: Workshop
) -> None:
    web = coder.place("web", "stopped")
    _, new = coder.new_version("plain")
    before = len(web.builds)
    item = workshop.until_it_ends(begin(web, "update", version=new.id))
    assert item.outcome == "done"
    assert len(web.builds) == before + 1
    assert web.latest_build.version is new


def test_its_token_is_ended_at_coder_when_it_is_over(begin: Begin, coder: SimulatedCoder, workshop: Workshop) -> None:
    item = begin(coder.place("web"))
    made = {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert made == {item.operation.token_id}
    workshop.until_it_ends(item)
    workshop.work()
    assert not {token.id for token in coder.server.world.tokens.values() if token.login_type == "token"}
    assert Operation.objects.get().token == ""
