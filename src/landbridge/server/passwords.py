"""Passwords are hashed and checked before a transaction: argon2 takes tens of milliseconds on purpose."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TypeVar

import argon2

from landbridge.core.parameters import parameters
from landbridge.core.view import View
from landbridge.model.documents.account import Account
from landbridge.model.documents.identity import User
from landbridge.model.errors import operr
from landbridge.server.call import Call
from landbridge.store import Store

MOST_WAITING = 64
"""Passwords that wait for the thread; more would wait longer than people do."""

LONGEST = 255
"""Characters of what clients send instead of a password (a SHA-512 in hex has 128)."""

T = TypeVar("T")


class Passwords:
    """argon2id at its library's defaults, in a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
        self._hasher = argon2.PasswordHasher()
        self._waiting = 0

    def close(self) -> None:
        """Stop the thread."""
        self._thread.shutdown(cancel_futures=True)

    async def verify(self, stored: str, password: str) -> bool:
        """Whether it is the password.  SYS.1006 when too many wait for the same."""
        return await self._run(self._verify, stored, password)

    async def prepared(self, call: Call) -> Call:
        """The call as its handler wants it: new passwords hashed, old ones as the stored hash that they prove."""
        values = dict(call.values)
        for parameter in parameters(call.action.request):
            given = str(values.get(parameter.name) or "").strip()
            if parameter.rule.password is None or not given or len(given) > LONGEST:
                continue
            if parameter.rule.password == "new":
                values[parameter.name] = await self._run(self._hasher.hash, given)
            else:
                stored = await self._stored(str(values.get("uuid") or call.caller.user_uuid))
                values[parameter.name] = stored if await self.verify(stored, given) else ""
        return replace(call, values=values)

    async def _stored(self, uuid: str) -> str:
        def read(view: View) -> str:
            found = view.get(Account, uuid) or view.get(User, uuid)
            return found.password_hash if found else ""

        return await self._store.read(read)

    async def _run(self, work: Callable[..., T], *args: str) -> T:
        if self._waiting >= MOST_WAITING:
            raise operr("too many passwords are being checked at once: try again in a few seconds")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)
        finally:
            self._waiting -= 1

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False
