"""Who calls: by a session (cached for moments, the store is the truth), or by a signature."""

import time
from collections.abc import Callable

from landbridge.core import signature
from landbridge.core.service import Caller
from landbridge.core.view import View
from landbridge.model.documents.account import Account, Session
from landbridge.model.documents.identity import AccessKey
from landbridge.model.errors import ApiError
from landbridge.server.call import ANONYMOUS, HttpError
from landbridge.server.logins import of_account
from landbridge.store import Store

CACHE_SECONDS = 2.0
"""How long a log-out through another copy of the server may go unnoticed."""

_CACHE_SIZE = 10_000

_NO_SECRET = "0" * 40
"""Signatures of keys that there are none of take as long to check."""


class Sessions:
    """Answers whose session a uuid is."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._cache: dict[str, tuple[Caller, int, float]] = {}

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

    async def signer(self, header: str, method: str, date: str | None, path: str) -> Caller:
        """The caller by a signature: `<key id>:<signature>` over method, date and path (see `core.signature`).

        HttpError 403 for a date that is too far off, and for a key or signature that is not right.
        """
        key_id, _, signed = header.partition(":")
        if date is None or not signature.is_recent(date, time.time()):
            raise HttpError(403, "requestTimeTooSkewed: the header 'Date' must be within 15 minutes of the server's")

        def read(view: View) -> tuple[AccessKey | None, Account | None]:
            key = view.first(AccessKey, access_key_id=key_id)
            return key, view.get(Account, key.account_uuid) if key else None

        key, account = await self._store.read(read)
        secret = key.access_key_secret if key else _NO_SECRET
        right = signature.is_signed(signed, secret, method, date, path)
        if key is None or account is None or not right or key.state != "Enabled":
            raise HttpError(
                403, "invalidAccessKey: unknown or disabled key, or a signature that is not this request's"
            )
        return of_account(account, key.user_uuid)

    async def _read(self, uuid: str) -> Caller:
        def read(view: View) -> tuple[Session | None, Account | None]:
            session = view.get(Session, uuid)
            return session, view.get(Account, session.account_uuid) if session else None

        session, account = await self._store.read(read)
        if session is None or account is None or session.expires <= time.time() * 1000:
            self._cache.pop(uuid, None)
            raise ApiError("ID.1001", "the session is unknown or has expired: log in again")
        caller = of_account(account, session.user_uuid, uuid)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[uuid] = (caller, session.expires, self._clock())
        return caller
