"""An event loop with a fake clock: when no task can run, the clock jumps to the next timer."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any


class FakeClockSelector(selectors.SelectSelector):
    """A selector that advances the clock instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the ready keys. Raises AssertionError if the test would wait forever."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing is left that could happen"
            self.now += timeout
        return ready


class FakeClockLoop(asyncio.SelectorEventLoop):
    """An event loop that uses the clock of its selector, in s from 0."""

    def __init__(self) -> None:
        self.clock = FakeClockSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        """Return the loop time, in s."""
        return self.clock.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run the function in its thread and wait for it: it takes no time on this loop."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(executor.submit(func, *args).result())
        except Exception as error:
            done.set_exception(error)
        return done


def with_fake_clock[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run the test on a loop with a fake clock."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=FakeClockLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def advance(seconds: float = 0.001) -> None:
    """Advance the clock and run everything that becomes due."""
    await asyncio.sleep(seconds)


def loop_time() -> float:
    """Return the time of the running loop, in s."""
    return asyncio.get_running_loop().time()
