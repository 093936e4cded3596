"""In what order a host's kernel objects come and go: what others need, what waits, what can only be made anew."""

from collections.abc import Iterable

from landbridge.core.plan import Key, Rules
from landbridge.render.kernel import (
    Bridge,
    BridgePort,
    External,
    Filtering,
    Flood,
    Guest,
    Hook,
    Relay,
    Router,
    Uplink,
    Value,
    Veth,
    Vlan,
    Vxlan,
)

KIND_ORDER = (
    "sysctl",
    "tracking",
    "firewall",
    "namespace",
    "bridge",
    "vxlan",
    "uplink",
    "vlan",
    "flood",
    "interface",
    "member",
    "policy",
    "connections",
    "hook",
    "port",
    "relay",
    "dhcp",
    "guest",
    "router",
)
"""What others need comes first.  Deletes run it backwards."""

DHCP_KEY: Key = ("dhcp", "table")
FIREWALL_KEY: Key = ("firewall", "landbridge")
TRACKING_KEY: Key = ("tracking", "connections")


def needs(value: Value) -> Iterable[Key]:
    """What the value cannot exist without; in the kernel it vanishes with them."""
    match value:
        case Vxlan() | Uplink() | Vlan():
            return (("bridge", value.bridge),)
        case Flood() | Relay():
            return (("vxlan", value.device),)
        case Veth():
            return (("namespace", value.netns),)
        case Hook(filtering=Filtering(policy=policy)):
            return (("interface", value.ifname), ("policy", policy))
        case Hook():
            return (("interface", value.ifname),)
        case BridgePort():
            # The readiness gate: no bridge and no carrier before the programs are in force.
            ready = (("interface", value.ifname), ("hook", value.ifname))
            return (("bridge", value.bridge), *ready) if value.bridge else ready
        case Guest() | Router():
            return (("namespace", value.netns),)
        case _:
            return ()


def waits_for(value: Value) -> Iterable[Key]:
    """What must be there before the value is made or changed, though it would survive the loss."""
    match value:
        case Bridge(closed=True):
            # Another readiness gate: nothing of a tenant's before the host is closed to it.
            return [FIREWALL_KEY]
        case Guest():
            return [("port", port.ifname) for port in value.ports if port.enabled]
        case Router():
            return [("port", leg) for leg in value.legs]
        case _:
            return ()


def replaces(before: Value, after: Value) -> bool:
    """Whether the kernel has no way from one to the other but anew."""
    match before, after:
        case Vxlan(), Vxlan():
            return (before.vni, before.port) != (after.vni, after.port)
        case Uplink(), Uplink():
            return before != after
        case Bridge(), Bridge():
            # The host's addresses are in it, or nothing of the host's.
            return before.closed != after.closed
        case Veth(), Veth():
            return (before.netns, before.guest, before.mac) != (after.netns, after.guest, after.mac)
        case External(), External():
            # Another machine's: nothing that is known of the port may pass on to it.
            return (before.nic_uuid, before.mac) != (after.nic_uuid, after.mac)
        case Veth() | External(), Veth() | External():
            return True
        case _:
            return False


NEEDED = frozenset({"namespace", "bridge", "vxlan", "interface", "policy", "hook"})
"""Kinds that `needs` names."""

RULES: Rules[Value] = Rules(KIND_ORDER, needs, replaces, NEEDED)
