"""Jobs: a handler's transaction, then waiting until the nodes reflect it, then its end.

A job and what its handler did are committed together, and only then the client is told 202:
there is no accepted job that has not run, and a server that dies loses nothing it promised.
What a job waits for is stored, too.  Whichever server copy receives the report that decides
it, or sees its time run out, ends it in one transaction that first checks that the job is
still waiting; so a job ends once, and its continuation runs once.
"""

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import structlog

from landbridge.core.catalog import Catalog
from landbridge.core.service import Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.places import Host
from landbridge.model.errors import ApiError
from landbridge.model.nodelink import Report
from landbridge.server import audit, hooks, long_jobs, metrics
from landbridge.server.call import Call, HttpError
from landbridge.server.outcomes import from_stored, to_stored
from landbridge.server.perform import perform
from landbridge.server.render import render
from landbridge.store import Store
from landbridge.store import jobs as rows
from landbridge.store.jobs import JobRow

TICK_SECONDS = 1.0
"""How late a deadline, or a decision made through another server copy, may be noticed."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A job that was accepted.  `created` in milliseconds since the epoch, `timeout` in seconds."""

    uuid: str
    created: int
    timeout: float


class Jobs:
    """Runs jobs and ends them."""

    def __init__(self, store: Store, catalog: Catalog) -> None:
        self._store = store
        self._catalog = catalog
        self._listeners: dict[str, set[asyncio.Future[JobRow]]] = {}
        self._ticking: asyncio.Task[None] | None = None
        self._telling: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to watch deadlines; jobs that were waiting when the last server ended go on."""
        self._ticking = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop watching.  Waiting jobs stay in the store."""
        tasks = [*self._telling, *([self._ticking] if self._ticking is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ---- the API's side -------------------------------------------------------------------

    async def submit(self, call: Call) -> Submitted:
        """Run the handler.  When this returns, the job is stored with what it did, or its error.

        Raises HttpError 400 when the client chose an id that is in use.
        """
        job_uuid = call.job_uuid or uuid.uuid4().hex

        def accept(tx: Tx) -> JobRow:
            row = _create(tx, job_uuid, call)
            if call.long_job:
                long_jobs.begin(tx, call.long_job)
            return self._settle(tx, row, perform(tx, self._catalog, call), call.timeout)

        try:
            row = await self._store.write(accept, account=call.caller.account_uuid)
        except ApiError as error:
            refusal = error
            row = await self._store.write(lambda tx: _finish(tx, _create(tx, job_uuid, call), error=refusal))
        self._note(row)
        if call.action.name in long_jobs.STARTERS:
            await long_jobs.look(self._store, self._catalog, self)
        return Submitted(uuid=job_uuid, created=row.created, timeout=(row.deadline - row.created) / 1000)

    async def state(self, job_uuid: str, *, wait: float) -> JobRow | None:
        """The job as it is now, or when it ends if that is within `wait` seconds.  None: unknown."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait
        with self._listening(job_uuid) as ended:
            while True:
                row = await self._store.read(lambda view: rows.load(view, job_uuid))
                left = deadline - loop.time()
                if row is None or row.ended or left <= 0:
                    return row
                with contextlib.suppress(TimeoutError):
                    return await asyncio.wait_for(asyncio.shield(ended), min(left, TICK_SECONDS))

    async def cancel(self, job_uuid: str) -> None:
        """End a job that waits for hosts, taking back what was done; nothing if it does not."""
        await self._fail(job_uuid, ApiError("SYS.1017", f"job[uuid:{job_uuid}] was cancelled"))

    # ---- the nodes' side ------------------------------------------------------------------

    async def on_report(self, node: str, report: Report) -> None:
        """A host reported what it applied and what failed: end the jobs that this decides."""
        for job_uuid in await self._store.record_report(node, report):
            await self._decide(job_uuid)

    async def on_disconnect(self, node: str) -> None:
        """A host is not usable any more: what waits for it fails, but for those that would wait for any host."""
        await self._excuse(node)
        host = await self._store.read(lambda view: view.get(Host, node))
        name = host.name if host else node
        reason = (host.disconnect_reason if host else None) or "it was lost"
        error = ApiError(
            "HOST.1010",
            f"host[{name}, uuid:{node}] became unusable before it had applied the change ({reason}): "
            "reconnect it, try again",
        )
        for job_uuid in await self._store.read(lambda view: rows.waiting_for(view, node)):
            await self._fail(job_uuid, error, lambda tx, row: row.uuid in rows.waiting_for(tx, node))

    async def _excuse(self, node: str) -> None:
        for job_uuid in await self._store.write(lambda tx: rows.excuse(tx, node)):
            await self._decide(job_uuid)

    # ---- how a job goes on and ends -------------------------------------------------------

    def _settle(self, tx: Tx, row: JobRow, outcome: Outcome, timeout: float | None = None) -> JobRow:
        """Wait as the outcome says, or end: with its answer, or with what its continuation says next."""
        while True:
            assert outcome.asked is None, "an answer of hosts is for who waits: only synchronous actions ask"
            row = replace(row, deadline=tx.now + int(1000 * (timeout or outcome.timeout)))
            if outcome.wait or outcome.everywhere:
                row = rows.wait(tx, row, outcome.wait, to_stored(outcome), everywhere=outcome.everywhere)
                if row.phase == "waiting":
                    return long_jobs.follow(tx, row)
            following = self._continue(tx, outcome)
            if following is None:
                return _finish(tx, row, result=render(tx, outcome, row.caller))
            outcome = following

    def _continue(self, tx: Tx, outcome: Outcome) -> Outcome | None:
        if outcome.done is None:
            return None
        return self._catalog.done[outcome.done.name](tx, outcome.done.args)

    async def _decide(self, job_uuid: str) -> None:
        """End a job whose nodes have all answered, or of whose nodes one has refused."""
        try:
            self._note(await self._store.write(lambda tx: self._fulfil(tx, job_uuid)))
        except ApiError as error:
            await self._fail(job_uuid, error)
        except Exception:
            log.exception("job_crashed", job=job_uuid)
            await self._fail(job_uuid, ApiError("SYS.1000", f"see the server's log for job {job_uuid}"))

    def _fulfil(self, tx: Tx, job_uuid: str) -> JobRow | None:
        """Raises what a node has refused."""
        row, verdict = rows.resume(tx, job_uuid), rows.verdict(tx, job_uuid)
        if row is None or row.outcome is None or not verdict.decided:
            return None
        if verdict.error is not None:
            host = tx.get(Host, verdict.node)
            name = host.name if host else verdict.node
            raise ApiError("SYS.1006", f"host[{name}, uuid:{verdict.node}]: {verdict.error}")
        outcome = from_stored(row.outcome, self._catalog)
        following = self._continue(tx, outcome)
        if following is None:
            return _finish(tx, row, result=render(tx, outcome, row.caller))
        return self._settle(tx, row, following)

    async def _fail(
        self, job_uuid: str, error: ApiError, still: Callable[[Tx, JobRow], bool] = lambda _tx, _row: True
    ) -> None:
        """Undo and end a job, if it is (`still`) as it was when that was decided."""

        def end(tx: Tx, *, undo: bool) -> JobRow | None:
            row = rows.load(tx, job_uuid)
            if row is None or row.outcome is None or not still(tx, row):
                return None
            failed = from_stored(row.outcome, self._catalog).failed
            told = self._catalog.failed[failed.name](tx, failed.args, error) if failed and undo else error
            return _finish(tx, row, error=told)

        try:
            row = await self._store.write(lambda tx: end(tx, undo=True))
        except Exception:
            log.exception("job_undo_crashed", job=job_uuid)
            row = await self._store.write(lambda tx: end(tx, undo=False))
        self._note(row)

    async def _tick(self) -> None:
        while True:
            try:
                for node in await self._store.read(rows.excusable):
                    await self._excuse(node)
                for job_uuid in await self._store.read(rows.decided):
                    await self._decide(job_uuid)
                for job_uuid in await self._store.read(rows.expired):
                    await self._time_out(job_uuid)
                await long_jobs.look(self._store, self._catalog, self)
            except Exception:
                log.exception("job_tick_crashed")
            await asyncio.sleep(TICK_SECONDS)

    async def _time_out(self, job_uuid: str) -> None:
        row = await self._store.read(lambda view: rows.load(view, job_uuid))
        if row is not None:
            seconds = (row.deadline - row.created) / 1000
            error = ApiError(
                "SYS.1001", f"{row.action} was not applied within {seconds:g} s: look at its host's status and log"
            )
            await self._fail(job_uuid, error, lambda tx, row: row.deadline <= tx.now)

    # ---- who is told ----------------------------------------------------------------------

    @contextlib.contextmanager
    def _listening(self, job_uuid: str) -> Iterator[asyncio.Future[JobRow]]:
        """The job as it will be when it ends, if that happens through this server copy."""
        ended: asyncio.Future[JobRow] = asyncio.get_running_loop().create_future()
        mine = self._listeners.setdefault(job_uuid, set())
        mine.add(ended)
        try:
            yield ended
        finally:
            mine.discard(ended)
            if not mine:
                self._listeners.pop(job_uuid, None)

    def _note(self, row: JobRow | None) -> None:
        if row is None:
            return
        fields: dict[str, Any] = {"job": row.uuid, "job_action": row.action, "request": row.request["requestId"]}
        if not row.ended:
            log.info("job_waits", **fields, revisions=row.waits)
            return
        for ended in self._listeners.get(row.uuid, ()):
            if not ended.done():
                ended.set_result(row)
        if hook := row.request.get("webHook"):
            telling = asyncio.create_task(hooks.tell(hook, row))
            self._telling.add(telling)
            telling.add_done_callback(self._telling.discard)
        seconds = max(0, row.finished - row.created) / 1000
        metrics.JOBS.labels(row.action, row.phase).inc()
        metrics.JOB_SECONDS.labels(row.action).observe(seconds)
        fields["seconds"] = seconds
        if row.error is not None:
            log.warning("job_failed", **fields, code=row.error["code"], details=row.error["details"])
        else:
            shown = {} if row.request.get("secret") else (row.result or {}).get("inventory") or {}
            log.info("job_done", **fields, resource=shown.get("uuid"))


def _finish(tx: Tx, row: JobRow, *, result: dict[str, Any] | None = None, error: ApiError | None = None) -> JobRow:
    """The job's last word: in the log of who did what, and for the long job that it is part of."""
    ended = rows.finish(tx, row, result=result, error=error)
    audit.of_job(tx, ended, ended.error, result)
    return long_jobs.follow(tx, ended)


def _create(tx: Tx, job_uuid: str, call: Call) -> JobRow:
    """The row of a new job.  Parameters are not kept: nothing runs them again, and some are secret."""
    if call.job_uuid is not None and rows.load(tx, job_uuid) is not None:
        raise HttpError(400, f"duplicate job uuid {job_uuid}")
    return JobRow(
        uuid=job_uuid,
        action=call.action.name,
        account=call.caller.account_uuid,
        user=call.caller.user_uuid,
        admin=call.caller.is_admin,
        request={
            "requestId": call.request_id,
            "wantSchema": call.want_schema,
            "byMessage": call.by_message,
            "named": audit.named(call),
            "secret": audit.is_secret(call),
            "address": call.address,
        }
        | ({"longJob": call.long_job} if call.long_job else {})
        | ({"webHook": call.web_hook} if call.web_hook else {}),
        created=tx.now,
        deadline=tx.now + int(1000 * (call.timeout or Outcome().timeout)),
    )
