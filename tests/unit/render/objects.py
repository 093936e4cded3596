"""Node objects of a small host, and strategies of changes to them."""

from typing import Any, Literal

from hypothesis import strategies as st

from landbridge.model.node import (
    AnyObject,
    BridgeNetwork,
    DhcpBinding,
    DhcpSubnet,
    Filter,
    FloodPeer,
    GroupMember,
    HostSettings,
    Instance,
    Port,
    SecurityGroup,
    SecurityRule,
    VxlanNetwork,
)
from landbridge.model.router_node import RouterRoute

Entry = tuple[str, str]
L2 = "a" * 32
L3 = "b" * 32
OWN_VTEP = "192.0.2.1"
GROUPS = ("d" * 32, "e" * 32)


def uuid(number: int) -> str:
    """A uuid whose first digits differ."""
    return f"{number:012x}" + "0" * 20


def vm_key(number: int) -> str:
    """Node key of a machine."""
    return f"vm/{uuid(number)}"


def port_key(number: int) -> str:
    """Node key of a machine's interface."""
    return f"port/{uuid(number)}"


def network(net_id: int = 5, l2_uuid: str = L2, vtep: str = OWN_VTEP) -> tuple[str, AnyObject]:
    """A VXLAN network."""
    value = VxlanNetwork(l2_uuid=l2_uuid, net_id=net_id, vni=net_id + 1000, vtep_ip=vtep, port=8472, mtu=1450)
    return f"l2/{l2_uuid}", value


def flat(net_id: int = 5, l2_uuid: str = L2) -> tuple[str, AnyObject]:
    """A NoVlan network."""
    return f"l2/{l2_uuid}", BridgeNetwork(l2_uuid=l2_uuid, net_id=net_id, physical_interface="eth1", mtu=1500)


def flood(vtep: str, l2_uuid: str = L2) -> tuple[str, AnyObject]:
    """A flood list entry."""
    return f"flood/{l2_uuid}/{vtep}", FloodPeer(l2_uuid=l2_uuid, vtep_ip=vtep)


def port(
    number: int,
    *,
    net_id: int = 5,
    l2_uuid: str = L2,
    dhcp: bool = False,
    mtu: int = 1450,
    groups: tuple[str, ...] = (),
) -> Port:
    """A machine's interface."""
    ip = f"10.0.{number >> 8}.{number & 255}"
    return Port(
        nic_uuid=uuid(number),
        vm_uuid=uuid(number),
        l2_uuid=l2_uuid,
        net_id=net_id,
        ifname=f"vnic{number}.0",
        device_id=0,
        mac=f"fa:00:00:00:{number >> 8:02x}:{number & 255:02x}",
        addresses=(ip,),
        mtu=mtu,
        dhcp=DhcpBinding(l3_uuid=L3, ip=ip, hostname=f"vm-{number}", default=True) if dhcp else None,
        filter=Filter(groups=groups, ingress="DROP", egress="ACCEPT") if groups else None,
    )


def rule(number: int, **values: Any) -> SecurityRule:
    """A rule that lets TCP in, unless told otherwise."""
    fields = {"direction": "Ingress", "family": 4, "protocol": "TCP", "action": "ACCEPT", **values}
    return SecurityRule(uuid=f"{number:032x}", number=number, **fields)


def group(place: int, *rules: SecurityRule) -> SecurityGroup:
    """A security group of `GROUPS`."""
    return SecurityGroup(uuid=GROUPS[place], number=place + 1, rules=rules)


def machine(
    number: int, driver: Literal["netns", "router"] = "netns", *, boot: int = 1, running: bool = True
) -> list[tuple[str, AnyObject]]:
    """A machine with one interface."""
    value = Instance(vm_uuid=uuid(number), name=f"vm-{number}", driver=driver, running=running, boot=boot)
    return [(vm_key(number), value), (port_key(number), port(number))]


def route(number: int) -> tuple[str, AnyObject]:
    """A route of a vrouter."""
    key = f"route/{uuid(number)}/0.0.0.0/0/1"
    return key, RouterRoute(destination="0.0.0.0/0", via="192.0.2.254", distance=1)


def subnet(lease: int = 3600) -> tuple[str, AnyObject]:
    """How the subnet's DHCP is answered."""
    value = DhcpSubnet(
        l3_uuid=L3,
        server_ip="10.0.0.2",
        server_mac="0e:dc:00:00:00:05",
        prefix_len=16,
        network_cidr="10.0.0.0/16",
        gateway="10.0.0.1",
        mtu=1450,
        lease_seconds=lease,
    )
    return f"dhcp/{L3}", value


NETWORKS = (L2, "c" * 32)


@st.composite
def changes(draw: st.DrawFn) -> dict[Entry, AnyObject | None]:
    """Some node objects new, otherwise or gone."""
    found: dict[Entry, AnyObject | None] = {}
    for place, l2_uuid in enumerate(NETWORKS):
        options: list[tuple[str, AnyObject]] = [
            network(5 + place, l2_uuid),
            network(5 + place, l2_uuid, vtep="192.0.2.7"),
            flat(5 + place, l2_uuid),
        ]
        _maybe(draw, found, "host:h", f"l2/{l2_uuid}", [value for _, value in options])
        for vtep in (OWN_VTEP, "192.0.2.7", "192.0.2.8"):
            key, value = flood(vtep, l2_uuid)
            _maybe(draw, found, f"net:{l2_uuid}", key, [value])
    for number in (1, 2, 3):
        driver: Literal["netns", "router"] = "router" if number == 3 else "netns"
        machines = [machine(number, driver, boot=boot, running=running)[0][1] for boot, running in _STATES]
        _maybe(draw, found, "host:h", vm_key(number), machines)
        ports: list[AnyObject] = [
            port(number, net_id=5 + place, l2_uuid=l2_uuid, dhcp=dhcp, mtu=mtu)
            for place, l2_uuid in enumerate(NETWORKS)
            for dhcp, mtu in ((False, 1450), (True, 1450), (True, 1400))
        ]
        ports += [port(number, groups=groups) for groups in (GROUPS, GROUPS[:1], GROUPS[::-1])]
        _maybe(draw, found, "host:h", port_key(number), ports)
    for place, uuid_ in enumerate(GROUPS):
        _maybe(draw, found, f"group:{uuid_}", f"group/{uuid_}", [group(place), group(place, rule(1 + place))])
        for nic in ("a", "b"):
            member = GroupMember(group=place + 1, domain=5, addresses=("10.0.0.8",))
            both = GroupMember(group=place + 1, domain=5, addresses=("10.0.0.8", "fe80::1"))
            _maybe(draw, found, f"members:{uuid_}", f"member/{uuid_}/{nic}", [member, both])
    _maybe(draw, found, f"router:{uuid(3)}", route(3)[0], [route(3)[1]])
    _maybe(draw, found, f"dhcp:{L3}", subnet()[0], [subnet()[1], subnet(60)[1]])
    _maybe(draw, found, "host:h", "host", [HostSettings(uuid="h", name="host-1", number=1)])
    return found


_STATES = ((1, True), (2, True), (2, False))


def _maybe(
    draw: st.DrawFn, found: dict[Entry, AnyObject | None], scope: str, key: str, values: list[AnyObject]
) -> None:
    if draw(st.booleans()):
        found[scope, key] = draw(st.sampled_from([None, *values]))
