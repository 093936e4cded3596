"""Actions on what a network tells its VMs: DNS servers, host routes, MTU; and its own addresses."""

from typing import Annotated

from landbridge.core import ipam
from landbridge.core.api import P, Request, action
from landbridge.core.mtu import l3_mtu, underlays
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3_NETWORK, IpRange, L3Dns, L3HostRoute, L3Network
from landbridge.model.errors import argerr, operr
from landbridge.model.net import cidr_or_none, ip_number, is_ipv4
from landbridge.services.l3 import dhcp

_HEADER = "org.zstack.header.network"
_FLAT = "org.zstack.network.service.flat"


class OnL3(Request, kw_only=True):
    """An action on one L3 network."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]


class AddDnsToL3Network(OnL3, kw_only=True):
    """Add a DNS server that the network's VMs are told."""

    dns: Annotated[str, P(help="its IPv4 address")]


class RemoveDnsFromL3Network(OnL3, kw_only=True):
    """Take a DNS server from a network."""

    dns: Annotated[str, P(help="its address")]


class AddHostRouteToL3Network(OnL3, kw_only=True):
    """Add a route that the network's VMs are told."""

    prefix: Annotated[str, P(help="destination, an IPv4 CIDR")]
    nexthop: Annotated[str, P(help="IPv4 address of the next hop")]


class RemoveHostRouteFromL3Network(OnL3, kw_only=True):
    """Take a host route from a network."""

    prefix: Annotated[str, P(help="destination of the route")]


class SetL3NetworkMtu(OnL3, kw_only=True):
    """Set the size of the largest packet in a network."""

    mtu: Annotated[int, P(help="bytes", low=68, high=9216)]


class GetL3NetworkMtu(OnL3, kw_only=True):
    """The size of the largest packet in a network."""


class SetL3NetworkRouterInterfaceIp(OnL3, kw_only=True):
    """Give the router's interface another address than the gateway."""

    router_interface_ip: Annotated[str, P(help="an address of the subnet outside of the ranges")]


class GetL3NetworkRouterInterfaceIp(OnL3, kw_only=True):
    """The address of the router's interface in a network."""


class GetL3NetworkDhcpIpAddress(OnL3, kw_only=True):
    """The address that DHCP is answered from, the same on every host."""


class ChangeL3NetworkDhcpIpAddress(OnL3, kw_only=True):
    """Answer DHCP from another address of the network's ranges."""

    dhcp_server_ip: Annotated[str | None, P(help="the new address", nonempty=True)] = None
    dhcpv6_server_ip: Annotated[str | None, P(help="there is no DHCPv6 yet", nonempty=True)] = None


def add_dns(ctx: Context, req: AddDnsToL3Network) -> Outcome:
    """SYS.1007 if it is no address, SYS.1006 if the network has it."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    if not is_ipv4(req.dns):
        raise argerr(f"dns[{req.dns}] is not an IPv4 address")
    if any(dns.dns == req.dns for dns in ctx.tx.find(L3Dns, l3_network_uuid=l3.uuid)):
        raise operr(f"{ipam.named(l3)} has DNS server[{req.dns}] already")
    ctx.tx.put(L3Dns(uuid=ctx.tx.new_uuid(), l3_network_uuid=l3.uuid, dns=req.dns))
    return Outcome(inventory=(L3_NETWORK, l3.uuid))


def remove_dns(ctx: Context, req: RemoveDnsFromL3Network) -> Outcome:
    """Absent is fine."""
    for dns in ctx.tx.find(L3Dns, l3_network_uuid=req.l3_network_uuid):
        if dns.dns == req.dns:
            ctx.tx.delete(dns)
    return Outcome(inventory=(L3_NETWORK, req.l3_network_uuid))


def add_host_route(ctx: Context, req: AddHostRouteToL3Network) -> Outcome:
    """SYS.1007 for bad addresses, SYS.1006 if the network has a route there."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    network = cidr_or_none(req.prefix)
    if network is None:
        raise argerr(f"prefix[{req.prefix}] is not an IPv4 CIDR, e.g. 10.1.0.0/16")
    if not is_ipv4(req.nexthop):
        raise argerr(f"nexthop[{req.nexthop}] is not an IPv4 address")
    prefix = str(network)
    if any(route.prefix == prefix for route in ctx.tx.find(L3HostRoute, l3_network_uuid=l3.uuid)):
        raise operr(f"{ipam.named(l3)} has a host route to {prefix} already: remove it first")
    ctx.tx.put(L3HostRoute(uuid=ctx.tx.new_uuid(), l3_network_uuid=l3.uuid, prefix=prefix, nexthop=req.nexthop))
    return Outcome(inventory=(L3_NETWORK, l3.uuid))


def remove_host_route(ctx: Context, req: RemoveHostRouteFromL3Network) -> Outcome:
    """Absent is fine."""
    wanted = str(cidr_or_none(req.prefix) or req.prefix)
    for route in ctx.tx.find(L3HostRoute, l3_network_uuid=req.l3_network_uuid):
        if route.prefix == wanted:
            ctx.tx.delete(route)
    return Outcome(inventory=(L3_NETWORK, req.l3_network_uuid))


def set_mtu(ctx: Context, req: SetL3NetworkMtu) -> Outcome:
    """SYS.1007 if a host's underlay is too narrow for it."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    l3.mtu = req.mtu
    _check_hosts(ctx.tx, l3, req.mtu)
    ctx.tx.put(l3)
    return Outcome()


def get_mtu(ctx: Context, req: GetL3NetworkMtu) -> Outcome:
    """What was set, or the default of the L2 network's type."""
    return Outcome(body={"mtu": l3_mtu(ctx.tx, ctx.tx.need(L3Network, req.l3_network_uuid))})


def set_router_ip(ctx: Context, req: SetL3NetworkRouterInterfaceIp) -> Outcome:
    """SYS.1007 unless it is a host address of the subnet that no range hands out."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    ip = req.router_interface_ip
    if not is_ipv4(ip):
        raise argerr(f"routerInterfaceIp[{ip}] is not an IPv4 address")
    ranges = ipam.normal_ranges(ctx.tx, l3.uuid)
    if not ranges:
        raise argerr(f"{ipam.named(l3)} has no IP range yet, so no address is its router's: add a range first")
    if not _is_host(ranges[0], ip):
        raise argerr(f"routerInterfaceIp[{ip}] is no host address of {ranges[0].network_cidr}")
    inside = ipam.range_of(ctx.tx, l3.uuid, ip)
    if inside is not None:
        raise argerr(
            f"routerInterfaceIp[{ip}] is inside of IP range[uuid:{inside.uuid}, {inside.start_ip}-{inside.end_ip}], "
            "whose addresses go to VMs: choose one outside"
        )
    l3.router_ip = ip
    ctx.tx.put(l3)
    return Outcome()


def get_router_ip(ctx: Context, req: GetL3NetworkRouterInterfaceIp) -> Outcome:
    """The set one, else the gateway."""
    ip = ipam.router_address(ctx.tx, ctx.tx.need(L3Network, req.l3_network_uuid))
    return Outcome(body={} if ip is None else {"routerInterfaceIp": ip})


def get_dhcp_ip(ctx: Context, req: GetL3NetworkDhcpIpAddress) -> Outcome:
    """Nothing while DHCP is not attached or there is no range."""
    ip = ctx.tx.need(L3Network, req.l3_network_uuid).dhcp_ip
    return Outcome(body={} if ip is None else {"ip": ip})


def change_dhcp_ip(ctx: Context, req: ChangeL3NetworkDhcpIpAddress) -> Outcome:
    """SYS.1007 outside of the ranges, SYS.1006 if somebody has it or DHCP is not served."""
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    if req.dhcp_server_ip is None or req.dhcpv6_server_ip is not None:
        raise argerr("dhcpServerIp is needed, and there is no DHCPv6 server to change")
    if l3.dhcp_ip is None:
        raise operr(f"{ipam.named(l3)} has no DHCP server: attach the DHCP service and add an IP range")
    dhcp.change(ctx.tx, l3, req.dhcp_server_ip)
    return Outcome(body={"dhcpServerIp": req.dhcp_server_ip})


def _check_hosts(tx: Tx, l3: L3Network, mtu: int) -> None:
    l2 = tx.need(L2Network, l3.l2_network_uuid)
    for under in underlays(tx, l2):
        if under.carries < mtu:
            wanted = mtu + under.mtu - under.carries
            raise argerr(
                f"{ipam.named(l3)} cannot have MTU {mtu}: interface[{under.interface}] of "
                f"host[uuid:{under.host_uuid}] has MTU {under.mtu}, not {wanted}: "
                f"raise it, or take {under.carries} at most"
            )


def _is_host(ip_range: IpRange, ip: str) -> bool:
    network = cidr_or_none(ip_range.network_cidr)
    return network is not None and int(network.network_address) < ip_number(ip) < int(network.broadcast_address)


_PATH = "/l3-networks/{l3NetworkUuid}"

ACTIONS = (
    action(
        "AddDnsToL3Network",
        "POST",
        f"{_PATH}/dns",
        add_dns,
        AddDnsToL3Network,
        message=f"{_HEADER}.l3.APIAddDnsToL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "RemoveDnsFromL3Network",
        "DELETE",
        f"{_PATH}/dns/{{dns}}",
        remove_dns,
        RemoveDnsFromL3Network,
        message=f"{_HEADER}.l3.APIRemoveDnsFromL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "AddHostRouteToL3Network",
        "POST",
        f"{_PATH}/hostroute",
        add_host_route,
        AddHostRouteToL3Network,
        message=f"{_HEADER}.l3.APIAddHostRouteToL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "RemoveHostRouteFromL3Network",
        "DELETE",
        f"{_PATH}/hostroute",
        remove_host_route,
        RemoveHostRouteFromL3Network,
        message=f"{_HEADER}.l3.APIRemoveHostRouteFromL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "SetL3NetworkMtu",
        "POST",
        f"{_PATH}/mtu",
        set_mtu,
        SetL3NetworkMtu,
        message=f"{_HEADER}.l3.APISetL3NetworkMtuMsg",
        result="none",
    ),
    action(
        "GetL3NetworkMtu",
        "GET",
        f"{_PATH}/mtu",
        get_mtu,
        GetL3NetworkMtu,
        message=f"{_HEADER}.l3.APIGetL3NetworkMtuMsg",
        mode="sync",
        result="body",
        fields=(("mtu", "integer"),),
    ),
    action(
        "SetL3NetworkRouterInterfaceIp",
        "POST",
        f"{_PATH}/router-interface-ip",
        set_router_ip,
        SetL3NetworkRouterInterfaceIp,
        message=f"{_HEADER}.l3.APISetL3NetworkRouterInterfaceIpMsg",
        result="none",
    ),
    action(
        "GetL3NetworkRouterInterfaceIp",
        "GET",
        f"{_PATH}/router-interface-ip",
        get_router_ip,
        GetL3NetworkRouterInterfaceIp,
        message=f"{_HEADER}.l3.APIGetL3NetworkRouterInterfaceIpMsg",
        mode="sync",
        result="body",
        fields=(("routerInterfaceIp", "string"),),
    ),
    action(
        "GetL3NetworkDhcpIpAddress",
        "GET",
        f"{_PATH}/dhcp-ip",
        get_dhcp_ip,
        GetL3NetworkDhcpIpAddress,
        message=f"{_FLAT}.APIGetL3NetworkDhcpIpAddressMsg",
        mode="sync",
        result="body",
        fields=(("ip", "string"), ("ip6", "string")),
    ),
    action(
        "ChangeL3NetworkDhcpIpAddress",
        "PUT",
        f"{_PATH}/dhcp-ip",
        change_dhcp_ip,
        ChangeL3NetworkDhcpIpAddress,
        message=f"{_FLAT}.APIChangeL3NetworkDhcpIpAddressMsg",
        result="body",
        fields=(("dhcpServerIp", "string"), ("dhcpv6ServerIp", "string")),
    ),
)
