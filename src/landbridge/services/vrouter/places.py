"""Where the ends of a vrouter's connections are, as the server knows it: taken at once, looked up afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from landbridge.core.nics import cidr_of, is_guest, nics_of
from landbridge.core.view import View
from landbridge.model.documents.l2 import L2Network, Vtep
from landbridge.model.documents.vm import VmInstance, VmNic


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the vrouter.  `pool`: of its tunnels, None without."""

    l3_uuid: str
    net_id: int
    cidr: IPv4Network
    l2_type: str
    pool: str | None


@dataclass(frozen=True, slots=True)
class Places:
    """Of one vrouter.

    now      milliseconds since the epoch
    hosts    the vrouter's, then those with ports in its subnets
    subnets  by uuid
    by_mac   the host of a NIC; `by_ip`: the same, by subnet and address
    vteps    the host of a tunnel end, by pool and address
    """

    now: int
    hosts: tuple[str, ...]
    subnets: Mapping[str, Subnet]
    by_mac: Mapping[str, str]
    by_ip: Mapping[tuple[str, str], str]
    vteps: Mapping[tuple[str, str], str]

    def subnet_with(self, address: str) -> Subnet | None:
        """The subnet that an address is in; a vrouter's do not overlap."""
        found = IPv4Address(address)
        return next((subnet for subnet in self.subnets.values() if found in subnet.cidr), None)

    def subnet_on(self, net_id: int) -> Subnet | None:
        """The (first) subnet on a network."""
        return next((subnet for subnet in self.subnets.values() if subnet.net_id == net_id), None)

    def host_of(self, l3_uuid: str, mac: str, address: str) -> str | None:
        """Where a VM is that sends with this MAC, or from this address."""
        return self.by_mac.get(mac) or self.by_ip.get((l3_uuid, address))


def places(view: View, router: VmInstance) -> Places:
    """What there is of it; the vrouter runs."""
    assert router.host_uuid is not None
    subnets = {nic.l3_network_uuid: _subnet(view, nic) for nic in nics_of(view, router.uuid) if is_guest(nic)}
    found = view.find(VmNic, l3_network_uuid=tuple(subnets)) if subnets else []
    nics = [nic for nic in found if nic.host_uuid and nic.vm_instance_uuid != router.uuid]
    pools = tuple({subnet.pool for subnet in subnets.values() if subnet.pool})
    vteps = view.find(Vtep, pool_uuid=pools) if pools else []
    others = {nic.host_uuid for nic in nics} - {router.host_uuid}
    return Places(
        now=view.now,
        hosts=(router.host_uuid, *sorted(others)),
        subnets=subnets,
        by_mac={nic.mac: nic.host_uuid for nic in nics},
        by_ip={(nic.l3_network_uuid, nic.ip): nic.host_uuid for nic in nics if nic.ip},
        vteps={(vtep.pool_uuid, vtep.vtep_ip): vtep.host_uuid for vtep in vteps},
    )


def _subnet(view: View, nic: VmNic) -> Subnet:
    l2 = view.need(L2Network, nic.l2_network_uuid)
    return Subnet(nic.l3_network_uuid, l2.net_id, cidr_of(nic), l2.type, l2.pool_uuid)
