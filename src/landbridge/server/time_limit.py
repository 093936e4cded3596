"""How long a client waits for the answer to a request, whatever it is that does not answer.

The limit is a setting, `rest/request.timeout`.  Where it is stored may be what does not answer, so what it was a
moment ago is what counts.
"""

import asyncio
import contextvars
from collections.abc import Coroutine
from typing import Any, TypeVar

from landbridge.model.errors import ApiError
from landbridge.store import Store

T = TypeVar("T")

SETTING = ("rest", "request.timeout")
LOOK_SECONDS = 1.0
"""How late a change of the setting is noticed."""
_AT_FIRST = 60.0


class TimeLimit:
    """The limit of all requests."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seconds = _AT_FIRST
        self._look_at = 0.0

    async def within(self, work: Coroutine[Any, Any, T], what: str, held: float = 0.0) -> T:
        """The value of `work`; SYS.1001, which names `what`, when it takes too long.

        held: seconds that the client itself wants to wait for news, besides.

        It is not awaited then: a database that does not answer does not let go of a transaction either.
        """
        loop = asyncio.get_running_loop()
        started = loop.time()
        context = contextvars.copy_context()
        task = loop.create_task(self._informed(work, started), context=context)
        try:
            while not task.done():
                left = started + self._seconds + held - loop.time()
                if left <= 0:
                    raise _late(what, self._seconds)
                await asyncio.wait({task}, timeout=min(left, LOOK_SECONDS))
        finally:
            if not task.done():
                task.cancel()
                task.add_done_callback(_forget)
            _take_over(context)
        return task.result()

    async def _informed(self, work: Coroutine[Any, Any, T], now: float) -> T:
        try:
            if now >= self._look_at:
                self._look_at = now + LOOK_SECONDS
                self._seconds = float(await self._store.read(lambda view: view.config(*SETTING)))
            return await work
        finally:
            work.close()


def _late(what: str, seconds: float) -> ApiError:
    return ApiError(
        "SYS.1001",
        f"{what} was not answered within {seconds:g} s (global config {'/'.join(SETTING)}): "
        "look whether it has been carried out before you try again",
    )


def _forget(task: asyncio.Task[Any]) -> None:
    """Nobody waits for it any more; an error is not news."""
    if not task.cancelled():
        task.exception()


def _take_over(context: contextvars.Context) -> None:
    """What was bound for the request's log line, as if the work had been done here."""
    for variable, value in context.items():
        if variable.get(None) is not value:
            variable.set(value)
