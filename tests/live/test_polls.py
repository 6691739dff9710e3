"""What is asked for again and again, because no stream of Coder's tells of it: pages of lists, and logs."""

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
async def test_a_page_of_a_list_is_asked_for_sooner_where_something_moves(status: str, every: float) -> None:
    coder = FakeCoder()
    coder.becomes(status)
    async with a_hub(coder) as hub:
        hub.source(Poll, ALICE, "owner:me", 3, 25).join(Eye())
        await passes(121)
        assert coder.pauses == pytest.approx([every] * int(120 / every))
        assert {each.query for each in coder.asked} == {"q=owner%3Ame&limit=25&offset=50"}


@moved
async def test_ten_tabs_on_one_page_cost_one_question() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        for _ in range(10):
            hub.source(Poll, ALICE, "owner:me", 1, 25).join(Eye())
        hub.source(Poll, ALICE, "", 1, 25).join(Eye())
        await passes()
        assert len(coder.asked) == 2  # two queries


@moved
async def test_what_happens_together_is_asked_for_once_and_soon() -> None:
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
async def test_what_happens_during_a_question_is_asked_for_after_it() -> None:
    coder = FakeCoder(slow=1.0)
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(Eye())
        await passes(0.5)
        poll.poke()
        await passes(5)
        assert coder.moments == pytest.approx([0, 1.5])


@moved
async def test_a_page_is_as_old_as_the_question_for_it() -> None:
    coder = FakeCoder(slow=2.0)
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(Eye())
        await passes(40)
        assert poll.at == pytest.approx(32)  # and a watch that spoke at 33 knows more


@moved
async def test_a_page_that_coder_does_not_answer_says_so_at_once_and_is_right_again_by_itself() -> None:
    coder, eye = FakeCoder(), Eye()
    async with a_hub(coder) as hub:
        poll = hub.source(Poll, ALICE, "owner:me", 1, 25)
        poll.join(eye)
        await passes(1)
        coder.always = is_away
        await passes(60)
        assert poll.trouble
        assert poll.state  # what was known stands
        coder.always = None
        await passes(31)
        assert [trouble is None for trouble in eye.troubles] == [True, False, *[True] * (len(eye.troubles) - 2)]
        assert poll.trouble is None


@moved
async def test_a_log_grows_by_what_comes_after_its_last_line() -> None:
    coder = FakeCoder(logs=[line(101), line(102)])
    async with a_hub(coder) as hub:
        log = hub.source(BuildLogs, ALICE, BUILD, 100)
        seen = list[int]()
        log.join(lambda source: seen.append(len(log.entries)))
        await passes(3.5)
        coder.logs.append(line(103))
        await passes(1)
        assert [entry.id for entry in log.entries] == [101, 102, 103]
        assert seen == [2, 3]  # where nothing came, nobody is told
        assert [each.query for each in coder.asked] == ["after=100", *["after=102"] * 4]
        assert coder.pauses == pytest.approx([1.0] * 4)


@moved
async def test_a_log_of_what_has_ended_is_read_once_more_and_then_never() -> None:
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
        log.join(Eye())  # who comes later finds it whole
        await passes(3600)
        assert len(coder.asked) == 2


@moved
async def test_the_log_of_an_agent_whose_scripts_have_ended_is_looked_for_less_often() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        log = hub.source(AgentLogs, ALICE, BUILD, 0)
        log.join(Eye())
        await passes(1.5)
        log.calm = True
        await passes(15)
        assert coder.pauses == pytest.approx([1, 1, 5, 5])


@moved
async def test_an_empty_log_is_known_to_be_empty() -> None:
    coder = FakeCoder()
    async with a_hub(coder) as hub:
        log = hub.source(BuildLogs, ALICE, BUILD, 0)
        log.finish()
        log.join(Eye())
        await passes(1)
        assert log.known
        assert log.complete
        assert log.entries == []
