"""Version, time, readiness, what can be asked, the copies of the server, and how far a job is."""

from typing import Annotated

from landbridge import __version__
from landbridge.core.api import P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.model.documents.management import MANAGEMENT_NODE, ManagementNode
from landbridge.model.errors import notfound

_NODE = "org.zstack.header.managementnode"
_PATH = "/management-nodes"


class GetVersion(Request, kw_only=True):
    """The server's version."""


class GetCurrentTime(Request, kw_only=True):
    """The server's time."""


class GetSupportAPIs(Request, kw_only=True):
    """The names of all actions that there are."""


class IsOpensourceVersion(Request, kw_only=True):
    """Whether this is free software."""


class IsReadyToGo(Request, kw_only=True):
    """Whether a copy of the server takes requests."""

    management_node_id: Annotated[str | None, P(help="this copy; left out: the one that is asked")] = None


class GetTaskProgress(Request, kw_only=True):
    """How far a job is."""

    api_id: Annotated[str | None, P(help="the job; the end of its location")] = None
    all: Annotated[bool, P(help="accepted: a job is one task")] = False


def get_version(_ctx: Context, _req: GetVersion) -> Outcome:
    """As in `landbridge --version`."""
    return Outcome(body={"version": __version__})


def get_current_time(ctx: Context, _req: GetCurrentTime) -> Outcome:
    """Since 1970, UTC."""
    return Outcome(body={"currentTime": {"MillionSeconds": ctx.tx.now, "Seconds": ctx.tx.now // 1000}})


def is_opensource_version(_ctx: Context, _req: IsOpensourceVersion) -> Outcome:
    """It is."""
    return Outcome(body={"opensource": True})


def is_ready_to_go(ctx: Context, req: IsReadyToGo) -> Outcome:
    """Whoever answers is ready.  SYS.1003 for a copy that is not there."""
    wanted = req.management_node_id
    if wanted is not None and ctx.tx.get(ManagementNode, wanted) is None:
        raise notfound("managementNodeId", wanted, MANAGEMENT_NODE.vo)
    return Outcome()


def get_task_progress(ctx: Context, req: GetTaskProgress) -> Outcome:
    """A row while it runs: the part of the hosts it waits for that has answered, in percent.  None after its end."""
    task = ctx.tx.task(req.api_id) if req.api_id else None
    if task is None or task.ended or not (ctx.caller.is_admin or task.account == ctx.caller.account_uuid):
        return Outcome(body={"inventories": []})
    row = {
        "taskUuid": task.uuid,
        "taskName": task.action,
        "type": "Progress",
        "content": str(100 * task.answered // max(1, task.asked)),
        "time": ctx.tx.now,
    }
    return Outcome(body={"inventories": [row]})


def get_support_apis(ctx: Context, _req: GetSupportAPIs) -> Outcome:
    """In the order of the alphabet."""
    names = [one.name for service in ctx.tx.services for one in service.actions]
    return Outcome(body={"supportApis": sorted(names)})


SERVICE = Service(
    name="management",
    kinds=(MANAGEMENT_NODE,),
    actions=(
        action("GetVersion", "PUT", f"{_PATH}/actions", get_version, GetVersion,
               message=f"{_NODE}.APIGetVersionMsg", mode="sync", result="body", session=False,
               fields=(("version", "string"),)),
        action("GetCurrentTime", "PUT", f"{_PATH}/actions", get_current_time, GetCurrentTime,
               message=f"{_NODE}.APIGetCurrentTimeMsg", mode="sync", result="body", session=False,
               fields=(("currentTime", "object"),)),
        action("GetSupportAPIs", "PUT", f"{_PATH}/actions", get_support_apis, GetSupportAPIs,
               message=f"{_NODE}.APIGetSupportAPIsMsg", mode="sync", result="body", session=False,
               fields=(("supportApis", "array"),)),
        action("IsReadyToGo", "GET", f"{_PATH}/ready", is_ready_to_go, IsReadyToGo,
               message="org.zstack.header.apimediator.APIIsReadyToGoMsg", mode="sync", result="none", session=False),
        action("IsOpensourceVersion", "GET", "/meta-data/opensource", is_opensource_version, IsOpensourceVersion,
               message="org.zstack.header.APIIsOpensourceVersionMsg", mode="sync", result="body", session=False,
               fields=(("opensource", "boolean"),)),
        action("GetTaskProgress", "GET", "/task-progresses/{apiId}", get_task_progress, GetTaskProgress,
               message="org.zstack.header.core.progress.APIGetTaskProgressMsg", mode="sync", result="body",
               fields=(("inventories", "array"),)),
        query("QueryManagementNode", _PATH, MANAGEMENT_NODE, message=f"{_NODE}.APIQueryManagementNodeMsg",
              help="Find the copies of the server."),
    ),
)  # fmt: skip
