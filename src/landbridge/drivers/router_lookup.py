"""What a vrouter's kernel would do with a packet, and who a neighbour is: single look-ups, some 50 µs each."""

import socket
import struct
from errno import ENODEV

from landbridge.drivers.netlink import Netlink, Request, as_int, attribute, attributes, u32
from landbridge.drivers.rtnl import NDA_DST, NDA_LLADDR, NDMSG, mac_text

_RTM_NEWROUTE, _RTM_GETROUTE, _RTM_GETNEIGH = 24, 26, 30
_RTA_DST, _RTA_SRC, _RTA_IIF, _RTA_OIF, _RTA_GATEWAY = 1, 2, 3, 4, 5
_RTMSG = struct.Struct("=BBBBBBBBI")
"""rtmsg: family, destination bits, source bits, TOS, table, protocol, scope, type, flags."""
_ADDRESS_BITS = 32
_UNICAST = 1
_VALID = 0x02 | 0x04 | 0x08 | 0x10 | 0x80
"""NUD_REACHABLE, STALE, DELAY, PROBE, PERMANENT: the address is known."""


class RouterLookup:
    """In the network namespace of the thread that opens it."""

    def __init__(self) -> None:
        self._netlink = Netlink()

    def route(self, leg: str, source: str, destination: str) -> tuple[str, str | None] | None:
        """For a packet that comes by a leg: by which leg it goes on, and by which next hop; None: not at all."""
        header = _RTMSG.pack(socket.AF_INET, _ADDRESS_BITS, _ADDRESS_BITS, 0, 0, 0, 0, 0, 0)
        ends = attribute(_RTA_DST, socket.inet_aton(destination)) + attribute(_RTA_SRC, socket.inet_aton(source))
        try:
            index = socket.if_nametoindex(leg)
        except OSError:
            return None
        found = self._netlink.get(Request(_RTM_GETROUTE, 0, header + ends + u32(_RTA_IIF, index)))
        if found is None or found[0] != _RTM_NEWROUTE or _RTMSG.unpack_from(found[1])[7] != _UNICAST:
            return None
        data = attributes(found[1], _RTMSG.size)
        gateway = data.get(_RTA_GATEWAY)
        try:
            out = socket.if_indextoname(as_int(data.get(_RTA_OIF)))
        except OSError:
            return None
        return out, None if gateway is None else socket.inet_ntoa(gateway)

    def neighbour(self, leg: str, address: str) -> str | None:
        """The MAC of a machine behind a leg, if the kernel knows it."""
        try:
            index = socket.if_nametoindex(leg)
        except OSError as error:
            if error.errno == ENODEV:
                return None
            raise
        header = NDMSG.pack(socket.AF_INET, index, 0, 0, 0)
        found = self._netlink.get(Request(_RTM_GETNEIGH, 0, header + attribute(NDA_DST, socket.inet_aton(address))))
        if found is None or not NDMSG.unpack_from(found[1])[2] & _VALID:
            return None
        mac = attributes(found[1], NDMSG.size).get(NDA_LLADDR)
        return None if mac is None else mac_text(mac)

    def close(self) -> None:
        """Close the netlink socket."""
        self._netlink.close()
