"""Route-netlink requests for links, forwarding entries and classifiers (linux/if_link.h, rtnetlink(7)).

Requests name links by name where the kernel lets them, so that one send can create and change.
"""

import errno
import socket
import struct
from collections.abc import Sequence

from landbridge.drivers.netlink import (
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    Request,
    attribute,
    attributes,
    nested,
    text,
    u8,
    u16be,
    u32,
)

RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK = 16, 17, 18
RTM_NEWADDR, RTM_DELADDR = 20, 21
RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH = 28, 29, 30
RTM_NEWQDISC, RTM_DELQDISC = 36, 37
RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER = 44, 45, 46

RTMGRP_LINK, RTMGRP_NEIGH, RTMGRP_TC, RTMGRP_IPV4_IFADDR = 0x1, 0x4, 0x8, 0x10

IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINK, IFLA_MASTER = 1, 3, 4, 5, 10
IFLA_PROTINFO, IFLA_LINKINFO, IFLA_IFALIAS, IFLA_AF_SPEC = 12, 18, 20, 26
_IFLA_NET_NS_FD, _IFLA_EXT_MASK = 28, 29
_RTEXT_FILTER_SKIP_STATS = 0x8
IFLA_INFO_KIND, IFLA_INFO_DATA, IFLA_INFO_SLAVE_KIND, IFLA_INFO_SLAVE_DATA = 1, 2, 4, 5
IFLA_VXLAN_ID, IFLA_VXLAN_LOCAL, IFLA_VXLAN_PORT = 1, 4, 15
_IFLA_VXLAN_TTL, _IFLA_VXLAN_LEARNING, _IFLA_VXLAN_UDP_CSUM = 5, 7, 18
IFLA_BOND_MODE = 1
_IFLA_BR_STP_STATE, _IFLA_BR_MCAST_SNOOPING = 5, 23
IFLA_BRPORT_LEARNING, IFLA_BRPORT_UNICAST_FLOOD = 8, 9
_VETH_INFO_PEER = 1
IFLA_INET_CONF, IFLA_INET6_CONF, _IFLA_INET6_ADDR_GEN_MODE = 1, 2, 8
IPV4_DEVCONF_ARP_IGNORE = 19
DEVCONF_DISABLE_IPV6 = 26
_IN6_ADDR_GEN_MODE_EUI64, _IN6_ADDR_GEN_MODE_NONE = 0, 1
IFF_UP, IFF_PROMISC = 0x1, 0x100

NDA_DST, NDA_LLADDR, _NDA_IFINDEX, NDA_MASTER = 1, 2, 8, 9
NUD_REACHABLE, NUD_NOARP, NUD_PERMANENT = 0x02, 0x40, 0x80
NTF_SELF, NTF_MASTER, NTF_EXT_LEARNED = 0x02, 0x04, 0x10
FLOOD_MAC = "00:00:00:00:00:00"
"""The forwarding entries of a VXLAN device for what has no known destination."""

TC_H_CLSACT, TC_INGRESS, TC_EGRESS = 0xFFFFFFF1, 0xFFFFFFF2, 0xFFFFFFF3
TCA_KIND, TCA_OPTIONS = 1, 2
_TCA_BPF_FD, _TCA_BPF_NAME, _TCA_BPF_FLAGS, TCA_BPF_ID = 6, 7, 8, 11
_TCA_BPF_FLAG_ACT_DIRECT = 1
_FILTER_HANDLE = 1
LINK_PRIORITY, WIRE_PRIORITY = 1, 0x4C42
"""Of our classifiers: at links of ours, where there are no others, and at physical interfaces, where there may be."""
_ETH_P_ALL = 3

IFINFO = struct.Struct("=BxHiII")
"""ifinfomsg: family, type, index, flags, change mask."""
NDMSG = struct.Struct("=BxxxiHBB")
"""ndmsg: family, index, state, flags, type."""
TCMSG = struct.Struct("=BxxxiIII")
"""tcmsg: family, index, handle, parent, info."""

_CREATE = NLM_F_CREATE | NLM_F_EXCL
_ABSENT = frozenset({errno.ENODEV, errno.ENOENT, errno.EADDRNOTAVAIL})


def mac_bytes(mac: str) -> bytes:
    """Six bytes of `aa:bb:cc:dd:ee:ff`."""
    return bytes.fromhex(mac.replace(":", ""))


def mac_text(data: bytes) -> str:
    """Inverse of `mac_bytes`."""
    return data.hex(":")


# ---- links --------------------------------------------------------------------------------


def add_bridge(name: str) -> Request:
    """A bridge without spanning tree; multicast is flooded, for nobody here queries."""
    data = [u32(_IFLA_BR_STP_STATE, 0), u8(_IFLA_BR_MCAST_SNOOPING, 0)]
    return _add(name, "bridge", data)


def add_vxlan(name: str, vni: int, local: str, port: int, *, learning: bool = True) -> Request:
    """A VXLAN device (RFC 7348), without UDP checksums over IPv4."""
    data = [
        u32(IFLA_VXLAN_ID, vni),
        _local(local),
        u16be(IFLA_VXLAN_PORT, port),
        u8(_IFLA_VXLAN_TTL, 64),
        u8(_IFLA_VXLAN_LEARNING, learning),
        u8(_IFLA_VXLAN_UDP_CSUM, 0),
    ]
    return _add(name, "vxlan", data)


def add_ifb(name: str) -> Request:
    """A device that sends nothing by itself: what no program leads elsewhere is dropped."""
    return _add(name, "ifb", [])


def add_veth(name: str, netns: int, guest: str, mac: str, mtu: int) -> Request:
    """A veth pair; `netns` is an open namespace, where the other end appears as `guest`."""
    peer = IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + b"".join(
        (
            text(IFLA_IFNAME, guest),
            attribute(IFLA_ADDRESS, mac_bytes(mac)),
            u32(IFLA_MTU, mtu),
            u32(_IFLA_NET_NS_FD, netns),
        )
    )
    return _add(name, "veth", [attribute(_VETH_INFO_PEER, peer)], u32(IFLA_MTU, mtu))


def set_link(
    link: str | int,
    *,
    up: bool | None = None,
    mtu: int | None = None,
    alias: str | None = None,
    master: int | None = None,
    mac: str | None = None,
    promiscuous: bool | None = None,
) -> Request:
    """Change a link, by name or index.  `master` 0: leave the bridge."""
    attributes = []
    if mtu is not None:
        attributes.append(u32(IFLA_MTU, mtu))
    if alias is not None:
        attributes.append(attribute(IFLA_IFALIAS, alias.encode()))
    if master is not None:
        attributes.append(u32(IFLA_MASTER, master))
    if mac is not None:
        attributes.append(attribute(IFLA_ADDRESS, mac_bytes(mac)))
    flags = change = 0
    for flag, wanted in ((IFF_UP, up), (IFF_PROMISC, promiscuous)):
        if wanted is not None:
            change |= flag
            flags |= flag if wanted else 0
    return _change(link, attributes, flags, change)


def set_stack(link: str | int, *, arp_ignore: int, ipv6_address: bool) -> Request:
    """How the host's own stack shows on a link.

    `arp_ignore`: 8 answers no ARP request, 1 only those for the link's own addresses;
    `ipv6_address`: whether it makes itself a link-local address.
    """
    inet = nested(socket.AF_INET, [nested(IFLA_INET_CONF, [u32(IPV4_DEVCONF_ARP_IGNORE, arp_ignore)])])
    mode = _IN6_ADDR_GEN_MODE_EUI64 if ipv6_address else _IN6_ADDR_GEN_MODE_NONE
    inet6 = nested(socket.AF_INET6, [u8(_IFLA_INET6_ADDR_GEN_MODE, mode)])
    return _change(link, [nested(IFLA_AF_SPEC, [inet, inet6])])


def set_vxlan_local(link: str | int, local: str) -> Request:
    """Move a VXLAN device to another VTEP address."""
    return _change(link, [_info("vxlan", [_local(local)])])


def set_bridge_port(link: str | int, *, learning: bool, flood: bool) -> Request:
    """How a link that is in a bridge takes part."""
    data = [u8(IFLA_BRPORT_LEARNING, learning), u8(IFLA_BRPORT_UNICAST_FLOOD, flood)]
    info = [text(IFLA_INFO_SLAVE_KIND, "bridge"), nested(IFLA_INFO_SLAVE_DATA, data)]
    return _change(link, [nested(IFLA_LINKINFO, info)])


def delete_link(link: str | int) -> Request:
    """Remove a link; absent is fine."""
    name, index = _link(link)
    return Request(RTM_DELLINK, 0, IFINFO.pack(socket.AF_UNSPEC, 0, index, 0, 0) + name, _ABSENT)


def get_link(link: str | int) -> Request:
    """Ask for one link, without its counters."""
    name, index = _link(link)
    mask = u32(_IFLA_EXT_MASK, _RTEXT_FILTER_SKIP_STATS)
    return Request(RTM_GETLINK, 0, IFINFO.pack(socket.AF_UNSPEC, 0, index, 0, 0) + name + mask)


def get_links() -> Request:
    """Ask for all links, without their counters."""
    mask = u32(_IFLA_EXT_MASK, _RTEXT_FILTER_SKIP_STATS)
    return Request(RTM_GETLINK, 0, IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0) + mask)


# ---- forwarding entries -------------------------------------------------------------------


def add_flood(device: int, peer: str) -> Request:
    """One more VTEP in a VXLAN device's flood list; the same twice is once."""
    return Request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_APPEND, _flood(device, peer))


def delete_flood(device: int, peer: str) -> Request:
    """One VTEP less; absent is fine."""
    return Request(RTM_DELNEIGH, 0, _flood(device, peer), _ABSENT)


def set_station(port: int, mac: str) -> Request:
    """A static entry in the bridge: this address is behind this port."""
    return Request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, _station(port, mac))


def delete_station(port: int, mac: str) -> Request:
    """Remove a static entry; absent is fine."""
    return Request(RTM_DELNEIGH, 0, _station(port, mac), _ABSENT)


def get_stations(device: int = 0) -> Request:
    """Ask for all forwarding entries of bridges and VXLAN devices, or of one."""
    only = u32(_NDA_IFINDEX, device) if device else b""
    return Request(RTM_GETNEIGH, 0, NDMSG.pack(socket.AF_BRIDGE, 0, 0, 0, 0) + only)


def learned_from(body: bytes, device: int, vtep: str) -> str | None:
    """The MAC of a forwarding entry, if the VXLAN device has learned it from frames of this VTEP."""
    family, index, state, flags, _ = NDMSG.unpack_from(body)
    made = state & (NUD_NOARP | NUD_PERMANENT) or flags & NTF_EXT_LEARNED
    if family != socket.AF_BRIDGE or index != device or made or not flags & NTF_SELF:
        return None
    data = attributes(body, NDMSG.size)
    return mac_text(data[NDA_LLADDR]) if data.get(NDA_DST) == socket.inet_aton(vtep) else None


def set_remote(device: int, mac: str, vtep: str) -> Request:
    """A station behind a VTEP, which neither ages nor keeps a moved one's frames from being learnt."""
    return Request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, _remote(device, mac, vtep))


def delete_remote(device: int, mac: str, vtep: str) -> Request:
    """Remove it; absent is fine."""
    return Request(RTM_DELNEIGH, 0, _remote(device, mac, vtep), _ABSENT)


def get_remote(device: int, mac: str) -> Request:
    """Ask a VXLAN device where a station is, however it knows."""
    header = NDMSG.pack(socket.AF_BRIDGE, device, 0, NTF_SELF, 0)
    return Request(RTM_GETNEIGH, 0, header + attribute(NDA_LLADDR, mac_bytes(mac)))


# ---- classifiers --------------------------------------------------------------------------


def add_clsact(link: int) -> Request:
    """The place where eBPF programs hook in."""
    body = TCMSG.pack(0, link, TC_H_CLSACT & 0xFFFF0000, TC_H_CLSACT, 0) + text(TCA_KIND, "clsact")
    return Request(RTM_NEWQDISC, _CREATE, body, frozenset({errno.EEXIST}))


def delete_clsact(link: int) -> Request:
    """Take every program off; none there is fine."""
    body = TCMSG.pack(0, link, TC_H_CLSACT & 0xFFFF0000, TC_H_CLSACT, 0)
    return Request(RTM_DELQDISC, 0, body, _ABSENT | {errno.EINVAL})


def replace_filter(
    link: int, parent: int, program: int, name: str, *, acts: bool = True, priority: int = LINK_PRIORITY
) -> Request:
    """Attach a program (an open descriptor), or put it in the place of the one that is there.

    acts  it says what becomes of packets (TC_ACT_*), not to which class they belong
    """
    info = priority << 16 | socket.htons(_ETH_P_ALL)
    options = [
        u32(_TCA_BPF_FD, program),
        text(_TCA_BPF_NAME, name),
        u32(_TCA_BPF_FLAGS, _TCA_BPF_FLAG_ACT_DIRECT if acts else 0),
    ]
    body = TCMSG.pack(0, link, _FILTER_HANDLE, parent, info) + text(TCA_KIND, "bpf") + nested(TCA_OPTIONS, options)
    return Request(RTM_NEWTFILTER, NLM_F_CREATE, body)


def delete_filter(link: int, parent: int, *, priority: int = LINK_PRIORITY) -> Request:
    """Take our program off; none there, or no such link, is fine."""
    body = TCMSG.pack(0, link, _FILTER_HANDLE, parent, priority << 16 | socket.htons(_ETH_P_ALL))
    return Request(RTM_DELTFILTER, 0, body + text(TCA_KIND, "bpf"), _ABSENT | {errno.EINVAL})


def is_ours(handle: int, info: int) -> bool:
    """Whether a classifier with this handle and info (of `TCMSG`) is, or was, one of ours.  0: all of a priority."""
    return info >> 16 in (LINK_PRIORITY, WIRE_PRIORITY) and handle in (0, _FILTER_HANDLE)


def get_filters(link: int, parent: int) -> Request:
    """Ask for the classifiers at one place."""
    return Request(RTM_GETTFILTER, 0, TCMSG.pack(0, link, 0, parent, 0))


# ---- pieces -------------------------------------------------------------------------------


def _add(name: str, kind: str, data: Sequence[bytes], extra: bytes = b"") -> Request:
    header = IFINFO.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    return Request(RTM_NEWLINK, _CREATE, header + text(IFLA_IFNAME, name) + extra + _info(kind, data))


def _change(link: str | int, attributes: Sequence[bytes], flags: int = 0, change: int = 0) -> Request:
    name, index = _link(link)
    header = IFINFO.pack(socket.AF_UNSPEC, 0, index, flags, change)
    return Request(RTM_NEWLINK, 0, header + name + b"".join(attributes))


def _info(kind: str, data: Sequence[bytes]) -> bytes:
    return nested(IFLA_LINKINFO, [text(IFLA_INFO_KIND, kind), nested(IFLA_INFO_DATA, data)])


def _link(link: str | int) -> tuple[bytes, int]:
    return (text(IFLA_IFNAME, link), 0) if isinstance(link, str) else (b"", link)


def _local(address: str) -> bytes:
    return attribute(IFLA_VXLAN_LOCAL, socket.inet_aton(address))


def _flood(device: int, peer: str) -> bytes:
    header = NDMSG.pack(socket.AF_BRIDGE, device, NUD_PERMANENT | NUD_NOARP, NTF_SELF, 0)
    destination = attribute(NDA_DST, socket.inet_aton(peer))
    return header + attribute(NDA_LLADDR, mac_bytes(FLOOD_MAC)) + destination


def _remote(device: int, mac: str, vtep: str) -> bytes:
    header = NDMSG.pack(socket.AF_BRIDGE, device, NUD_REACHABLE, NTF_SELF | NTF_EXT_LEARNED, 0)
    return header + attribute(NDA_LLADDR, mac_bytes(mac)) + attribute(NDA_DST, socket.inet_aton(vtep))


def _station(port: int, mac: str) -> bytes:
    header = NDMSG.pack(socket.AF_BRIDGE, port, NUD_NOARP, NTF_MASTER, 0)
    return header + attribute(NDA_LLADDR, mac_bytes(mac))
