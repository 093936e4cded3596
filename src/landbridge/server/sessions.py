"""Who calls: sessions (cached for moments, the store is the truth) and password checks."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import argon2

from landbridge.core.service import Caller, View
from landbridge.model.documents.account import Account, Session
from landbridge.model.errors import ApiError
from landbridge.server.call import ANONYMOUS
from landbridge.services.account.actions import INITIAL_ADMIN_HASH
from landbridge.store import Store

CACHE_SECONDS = 2.0
"""How long a log-out through another copy of the server may go unnoticed."""

_CACHE_SIZE = 10_000


class Sessions:
    """Answers whose session a uuid is."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._cache: dict[str, tuple[Caller, int, float]] = {}
        self._passwords = ThreadPoolExecutor(max_workers=1, thread_name_prefix="argon2")
        self._hasher = argon2.PasswordHasher()

    async def caller(self, uuid: str) -> Caller:
        """The caller of an open session; ID.1001 otherwise."""
        cached = self._cache.get(uuid)
        if cached is not None:
            caller, expires, read_at = cached
            if self._clock() - read_at < CACHE_SECONDS and time.time() * 1000 < expires:
                return caller
        return await self._read(uuid)

    async def caller_or_anonymous(self, uuid: str) -> Caller:
        """For actions that need no session but may be given one."""
        try:
            return await self.caller(uuid)
        except ApiError:
            return ANONYMOUS

    def forget(self, uuid: str) -> None:
        """A session has been closed here."""
        self._cache.pop(uuid, None)

    async def authenticate(self, account_name: str, password: str) -> Caller:
        """The caller that name and password (SHA-512 hex) prove, else nobody.

        Takes tens of milliseconds in a thread, for unknown names too, so that time tells nothing.
        """
        account = await self._store.read(lambda view: view.first(Account, name=account_name))
        stored = account.password_hash if account is not None else INITIAL_ADMIN_HASH
        right = await asyncio.get_running_loop().run_in_executor(self._passwords, self._verify, stored, password)
        if account is None or not right:
            return ANONYMOUS
        return Caller(account_uuid=account.uuid, user_uuid=account.uuid, is_admin=_is_admin(account))

    def close(self) -> None:
        """Stop the password thread."""
        self._passwords.shutdown(cancel_futures=True)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
            return False

    async def _read(self, uuid: str) -> Caller:
        def read(view: View) -> tuple[Session | None, Account | None]:
            session = view.get(Session, uuid)
            return session, view.get(Account, session.account_uuid) if session else None

        session, account = await self._store.read(read)
        if session is None or account is None or session.expires <= time.time() * 1000:
            self._cache.pop(uuid, None)
            raise ApiError("ID.1001", "the session is unknown or has expired: log in again")
        caller = Caller(
            account_uuid=account.uuid, user_uuid=session.user_uuid, is_admin=_is_admin(account), session_uuid=uuid
        )
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[uuid] = (caller, session.expires, self._clock())
        return caller


def _is_admin(account: Account) -> bool:
    return account.type == "SystemAdmin"
