"""The kinds of sources: a workspace, a page of a list, the log of a build or of an agent, an agent's metadata."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID

from workspaces.coder import agent_calls, build_calls, calls
from workspaces.coder.agent_types import AgentLog, Metadata
from workspaces.coder.build_types import BuildLog
from workspaces.coder.calls import Call
from workspaces.coder.errors import CoderError, Unreachable
from workspaces.coder.hub import FINAL_ERRORS, Access, Hub, Source, SourceKey
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace, WorkspacePage


class UpstreamStream[T](Source):
    """Data that Coder sends on an event stream."""

    holds_stream = True
    state: T | None = None

    def call(self) -> Call[T]:
        """Return the call that opens the stream."""
        raise NotImplementedError

    async def poll_or_follow(self) -> None:
        """Follow the stream until it ends. Raises CoderError; Unreachable if the stream is silent for too long."""
        coder = self.client()
        try:
            async with aclosing(coder.stream(self.call())) as states:
                while True:
                    async with asyncio.timeout(self.intervals.silence_timeout_s):
                        state = await anext(states)
                    self.coder_version = coder.version
                    if state is not None:
                        self.set_state(state, coder.body_bytes)
        except TimeoutError:
            raise Unreachable("The stream has sent no event for too long.") from None
        except StopAsyncIteration:
            return

    def set_state(self, state: T, weight: int) -> None:
        """Store the state, of `weight` bytes of JSON. Publish it only if it differs or if Coder was failing before.

        Raises StateBudgetExceeded.
        """
        self.hub.weigh(self, weight)
        if state == self.state and self.error is None:
            self.clear_error()
            return
        self.state = state
        self.publish_state()


class WorkspaceWatch(UpstreamStream[Workspace]):
    """A workspace and its changes (chapter Workspaces: watch).

    No event reports changes of TTL, schedule or favorite: while `rereads_periodically` is set, the workspace is also
    read once a minute. Where the process has no capacity for another stream, the workspace is polled.
    """

    metric_label = "Watch"

    def __init__(self, hub: Hub, access: Access, key: SourceKey) -> None:
        super().__init__(hub, access, key)
        self.workspace_id: UUID = key[2]
        hub.make_stream_capacity()
        self.holds_stream = hub.has_stream_capacity()
        self.rereads_periodically = False  # set for a workspace's page; a row of a list does not need it
        self.read_at = 0.0  # loop time at which the state arrived, in s
        self.writes = 0  # number of the portal's writes before the state; subscribers are notified after each
        self._noted_writes = 0  # the same, including those after which the workspace is still being read
        self._refresh_task: asyncio.Task[None] | None = None

    def call(self) -> Call[Workspace]:
        """Return the call that opens the stream."""
        return calls.watch_workspace(self.workspace_id)

    def set_state(self, state: Workspace, weight: int) -> None:
        """Store the state and the time of its arrival. Raises StateBudgetExceeded."""
        self.read_at = asyncio.get_running_loop().time()
        super().set_state(state, weight)

    async def poll_or_follow(self) -> None:
        """Follow the stream or, without capacity for one, poll. Raises CoderError."""
        if not self.holds_stream:
            await self._poll()
            return
        rereading = asyncio.get_running_loop().create_task(self._reread_periodically())
        try:
            await super().poll_or_follow()
        finally:
            rereading.cancel()

    async def _poll(self) -> None:
        """Read the workspace at the intervals of a list. Raises CoderError."""
        while True:
            coder = self.client()
            state = await coder.send(calls.workspace(self.workspace_id))
            self.set_state(state, coder.body_bytes)
            self.coder_version = coder.version
            busy = self.state is not None and self.state.latest_build.status in IN_TRANSITION
            await asyncio.sleep(self.intervals.busy_poll_s if busy else self.intervals.idle_poll_s)

    async def _reread_periodically(self) -> None:
        """Read the workspace once a minute, beside the stream."""
        while True:
            await asyncio.sleep(self.intervals.reread_s)
            if self.rereads_periodically:
                await self._read()

    def refresh_after_write(self) -> None:
        """Read the workspace after the portal has written to it, and notify all subscribers."""
        self._noted_writes += 1
        self.refresh()

    def refresh(self) -> None:
        """Read the workspace now, beside the stream."""
        if self._refresh_task is None or self._refresh_task.done():
            self._refresh_task = asyncio.get_running_loop().create_task(self._refresh_until_current())

    async def _refresh_until_current(self) -> None:
        """Read the workspace until no write happened during the read, and notify the subscribers."""
        while True:
            writes = self._noted_writes
            is_read = await self._read()
            self.writes = writes  # only now: a notification during the read must not report an older state as new
            if is_read:
                self.notify()
            if writes == self._noted_writes:
                return

    async def _read(self) -> bool:
        """Read the workspace and return whether Coder responded; the stream reports failures.

        An event that arrives during the read is newer than the response and wins. It may be older than the write,
        so the read is repeated once. Only a read reveals a revoked token: Coder keeps an open stream running.
        """
        for _ in range(2):
            revision, coder = self.revision, self.client()
            try:
                state = await coder.send(calls.workspace(self.workspace_id))
                if revision == self.revision:
                    self.set_state(state, coder.body_bytes)
                    break
            except FINAL_ERRORS as final_error:
                self.fail(final_error)
                return False
            except CoderError:
                return False
        return True


class WorkspaceListPoll(Source):
    """A page of a list of workspaces, polled: Coder has no stream of the workspaces that match a search."""

    metric_label = "Poll"
    state: WorkspacePage | None = None

    def __init__(self, hub: Hub, access: Access, key: SourceKey) -> None:
        super().__init__(hub, access, key)
        self.q, self.limit, self.offset = key[2:]
        self.read_at = 0.0  # loop time at which the request for the state was sent, in s
        self._refresh_requested = asyncio.Event()

    async def poll_or_follow(self) -> None:
        """Request the page repeatedly. Raises CoderError."""
        call = calls.workspaces(q=self.q, limit=self.limit, offset=self.offset)
        while True:
            self._refresh_requested.clear()
            requested_at, coder = asyncio.get_running_loop().time(), self.client()
            state = await coder.send(call)
            self.hub.weigh(self, coder.body_bytes)
            self.read_at, self.coder_version, self.state = requested_at, coder.version, state
            self.publish_state()
            await self._wait_until_due(busy=has_transition(state))

    async def _wait_until_due(self, *, busy: bool) -> None:
        """Wait until the next poll is due or a refresh is requested."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.intervals.busy_poll_s if busy else self.intervals.idle_poll_s):
                await self._refresh_requested.wait()
                await asyncio.sleep(self.intervals.debounce_s)

    def refresh(self) -> None:
        """Poll soon: a change may have altered the matches or their order."""
        self._refresh_requested.set()


def has_transition(page: WorkspacePage) -> bool:
    """Return whether a workspace of the page has a build in progress."""
    return any(workspace.latest_build.status in IN_TRANSITION for workspace in page.workspaces or ())


MAX_LOG_BYTES = 2 * 1024 * 1024  # of one log; Coder keeps 1 MB of an agent's
LINE_BYTES = 200  # what a line takes beside its text


class LogPoll[E: (BuildLog, AgentLog)](Source):
    """A growing log, polled. `entries` are the lines after the line with the id `after`, oldest first.

    Of a log over MAX_LOG_BYTES the oldest lines are dropped; `dropped` is their number.
    """

    def __init__(self, hub: Hub, access: Access, key: SourceKey) -> None:
        super().__init__(hub, access, key)
        self.log_id: UUID = key[2]  # of the build or the agent
        self.after: int = key[3]
        self.entries: list[E] = []
        self.dropped = 0
        self._finished = asyncio.Event()

    def call(self, after: int) -> "Call[tuple[E, ...] | None]":
        """Return the call for the lines after the line with this id."""
        raise NotImplementedError

    async def poll_or_follow(self) -> None:
        """Request further lines until `finish` is called, and then once more. Raises CoderError."""
        while not self.complete:
            is_last_poll = self._finished.is_set()
            lines = await self.client().send(self.call(self.entries[-1].id if self.entries else self.after))
            self._append(lines or ())
            self.complete = is_last_poll
            if lines or is_last_poll or not self.has_state or self.error:
                self.publish_state()
            else:
                self.clear_error()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.interval_s()):
                    await self._finished.wait()

    def _append(self, lines: Sequence[E]) -> None:
        """Add lines, and drop the oldest ones of a log that is too large. Raises StateBudgetExceeded."""
        self.entries += lines
        weight, dropped = self.weight + sum(map(line_weight, lines)), 0
        while weight > MAX_LOG_BYTES and dropped < len(self.entries) - 1:  # the last one tells where to go on
            weight -= line_weight(self.entries[dropped])
            dropped += 1
        del self.entries[:dropped]
        self.dropped += dropped
        self.hub.weigh(self, weight)

    @property
    def line_count(self) -> int:
        """Return the number of lines that were read, with the dropped ones."""
        return self.dropped + len(self.entries)

    def lines_from(self, number: int) -> Sequence[E]:
        """Return the lines after so many ones, without those that were dropped."""
        return self.entries[max(0, number - self.dropped) :]

    def interval_s(self) -> float:
        """Return the wait between two polls, in s."""
        return self.intervals.log_poll_s

    def finish(self) -> None:
        """Record that the build or the agent writes no further lines."""
        self._finished.set()


def line_weight(line: BuildLog | AgentLog) -> int:
    """Return what a line of a log takes, in bytes."""
    return len(line.output) + LINE_BYTES


class BuildLogPoll(LogPoll[BuildLog]):
    """The log of a build."""

    metric_label = "BuildLogs"

    def call(self, after: int) -> "Call[tuple[BuildLog, ...] | None]":
        """Return the call for the lines after the line with this id."""
        return build_calls.build_logs(self.log_id, after=after)


class AgentLogPoll(LogPoll[AgentLog]):
    """The log of an agent's scripts. It is polled less often once `scripts_ended` is set."""

    metric_label = "AgentLogs"
    scripts_ended = False

    def interval_s(self) -> float:
        """Return the wait between two polls, in s."""
        return self.intervals.busy_poll_s if self.scripts_ended else self.intervals.log_poll_s

    def call(self, after: int) -> "Call[tuple[AgentLog, ...] | None]":
        """Return the call for the lines after the line with this id."""
        return agent_calls.agent_logs(self.log_id, after=after)


class AgentMetadataStream(UpstreamStream[tuple[Metadata, ...]]):
    """The metadata of an agent (chapter Agents: watch-metadata)."""

    metric_label = "Measures"

    def call(self) -> "Call[Any]":
        """Return the call that opens the stream."""
        return agent_calls.watch_agent_metadata(self.key[2])
