"""Anti-spoofing of a VM's ports: on unless the VM's tag, or else the global config, says otherwise."""

from collections.abc import Iterable
from typing import Annotated

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import is_router, title
from landbridge.core.view import View
from landbridge.core.waiting import applied
from landbridge.model.documents.address_pair import VmNicAllowedAddressPair
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance
from landbridge.model.errors import argerr, operr

CONFIG = ("vm", "cleanTraffic")
TAG = "cleanTraffic::"
_ON, _OFF = TAG + "true", TAG + "false"


def is_on(view: View, vm_uuid: str) -> bool:
    """Whether a VM may send only as itself.  A tag that says neither counts as on."""
    tagged = [tag for tag in view.tags(vm_uuid) if tag.startswith(TAG)]
    return _OFF not in tagged if tagged else view.config(*CONFIG, vm_uuid) != "false"


def pairs_of(view: View, nic_uuid: str) -> list[VmNicAllowedAddressPair]:
    """What a NIC may send from besides its own address."""
    return view.find(VmNicAllowedAddressPair, vm_nic_uuid=nic_uuid)


def check_tags(system_tags: Iterable[str]) -> None:
    """SYS.1007 if one is `cleanTraffic::` of what is neither true nor false."""
    for tag in system_tags:
        if tag.startswith(TAG) and tag not in (_ON, _OFF):
            raise argerr(f"system tag[{tag}] is not of the form {_ON} or {_OFF}")


class SetVmCleanTraffic(Request, kw_only=True):
    """Switch a VM's anti-spoofing on or off, at once."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    enable: Annotated[bool, P(help="whether it may send only from its own addresses")] = False


def set_clean_traffic(ctx: Context, req: SetVmCleanTraffic) -> Outcome:
    """From now on the VM's own setting holds, whatever the global one is."""
    tx = ctx.tx
    vm = tx.need(VmInstance, req.uuid)
    if is_router(vm):
        raise operr(f"{title(vm)} sends for others: its ports have rules of their own")
    for tag in tx.tags(vm.uuid):
        if tag.startswith(TAG):
            tx.delete_tag(vm.uuid, tag)
    tx.set_tag(vm.uuid, VM_INSTANCE.vo, _ON if req.enable else _OFF)
    return applied(tx, vm)


ACTIONS = (
    action("SetVmCleanTraffic", "PUT", "/vm-instances/{uuid}/actions", set_clean_traffic, SetVmCleanTraffic,
           message="org.zstack.header.vm.APISetVmCleanTrafficMsg", result="none"),
)  # fmt: skip
