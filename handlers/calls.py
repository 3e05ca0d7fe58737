"""Calling handlers so that nothing they do harms anybody: not raising, exiting, hanging or blocking.

Async handlers of one name share an event loop in a thread of their own; when one of them blocks it, the loop is given up and the
next call gets a fresh one. Plain functions run on a daemon thread each and are abandoned at their timeout. What a handler does
in the background, `run(ctx)`, is one more call on its loop, of as long as it likes. Calls that were abandoned and still go on are counted:
at `HUNG` the handler is not called any more until one of them comes back.
"""

import asyncio
import inspect
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from ..pipeline import Event
from .contract import Context

HUNG: Final = 8
"""Calls of one handler that may hang at the same time."""
_GRACE_S: Final = 0.2
"""Wall time that a loop has to answer before it counts as blocked, and coroutines have to clean up when their loop ends."""

_log = structlog.get_logger("hotzone.handlers")


class HandlerExited(Exception):
    """A handler tried to end the program, or the task that it ran in."""


class HandlerHangs(Exception):
    """A handler did not come back in time."""


class Call:
    """One call of a handler. It ends in the handler's thread, and is waited for in the loop that made it, but not for ever."""

    def __init__(self) -> None:
        self.over = False
        self.trouble: Exception | None = None
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()

    def end(self, outcome: BaseException | None = None) -> None:
        """It is over; from any thread. What is no Exception, such as SystemExit, must not reach the host and is told as HandlerExited."""
        self.trouble = outcome if outcome is None or isinstance(outcome, Exception) else HandlerExited(repr(outcome))
        self.over = True
        with suppress(RuntimeError):  # nobody waits any more, the loop is closed
            self._loop.call_soon_threadsafe(self._news.set)

    async def ended(self) -> None:
        """Wait for its end, as long as it takes."""
        await self._news.wait()

    async def within(self, seconds: float) -> bool:
        """Whether it is over by then."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
        return self.over


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self, name: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._tasks: dict[Call, asyncio.Task[None]] = {}
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def begin(self, call: Call, work: Callable[[], Awaitable[object]]) -> None:
        """Run the coroutine that `work` makes, and end the call with its outcome."""

        async def run() -> None:
            outcome: BaseException | None = None
            try:
                await work()
            except BaseException as error:  # noqa: BLE001  SystemExit and KeyboardInterrupt would end the loop that they pass through
                outcome = error
            finally:
                self._tasks.pop(call, None)
                call.end(outcome)

        def start() -> None:
            self._tasks[call] = self._loop.create_task(run())

        self._loop.call_soon_threadsafe(start)

    def cancel(self, call: Call) -> None:
        """Ask the coroutine to end; it may refuse."""

        def cancel() -> None:
            if (task := self._tasks.get(call)) is not None:
                task.cancel()

        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(cancel)

    async def is_blocked(self) -> bool:
        """Whether a coroutine keeps the loop from its work."""
        echo = Call()
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(echo.end)
        return not await echo.within(_GRACE_S)

    def give_up(self) -> None:
        """End the loop as soon as whoever blocks it lets go; what else runs on it is cancelled."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self) -> None:
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.call_later(_GRACE_S, self._loop.stop)
        self._loop.run_forever()
        for call in list(self._tasks):
            call.end(HandlerHangs("it refused to end, and its loop was given up"))
        self._loop.close()


class Caller:
    """Calls one handler, from the host's loop."""

    def __init__(self, name: str, target: object, ctx: Context, timeout_s: float) -> None:
        handle = getattr(target, "handle", None)
        self._name = name
        self._call: Callable[[Event, Context], object] = handle if callable(handle) else target  # type: ignore[assignment]  # discovery has looked
        self._ctx = ctx
        self._timeout_s = timeout_s
        self._target = target
        self._is_async = inspect.iscoroutinefunction(self._call) or inspect.iscoroutinefunction(getattr(self._call, "__call__", None))  # noqa: B004  whether it is async, not whether it can be called
        self._loop: Loop | None = None
        self._abandoned: list[Call] = []
        self._work: Call | None = None
        """Its background work, while that goes on."""

    @property
    def works(self) -> bool:
        """Whether it has work of its own to do beside being called."""
        return inspect.iscoroutinefunction(getattr(self._target, "run", None))

    async def call(self, event: Event) -> None:
        """Give it the event. Raises what the handler raises, HandlerExited, or HandlerHangs."""
        self._abandoned = [call for call in self._abandoned if not call.over]
        if len(self._abandoned) >= HUNG:
            msg = f"{len(self._abandoned)} earlier calls have not come back"
            raise HandlerHangs(msg)
        call = Call()
        loop = self._begin_on_loop(call, event) if self._is_async else None
        if loop is None:
            self._begin_on_thread(call, event)
        try:
            over = await call.within(self._timeout_s)
        except asyncio.CancelledError:  # the host stops
            if loop is not None:
                loop.cancel(call)
            raise
        if not over:
            self._abandoned.append(call)
            if loop is not None:
                await self._abandon(call, loop)
            msg = f"no end within {self._timeout_s:g} s"
            raise HandlerHangs(msg)
        if call.trouble is not None:
            raise call.trouble

    async def work(self) -> None:
        """Do the background work of the handler, `run(ctx)`, on its loop. Raises what that raises, also when its loop was given up."""
        call = self._work = Call()
        loop = self._own_loop()
        loop.begin(call, lambda: self._target.run(self._ctx))  # type: ignore[attr-defined]  # `works` has looked
        try:
            await call.ended()
        except asyncio.CancelledError:
            loop.cancel(call)
            raise
        if call.trouble is not None:
            raise call.trouble

    async def finish(self, seconds: float) -> None:
        """End the background work, let the handler close what it holds, and stop the loop, all within that time."""
        work, close = self._work, getattr(self._target, "close", None)
        if work is not None and self._loop is not None:
            self._loop.cancel(work)
            await work.within(seconds / 2)
        if inspect.iscoroutinefunction(close):
            call = Call()
            self._own_loop().begin(call, close)
            await call.within(seconds / 2)
            if not call.over or call.trouble is not None:
                _log.warning("a handler did not close", handler=self._name, why=repr(call.trouble or "no end in time"))
        self.close()

    def close(self) -> None:
        """Stop the loop; what hangs stays behind on its daemon thread."""
        if self._loop is not None:
            self._loop.give_up()

    def _begin_on_thread(self, call: Call, event: Event) -> None:
        def run() -> None:
            outcome: BaseException | None = None
            try:
                result = self._call(event, self._ctx)
                if inspect.isawaitable(result):  # a plain function around an async one
                    asyncio.run(_awaited(result))
            except BaseException as error:  # noqa: BLE001  whatever it is, it is handed on
                outcome = error
            call.end(outcome)

        threading.Thread(target=run, name=f"handler-{self._name}", daemon=True).start()

    def _begin_on_loop(self, call: Call, event: Event) -> Loop:
        loop = self._own_loop()
        loop.begin(call, lambda: self._call(event, self._ctx))  # type: ignore[arg-type, return-value]  # it is async
        return loop

    def _own_loop(self) -> Loop:
        if self._loop is None:
            self._loop = Loop(f"handler-{self._name}")
        return self._loop

    async def _abandon(self, call: Call, loop: Loop) -> None:
        loop.cancel(call)
        if await loop.is_blocked():
            if self._loop is loop:
                self._loop = None
                if self._work is not None:  # it may be what blocks: begin it anew on the next loop
                    self._work.end(HandlerHangs("its loop was blocked, and given up"))
            loop.give_up()


async def _awaited(work: Awaitable[object]) -> None:
    await work
