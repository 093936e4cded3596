"""The kernel's connection tracking: end connections whose translation is gone.

Works in the network namespace that it is made in.  Messages: linux/netfilter/nfnetlink_conntrack.h.
"""

import contextlib
import socket
import struct
from collections.abc import Callable, Iterable
from errno import ENOENT
from ipaddress import IPv4Address, IPv4Network

from landbridge.drivers.netlink import NETLINK_NETFILTER, Netlink, Request, attribute, attributes, nested
from landbridge.render.router_nat import Carried

_NFNL_SUBSYS_CTNETLINK = 1
_GET, _DELETE = 1, 2
_CTA_TUPLE_ORIG, _CTA_TUPLE_REPLY, _CTA_ID = 1, 2, 12
_CTA_TUPLE_IP, _CTA_TUPLE_PROTO = 1, 2
_CTA_IP_V4_SRC, _CTA_IP_V4_DST = 1, 2
_CTA_PROTO_NUM, _CTA_PROTO_DST_PORT = 1, 3
_NFGENMSG = struct.pack("!BBH", socket.AF_INET, 0, 0)
_PROTOCOLS = {"TCP": socket.IPPROTO_TCP, "UDP": socket.IPPROTO_UDP}


class Conntrack:
    """Connections of one namespace."""

    def __init__(self) -> None:
        self._netlink = Netlink(protocol=NETLINK_NETFILTER)

    def close(self) -> None:
        """Close the socket."""
        self._netlink.close()

    def end(self, ended: Iterable[Carried]) -> int:
        """Forget the connections that were carried so; how many.

        Their next packets are looked at as new ones.
        """
        to, as_eip = _by_address(ended)
        if not to and not as_eip:
            return 0

        def is_ended(original: dict[int, bytes], ends: dict[int, bytes], back: dict[int, bytes]) -> bool:
            vip = to.get(ends[_CTA_IP_V4_DST])
            guest = as_eip.get(ends[_CTA_IP_V4_SRC])
            return bool(vip and any(_is_of(one, original) for one in vip)) or (
                guest is not None and guest == back[_CTA_IP_V4_DST]
            )

        return self._end(is_ended)

    def end_between(self, pairs: Iterable[tuple[str, str]]) -> int:
        """Forget the connections between two CIDRs of a pair, whoever has begun them; how many."""
        networks = [(IPv4Network(one), IPv4Network(other)) for one, other in pairs]
        if not networks:
            return 0

        def is_between(_original: dict[int, bytes], ends: dict[int, bytes], _back: dict[int, bytes]) -> bool:
            source, target = IPv4Address(ends[_CTA_IP_V4_SRC]), IPv4Address(ends[_CTA_IP_V4_DST])
            return any(
                (source in one and target in other) or (source in other and target in one) for one, other in networks
            )

        return self._end(is_between)

    def _end(self, doom: Callable[[dict[int, bytes], dict[int, bytes], dict[int, bytes]], bool]) -> int:
        """Forget those of which it is true; it is given the original tuple, and the addresses there and back."""
        doomed = []
        for _, body in self._netlink.dump(Request(_NFNL_SUBSYS_CTNETLINK << 8 | _GET, 0, _NFGENMSG)):
            found = attributes(body, len(_NFGENMSG))
            original, reply = attributes(found[_CTA_TUPLE_ORIG]), attributes(found[_CTA_TUPLE_REPLY])
            if doom(original, attributes(original[_CTA_TUPLE_IP]), attributes(reply[_CTA_TUPLE_IP])):
                doomed.append([_deletion(found)])
        with contextlib.suppress(OSError):
            self._netlink.run(doomed)
        return len(doomed)


def _deletion(found: dict[int, bytes]) -> Request:
    """Of one connection, and of no other that has come to have its name."""
    identity = nested(_CTA_TUPLE_ORIG, [found[_CTA_TUPLE_ORIG]]) + attribute(_CTA_ID, found[_CTA_ID])
    return Request(_NFNL_SUBSYS_CTNETLINK << 8 | _DELETE, 0, _NFGENMSG + identity, frozenset({ENOENT}))


def _by_address(ended: Iterable[Carried]) -> tuple[dict[bytes, list[Carried]], dict[bytes, bytes]]:
    """What went to VIPs, by VIP; and who went out as an EIP: guest -> VIP."""
    to: dict[bytes, list[Carried]] = {}
    as_eip = {}
    for one in ended:
        vip = socket.inet_aton(one.vip)
        to.setdefault(vip, []).append(one)
        if not one.protocol:
            as_eip[socket.inet_aton(one.guest)] = vip
    return to, as_eip


def _is_of(one: Carried, original: dict[int, bytes]) -> bool:
    if not one.protocol:
        return True
    proto = attributes(original[_CTA_TUPLE_PROTO])
    if proto[_CTA_PROTO_NUM][0] != _PROTOCOLS[one.protocol] or _CTA_PROTO_DST_PORT not in proto:
        return False
    return one.first <= int.from_bytes(proto[_CTA_PROTO_DST_PORT], "big") <= one.last
