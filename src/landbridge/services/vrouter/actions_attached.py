"""What ZStack's vrouters may have attached and these never have: asked for, there is none."""

from landbridge.core.api import action
from landbridge.core.attached import Attached
from landbridge.core.service import Context, Outcome

_PATH = "/vpc/virtual-routers/{uuid}"


class GetVpcAttachedNetflow(Attached, kw_only=True):
    """List the flow meters of a vrouter: it has none."""


class GetVpcAttachedOspf(Attached, kw_only=True):
    """List the OSPF areas of a vrouter: it has none."""


def none(_ctx: Context, _req: Attached) -> Outcome:
    """That there is the vrouter has been checked."""
    return Outcome(body={"inventories": []})


ACTIONS = (
    action("GetVpcAttachedNetflow", "POST", f"{_PATH}/attached-netflow", none, GetVpcAttachedNetflow,
           message="org.zstack.header.flowMeter.APIGetVpcAttachedNetflowMsg", mode="sync", result="body",
           fields=(("inventories", "array"),)),
    action("GetVpcAttachedOspf", "POST", f"{_PATH}/attached-ospf", none, GetVpcAttachedOspf,
           message="org.zstack.header.protocol.APIGetVpcAttachedOspfMsg", mode="sync", result="body",
           fields=(("inventories", "array"),)),
)  # fmt: skip
