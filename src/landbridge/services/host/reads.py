"""What can be asked about hosts besides queries: capacity, network facts, hypervisor types."""

from collections.abc import Sequence
from typing import Annotated, Any

from landbridge.core.api import P, Request
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.places import CLUSTER, HOST, ZONE, Host

_GROUPED = {"uuid": HOST.vo, "cluster_uuid": CLUSTER.vo, "zone_uuid": ZONE.vo}
"""What capacity is told of, by the field of hosts that was asked for."""


class GetHypervisorTypes(Request, kw_only=True):
    """List the kinds of hosts there can be."""


def get_hypervisor_types(_ctx: Context, _req: GetHypervisorTypes) -> Outcome:
    """Every host is a plain Linux server: KVM in the API's words."""
    return Outcome(body={"hypervisorTypes": ["KVM"]})


class GetCpuMemoryCapacity(Request, kw_only=True):
    """Add up processors and memory of hosts, of clusters, of zones, or of everything."""

    zone_uuids: Annotated[list[str] | None, P(help="of these zones", ref=ZONE.vo)] = None
    cluster_uuids: Annotated[list[str] | None, P(help="of these clusters", ref=CLUSTER.vo)] = None
    host_uuids: Annotated[list[str] | None, P(help="of these hosts", ref=HOST.vo)] = None
    hypervisor_type: Annotated[str | None, P(help="of hosts of this kind", values=("KVM", "ESX"))] = None
    all: Annotated[bool, P(help="of everything")] = False


def get_cpu_memory_capacity(ctx: Context, req: GetCpuMemoryCapacity) -> Outcome:
    """Hosts in maintenance count as managed, but have nothing available.

    `capacityData` has a row per zone, cluster or host that was asked for (zones, when all are).
    """
    where: dict[str, list[str]] = {}
    if not req.all:
        asked = {"uuid": req.host_uuids, "cluster_uuid": req.cluster_uuids, "zone_uuid": req.zone_uuids}
        where = {field: uuids for field, uuids in asked.items() if uuids}
    hosts = ctx.tx.find(Host, **where) if (where or req.all) and req.hypervisor_type != "ESX" else []
    by = next(iter(where), "zone_uuid")
    parts = [
        {"resourceUuid": uuid, **_capacity([host for host in hosts if getattr(host, by) == uuid])}
        for uuid in dict.fromkeys(getattr(host, by) for host in hosts)
    ]
    return Outcome(body={**_capacity(hosts), "capacityData": parts, "resourceType": _GROUPED[by]})


def _capacity(hosts: Sequence[Host]) -> dict[str, int]:
    usable = [host for host in hosts if host.state != "Maintenance"]
    return {
        "totalCpu": sum(host.total_cpu_capacity for host in hosts),
        "availableCpu": sum(host.available_cpu_capacity for host in usable),
        "totalMemory": sum(host.total_memory_capacity for host in hosts),
        "availableMemory": sum(host.available_memory_capacity for host in usable),
        "managedCpuNum": sum(host.cpu_num for host in hosts),
    }


class GetHostNetworkFacts(Request, kw_only=True):
    """List a host's network interfaces as its agent reported them."""

    host_uuid: Annotated[str, P(help="the host", ref=HOST.vo)]


def get_host_network_facts(ctx: Context, req: GetHostNetworkFacts) -> Outcome:
    """Devices of ours are left out by the agent; bonds are interfaces like others."""
    host = ctx.tx.need(Host, req.host_uuid)
    nics: list[dict[str, Any]] = [
        {
            "hostUuid": host.uuid,
            "interfaceName": interface.name,
            "interfaceType": "bridgeSlave" if interface.over else "noMaster",
            "carrierActive": interface.up,
            "ipAddresses": list(interface.addresses),
            "mac": interface.mac,
            "mtu": interface.mtu,
        }
        for interface in (host.facts.interfaces if host.facts else ())
    ]
    return Outcome(body={"bondings": [], "nics": nics})
