"""A network interface as the kernel describes it, and how we recognise ours.

Ours are the links whose alias begins with `landbridge:`: those that we made, and those of others that
we took as the ports of machines.  The alias also says what cannot be read from here: the far end of a
veth pair, or how it was before we took it.
"""

import socket
from collections import defaultdict
from dataclasses import dataclass

from landbridge.drivers import rtnl
from landbridge.drivers.netlink import as_int, as_text, attributes

ALIAS_PREFIX = "landbridge:"
CLOSED_ARP_IGNORE = 8
"""sysctl arp_ignore: answer no ARP request at all."""
OPEN_ARP_IGNORE = 1
"""Answer only for addresses of the interface that was asked on."""


@dataclass(frozen=True, slots=True)
class Link:
    """A network interface of this host's namespace."""

    index: int
    name: str
    alias: str
    kind: str
    mac: str
    mtu: int
    up: bool
    promiscuous: bool
    master: int
    vni: int
    local: str
    port: int
    learning: bool
    flood: bool
    closed: bool
    bond_mode: int | None = None
    """Of a bond (linux/if_bonding.h)."""

    @property
    def ours(self) -> bool:
        """Whether an agent of ours made or took it."""
        return self.alias.startswith(ALIAS_PREFIX)

    @property
    def is_port(self) -> bool:
        """Whether it is the host side of a machine's interface."""
        return self.ours and "nic" in note(self)

    @property
    def is_vlan(self) -> bool:
        """Whether it stands for a VLAN of a physical interface (`drivers.trunks`)."""
        return self.ours and bool(note(self)["over"])

    @property
    def is_sender(self) -> bool:
        """Whether it only sends into a network that the host does not have (`drivers.tunnels`)."""
        return self.ours and bool(note(self)["sender"])


def alias(**parts: str) -> str:
    """What is written on a link of ours."""
    return ALIAS_PREFIX + " ".join(f"{name}={value}" for name, value in parts.items())


def note(link: Link) -> defaultdict[str, str]:
    """What `alias` wrote; what is not there is empty."""
    found: defaultdict[str, str] = defaultdict(str)
    for part in link.alias.removeprefix(ALIAS_PREFIX).split():
        name, _, value = part.partition("=")
        found[name] = value
    return found


def parse_link(body: bytes) -> Link:
    """Decode the body of an RTM_NEWLINK."""
    _, _, index, flags, _ = rtnl.IFINFO.unpack_from(body)
    data = attributes(body, rtnl.IFINFO.size)
    info = attributes(data.get(rtnl.IFLA_LINKINFO, b""))
    kind = as_text(info.get(rtnl.IFLA_INFO_KIND))
    vxlan = attributes(info.get(rtnl.IFLA_INFO_DATA, b"")) if kind == "vxlan" else {}
    member = attributes(info.get(rtnl.IFLA_INFO_SLAVE_DATA, b""))
    bond = attributes(info.get(rtnl.IFLA_INFO_DATA, b"")) if kind == "bond" else {}
    local = vxlan.get(rtnl.IFLA_VXLAN_LOCAL)
    return Link(
        index=index,
        name=as_text(data.get(rtnl.IFLA_IFNAME)),
        alias=as_text(data.get(rtnl.IFLA_IFALIAS)),
        kind=kind,
        mac=rtnl.mac_text(data.get(rtnl.IFLA_ADDRESS, b"")),
        mtu=as_int(data.get(rtnl.IFLA_MTU)),
        up=bool(flags & rtnl.IFF_UP),
        promiscuous=bool(flags & rtnl.IFF_PROMISC),
        master=as_int(data.get(rtnl.IFLA_MASTER)),
        vni=as_int(vxlan.get(rtnl.IFLA_VXLAN_ID)),
        local="" if local is None else socket.inet_ntoa(local),
        port=int.from_bytes(vxlan.get(rtnl.IFLA_VXLAN_PORT, b""), "big"),
        learning=bool(as_int(member.get(rtnl.IFLA_BRPORT_LEARNING))),
        flood=bool(as_int(member.get(rtnl.IFLA_BRPORT_UNICAST_FLOOD))),
        closed=_closed(data.get(rtnl.IFLA_AF_SPEC, b"")),
        bond_mode=as_int(bond[rtnl.IFLA_BOND_MODE]) if rtnl.IFLA_BOND_MODE in bond else None,
    )


def _closed(spec: bytes) -> bool:
    """Whether the host's own stack answers nothing on this link: no ARP, no IPv6."""
    families = attributes(spec)
    inet = attributes(families.get(socket.AF_INET, b"")).get(rtnl.IFLA_INET_CONF, b"")
    inet6 = attributes(families.get(socket.AF_INET6, b"")).get(rtnl.IFLA_INET6_CONF)
    arp_ignore = as_int(inet[4 * (rtnl.IPV4_DEVCONF_ARP_IGNORE - 1) :][:4])
    ipv6_off = inet6 is None or bool(as_int(inet6[4 * rtnl.DEVCONF_DISABLE_IPV6 :][:4]))
    return arp_ignore == CLOSED_ARP_IGNORE and ipv6_off
