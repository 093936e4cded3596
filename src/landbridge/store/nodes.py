"""The node side of the store: what is new for a node, and what a node has reported."""

from typing import Any

import msgspec

from landbridge.model.node import AnyObject
from landbridge.model.nodelink import Report, ScopeDelta, StateMessage
from landbridge.store.compiled import decode_object
from landbridge.store.tx import SqlTx


def delta(tx: SqlTx, node: str, have: dict[str, int]) -> StateMessage:
    """What the node must hear, given the revisions that it has.  Complete by construction."""
    rows = tx.run(
        "SELECT name, revision, floor FROM scope WHERE name IN (SELECT scope FROM subscription WHERE node = :n)",
        n=node,
    ).all()
    scopes: dict[str, ScopeDelta] = {}
    for row in rows:
        known = have.get(row.name)
        if known == row.revision:
            continue
        full = known is None or not row.floor <= known < row.revision
        scopes[row.name] = _scope(tx, row.name, row.revision, None if full else known)
    present = {row.name for row in rows}
    return StateMessage(scopes=scopes, dropped=tuple(sorted(set(have) - present)), complete=True)


def _scope(tx: SqlTx, scope: str, revision: int, since: int | None) -> ScopeDelta:
    if since is None:
        rows = tx.run("SELECT key, value FROM object WHERE scope = :c AND value IS NOT NULL", c=scope)
    else:
        rows = tx.run("SELECT key, value FROM object WHERE scope = :c AND revision > :s", c=scope, s=since)
    put: dict[str, AnyObject] = {}
    gone: list[str] = []
    for row in rows:
        if row.value is None:
            gone.append(row.key)
        else:
            put[row.key] = decode_object(row.value)
    return ScopeDelta(revision=revision, full=since is None, put=put, gone=tuple(gone))


def record(tx: SqlTx, node: str, report: Report) -> list[str]:
    """Store a report; returns the jobs whose verdict it brings."""
    for scope, revision in report.applied.items():
        tx.run(
            "INSERT INTO node_ack (node, scope, revision) VALUES (:n, :s, :r) "
            "ON CONFLICT (node, scope) DO UPDATE SET revision = excluded.revision",
            n=node,
            s=scope,
            r=revision,
        )
    tx.run("DELETE FROM node_failed WHERE node = :n", n=node)
    errors = {key: status.error or "failed" for key, status in report.failed.items()}
    for key, error in errors.items():
        tx.run("INSERT INTO node_failed (node, key, error) VALUES (:n, :k, :e)", n=node, k=key, e=error)
    waits = tx.run("SELECT job, scope, revision, keys FROM job_wait WHERE node = :n AND error IS NULL", n=node).all()
    touched = {row.job for row in waits if _answered(tx, node, row, report.applied.get(row.scope), errors)}
    return sorted(job for job in touched if _decided(tx, job))


def _answered(tx: SqlTx, node: str, row: Any, applied: int | None, errors: dict[str, str]) -> bool:
    """Whether the report settles this wait: fulfilled (removed) or refused (error noted)."""
    if applied is None or applied < row.revision:
        return False
    refused = [f"{key}: {errors[key]}" for key in msgspec.json.decode(row.keys) if key in errors]
    where = "job = :j AND node = :n AND scope = :s"
    if refused:
        tx.run(f"UPDATE job_wait SET error = :e WHERE {where}", e="; ".join(refused), j=row.job, n=node, s=row.scope)
    else:
        tx.run(f"DELETE FROM job_wait WHERE {where}", j=row.job, n=node, s=row.scope)
    return True


def _decided(tx: SqlTx, job: str) -> bool:
    rows = tx.run("SELECT error FROM job_wait WHERE job = :j", j=job).all()
    return not rows or any(row.error is not None for row in rows)
