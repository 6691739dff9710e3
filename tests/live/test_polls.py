"""Sources that poll because Coder has no stream for them: list pages and logs."""

from typing import Any
from uuid import UUID

import pytest

from tests.live.doubles import ALICE, Eye, FakeCoder, a_hub, is_away
from tests.live.fake_clock import moved, passes
from workspaces.coder.sources import AgentLogs, BuildLogs, Poll

BUILD = UUID(int=7)


def line(number: int) -> dict[str, Any]:
    """A line of a build's log."""
    said = {"log_source": "provisioner", "log_level": "info", "stage": "Planning", "output": f"line {number}"}
    return {"id": number, "created_at": "2026-11-24T22:05:49Z", **said}


@pytest.mark.parametrize(("status", "every"), [("running", 30), ("starting", 5)])
@moved
async def test_list_page_is_polled_more_often_while_a_build_is_active(status: str, every: float) -> None:
    coder = FakeCoder()
    coder.becomes(status)
    async with a_hub(coder) as hub:
        hub.source(Poll, ALICE, "owner:me", 3, 25).join(Eye())
        await passes(121)
        assert coder.pauses == pytest.approx([every] * int(120 / every))
        assert {each.query for each in coder.asked} == {"q=owner%3Ame&limit=25&offset=50"}


@moved
async def test_ten_subscribers_of_one_list_page_share_one_request() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for _ in range(10):
            hub.source(Poll, ALICE, "owner:me", 1, 25).join(Eye())
        hub.source(Poll, ALICE, "", 1, 25).join(Eye())
        await passes()
        assert len(coder.asked) == 2  # two queries


@moved
async def test_refreshes_in_quick_succession_are_merged_into_one_request() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(Eye())
        await passes(10)
        for _ in range(5):
            poll.poke()
            await passes(0.05)
        await passes(10)
        assert coder.moments == pytest.approx([0, 10.5], abs=0.01)


@moved
async def test_refresh_during_request_triggers_another_request_after_it() -> None:
    coder = FakeCoder(slow=1.0)
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(Eye())
        await passes(0.5)
        poll.poke()
        await passes(5)
        assert coder.moments == pytest.approx([0, 1.5])


@moved
async def test_list_page_time_is_the_start_of_its_request() -> None:
    coder = FakeCoder(slow=2.0)
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(Eye())
        await passes(40)
        assert poll.at == pytest.approx(32)  # a watch event at 33 s is newer


@moved
async def test_list_poll_keeps_state_and_recovers_when_coder_is_unreachable() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(eye)
        await passes(1)
        coder.always = is_away
        await passes(60)
        assert poll.trouble
        assert poll.state  # the last state is kept
        coder.always = None
        await passes(31)
        assert [trouble is None for trouble in eye.troubles] == [True, False, *[True] * (len(eye.troubles) - 2)]
        assert poll.trouble is None


@moved
async def test_build_log_requests_only_lines_after_last_known_line() -> None:
    coder = FakeCoder(logs=[line(101), line(102)])
    async with a_hub(coder) as hub:
        log = hub.source(BuildLogs, ALICE, BUILD, 100)
        seen = list[int]()
        log.join(lambda source: seen.append(len(log.entries)))
        await passes(3.5)
        coder.logs.append(line(103))
        await passes(1)
        assert [entry.id for entry in log.entries] == [101, 102, 103]
        assert seen == [2, 3]  # no notification without new lines
        assert [each.query for each in coder.asked] == ["after=100", *["after=102"] * 4]
        assert coder.pauses == pytest.approx([1.0] * 4)


@moved
async def test_finished_build_log_is_read_once_more_and_never_again() -> None:
    coder = FakeCoder(logs=[line(1)])
    async with a_hub(coder) as hub:
        log = hub.source(BuildLogs, ALICE, BUILD, 0)
        log.join(Eye())
        await passes(0.5)
        coder.logs.append(line(2))
        log.finish()
        await passes(0.01)
        assert [entry.id for entry in log.entries] == [1, 2]
        assert log.complete
        await passes(3600)
        assert len(coder.asked) == 2
        log.join(Eye())  # a later subscriber gets the complete log
        await passes(3600)
        assert len(coder.asked) == 2


@moved
async def test_agent_log_is_polled_less_often_when_scripts_have_ended() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        log = hub.source(AgentLogs, ALICE, BUILD, 0)
        log.join(Eye())
        await passes(1.5)
        log.calm = True
        await passes(15)
        assert coder.pauses == pytest.approx([1, 1, 5, 5])


@moved
async def test_empty_build_log_is_known_and_complete_when_finished() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        log = hub.source(BuildLogs, ALICE, BUILD, 0)
        log.finish()
        log.join(Eye())
        await passes(1)
        assert log.known
        assert log.complete
        assert log.entries == []
