"""Which route of a vrouter carries packets to an address: its kernel's rules and tables are asked for."""

from collections.abc import Collection, Mapping, Sequence
from ipaddress import IPv4Address
from typing import Annotated, Any

from landbridge.core import effective, lookup, portset
from landbridge.core.api import P, Request, action
from landbridge.core.effective import Row
from landbridge.core.lookup import Packet, Tables, Taken
from landbridge.core.nics import cidr_of, is_guest, nics_of
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.vm import VIRTUAL_ROUTER, VmInstance, VmNic
from landbridge.model.errors import argerr
from landbridge.model.net import is_ipv4
from landbridge.model.questions.router import KernelRoutes, KernelRule
from landbridge.model.router_node import interface_of
from landbridge.services.route_table.actions_effective import PATH, inventory, rows_of

_WITH_PORTS = ("tcp", "udp")


class ExplainVRouterRouteTable(Request, kw_only=True):
    """Which route of a vrouter carries packets to an address, and which would if that one went.

    Policy rules come first.  Those that decide by what is not given here are `exceptions`: they take a part of the
    packets, by routes of their own.  `policyRule`: the rule that takes all that is left.
    `refused`: why packets from there are dropped, if they are.
    """

    virtual_router_vm_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]
    destination: Annotated[str, P(help="IPv4 address that packets are for")]
    source: Annotated[str | None, P(help="IPv4 address that they come from")] = None
    l3_network_uuid: Annotated[
        str | None, P(help="network of the vrouter that they come by; else that of the source", ref=L3_NETWORK.vo)
    ] = None
    protocol: Annotated[str | None, P(help="their protocol", values=(*_WITH_PORTS, "icmp"))] = None
    port: Annotated[int | None, P(help="port that they are for", low=1, high=portset.LAST_PORT)] = None
    source_port: Annotated[int | None, P(help="port that they come from", low=1, high=portset.LAST_PORT)] = None


def explain(ctx: Context, req: ExplainVRouterRouteTable) -> Outcome:
    """SYS.1007 unless addresses are addresses, the vrouter is on the network, and ports are of tcp or udp."""
    for name, address in (("destination", req.destination), ("source", req.source)):
        if address is not None and not is_ipv4(address):
            raise argerr(f"{name}[{address}] is not an IPv4 address")
    if (req.port or req.source_port) and req.protocol not in (None, *_WITH_PORTS):
        raise argerr(f"protocol[{req.protocol}] has no ports: leave them out, or name tcp or udp")
    router = ctx.tx.need(VmInstance, req.virtual_router_vm_uuid)
    nics = nics_of(ctx.tx, router.uuid)
    networks = {interface_of(nic.device_id): nic.l3_network_uuid for nic in nics}
    guest = {interface_of(nic.device_id) for nic in nics if is_guest(nic)}
    packet = Packet(
        destination=req.destination,
        source=req.source,
        interface=_interface(req, router, nics),
        protocol=req.protocol,
        source_port=req.source_port,
        destination_port=req.port,
    )

    def shown(kernel: KernelRoutes, rows: Sequence[Row]) -> Mapping[str, Any]:
        return _explanation(
            packet, Tables(rows, kernel.rules, effective.policy_rows(kernel), kernel.own), networks, guest
        )

    return rows_of(ctx.tx, router.uuid, shown, policies=True)


def _interface(req: ExplainVRouterRouteTable, router: VmInstance, nics: Sequence[VmNic]) -> str | None:
    """By which the packets come, as far as that is known."""
    if req.l3_network_uuid is not None:
        found = next((nic for nic in nics if nic.l3_network_uuid == req.l3_network_uuid), None)
        if found is None:
            raise argerr(
                f"{title(router)} is not on l3NetworkUuid[{req.l3_network_uuid}]: name a network that it is on"
            )
    else:
        found = next((nic for nic in nics if nic.ip and req.source and IPv4Address(req.source) in cidr_of(nic)), None)
    return None if found is None else interface_of(found.device_id)


def _explanation(
    packet: Packet, tables: Tables, networks: Mapping[str, str], guest: Collection[str]
) -> Mapping[str, Any]:
    answer = lookup.look_up(tables, packet)
    shown: dict[str, Any] = {
        "destination": packet.destination,
        "carriedBy": [inventory(row) for row in answer.rows],
        "otherwise": [inventory(row) for row in lookup.look_up(lookup.without(tables, answer.rows), packet).rows],
        "exceptions": [
            _rule(rules, networks) | {"carriedBy": [inventory(row) for row in rows]}
            for rules, rows in _together(answer.exceptions)
        ],
    }
    if answer.rule is not None:
        shown["policyRule"] = _rule([answer.rule], networks)
    back = lookup.way_back(tables, packet, answer.rows)
    if back is not None and packet.interface in guest and not back.exceptions:
        legs = {row.interface for row in back.rows}
        if packet.interface not in legs:
            other = ", ".join(sorted(leg for leg in legs if leg)) or "none"
            shown["refused"] = (
                f"the vrouter drops it: answers to {packet.source} would leave by {other}, not by {packet.interface}"
            )
    return shown


def _together(exceptions: Sequence[Taken]) -> list[tuple[list[KernelRule], list[Row]]]:
    """The kernel has a rule of a user's for each pair of port ranges."""
    found: dict[tuple[int, str], tuple[list[KernelRule], list[Row]]] = {}
    for taken in exceptions:
        found.setdefault((taken.rule.number, taken.rule.interface), ([], taken.rows))[0].append(taken.rule)
    return list(found.values())


def _rule(rules: Sequence[KernelRule], networks: Mapping[str, str]) -> dict[str, Any]:
    """One of a user's rules, by all that the kernel has of it."""
    rule = rules[0]
    fields = {
        "ruleNumber": rule.number,
        "tableNumber": rule.table,
        "interface": rule.interface,
        "l3NetworkUuid": networks.get(rule.interface),
        "sourceIp": rule.source,
        "destIp": rule.destination,
        "protocol": rule.protocol,
        "sourcePort": _ports([one.source_ports for one in rules]),
        "destPort": _ports([one.destination_ports for one in rules]),
    }
    return {name: value for name, value in fields.items() if value}


def _ports(ranges: Sequence[tuple[int, int] | None]) -> str:
    stretches = portset.merged(stretch for stretch in ranges if stretch is not None)
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in stretches)


ACTIONS = (
    action("ExplainVRouterRouteTable", "GET", f"{PATH}/explanation", explain, ExplainVRouterRouteTable,
           message="org.landbridge.APIExplainVRouterRouteTableMsg", mode="sync", result="body",
           fields=(("destination", "string"), ("carriedBy", "array"), ("otherwise", "array"),
                   ("exceptions", "array"), ("policyRule", "object"), ("refused", "string"))),
)  # fmt: skip
