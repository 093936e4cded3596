"""Which IPsec software vrouters have.  It is a package of their hosts, and so are its updates."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from landbridge.core.api import P, Request, action
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.core.titles import title
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import APPLIANCE_VM, VPC_ROUTER, VmInstance
from landbridge.model.errors import operr
from landbridge.model.questions.ipsec import AskIpsecSoftware, IpsecSoftware

_SOFTWARE = "IPsec"
_PACKAGE = "strongswan-charon"


class GetVirtualRouterSoftwareVersion(Request, kw_only=True):
    """The version of the IPsec software of running vrouters; asks their hosts.

    `currentVersion` is the daemon's that runs, or would be started; `latestVersion` what the host has installed.
    """

    uuid: Annotated[str | None, P(help="the vrouter; all without", ref=VPC_ROUTER.vo)] = None
    software_name: Annotated[str, P(help="which software", values=(_SOFTWARE,))]
    need_update: Annotated[bool, P(help="only those whose daemon is not what the host has installed")] = False


class UpdateVirtualRouterSoftwareVersion(Request, kw_only=True):
    """Refused: the IPsec software of vrouters is a package of their hosts, whose package manager updates it."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    software_name: Annotated[str, P(help="which software", values=(_SOFTWARE,))]
    target_version: Annotated[str, P(help="version that it should have", values=("4.5.2", "5.8.4", "5.9.4"))]


def get_version(ctx: Context, req: GetVirtualRouterSoftwareVersion) -> Outcome:
    """A host that does not answer is named in `unanswered`, so that the others' can be seen."""
    if req.uuid is not None:
        routers = [ctx.tx.need(VmInstance, req.uuid)]
    else:
        routers = [router for router in ctx.tx.find(VmInstance, type=APPLIANCE_VM) if ctx.sees(router.uuid)]
    asks = tuple(
        Ask(router.host_uuid, AskIpsecSoftware(router_uuid=router.uuid))
        for router in routers
        if router.state == "Running" and router.host_uuid is not None
    )
    if not asks:
        return Outcome(body={"inventories": []})
    return Outcome(asked=Asked(asks, partial(_versions, req.need_update), partial=True))


def update_version(ctx: Context, req: UpdateVirtualRouterSoftwareVersion) -> Outcome:
    """SYS.1006, with the remedy."""
    router = ctx.tx.need(VmInstance, req.uuid)
    where = "its host"
    if router.host_uuid is not None:
        host = ctx.tx.need(Host, router.host_uuid)
        where = f"host[uuid:{host.uuid}, name:{host.name}]"
    raise operr(
        f"{_SOFTWARE} of {title(router)} cannot be updated to {req.target_version} from here: {_PACKAGE} is the "
        f"package manager's of {where}: update it there, then stop and start the vrouter"
    )


def _versions(need_update: bool, answers: Sequence[Answered]) -> Mapping[str, Any]:
    found = []
    for answer in answers:
        software, question = answer.value, answer.question
        assert isinstance(software, IpsecSoftware)
        assert isinstance(question, AskIpsecSoftware)
        current, latest = software.running or software.installed, software.installed
        if not need_update or current != latest:
            row = {"uuid": question.router_uuid, "softwareName": _SOFTWARE}
            versions = {"currentVersion": current, "latestVersion": latest}
            found.append(row | {name: version for name, version in versions.items() if version is not None})
    return {"inventories": found}


ACTIONS = (
    action("GetVirtualRouterSoftwareVersion", "GET", "/vpc/virtual-routers/softwareversion", get_version,
           GetVirtualRouterSoftwareVersion, message="org.zstack.vpc.APIGetVirtualRouterSoftwareVersionMsg",
           mode="sync", result="body", fields=(("inventories", "array"),)),
    action("UpdateVirtualRouterSoftwareVersion", "POST", "/vpc/virtual-routers/{uuid}/softwareversion",
           update_version, UpdateVirtualRouterSoftwareVersion,
           message="org.zstack.vpc.APIUpdateVirtualRouterSoftwareVersionMsg", result="none"),
)  # fmt: skip
