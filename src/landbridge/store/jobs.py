"""Jobs as rows, and what they wait for.  Functions of a transaction; server/jobs.py drives them."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import msgspec

from landbridge.core.service import Caller, Wait
from landbridge.core.view import Tx, View
from landbridge.model.errors import ApiError
from landbridge.store.schema import json_field
from landbridge.store.tx import SqlTx

Phase = Literal["accepted", "waiting", "done", "failed"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job.  `created`, `deadline` and `finished` in milliseconds since the epoch.

    outcome  what the handler said (how to answer, how to go on), while it waits
    waits    scope -> the revision of it that was waited for, last
    result   the answer; error: the error envelope's inside; one of them when it has ended
    """

    uuid: str
    action: str
    account: str
    request: dict[str, Any]
    created: int
    deadline: int
    user: str = ""
    admin: bool = True
    phase: Phase = "accepted"
    outcome: dict[str, Any] | None = None
    waits: dict[str, int] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    finished: int = 0

    @property
    def caller(self) -> Caller:
        """Whose job it is."""
        return Caller(account_uuid=self.account, user_uuid=self.user or self.account, is_admin=self.admin)

    @property
    def ended(self) -> bool:
        """Whether the answer stands."""
        return self.phase in ("done", "failed")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the nodes have said to a job: nothing yet, all is applied, or an error."""

    decided: bool
    error: str | None = None
    node: str | None = None


def _sql(tx: Tx | View) -> SqlTx:
    """Job rows live beside the documents: only the SQL transaction can reach them."""
    assert isinstance(tx, SqlTx)
    return tx


def save(tx: Tx, row: JobRow) -> JobRow:
    """Insert or replace a job."""
    _sql(tx).run(
        "INSERT INTO job (uuid, phase, created, deadline, row) VALUES (:u, :p, :c, :d, :r) ON CONFLICT (uuid) "
        "DO UPDATE SET phase = excluded.phase, deadline = excluded.deadline, row = excluded.row",
        u=row.uuid,
        p=row.phase,
        c=row.created,
        d=row.deadline,
        r=msgspec.json.encode(row).decode(),
    )
    return row


def resume(tx: Tx, uuid: str) -> JobRow | None:
    """The job, or None; from here on what the transaction makes belongs to the job's account."""
    row = load(tx, uuid)
    if row is not None:
        _sql(tx).act_for(row.account)
    return row


def load(view: View, uuid: str) -> JobRow | None:
    """The job, or None."""
    text = _sql(view).run("SELECT row FROM job WHERE uuid = :u", u=uuid).scalar()
    return None if text is None else msgspec.json.decode(text, type=JobRow)


def wait(
    tx: Tx, row: JobRow, waits: tuple[Wait, ...], outcome: dict[str, Any], *, everywhere: bool = False
) -> JobRow:
    """Note what the job waits for, as this transaction has changed it.

    Compiles first.  The row's phase stays `accepted` when there is nothing to wait for.
    """
    sql = _sql(tx)
    sql.state.flush()
    found = sql.state.resolve(waits, everywhere)
    for one in found:
        sql.run(
            "INSERT INTO job_wait (job, node, scope, revision, keys, lenient) VALUES (:j, :n, :s, :r, :k, :l) "
            "ON CONFLICT (job, node, scope) DO UPDATE SET revision = excluded.revision, keys = excluded.keys, "
            "lenient = excluded.lenient",
            j=row.uuid,
            n=one.node,
            s=one.scope,
            r=one.revision,
            k=msgspec.json.encode(one.keys).decode(),
            l=one.lenient,
        )
    if not found:
        return row
    told = {one.scope: one.revision for one in found}
    return save(tx, replace(row, phase="waiting", outcome=outcome, waits=told))


def verdict(view: View, uuid: str) -> Verdict:
    """What the nodes have said so far."""
    rows = _sql(view).run("SELECT node, error FROM job_wait WHERE job = :j", j=uuid).all()
    for row in rows:
        if row.error is not None:
            return Verdict(decided=True, error=row.error, node=row.node)
    return Verdict(decided=not rows)


def finish(tx: Tx, row: JobRow, *, result: dict[str, Any] | None = None, error: ApiError | None = None) -> JobRow:
    """End a job with its answer."""
    if row.phase == "waiting":
        _sql(tx).run("DELETE FROM job_wait WHERE job = :j", j=row.uuid)
    phase: Phase = "failed" if error is not None else "done"
    told = error.to_dict() if error is not None else None
    return save(tx, replace(row, phase=phase, outcome=None, result=result, error=told, finished=tx.now))


def waiting_for(view: View, node: str) -> list[str]:
    """Jobs that wait for a node."""
    return [row.job for row in _sql(view).run("SELECT DISTINCT job FROM job_wait WHERE node = :n", n=node)]


def excuse(tx: Tx, node: str) -> list[str]:
    """Jobs stop waiting for a node that is away, where that is no failure; those that this decides."""
    sql = _sql(tx)
    rows = sql.run("DELETE FROM job_wait WHERE node = :n AND lenient RETURNING job", n=node).all()
    return sorted(job for job in {row.job for row in rows} if verdict(tx, job).decided)


def excusable(view: View) -> list[str]:
    """Nodes to `excuse`: it was not seen, or not done, when they went away."""
    sql = _sql(view)
    connected = f"type = 'Host' AND {json_field(sql.dialect, 'status')} = 'Connected'"
    rows = sql.run(
        "SELECT DISTINCT node FROM job_wait WHERE lenient "
        f"AND NOT EXISTS (SELECT 1 FROM resource WHERE uuid = node AND {connected})"
    )
    return [row.node for row in rows]


def decided(view: View) -> list[str]:
    """Waiting jobs whose verdict is in: after a restart, or decided through another server copy."""
    rows = _sql(view).run(
        "SELECT uuid FROM job WHERE phase = 'waiting' AND (NOT EXISTS "
        "(SELECT 1 FROM job_wait WHERE job = uuid) OR EXISTS "
        "(SELECT 1 FROM job_wait WHERE job = uuid AND error IS NOT NULL))"
    )
    return [row.uuid for row in rows]


def expired(view: View) -> list[str]:
    """Jobs that have not ended and whose time is up."""
    rows = _sql(view).run(
        "SELECT uuid FROM job WHERE phase IN ('accepted', 'waiting') AND deadline <= :now", now=view.now
    )
    return [row.uuid for row in rows]


def prune(tx: Tx, before: int) -> None:
    """Forget jobs that were made before a time and have ended."""
    _sql(tx).run("DELETE FROM job WHERE created < :b AND phase IN ('done', 'failed')", b=before)
