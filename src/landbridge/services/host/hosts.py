"""Making, claiming and removing a host: what the actions, joining and presence share."""

from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import Vtep
from landbridge.model.documents.places import Agent, Cluster, Host
from landbridge.model.documents.vm import NicRelay
from landbridge.model.errors import argerr, operr
from landbridge.model.facts import HostFacts
from landbridge.services.host import interfaces

MAX_HOSTS = 65_535
"""The host number is the low half of locally administered MAC addresses."""


def make_host(tx: Tx, *, uuid: str, name: str, cluster: Cluster, management_ip: str) -> Host:
    """A host that waits for its agent; not stored yet.  SYS.1007 if the address is another host's."""
    take_management_ip(tx, uuid, management_ip)
    number = tx.claim_free("hostnumber", 1, MAX_HOSTS, uuid)
    if number is None:
        raise operr(f"there are {MAX_HOSTS} hosts already, and no host number is left: delete a host first")
    return Host(
        uuid=uuid,
        name=name,
        zone_uuid=cluster.zone_uuid,
        cluster_uuid=cluster.uuid,
        management_ip=management_ip,
        architecture=cluster.architecture,
        number=number,
    )


def take_management_ip(tx: Tx, uuid: str, management_ip: str) -> None:
    """Claim an address for a host; SYS.1007 naming the host that has it."""
    if tx.claim("managementip", management_ip, uuid):
        return
    other = tx.get(Host, tx.claim_owner("managementip", management_ip))
    name = f"host[uuid:{other.uuid}, name:{other.name}]" if other else "another host"
    raise argerr(
        f"there has been {name} having managementIp[{management_ip}]: delete it first, or use another address"
    )


def bind(agent: Agent, host: Host) -> None:
    """Make an agent the one of a host (both still to be stored)."""
    agent.host_uuid = host.uuid
    host.agent_uuid = agent.uuid


def waiting_host(view: View, management_ip: str) -> Host | None:
    """A host without an agent that an agent at this address is awaited for."""
    return next((host for host in view.find(Host, management_ip=management_ip) if host.agent_uuid is None), None)


def remove_host(tx: Tx, host: Host) -> None:
    """Delete a host; its agent stays known, tears everything down and waits to be claimed again.

    SYS.1006 naming the VM while one is on it.
    """
    tx.delete(host)
    for relay in tx.find(NicRelay, host_uuid=host.uuid):
        tx.delete(relay)
    for vtep in tx.find(Vtep, host_uuid=host.uuid):
        tx.delete(vtep)
    interfaces.forget(tx, host.uuid)
    agent = tx.get(Agent, host.agent_uuid)
    if agent is not None:
        agent.host_uuid = ""
        tx.put(agent)


def take_facts(tx: Tx, host: Host, facts: HostFacts) -> None:
    """Write what a host says of itself into its document (still to be stored).

    Free capacity moves by as much as the total does: what VMs take of it is counted elsewhere.
    """
    ratio = tx.config("host", "cpu.overProvisioning.ratio", host.uuid, host.cluster_uuid, host.zone_uuid)
    cpu = facts.cpu_num * int(ratio)
    host.available_cpu_capacity += cpu - host.total_cpu_capacity
    host.available_memory_capacity += facts.memory_bytes - host.total_memory_capacity
    host.total_cpu_capacity = cpu
    host.total_memory_capacity = facts.memory_bytes
    host.cpu_num = facts.cpu_num
    host.os_distribution = facts.os_distribution or None
    host.os_version = facts.os_version or None
    host.facts = facts
    interfaces.keep(tx, host, facts.interfaces)
