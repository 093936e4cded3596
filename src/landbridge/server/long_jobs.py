"""Long jobs: what is stored as Waiting is run as an ordinary job, whose end is written into it.

Whichever copy of the server sees one first runs it: the job's row and the long job's new state are one transaction.
"""

from functools import partial
from typing import Any, Protocol

import msgspec
import structlog

from landbridge.core.catalog import Catalog
from landbridge.core.service import Caller
from landbridge.core.validate import from_json
from landbridge.core.view import Tx
from landbridge.model.documents.long_job import LongJob
from landbridge.model.errors import ApiError
from landbridge.server.call import Call, HttpError
from landbridge.store import Store
from landbridge.store.jobs import JobRow

log = structlog.get_logger(__name__)

STARTERS = frozenset({"SubmitLongJob", "RerunLongJob", "CancelLongJob"})
"""Actions after which there is something to look for."""


class Runner(Protocol):
    """What runs ordinary jobs."""

    async def submit(self, call: Call) -> Any:
        """Run a call as a job.  HttpError when there is a job of its id."""

    async def cancel(self, job_uuid: str) -> None:
        """End a job that waits for hosts, taking back what was done."""


async def look(store: Store, catalog: Catalog, jobs: Runner) -> None:
    """Run what waits; stop what is to be stopped."""
    waiting, canceling = await store.read(
        lambda view: (view.find(LongJob, state="Waiting"), view.find(LongJob, state="Canceling"))
    )
    for job in waiting:
        try:
            await jobs.submit(_call(catalog, job))
        except HttpError:
            continue  # another copy has it
        except Exception:
            log.exception("long_job_crashed", long_job=job.uuid)
            crashed = ApiError("SYS.1000", f"see the server's log for long job {job.uuid}")
            await store.write(partial(_crash, uuid=job.uuid, error=crashed))
    for job in canceling:
        await jobs.cancel(job.api_id)


def _call(catalog: Catalog, job: LongJob) -> Call:
    wanted = next(one for one in catalog.actions if one.name == job.action)
    data = msgspec.json.decode(job.job_data, type=dict[str, Any])
    system, user = (tuple(map(str, data.get(name) or ())) for name in ("systemTags", "userTags"))
    return Call(
        action=wanted,
        values=from_json(wanted.request, data),
        caller=Caller(account_uuid=job.account, user_uuid=job.user, is_admin=job.admin),
        request_id=job.api_id,
        system_tags=system,
        user_tags=user,
        job_uuid=job.api_id,
        long_job=job.uuid,
    )


def begin(tx: Tx, uuid: str) -> None:
    """Its job is about to run.  HttpError when somebody else has begun it, or it is not to run any more."""
    job = tx.get(LongJob, uuid)
    if job is None or job.state != "Waiting":
        raise HttpError(400, f"long job {uuid} does not wait")
    job.state, job.began = "Running", tx.now
    tx.put(job)


def follow(tx: Tx, row: JobRow) -> JobRow:
    """Write into a long job where its job is.  Gives the row back."""
    job = tx.get(LongJob, row.request.get("longJob"))
    if job is None:
        return row
    if row.phase == "waiting":
        job.undoable = bool((row.outcome or {}).get("failed"))
    elif row.error is not None:
        _end(tx, job, "Canceled" if job.state == "Canceling" else "Failed", row.error)
    else:
        answer = {name: value for name, value in (row.result or {}).items() if name != "schema"}
        _end(tx, job, "Succeeded", answer)
    tx.put(job)
    return row


def _crash(tx: Tx, uuid: str, error: ApiError) -> None:
    job = tx.get(LongJob, uuid)
    if job is not None:
        _end(tx, job, "Failed", error.to_dict())
        tx.put(job)


def _end(tx: Tx, job: LongJob, state: str, result: dict[str, Any]) -> None:
    job.state, job.undoable = state, False
    job.job_result = msgspec.json.encode(result).decode()
    job.execute_time = max(0, tx.now - (job.began or tx.now)) // 1000
