"""Sources that poll because Coder has no stream for them: list pages and logs."""

from typing import Any
from uuid import UUID

import pytest

from tests.live.doubles import ALICE, FakeCoder, RecordingCallback, connection_refused, open_hub
from tests.live.fake_clock import advance, with_fake_clock
from workspaces.coder.sources import AgentLogPoll, BuildLogPoll, WorkspaceListPoll

BUILD = UUID(int=7)


def line(number: int) -> dict[str, Any]:
    """Return a line of a build's log."""
    fields = {"log_source": "provisioner", "log_level": "info", "stage": "Planning", "output": f"line {number}"}
    return {"id": number, "created_at": "2026-11-24T22:05:49Z", **fields}


@pytest.mark.parametrize(("status", "every"), [("running", 30), ("starting", 5)])
@with_fake_clock
async def test_list_page_is_polled_more_often_while_a_build_is_active(status: str, every: float) -> None:
    coder = FakeCoder()
    coder.set_status(status)
    async with open_hub(coder) as hub:
        hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 50).subscribe(RecordingCallback())
        await advance(121)
        assert coder.request_intervals == pytest.approx([every] * int(120 / every))
        assert {each.query for each in coder.requests} == {"q=owner%3Ame&limit=25&offset=50"}


@with_fake_clock
async def test_ten_subscribers_of_one_list_page_share_one_request() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        for _ in range(10):
            hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 0).subscribe(RecordingCallback())
        hub.source(WorkspaceListPoll, ALICE, "", 25, 0).subscribe(RecordingCallback())
        await advance()
        assert len(coder.requests) == 2  # two queries


@with_fake_clock
async def test_refreshes_in_quick_succession_are_merged_into_one_request() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        poll = hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 0)
        poll.subscribe(RecordingCallback())
        await advance(10)
        for _ in range(5):
            poll.refresh()
            await advance(0.05)
        await advance(10)
        assert coder.request_times == pytest.approx([0, 10.5], abs=0.01)


@with_fake_clock
async def test_refresh_during_request_triggers_another_request_after_it() -> None:
    coder = FakeCoder(response_delay_s=1.0)
    async with open_hub(coder) as hub:
        poll = hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 0)
        poll.subscribe(RecordingCallback())
        await advance(0.5)
        poll.refresh()
        await advance(5)
        assert coder.request_times == pytest.approx([0, 1.5])


@with_fake_clock
async def test_list_page_time_is_the_start_of_its_request() -> None:
    coder = FakeCoder(response_delay_s=2.0)
    async with open_hub(coder) as hub:
        poll = hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 0)
        poll.subscribe(RecordingCallback())
        await advance(40)
        assert poll.read_at == pytest.approx(32)  # a watch event at 33 s is newer


@with_fake_clock
async def test_list_poll_keeps_state_and_recovers_when_coder_is_unreachable() -> None:
    coder, callback = FakeCoder(), RecordingCallback()
    async with open_hub(coder) as hub:
        poll = hub.source(WorkspaceListPoll, ALICE, "owner:me", 25, 0)
        poll.subscribe(callback)
        await advance(1)
        coder.fixed_response = connection_refused
        await advance(60)
        assert poll.error
        assert poll.state  # the last state is kept
        coder.fixed_response = None
        await advance(31)
        assert [trouble is None for trouble in callback.errors] == [True, False, *[True] * (len(callback.errors) - 2)]
        assert poll.error is None


@with_fake_clock
async def test_build_log_requests_only_lines_after_last_known_line() -> None:
    coder = FakeCoder(logs=[line(101), line(102)])
    async with open_hub(coder) as hub:
        log = hub.source(BuildLogPoll, ALICE, BUILD, 100)
        seen = list[int]()
        log.subscribe(lambda source: seen.append(len(log.entries)))
        await advance(3.5)
        coder.logs.append(line(103))
        await advance(1)
        assert [entry.id for entry in log.entries] == [101, 102, 103]
        assert seen == [2, 3]  # no notification without new lines
        assert [each.query for each in coder.requests] == ["after=100", *["after=102"] * 4]
        assert coder.request_intervals == pytest.approx([1.0] * 4)


@with_fake_clock
async def test_finished_build_log_is_read_once_more_and_never_again() -> None:
    coder = FakeCoder(logs=[line(1)])
    async with open_hub(coder) as hub:
        log = hub.source(BuildLogPoll, ALICE, BUILD, 0)
        log.subscribe(RecordingCallback())
        await advance(0.5)
        coder.logs.append(line(2))
        log.finish()
        await advance(0.01)
        assert [entry.id for entry in log.entries] == [1, 2]
        assert log.complete
        await advance(3600)
        assert len(coder.requests) == 2
        log.subscribe(RecordingCallback())  # a later subscriber gets the complete log
        await advance(3600)
        assert len(coder.requests) == 2


@with_fake_clock
async def test_agent_log_is_polled_less_often_when_scripts_have_ended() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        log = hub.source(AgentLogPoll, ALICE, BUILD, 0)
        log.subscribe(RecordingCallback())
        await advance(1.5)
        log.scripts_ended = True
        await advance(15)
        assert coder.request_intervals == pytest.approx([1, 1, 5, 5])


@with_fake_clock
async def test_empty_build_log_is_known_and_complete_when_finished() -> None:
    coder = FakeCoder()
    async with open_hub(coder) as hub:
        log = hub.source(BuildLogPoll, ALICE, BUILD, 0)
        log.finish()
        log.subscribe(RecordingCallback())
        await advance(1)
        assert log.has_state
        assert log.complete
        assert log.entries == []
