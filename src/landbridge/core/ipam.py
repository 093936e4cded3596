"""Addresses of L3 networks: who has which.

The claim `ip/<l3>` on the address's number decides; the `UsedIp` document beside it is what
queries see.  Two callers can therefore never get one address, whatever they read before.
"""

from landbridge.core import reserved
from landbridge.core.view import Tx, View
from landbridge.model.documents.l3 import IpRange, L3Network, UsedIp
from landbridge.model.errors import ApiError, argerr, operr
from landbridge.model.net import ip_number, ip_text, is_ipv4

NORMAL = "Normal"
ADDRESS_POOL = "AddressPool"


def claim_scope(l3_uuid: str) -> str:
    """The scope in which an L3 network's addresses are claimed."""
    return f"ip/{l3_uuid}"


def named(l3: L3Network) -> str:
    """An L3 network as errors name it."""
    return f"L3 network[uuid:{l3.uuid}, name:{l3.name}]"


def normal_ranges(view: View, l3_uuid: str) -> list[IpRange]:
    """The ranges that NICs get addresses from, oldest first."""
    return [r for r in view.find(IpRange, l3_network_uuid=l3_uuid) if r.ip_range_type == NORMAL]


def contains(ip_range: IpRange, number: int) -> bool:
    """Whether an address (as a number) lies in a range."""
    return ip_number(ip_range.start_ip) <= number <= ip_number(ip_range.end_ip)


def range_of(view: View, l3_uuid: str, ip: str) -> IpRange | None:
    """The range an address lies in."""
    number = ip_number(ip)
    return next((r for r in view.find(IpRange, l3_network_uuid=l3_uuid) if contains(r, number)), None)


def allocate(
    tx: Tx,
    l3: L3Network,
    owner: str,
    used_for: str,
    *,
    static_ip: str | None = None,
    within: IpRange | None = None,
    vm_nic_uuid: str | None = None,
) -> UsedIp:
    """Take an address of a network: the asked one, or a free one of its ranges (or of one of them).

    `owner` is the uuid that holds the claim.  The gateway lies in no range and the DHCP
    server's address is in use, so neither is ever handed out.

    Raises: L3.1000 when nothing is free; for an asked address SYS.1007 when it is none of the
    network's ranges' and SYS.1006 when somebody has it or it is reserved.
    """
    if static_ip is not None:
        used = _used(tx, _asked_range(tx, l3, static_ip), static_ip, used_for, vm_nic_uuid)
        return _take(tx, l3, used, owner)
    ranges = normal_ranges(tx, l3.uuid) if within is None else [within]
    for ip_range in ranges:
        for low, high in reserved.open_spans(tx, ip_range):
            number = tx.claim_free(claim_scope(l3.uuid), low, high, owner)
            if number is not None:
                used = _used(tx, ip_range, ip_text(number), used_for, vm_nic_uuid)
                tx.put(used)
                return used
    why = "all addresses are in use: add an IP range or free some" if ranges else "it has no IP range: add one"
    raise ApiError("L3.1000", f"no free IP address in {named(l3)}; {why}")


def router_address(view: View, l3: L3Network) -> str | None:
    """The address of the router's interface in a network; None while it has no range."""
    ranges = normal_ranges(view, l3.uuid)
    return (l3.router_ip or ranges[0].gateway) if ranges else None


def allocate_router(tx: Tx, l3: L3Network, owner: str, used_for: str, vm_nic_uuid: str | None = None) -> UsedIp:
    """Take the address of the router's interface, which lies outside of the ranges.

    Raises: SYS.1006 when there is no range yet, or another router has the address.
    """
    ranges = normal_ranges(tx, l3.uuid)
    if not ranges:
        raise operr(f"{named(l3)} has no IP range: add one first")
    used = _used(tx, ranges[0], l3.router_ip or ranges[0].gateway, used_for, vm_nic_uuid)
    used.ip_range_uuid = None
    return _take(tx, l3, used, owner)


def release(tx: Tx, used: UsedIp) -> None:
    """Give an address back."""
    tx.release(claim_scope(used.l3_network_uuid), used.ip_in_long)
    tx.delete(used)


def _asked_range(tx: Tx, l3: L3Network, ip: str) -> IpRange:
    if not is_ipv4(ip):
        raise argerr(f"{ip} is not an IPv4 address")
    found = range_of(tx, l3.uuid, ip)
    if found is None:
        raise argerr(f"IP address[{ip}] is in no IP range of {named(l3)}: choose one of its ranges' addresses")
    kept = reserved.holding(tx, l3.uuid, ip)
    if kept is not None:
        raise operr(
            f"IP address[{ip}] of {named(l3)} is reserved by range[uuid:{kept.uuid}, {kept.start_ip}-{kept.end_ip}]: "
            "choose another, or delete the reserved range"
        )
    return found


def _used(tx: Tx, ip_range: IpRange, ip: str, used_for: str, vm_nic_uuid: str | None) -> UsedIp:
    return UsedIp(
        uuid=tx.new_uuid(),
        l3_network_uuid=ip_range.l3_network_uuid,
        ip_range_uuid=ip_range.uuid,
        ip=ip,
        netmask=ip_range.netmask,
        gateway=ip_range.gateway,
        ip_in_long=ip_number(ip),
        used_for=used_for,
        vm_nic_uuid=vm_nic_uuid,
    )


def _take(tx: Tx, l3: L3Network, used: UsedIp, owner: str) -> UsedIp:
    scope = claim_scope(l3.uuid)
    # an owner's second claim of a key succeeds, but here even the same owner may not have it twice
    if tx.claim_owner(scope, used.ip_in_long) or not tx.claim(scope, used.ip_in_long, owner):
        holder = tx.first(UsedIp, l3_network_uuid=l3.uuid, ip=used.ip)
        by = f" by {holder.used_for}[uuid:{holder.vm_nic_uuid or holder.uuid}]" if holder else ""
        raise operr(f"IP address[{used.ip}] of {named(l3)} is already in use{by}")
    tx.put(used)
    return used
