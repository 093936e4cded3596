"""From a `Call` to its answer: queries, synchronous actions, jobs."""

from collections.abc import Mapping
from typing import Any, cast

import structlog

from landbridge.core.api import Action
from landbridge.core.catalog import Catalog
from landbridge.core.parameters import parameters
from landbridge.core.query import parse
from landbridge.core.service import Caller, Outcome
from landbridge.core.view import Tx, View
from landbridge.model.errors import ApiError
from landbridge.server import audit
from landbridge.server.asking import Asking
from landbridge.server.call import Call
from landbridge.server.jobs import Jobs, Submitted
from landbridge.server.logins import WAYS, Logins
from landbridge.server.passwords import Passwords
from landbridge.server.perform import perform, permit
from landbridge.server.render import render
from landbridge.server.sessions import Sessions
from landbridge.store import Store
from landbridge.store.jobs import JobRow

_RESOURCE = ("uuid", "Uuid", "Uuids")

LOG_OUT = "LogOut"


class Dispatcher:
    """Both API surfaces end here."""

    def __init__(self, store: Store, catalog: Catalog, jobs: Jobs, sessions: Sessions) -> None:
        self._passwords = Passwords(store)
        self._logins = Logins(store, self._passwords)
        self._store = store
        self._catalog = catalog
        self._jobs = jobs
        self._sessions = sessions
        self._asking = Asking(store)

    def close(self) -> None:
        """Stop what runs in threads of its own."""
        self._passwords.close()

    async def run(self, call: Call) -> Mapping[str, Any]:
        """The answer of a query or a synchronous action.  Raises ApiError."""
        _note(call)
        if call.action.mode == "query":
            return await self._query(call)
        if call.action.name in WAYS:
            call = await self._logins.authenticated(call)
        else:
            call = await self._passwords.prepared(call)
        try:
            answer = await self._synchronous(call)
        except ApiError as error:
            if call.action.name in WAYS:
                refusal = error
                await self._store.write(lambda tx: audit.of_call(tx, call, refusal))
            raise
        if call.action.name == LOG_OUT:
            self._sessions.forget(call.values.get("sessionUuid") or call.caller.session_uuid)
        return answer

    async def submit(self, call: Call) -> Submitted:
        """Accept a job.  When this returns, the job survives the server's death."""
        _note(call)
        return await self._jobs.submit(await self._passwords.prepared(call))

    async def job(self, uuid: str, caller: Caller | None, *, wait: float) -> JobRow | None:
        """A job's state.  Others than its account and administrators do not see it.

        Whoever asks without a session (None), as the message API does, has to know its uuid; only jobs whose
        uuid nobody but the server can have chosen are shown so.
        """
        state = await self._jobs.state(uuid, wait=wait)
        if state is None:
            return None
        if caller is None:
            return state if state.request.get("byMessage") else None
        return state if caller.is_admin or caller.account_uuid == state.account else None

    async def _query(self, call: Call) -> dict[str, Any]:
        kind = call.action.kind
        assert kind is not None, "core.api.query gives every query its kind"
        if call.action.admin_only or call.caller.is_user:
            await self._store.read(lambda view: permit(view, self._catalog, call))
        spec = parse(self._catalog, kind, _split_fields(call.values))
        found = await self._store.query(kind, spec, call.caller)
        answer: dict[str, Any] = {} if spec.count_only else {"inventories": found.rows}
        if found.total is not None:
            answer["total"] = found.total
        answer["schema"] = found.schema
        return answer

    async def _synchronous(self, call: Call) -> dict[str, Any]:
        def unit(view: View) -> tuple[Outcome, dict[str, Any]]:
            # Reads are declared as GET or POST, and their handlers only read.
            tx = cast("Tx", view)
            outcome = perform(tx, self._catalog, call)
            return outcome, render(tx, outcome, call.caller)

        if call.action.method in ("GET", "POST"):
            outcome, answer = await self._store.read(unit)
        else:
            outcome, answer = await self._store.write(unit, account=call.caller.account_uuid or None)
        if not call.action.session and not call.action.reads:
            await self._store.write(lambda tx: audit.of_call(tx, call))
        if outcome.asked is not None:
            answer |= await self._asking.result(outcome.asked, call.timeout)
        if not call.want_schema:
            del answer["schema"]
        return answer


def _split_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """`fields=a,b` and `fields=a&fields=b` are the same."""
    if "fields" not in values:
        return dict(values)
    return {**values, "fields": [name.strip() for one in values["fields"] for name in one.split(",")]}


def _note(call: Call) -> None:
    """For the request's log line."""
    structlog.contextvars.bind_contextvars(
        action=call.action.name, account=call.caller.account_uuid, **_request_fields(call.action, call.values)
    )


def _request_fields(action: Action, values: Mapping[str, Any]) -> dict[str, Any]:
    """The resources that a request names, by parameter; never a secret one."""
    return {
        parameter.name: values[parameter.name]
        for parameter in parameters(action.request)
        if parameter.name in values and parameter.name.endswith(_RESOURCE) and not parameter.rule.secret
    }
