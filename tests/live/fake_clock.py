"""An event loop whose clock moves by itself: where nothing is left to do, it is at once the time of the next timer."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any


class FakeClockSelector(selectors.SelectSelector):
    """Waits for nothing: the time that it was to wait has passed."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now. Raises AssertionError where nothing ever will be: the test waits for ever."""
        ready = super().select(0)
        if not ready:
            assert timeout is not None, "nothing is left that could happen"
            self.now += timeout
        return ready


class FakeClockLoop(asyncio.SelectorEventLoop):
    """Its time is that of its selector, in s from 0."""

    def __init__(self) -> None:
        self.clock = FakeClockSelector()
        super().__init__(self.clock)

    def time(self) -> float:
        """The moment, s."""
        return self.clock.now

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """Run it in its thread and wait: on this loop it takes no time, however long the clock on the wall runs."""
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(executor.submit(func, *args).result())
        except Exception as error:
            done.set_exception(error)
        return done


def with_fake_clock[**P](test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """The test, run on such a loop: hours of it take no time."""

    @wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=FakeClockLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


async def advance(seconds: float = 0.001) -> None:
    """Let so much time pass, and all that is due happen."""
    await asyncio.sleep(seconds)


def loop_time() -> float:
    """The moment of the loop, s."""
    return asyncio.get_running_loop().time()
