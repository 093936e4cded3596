"""What a host knows of itself and its own ports; where other machines are it does not know."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Key:
    """`id` names it on the wire."""

    id: int
    secret: bytes


@dataclass(frozen=True, slots=True)
class Network:
    """A VXLAN network that the host has.  `port`: UDP; `vtep_cidrs`: where the pool's VTEPs are."""

    net_id: int
    vni: int
    port: int
    vtep: str
    mtu: int
    vtep_cidrs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LocalPort:
    """A VM's port on this host, in force.  `shared`: others may have its addresses, too (allowed pairs)."""

    net_id: int
    ip: str
    mac: str
    shared: bool = False
    generation: int = 0


@dataclass(frozen=True, slots=True)
class HostFacts:
    """Replaced as a whole when something changes.

    networks  by net_id
    ports     by (net_id, address)
    routers   (vrouter's number, net_id) -> keys, the signing one first: who may shorten what here
    mac       the source MAC of this host's short frames
    vteps     in the flood lists of its networks, its own as well: one that is in none any more has moved or gone
    """

    mac: str
    networks: Mapping[int, Network] = field(default_factory=dict)
    ports: Mapping[tuple[int, str], LocalPort] = field(default_factory=dict)
    routers: Mapping[tuple[int, int], tuple[Key, ...]] = field(default_factory=dict)
    vteps: frozenset[str] = frozenset()

    @property
    def own_vteps(self) -> set[str]:
        """This host's, in whatever network."""
        return {network.vtep for network in self.networks.values()}

    def some_port(self, net_id: int, prefer: str = "") -> LocalPort | None:
        """A port of a network to speak for: the preferred address, else any."""
        preferred = self.ports.get((net_id, prefer))
        if preferred is not None:
            return preferred
        return next((port for (where, _), port in sorted(self.ports.items()) if where == net_id), None)

    def vtep_towards(self, net_id: int, ingress: int) -> str | None:
        """Where this host is reached by whoever is in a network that it may not have itself."""
        network = self.networks.get(net_id) or self.networks.get(ingress)
        return None if network is None else network.vtep
