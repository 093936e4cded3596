"""Actions that run in the background, with a record that stays."""

from landbridge.model.resource import Kind, Resource


class LongJob(Resource, kw_only=True):
    """An action to run, or that has run.

    api_id          the job that runs it, another one each time
    job_data        its parameters, as JSON
    job_result      its answer or its error, as JSON
    state           Waiting, Running, Succeeded, Canceling, Canceled, Failed
    execute_time    seconds that it took
    action          what `job_name` names
    user, admin     who asked for it
    undoable        whether it can be stopped while hosts are at it: what was done is taken back
    began           milliseconds since 1970
    """

    name: str
    description: str | None = None
    api_id: str
    job_name: str
    job_data: str
    job_result: str | None = None
    state: str = "Waiting"
    target_resource_uuid: str | None = None
    execute_time: int | None = None
    action: str = ""
    account: str = ""
    user: str = ""
    admin: bool = False
    undoable: bool = False
    began: int = 0


LONG_JOB = Kind(
    vo="LongJobVO",
    doc=LongJob,
    java="org.zstack.header.longjob.LongJobInventory",
    indexes=("state", "apiId", "name"),
    internal=frozenset({"action", "account", "user", "admin", "undoable", "began"}),
)

KINDS = (LONG_JOB,)
