"""What a VM is called in its network: the name DHCP tells it (option 12)."""

import re
from collections.abc import Iterable
from typing import Annotated

from landbridge.core.api import DeleteRequest, P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx, View
from landbridge.model.documents.vm import VM_INSTANCE, VmInstance
from landbridge.model.errors import argerr, operr

_PACKAGE = "org.zstack.header.vm"
_TAG = "hostname::"
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
"""One label of a host name: RFC 1123 section 2.1."""


def of(view: View, vm: VmInstance) -> str:
    """The name that was set, else one made of the VM's name."""
    tagged = next((tag.removeprefix(_TAG) for tag in view.tags(vm.uuid) if tag.startswith(_TAG)), None)
    if tagged is not None:
        return tagged
    made = re.sub(r"[^a-z0-9]+", "-", vm.name.lower()).strip("-")[:63].strip("-")
    return made or f"vm-{vm.number}"


def check_tags(system_tags: Iterable[str]) -> None:
    """SYS.1007 if one is `hostname::` of what is no host name."""
    for tag in system_tags:
        if tag.startswith(_TAG):
            _check(tag.removeprefix(_TAG))


def _check(name: str) -> None:
    if not _LABEL.fullmatch(name):
        raise argerr(f"hostname[{name}] is not a host name: letters, digits and inner hyphens, at most 63")


class SetVmHostname(Request, kw_only=True):
    """Set the host name that DHCP tells a VM."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]
    hostname: Annotated[str, P(help="a host name of one label")]


class GetVmHostname(Request, kw_only=True):
    """The host name that was set for a VM."""

    uuid: Annotated[str, P(help="the VM", ref=VM_INSTANCE.vo)]


class DeleteVmHostname(DeleteRequest, kw_only=True):
    """Go back to the host name made of the VM's name."""


def set_hostname(ctx: Context, req: SetVmHostname) -> Outcome:
    """Replaces the tag; told at the next renewal."""
    _check(req.hostname)
    vm = ctx.tx.need(VmInstance, req.uuid)
    _clear(ctx.tx, vm)
    ctx.tx.set_tag(vm.uuid, VM_INSTANCE.vo, _TAG + req.hostname)
    return Outcome()


def get_hostname(ctx: Context, req: GetVmHostname) -> Outcome:
    """SYS.1006 when none was set."""
    name = next((tag.removeprefix(_TAG) for tag in ctx.tx.tags(req.uuid) if tag.startswith(_TAG)), None)
    if name is None:
        raise operr(f"no hostname was set for VM[uuid:{req.uuid}]")
    return Outcome(body={"hostname": name})


def delete_hostname(ctx: Context, req: DeleteVmHostname) -> Outcome:
    """Absent is fine."""
    _clear(ctx.tx, ctx.tx.need(VmInstance, req.uuid))
    return Outcome()


def _clear(tx: Tx, vm: VmInstance) -> None:
    for tag in tx.tags(vm.uuid):
        if tag.startswith(_TAG):
            tx.delete_tag(vm.uuid, tag)


ACTIONS = (
    action("SetVmHostname", "PUT", "/vm-instances/{uuid}/actions", set_hostname, SetVmHostname,
           message=f"{_PACKAGE}.APISetVmHostnameMsg", result="none"),
    action("GetVmHostname", "GET", "/vm-instances/{uuid}/hostnames", get_hostname, GetVmHostname,
           message=f"{_PACKAGE}.APIGetVmHostnameMsg", mode="sync", result="body", fields=(("hostname", "string"),)),
    action("DeleteVmHostname", "DELETE", "/vm-instances/{uuid}/hostnames", delete_hostname, DeleteVmHostname,
           message=f"{_PACKAGE}.APIDeleteVmHostnameMsg", result="none", absent_ok=("uuid", VM_INSTANCE.vo)),
)  # fmt: skip
