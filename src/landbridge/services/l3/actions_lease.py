"""DHCP leases: what the hosts' DHCP responders have told the VMs.

Nothing of it is stored by the server: a lease here decides nothing (addresses are fixed), and hosts renew them
while the server is away.  So the hosts are asked.
"""

from collections.abc import Container, Mapping, Sequence
from functools import partial
from ipaddress import IPv4Address
from typing import Annotated, Any

from landbridge.core.api import P, Request, action
from landbridge.core.inventory import format_date
from landbridge.core.nics import is_shown
from landbridge.core.service import Answered, Ask, Asked, Context, Outcome
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.places import HOST
from landbridge.model.documents.vm import VM_INSTANCE, VmNic
from landbridge.model.errors import argerr
from landbridge.model.questions.dhcp import AskDhcpLeases, DhcpLease, DhcpLeaseList


class GetDhcpLeases(Request, kw_only=True):
    """How NICs stand with DHCP, of a network, a VM, a host, or what they have in common; asks the hosts.

    A NIC that has not spoken DHCP yet is not listed.
    """

    l3_network_uuid: Annotated[str | None, P(help="NICs on this network", ref=L3_NETWORK.vo)] = None
    vm_instance_uuid: Annotated[str | None, P(help="NICs of this VM", ref=VM_INSTANCE.vo)] = None
    host_uuid: Annotated[str | None, P(help="NICs on this host", ref=HOST.vo)] = None


def get_dhcp_leases(ctx: Context, req: GetDhcpLeases) -> Outcome:
    """Of a network on several hosts, a host that is away is named in `unanswered`; otherwise it is the error."""
    where = {
        field: uuid
        for field, uuid in (
            ("l3_network_uuid", req.l3_network_uuid),
            ("vm_instance_uuid", req.vm_instance_uuid),
            ("host_uuid", req.host_uuid),
        )
        if uuid is not None
    }
    if not where:
        raise argerr("l3NetworkUuid, vmInstanceUuid and hostUuid cannot all be missing: give one")
    nics = {nic.uuid: nic for nic in ctx.tx.find(VmNic, **where) if nic.host_uuid and is_shown(ctx, nic)}
    question = AskDhcpLeases(l3_uuid=req.l3_network_uuid, vm_uuid=req.vm_instance_uuid)
    return Outcome(
        asked=Asked(
            asks=tuple(Ask(host, question) for host in sorted({nic.host_uuid for nic in nics.values()})),
            merge=partial(_inventories, frozenset(nics)),
            partial=req.vm_instance_uuid is None and req.host_uuid is None,
        )
    )


def _inventories(nics: Container[str], answers: Sequence[Answered]) -> Mapping[str, Any]:
    """Leases of these NICs by address."""
    found = [
        (answer.node, lease)
        for answer in answers
        if isinstance(answer.value, DhcpLeaseList)
        for lease in answer.value.leases
        if lease.nic_uuid in nics
    ]
    found.sort(key=lambda one: (IPv4Address(one[1].ip), one[1].nic_uuid))
    return {"inventories": [_inventory(host, lease) for host, lease in found]}


def _inventory(host: str, lease: DhcpLease) -> dict[str, Any]:
    shown = {
        "vmNicUuid": lease.nic_uuid,
        "vmInstanceUuid": lease.vm_uuid,
        "l3NetworkUuid": lease.l3_uuid,
        "hostUuid": host,
        "mac": lease.mac,
        "ip": lease.ip,
        "hostname": lease.hostname,
        "state": lease.state,
        "lastMessage": lease.last_message,
        "lastMessageDate": format_date(int(1000 * lease.last_at)),
    }
    if lease.expires is not None:
        shown["expiredDate"] = format_date(int(1000 * lease.expires))
    return shown


ACTIONS = (
    action("GetDhcpLeases", "GET", "/dhcp/leases", get_dhcp_leases, GetDhcpLeases,
           message="org.landbridge.APIGetDhcpLeasesMsg", mode="sync", result="body",
           fields=(("inventories", "array"), ("unanswered", "array"))),
)  # fmt: skip
