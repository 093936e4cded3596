"""Log-ins: whose password is right, and how often it may be wrong."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from landbridge.core.service import Caller
from landbridge.core.throttle import Throttle
from landbridge.core.view import View
from landbridge.model.documents.account import Account
from landbridge.model.documents.identity import User
from landbridge.model.errors import ApiError
from landbridge.server.call import ANONYMOUS, Call
from landbridge.server.passwords import Passwords
from landbridge.services.account.accounts import INITIAL_ADMIN_HASH
from landbridge.store import Store

_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Claimed:
    """Who somebody says it is: an account by name or uuid, perhaps a user of it."""

    account: str
    password: str
    user: str = ""

    @property
    def key(self) -> str:
        """What failures are counted by."""
        return f"{self.account}/{self.user}"


@dataclass(frozen=True, slots=True)
class _Found:
    caller: Caller | None
    password_hash: str
    per_account: int
    per_address: int
    seconds: int


def _by_account(values: Mapping[str, Any]) -> Claimed:
    return Claimed(_text(values, "accountName"), _text(values, "password"))


def _by_user(values: Mapping[str, Any]) -> Claimed:
    account = _text(values, "accountUuid") or _text(values, "accountName")
    return Claimed(account, _text(values, "password"), _text(values, "userName"))


def _by_type(values: Mapping[str, Any]) -> Claimed:
    kind, name, password = (_text(values, one) for one in ("loginType", "username", "password"))
    if kind == "account":
        return Claimed(name, password)
    properties = values.get("properties") or {}
    if kind == "user":
        return Claimed(_text(properties, "accountUuid") or _text(properties, "accountName"), password, name)
    return Claimed("", "")


def _text(values: Mapping[str, Any], name: str) -> str:
    return str(values.get(name) or "").strip()


WAYS: Mapping[str, Callable[[Mapping[str, Any]], Claimed]] = {
    "LogInByAccount": _by_account,
    "LogInByUser": _by_user,
    "LogIn": _by_type,
}
"""By action."""


class Logins:
    """Authenticates.  Failures are counted per account and per address, in each copy of the server."""

    def __init__(self, store: Store, passwords: Passwords, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._accounts, self._addresses = Throttle(), Throttle()
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    async def authenticated(self, call: Call) -> Call:
        """The call, whose caller is now who the password proves, else nobody.

        Unknown names take as long as known ones.  ID.1000 for too many wrong passwords: of an address, or for
        an account from addresses that it was not used from before (so that strangers cannot lock its owner out).
        """
        claimed = WAYS[call.action.name](call.values)
        if not claimed.account or not claimed.password or (call.action.name == "LogInByUser" and not claimed.user):
            return call
        found = await self._store.read(lambda view: _find(view, claimed))
        self._refuse_if_throttled(claimed, call.address, found)
        right = await self._passwords.verify(found.password_hash, claimed.password)
        if found.caller is None or not right:
            now = self._clock()
            self._accounts.failed(claimed.key, now)
            self._addresses.failed(call.address, now)
            return replace(call, caller=ANONYMOUS)
        self._accounts.forget(claimed.key)
        self._remember(claimed.key, call.address)
        return replace(call, caller=found.caller)

    def _refuse_if_throttled(self, claimed: Claimed, address: str, found: _Found) -> None:
        now = self._clock()
        waits = [self._addresses.wait(address, now, found.per_address, found.seconds)]
        if (claimed.key, address) not in self._known:
            waits.append(self._accounts.wait(claimed.key, now, found.per_account, found.seconds))
        if max(waits) > 0:
            raise ApiError("ID.1000", f"too many wrong passwords: try again in {max(waits):.0f} s")

    def _remember(self, key: str, address: str) -> None:
        self._known[key, address] = None
        self._known.move_to_end((key, address))
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)


def _find(view: View, claimed: Claimed) -> _Found:
    account = view.first(Account, name=claimed.account) or view.get(Account, claimed.account)
    caller, stored = None, INITIAL_ADMIN_HASH
    if account is not None and not claimed.user:
        caller, stored = of_account(account, account.uuid), account.password_hash
    elif account is not None:
        user = view.first(User, account_uuid=account.uuid, name=claimed.user)
        if user is not None:
            caller, stored = of_account(account, user.uuid), user.password_hash
    limits = (
        int(view.config("identity", f"login.failures.{name}")) for name in ("perAccount", "perAddress", "seconds")
    )
    return _Found(caller, stored, *limits)


def of_account(account: Account, user: str, session: str = "") -> Caller:
    """Who acts for an account: itself, or a user of it."""
    return Caller(account.uuid, user, is_admin=account.type == "SystemAdmin", session_uuid=session)
