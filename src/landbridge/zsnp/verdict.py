"""Whether a vrouter has to see the packets of a flow itself: from what its kernel does with them at this moment.

An entry is for every source, protocol and port of the ingress subnet.  What tells these apart in a vrouter (policy
routes; what will: firewall stages, limits) has to refuse here, by name.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, ip_address

from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.router import Allowed, Flow, Forbidden, Verdict


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet of the vrouter; `address` and `mac` are the vrouter's there.  `port`: UDP, of the tunnels."""

    net_id: int
    vni: int
    port: int
    cidr: IPv4Network
    address: str
    mac: str


@dataclass(frozen=True, slots=True)
class Way:
    """What the kernel does with a packet: out by `leg`, to `via` (None: straight to its destination)."""

    leg: str
    via: str | None


@dataclass(frozen=True, slots=True)
class Diversion:
    """A policy rule about packets that come by `leg`, from `source` to `destination` (None: any).

    routes: where the table leads that some of them, or all, look into.
    """

    leg: str
    source: IPv4Network | None
    destination: IPv4Network | None
    routes: tuple[IPv4Network, ...]

    def concerns(self, leg: str, subnet: IPv4Network, destination: str) -> bool:
        """Whether it may have anything to do with packets from a subnet to a machine."""
        address = IPv4Address(destination)
        return (
            leg == self.leg
            and (self.source is None or self.source.overlaps(subnet))
            and (self.destination is None or address in self.destination)
            and any(address in network for network in self.routes)
        )


def judge(
    flow: Flow,
    subnets: Mapping[str, Subnet],
    own: Collection[str],
    way: Way | None,
    mac: str | None,
    *,
    diversions: Collection[Diversion] = (),
) -> Verdict:
    """The verdict.

    subnets  by leg, those whose machines may have shortcuts.  own: the vrouter's addresses
    way      None: the kernel drops it.  mac: of the destination, by the neighbour table; None: not resolved
    """
    source = ip_address(flow.source)
    leg, ingress = next(((leg, subnet) for leg, subnet in subnets.items() if source in subnet.cidr), ("", None))
    egress = subnets.get(way.leg) if way is not None else None
    if ingress is None:
        return Forbidden("the source is in no overlay subnet of the vrouter")
    if flow.destination in own:
        return Forbidden("the destination is the vrouter itself")
    if any(one.concerns(leg, ingress.cidr, flow.destination) for one in diversions):
        return Forbidden("a policy route decides about such packets")
    if way is None:
        return Forbidden("the vrouter has no route to the destination, or a black hole")
    if egress is None:
        return Forbidden("the destination is in no overlay subnet of the vrouter")
    if way.via is not None:
        return Forbidden("the route to the destination has a next hop", way.via)
    if egress is ingress:
        return Forbidden("both are in the same subnet")
    if mac is None:
        return Forbidden("the vrouter does not know the destination's MAC")
    target = Target(flow.destination, mac, egress.net_id, egress.vni, egress.port, egress.mac)
    return Allowed(ingress.address, Ingress(ingress.net_id, str(ingress.cidr), ingress.mac), target)
