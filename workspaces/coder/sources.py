"""What can be looked at: a workspace, a page of a list, the log of a build, an agent's log, what an agent measures."""

import asyncio
from contextlib import aclosing, suppress
from typing import Any
from uuid import UUID

from workspaces.coder import agent_calls, build_calls, calls
from workspaces.coder.agent_types import AgentLog, Metadata
from workspaces.coder.build_types import BuildLog
from workspaces.coder.calls import Call
from workspaces.coder.errors import CoderError, Unreachable
from workspaces.coder.hub import FINAL, Access, Hub, Key, Source
from workspaces.coder.statuses import IN_TRANSITION
from workspaces.coder.types import Workspace, WorkspacePage


class Stream[T](Source):
    """What Coder tells by a stream of its own."""

    streams = True
    state: T | None = None

    def call(self) -> Call[T]:
        """The stream."""
        raise NotImplementedError

    async def look(self) -> None:
        """Follow the stream until it ends. Raises CoderError; Unreachable where it is silent for too long."""
        coder = self.coder()
        try:
            async with aclosing(coder.stream(self.call())) as said:
                while True:
                    async with asyncio.timeout(self.pace.stall):
                        state = await anext(said)
                    self.coder_version = coder.version
                    if state is not None:
                        self.take(state)
        except TimeoutError:
            raise Unreachable("It has fallen silent.") from None
        except StopAsyncIteration:
            return

    def take(self, state: T) -> None:
        """There is a state: tell it where it is another one."""
        if state == self.state and self.trouble is None:
            self.well()
            return
        self.state = state
        self.changed()


class Watch(Stream[Workspace]):
    """A workspace as it changes. What no event tells (TTL, schedule, favorite, ...) is read once in a while.

    Where the process holds as many streams as it may, all of it is read now and then.
    """

    def __init__(self, hub: Hub, access: Access, key: Key) -> None:
        super().__init__(hub, access, key)
        self.id: UUID = key[2]
        self.streams = hub.has_room()
        self.rereads = False  # somebody looks at all of it, and not at a row alone
        self.at = 0.0  # of the loop's time: when the state was told
        self.pokes = 0  # how often it was written: whoever looks is told again then, whether it has changed or not
        self._reading: asyncio.Task[None] | None = None

    def call(self) -> Call[Workspace]:
        """The stream of the workspace."""
        return calls.watch(self.id)

    def take(self, state: Workspace) -> None:
        """There is a state."""
        self.at = asyncio.get_running_loop().time()
        super().take(state)

    async def look(self) -> None:
        """Follow the stream, or where there are too many, read now and then."""
        if not self.streams:
            await self._poll()
            return
        reading = asyncio.get_running_loop().create_task(self._read_now_and_then())
        try:
            await super().look()
        finally:
            reading.cancel()

    async def _poll(self) -> None:
        """Read it as often as a list is read. Raises CoderError."""
        while True:
            coder = self.coder()
            self.take(await coder.send(calls.workspace(self.id)))
            self.coder_version = coder.version
            status = self.state.latest_build.status if self.state else ""
            await asyncio.sleep(self.pace.busy if status in IN_TRANSITION else self.pace.idle)

    async def _read_now_and_then(self) -> None:
        """Read it once in a while, beside the stream."""
        while True:
            await asyncio.sleep(self.pace.again)
            if self.rereads:
                await self._read()

    def poke(self) -> None:
        """Something was written that the stream may not tell: read it now, and tell it to all who look."""
        self.pokes += 1
        self.reread()

    def reread(self) -> None:
        """Read it now, beside the stream."""
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_until_told())

    async def _read_until_told(self) -> None:
        """Read it until no write has come since, and say it."""
        pokes = -1
        while pokes != self.pokes:
            pokes = self.pokes
            if await self._read():
                self.tell()

    async def _read(self) -> bool:
        """Read it; what the stream said meanwhile is newer. Whether Coder answered: if not, the stream will tell.

        What was said in the very moment may be older than the write: it is read once more then, and no more often.
        A token that was revoked is known by this alone: a stream that is open goes on.
        """
        for _ in range(2):
            version = self.version
            try:
                state = await self.coder().send(calls.workspace(self.id))
            except FINAL as final:
                self.end(final)
                return False
            except CoderError:
                return False
            if version == self.version:
                self.take(state)
                break
        return True


class Poll(Source):
    """A page of a list, asked for every few seconds: no stream of Coder's tells which workspaces match."""

    state: WorkspacePage | None = None

    def __init__(self, hub: Hub, access: Access, key: Key) -> None:
        super().__init__(hub, access, key)
        self.q, self.page, self.size = key[2:]
        self.at = 0.0  # of the loop's time: when the present state was asked for
        self._wanted = asyncio.Event()

    async def look(self) -> None:
        """Ask for the page again and again. Raises CoderError."""
        call = calls.workspaces(q=self.q, limit=self.size, offset=(self.page - 1) * self.size)
        while True:
            self._wanted.clear()
            asked, coder = asyncio.get_running_loop().time(), self.coder()
            state = await coder.send(call)
            self.at, self.coder_version, self.state = asked, coder.version, state
            self.changed()
            await self._rest(moves(state))

    async def _rest(self, busy: bool) -> None:  # noqa: FBT001  # one reader, beside it
        """Wait until it is time to ask again, or somebody wants it sooner."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self.pace.busy if busy else self.pace.idle):
                await self._wanted.wait()
                await asyncio.sleep(self.pace.soon)  # what comes together is asked for once

    def poke(self) -> None:
        """Something happened that may change who matches, or the order."""
        self._wanted.set()


def moves(page: WorkspacePage) -> bool:
    """Whether something on the page is in transition."""
    return any(each.latest_build.status in IN_TRANSITION for each in page.workspaces or ())


class Log[E: (BuildLog, AgentLog)](Source):
    """A log that grows. `entries` are its lines after the one with the id `after`, the oldest first."""

    def __init__(self, hub: Hub, access: Access, key: Key) -> None:
        super().__init__(hub, access, key)
        self.id: UUID = key[2]
        self.after: int = key[3]
        self.entries: list[E] = []
        self._last = asyncio.Event()

    def call(self, after: int) -> "Call[tuple[E, ...] | None]":
        """The lines after the one with this id."""
        raise NotImplementedError

    async def look(self) -> None:
        """Ask for more until it is known to have ended, and then once more. Raises CoderError."""
        while not self.complete:
            last = self._last.is_set()
            more = await self.coder().send(self.call(self.entries[-1].id if self.entries else self.after))
            self.entries += more or ()
            self.complete = last
            if more or last or not self.known or self.trouble:
                self.changed()
            else:
                self.well()
            with suppress(TimeoutError):
                async with asyncio.timeout(self.rest()):
                    await self._last.wait()

    def rest(self) -> float:
        """How long to wait before the next look, s."""
        return self.pace.log

    def finish(self) -> None:
        """What it is the log of has ended."""
        self._last.set()


class BuildLogs(Log[BuildLog]):
    """The log of a build."""

    def call(self, after: int) -> "Call[tuple[BuildLog, ...] | None]":
        """The lines after the one with this id."""
        return build_calls.build_logs(self.id, after=after)


class AgentLogs(Log[AgentLog]):
    """The log of an agent's scripts. Once they have ended, little is written, and it is looked for less often."""

    calm = False

    def rest(self) -> float:
        """How long to wait before the next look, s."""
        return self.pace.busy if self.calm else self.pace.log

    def call(self, after: int) -> "Call[tuple[AgentLog, ...] | None]":
        """The lines after the one with this id."""
        return agent_calls.agent_logs(self.id, after=after)


class Measures(Stream[tuple[Metadata, ...]]):
    """What an agent measures, as it measures it."""

    def call(self) -> "Call[Any]":
        """The stream of its measurements."""
        return agent_calls.metadata(self.key[2])
