"""On which host a VM or a vrouter goes: the least loaded one that has all its networks."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from landbridge.core.view import Tx, View
from landbridge.model.documents.l2 import VXLAN, L2ClusterRef, L2Network, Vtep
from landbridge.model.documents.places import Cluster, Host, Zone
from landbridge.model.documents.vm import HostLoad
from landbridge.model.errors import ApiError


@dataclass(frozen=True, slots=True)
class Wish:
    """What the caller asked for; None: anything.  `elsewhere`: not on this host."""

    zone_uuid: str | None = None
    cluster_uuid: str | None = None
    host_uuid: str | None = None
    elsewhere: str | None = None


def choose_host(view: View, networks: Sequence[L2Network], wish: Wish, seed: str) -> Host:
    """The host to run on.

    seed: what lots are drawn with among equally loaded hosts (the VM's uuid), so that VMs made at
    the same moment do not all want one host and, on PostgreSQL, its rows.

    Raises: HOST.1010 when the asked host is disconnected; HOST.1004 when none will do, with
    the reason of each.
    """
    asked = view.get(Host, wish.host_uuid)
    if asked is not None and asked.status != "Connected":
        why = asked.disconnect_reason or "its agent is not connected"
        raise ApiError("HOST.1010", f"host[uuid:{asked.uuid}, name:{asked.name}] is {asked.status}: {why}")
    fitting, refusals = fitting_hosts(view, networks, wish)
    if not fitting:
        reasons = "; ".join(refusals) or "there is no host"
        raise ApiError("HOST.1004", f"no host can take the VM ({reasons})")
    load = _load(view, [host.uuid for host in fitting])
    return min(fitting, key=lambda host: (load[host.uuid], _lot(host, seed)))


def fitting_hosts(view: View, networks: Sequence[L2Network], wish: Wish) -> tuple[list[Host], list[str]]:
    """Hosts that will do, and of each of the others its name and why not."""
    asked = view.get(Host, wish.host_uuid)
    refusals: list[str] = []
    fitting: list[Host] = []
    have = _Networks(view, networks)
    for host in [asked] if asked is not None else _hosts(view, wish):
        reason = _refusal(view, host, wish, have)
        if reason is None:
            fitting.append(host)
        else:
            refusals.append(f"{host.name}: {reason}")
    return fitting, refusals


def missing_network(view: View, host: Host, networks: Sequence[L2Network]) -> str | None:
    """Why a host cannot have one of the networks; None when it can have all."""
    return _Networks(view, networks).missing(host)


def occupy(tx: Tx, host_uuid: str) -> None:
    """One more VM is on the host."""
    load = tx.first(HostLoad, host_uuid=host_uuid) or HostLoad(uuid=tx.new_uuid(), host_uuid=host_uuid)
    load.vms += 1
    tx.put(load)


def vacate(tx: Tx, host_uuid: str) -> None:
    """One VM less is on the host."""
    load = tx.first(HostLoad, host_uuid=host_uuid)
    if load is None:
        return
    load.vms -= 1
    if load.vms > 0:
        tx.put(load)
    else:
        tx.delete(load)


def _lot(host: Host, seed: str) -> bytes:
    return hashlib.blake2b((host.uuid + seed).encode(), digest_size=8).digest()


def _load(view: View, hosts: Sequence[str]) -> Counter[str]:
    """VMs per host.  A sum: two first VMs at the same moment may have begun a count each."""
    found: Counter[str] = Counter()
    for load in view.find(HostLoad, host_uuid=hosts):
        found[load.host_uuid] += load.vms
    return found


def _hosts(view: View, wish: Wish) -> list[Host]:
    if wish.cluster_uuid:
        return view.find(Host, cluster_uuid=wish.cluster_uuid)
    return view.find(Host, zone_uuid=wish.zone_uuid) if wish.zone_uuid else view.find(Host)


class _Networks:
    """Where the networks are: looked up once, asked for every host."""

    def __init__(self, view: View, networks: Iterable[L2Network]) -> None:
        self.networks = list({network.uuid: network for network in networks}.values())
        self.clusters = {
            network.uuid: {ref.cluster_uuid for ref in view.find(L2ClusterRef, l2_network_uuid=network.uuid)}
            for network in self.networks
        }
        pools = {network.pool_uuid for network in self.networks if network.type == VXLAN and network.pool_uuid}
        self.vteps = {pool: {vtep.host_uuid for vtep in view.find(Vtep, pool_uuid=pool)} for pool in pools}

    def missing(self, host: Host) -> str | None:
        """Why the host does not have one of the networks."""
        for network in self.networks:
            if host.cluster_uuid not in self.clusters[network.uuid]:
                return f"L2 network {network.name} is not attached to its cluster"
            if network.type == VXLAN and host.uuid not in self.vteps.get(network.pool_uuid or "", ()):
                return f"it has no VTEP in the pool of L2 network {network.name}"
        return None


def _refusal(view: View, host: Host, wish: Wish, have: _Networks) -> str | None:
    if host.uuid == wish.elsewhere:
        return "the VM is there"
    if host.status != "Connected":
        return host.disconnect_reason or f"it is {host.status}"
    if host.state != "Enabled":
        return f"its state is {host.state}"
    if wish.zone_uuid and host.zone_uuid != wish.zone_uuid:
        return "it is in another zone"
    if wish.cluster_uuid and host.cluster_uuid != wish.cluster_uuid:
        return "it is in another cluster"
    cluster = view.get(Cluster, host.cluster_uuid)
    if cluster is not None and cluster.state != "Enabled":
        return f"its cluster is {cluster.state}"
    zone = view.get(Zone, host.zone_uuid)
    if zone is not None and zone.state != "Enabled":
        return f"its zone is {zone.state}"
    return have.missing(host)
