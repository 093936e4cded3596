"""Node objects -> the kernel objects of a host, one function per thing that is rendered whole."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from itertools import chain

from landbridge.core.plan import Key
from landbridge.model.net import relay_mac
from landbridge.model.node import (
    AnyNetwork,
    AnyObject,
    BridgeNetwork,
    DhcpSubnet,
    FloodPeer,
    HostSettings,
    Instance,
    Port,
    PortConnections,
    SecurityGroup,
    VlanNetwork,
    VxlanNetwork,
)
from landbridge.model.node import Relay as RelayObject
from landbridge.model.tracking import CONNECTIONS, TIMEOUTS
from landbridge.render import guard
from landbridge.render import policy as policies
from landbridge.render.kernel import (
    Bridge,
    BridgePort,
    Connections,
    DhcpTable,
    External,
    Filtering,
    Firewall,
    Flood,
    Guest,
    Hook,
    Member,
    Namespace,
    Relay,
    Router,
    Sysctl,
    Tracking,
    Uplink,
    Value,
    Veth,
    Vlan,
    Vxlan,
)
from landbridge.render.kernel_rules import DHCP_KEY, FIREWALL_KEY, TRACKING_KEY

Rendered = Iterator[tuple[Key, Value]]

_UUID_DIGITS = 12


def bridge_name(net_id: int) -> str:
    """The bridge of a network, the same on every host."""
    return f"lb{net_id:x}"


def vxlan_name(net_id: int) -> str:
    """The VXLAN device of a network, the same on every host."""
    return f"vx{net_id:x}"


def vlan_name(net_id: int) -> str:
    """The device of a VLAN network, the same on every host."""
    return f"vl{net_id:x}"


def vm_namespace(tag: str, vm_uuid: str) -> str:
    """The namespace that is a VM of the `netns` driver."""
    return f"{tag}-vm-{vm_uuid[:_UUID_DIGITS]}"


def router_namespace(tag: str, vm_uuid: str) -> str:
    """The namespace of a vrouter."""
    return f"{tag}-vr-{vm_uuid[:_UUID_DIGITS]}"


SYSCTLS = {f"net/bridge/bridge-nf-call-{family}": "0" for family in ("iptables", "ip6tables", "arptables")}
"""What every host needs: else each inet rule of the host would see, and could drop, tenant traffic."""


def host(settings: HostSettings | None, networks: Iterable[AnyNetwork]) -> Rendered:
    """What every host has, whatever it is given."""
    for name, value in SYSCTLS.items():
        yield ("sysctl", name), Sysctl(name, value)
    told = settings.timeouts if settings is not None else {}
    timeouts = tuple(told.get(state, seconds) for state, seconds in TIMEOUTS.items())
    yield TRACKING_KEY, Tracking(timeouts, settings.connections if settings is not None else CONNECTIONS)
    closed, tunnels = [], dict[int, set[str]]()
    for network in networks:
        if not isinstance(network, BridgeNetwork):
            closed.append(bridge_name(network.net_id))
        if isinstance(network, VxlanNetwork):
            tunnels.setdefault(network.port, set()).update(network.vtep_cidrs)
    yield (
        FIREWALL_KEY,
        Firewall(
            closed=tuple(sorted(closed)),
            tunnels=tuple((port, _collapsed(cidrs)) for port, cidrs in sorted(tunnels.items())),
        ),
    )


def _collapsed(cidrs: Iterable[str]) -> tuple[str, ...]:
    """Without overlaps, which a set of intervals refuses: pools may share a port, and one's CIDR be in another's."""
    return tuple(sorted(map(str, collapse_addresses(map(IPv4Network, cidrs)))))


def network(value: AnyNetwork) -> Rendered:
    """A layer 2 network: a bridge, and what connects it with the other hosts."""
    name = bridge_name(value.net_id)
    match value:
        case VxlanNetwork():
            yield ("bridge", name), Bridge(name, value.l2_uuid, value.mtu, closed=True)
            device = vxlan_name(value.net_id)
            yield (
                ("vxlan", device),
                Vxlan(device, value.l2_uuid, value.vni, value.vtep_ip, value.port, value.mtu, name),
            )
        case BridgeNetwork():
            yield ("bridge", name), Bridge(name, value.l2_uuid, None, closed=False)
            yield ("uplink", name), Uplink(name, value.physical_interface)
        case VlanNetwork():
            yield ("bridge", name), Bridge(name, value.l2_uuid, value.mtu, closed=True)
            device = vlan_name(value.net_id)
            yield (
                ("vlan", device),
                Vlan(device, value.l2_uuid, value.physical_interface, value.vlan, value.mtu, name),
            )


def flood(value: FloodPeer, of: AnyNetwork | None) -> Rendered:
    """A flood list entry, unless the peer is this host itself or the network is not here."""
    if isinstance(of, VxlanNetwork) and value.vtep_ip != of.vtep_ip:
        device = vxlan_name(of.net_id)
        yield ("flood", f"{device} {value.vtep_ip}"), Flood(device, value.vtep_ip)


def port(value: Port, machine: Instance | None, tag: str) -> Rendered:
    """An interface of a running machine."""
    if machine is None or not machine.running:
        return
    name = value.ifname
    if machine.driver == "external":
        yield ("interface", name), External(name, value.nic_uuid, value.mac, value.mtu)
    else:
        netns, guest = _namespace(tag, machine), f"eth{value.device_id}"
        yield ("interface", name), Veth(name, value.nic_uuid, netns, guest, value.mac, value.mtu)
    yield ("hook", name), hook(value)
    if not value.enabled:
        return
    if value.standby:
        yield ("port", name), BridgePort(name, "", "")
        return
    # Where another MAC of the port is, only its frames tell: it may move between VMs (VRRP).
    learning = value.role == "vm" and (not value.guarded or bool(guard.extra_macs(value)))
    # A vrouter tells of its own addresses itself: it has more than these.
    addresses = [IPv4Address(one) for one in value.addresses if ":" not in one] if value.role == "vm" else []
    yield (
        ("port", name),
        BridgePort(
            name,
            bridge_name(value.net_id),
            value.mac,
            learning=learning,
            moved=value.announced,
            addresses=tuple(addresses),
        ),
    )


def connections(value: PortConnections) -> Rendered:
    """Of a port on standby, before it is opened."""
    yield ("connections", value.ifname), Connections(value.ifname, value.data)


def relay(value: RelayObject, settings: HostSettings | None) -> Rendered:
    """A machine that was on this host."""
    device = vxlan_name(value.net_id)
    source = relay_mac(settings.number if settings is not None else 0)
    yield ("relay", f"{device} {value.mac}"), Relay(device, value.mac, source)


def hook(value: Port) -> Hook:
    """What the programs at a port know of it."""
    router = value.role == "router"
    guarded = value.guarded and not router
    ipv4 = next((address for address in value.addresses if ":" not in address), None)
    filtering = None
    if value.filter is not None and value.filter.groups:
        name = policies.policy_name(value.filter.groups)
        filtering = Filtering(name, value.filter.ingress, value.filter.egress)
    return Hook(
        ifname=value.ifname,
        net_id=value.net_id,
        mac=value.mac,
        domain=value.domain,
        router=router,
        guarded=guarded,
        address=ipv4 if guarded else None,
        sources=guard.sources(value) if guarded else (),
        extra_macs=guard.extra_macs(value),
        filtering=filtering,
        sent_rate=value.outbound,
        received_rate=value.inbound,
        standby=value.standby or not value.enabled,
    )


def policy(name: str, groups: Sequence[SecurityGroup]) -> Rendered:
    """The rules of the groups of some ports, in their order."""
    yield ("policy", name), policies.policy(name, tuple(chain.from_iterable(group.rules for group in groups)))


def member_name(group: int, domain: int, address: str) -> str:
    """Name of an address in a security group."""
    return f"{group} {domain} {address}"


def member(name: str) -> Rendered:
    """An address in a security group, whoever has it."""
    group, domain, address = name.split()
    yield ("member", name), Member(int(group), int(domain), address)


def machine(value: Instance, ports: Iterable[Port], routing: Mapping[str, AnyObject], tag: str) -> Rendered:
    """A VM or a vrouter that runs; a stopped one is nothing on the host, nor is one that somebody else runs."""
    if not value.running or value.driver == "external":
        return
    netns = _namespace(tag, value)
    yield ("namespace", netns), Namespace(netns)
    interfaces = tuple(sorted(ports, key=lambda port: port.device_id))
    if value.driver == "netns":
        yield ("guest", value.vm_uuid), Guest(netns, value, interfaces)
    else:
        legs = tuple(port.ifname for port in interfaces)
        asked = (value.boot, value.reconnect)
        yield ("router", value.vm_uuid), Router(value.vm_uuid, netns, tuple(sorted(routing.items())), legs, asked)


def dhcp(ports: Mapping[str, Port], subnets: Mapping[str, DhcpSubnet], *, joined: bool) -> Rendered:
    """The DHCP responder's table.

    A host that has joined has a responder before its first port, whose VM then need not wait for
    a process to start.
    """
    if ports or joined:
        yield (
            DHCP_KEY,
            DhcpTable(tuple(ports[uuid] for uuid in sorted(ports)), tuple(subnets[uuid] for uuid in sorted(subnets))),
        )


def _namespace(tag: str, value: Instance) -> str:
    name = vm_namespace if value.driver == "netns" else router_namespace
    return name(tag, value.vm_uuid)
