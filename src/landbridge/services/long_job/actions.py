"""Submit, watch, stop and repeat actions that run in the background."""

from typing import Annotated, Any

import msgspec

from landbridge.core.api import Action, CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.parameters import parameters
from landbridge.core.service import Context, Outcome
from landbridge.core.validate import Mistyped, from_json
from landbridge.core.view import View
from landbridge.model.documents.long_job import LONG_JOB, LongJob
from landbridge.model.errors import argerr, operr

_PACKAGE = "org.zstack.header.longjob"
_PATH = "/longjobs/{uuid}/actions"
_ENDED = ("Succeeded", "Canceled", "Failed")


class SubmitLongJob(CreateRequest, kw_only=True):
    """Run an action in the background."""

    job_name: Annotated[str, P(help="the action, for example MigrateVm or APIMigrateVmMsg", max=255)]
    job_data: Annotated[str, P(help="its parameters, a JSON object as text", no_trim=True)]
    name: Annotated[str | None, P(help="display name; left out: the action's", max=255)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    target_resource_uuid: Annotated[str | None, P(help="what it is about", max=32, ref="ResourceVO")] = None


class _One(Request, kw_only=True):
    uuid: Annotated[str, P(help="the long job", ref=LONG_JOB.vo)]


class UpdateLongJob(_One, kw_only=True):
    """Change a long job's name or description."""

    name: Annotated[str | None, P(help="display name", max=255)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None


class CancelLongJob(_One, kw_only=True):
    """Stop a long job; what was done is taken back."""


class RerunLongJob(_One, kw_only=True):
    """Run a long job once more that has ended."""


class ResumeLongJob(_One, kw_only=True):
    """Go on with a suspended long job."""


class CleanLongJob(_One, kw_only=True):
    """Clean up after a long job that has failed or was cancelled."""


class DeleteLongJob(DeleteRequest, kw_only=True):
    """Forget a long job that has ended."""


def submit(ctx: Context, req: SubmitLongJob) -> Outcome:
    """Stored as Waiting; the parameters' types are checked now, the rest when it runs."""
    wanted = _action(ctx.tx, req.job_name)
    _data(wanted, req.job_data)
    job = LongJob(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name or wanted.name,
        description=req.description,
        api_id=ctx.tx.new_uuid(),
        job_name=req.job_name,
        job_data=req.job_data,
        target_resource_uuid=req.target_resource_uuid,
        action=wanted.name,
        account=ctx.caller.account_uuid,
        user=ctx.caller.user_uuid,
        admin=ctx.caller.is_admin,
    )
    ctx.tx.put(job)
    return Outcome(inventory=(LONG_JOB, job.uuid))


def update(ctx: Context, req: UpdateLongJob) -> Outcome:
    """Absent parameters stay as they are."""
    job = ctx.tx.need(LongJob, req.uuid)
    job.name = job.name if req.name is None else req.name
    job.description = job.description if req.description is None else req.description
    ctx.tx.put(job)
    return Outcome(inventory=(LONG_JOB, job.uuid))


def cancel(ctx: Context, req: CancelLongJob) -> Outcome:
    """At once while it waits; Canceling, then Canceled, while hosts are at it."""
    job = ctx.tx.need(LongJob, req.uuid)
    _require(job, "Waiting", "Running")
    if job.state == "Waiting":
        job.state = "Canceled"
    elif job.undoable:
        job.state = "Canceling"
    else:
        raise operr(f"{_titled(job)} cannot be stopped any more: {job.action} has been done, hosts are applying it")
    ctx.tx.put(job)
    return Outcome()


def rerun(ctx: Context, req: RerunLongJob) -> Outcome:
    """With the same parameters, as who asks for it now."""
    job = ctx.tx.need(LongJob, req.uuid)
    _require(job, *_ENDED)
    job.state, job.api_id, job.job_result, job.execute_time = "Waiting", ctx.tx.new_uuid(), None, None
    job.account, job.user, job.admin = ctx.caller.account_uuid, ctx.caller.user_uuid, ctx.caller.is_admin
    ctx.tx.put(job)
    return Outcome(inventory=(LONG_JOB, job.uuid))


def resume(ctx: Context, req: ResumeLongJob) -> Outcome:
    """Nothing suspends a job here, so there is none to go on with."""
    job = ctx.tx.need(LongJob, req.uuid)
    _require(job, "Suspended")
    return Outcome(inventory=(LONG_JOB, job.uuid))


def clean(ctx: Context, req: CleanLongJob) -> Outcome:
    """A failure has taken everything back already."""
    _require(ctx.tx.need(LongJob, req.uuid), "Failed", "Canceled")
    return Outcome()


def delete(ctx: Context, req: DeleteLongJob) -> Outcome:
    """SYS.1006 while it waits or runs."""
    job = ctx.tx.need(LongJob, req.uuid)
    _require(job, *_ENDED)
    ctx.tx.delete(job)
    return Outcome()


def _action(view: View, name: str) -> Action:
    """The action that is meant.  SYS.1007 for one that cannot run in the background."""
    every: list[Action] = [one for service in view.services for one in service.actions]
    wanted = next((one for one in every if name in (one.name, one.message, one.message.rpartition(".")[2])), None)
    if wanted is None:
        raise argerr(f"jobName[{name}] is no action")
    if wanted.mode != "job" or wanted.unserved or wanted in ACTIONS:
        raise argerr(f"jobName[{name}]: {wanted.name} is no action to run in the background")
    if any(parameter.rule.secret for parameter in parameters(wanted.request)):
        raise argerr(
            f"jobName[{name}]: {wanted.name} takes secrets, and a long job's parameters can be read: call it"
        )
    return wanted


def _data(wanted: Action, text: str) -> None:
    try:
        from_json(wanted.request, msgspec.json.decode(text, type=dict[str, Any]))
    except (msgspec.DecodeError, Mistyped) as error:
        raise argerr(f"jobData is not what {wanted.name} takes: {error}") from None


def _require(job: LongJob, *states: str) -> None:
    if job.state not in states:
        raise operr(f"{_titled(job)} is {job.state}, this needs {' or '.join(states)}")


def _titled(job: LongJob) -> str:
    return f"long job[name:{job.name}, uuid:{job.uuid}]"


ACTIONS: tuple[Action, ...] = (
    action("SubmitLongJob", "POST", "/longjobs", submit, SubmitLongJob,
           message=f"{_PACKAGE}.APISubmitLongJobMsg", kind=LONG_JOB),
    action("UpdateLongJob", "PUT", _PATH, update, UpdateLongJob,
           message=f"{_PACKAGE}.APIUpdateLongJobMsg", kind=LONG_JOB),
    action("CancelLongJob", "PUT", _PATH, cancel, CancelLongJob,
           message=f"{_PACKAGE}.APICancelLongJobMsg", result="none"),
    action("RerunLongJob", "PUT", _PATH, rerun, RerunLongJob,
           message=f"{_PACKAGE}.APIRerunLongJobMsg", kind=LONG_JOB),
    action("ResumeLongJob", "PUT", _PATH, resume, ResumeLongJob,
           message=f"{_PACKAGE}.APIResumeLongJobMsg", kind=LONG_JOB),
    action("CleanLongJob", "PUT", _PATH, clean, CleanLongJob,
           message=f"{_PACKAGE}.APICleanLongJobMsg", result="none"),
    action("DeleteLongJob", "DELETE", "/longjobs/{uuid}", delete, DeleteLongJob,
           message=f"{_PACKAGE}.APIDeleteLongJobMsg", result="none", absent_ok=("uuid", LONG_JOB.vo)),
    query("QueryLongJob", "/longjobs", LONG_JOB, message=f"{_PACKAGE}.APIQueryLongJobMsg",
          help="Find actions in the background."),
)  # fmt: skip
