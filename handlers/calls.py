"""Calling handlers so that nothing they do harms anybody: not raising, exiting, hanging or blocking.

Async handlers of one name share an event loop in a thread of their own; when one of them blocks it, the thread is abandoned and the
next call gets a fresh one. Plain functions run on a daemon thread each and are abandoned at their timeout. Abandoned threads are
counted, and at `HUNG` the handler is not called any more until one of them comes back.
"""

import asyncio
import inspect
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Final

from ..pipeline import Event
from .contract import Context

HUNG: Final = 8
"""Calls of one handler that may hang at the same time."""


class HandlerExited(Exception):
    """A handler tried to end the program."""


class HandlerHangs(Exception):
    """A handler did not come back in time."""


class Caller:
    """Calls one handler, from the host's loop."""

    def __init__(self, name: str, target: object, ctx: Context, timeout_s: float) -> None:
        handle = getattr(target, "handle", None)
        self._name = name
        self._call: Callable[[Event, Context], object] = handle if callable(handle) else target  # type: ignore[assignment]  # discovery has looked
        self._ctx = ctx
        self._timeout_s = timeout_s
        self._is_async = inspect.iscoroutinefunction(self._call) or inspect.iscoroutinefunction(getattr(self._call, "__call__", None))  # noqa: B004
        self._loop: asyncio.AbstractEventLoop | None = None
        self._hung: set[threading.Thread] = set()

    async def call(self, event: Event) -> None:
        """Give it the event. Raises what the handler raises, HandlerExited, or HandlerHangs."""
        self._hung = {thread for thread in self._hung if thread.is_alive()}
        if len(self._hung) >= HUNG:
            msg = f"{len(self._hung)} earlier calls have not come back"
            raise HandlerHangs(msg)
        future, thread = self._on_loop(event) if self._is_async else self._on_thread(event)
        done, _ = await asyncio.wait([asyncio.wrap_future(future)], timeout=self._timeout_s)
        if done:
            next(iter(done)).result()
            return
        future.cancel()
        if not self._is_async or await self._is_blocked():
            self._hung.add(thread)
            self._loop = None
        msg = f"no end within {self._timeout_s:g} s"
        raise HandlerHangs(msg)

    def close(self) -> None:
        """Stop the loop; what hangs stays behind on its daemon thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _on_thread(self, event: Event) -> tuple[Future[None], threading.Thread]:
        future: Future[None] = Future()

        def run() -> None:
            try:
                self._call(event, self._ctx)
                outcome: BaseException | None = None
            except Exception as error:  # noqa: BLE001
                outcome = error
            except BaseException as error:  # noqa: BLE001
                outcome = HandlerExited(repr(error))
            if future.set_running_or_notify_cancel():
                future.set_exception(outcome) if outcome else future.set_result(None)

        thread = threading.Thread(target=run, name=f"handler-{self._name}", daemon=True)
        thread.start()
        return future, thread

    def _on_loop(self, event: Event) -> tuple[Future[None], threading.Thread]:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name=f"handler-{self._name}", daemon=True)
            self._thread.start()
        return asyncio.run_coroutine_threadsafe(self._guarded(event), self._loop), self._thread

    async def _guarded(self, event: Event) -> None:
        """SystemExit and KeyboardInterrupt would end the loop that they pass through."""
        try:
            work = self._call(event, self._ctx)
            assert isinstance(work, Coroutine)
            await work
        except (SystemExit, KeyboardInterrupt) as error:
            raise HandlerExited(repr(error)) from None

    async def _is_blocked(self) -> bool:
        assert self._loop is not None
        alive: Future[None] = Future()
        self._loop.call_soon_threadsafe(alive.set_result, None)
        done, _ = await asyncio.wait([asyncio.wrap_future(alive)], timeout=0.2)
        return not done
