"""Routers that shortcuts lead past, in the senders' networks: for whom the host answers when they are dead.

What is in the map follows from the shortcuts, of which the keys begin with the router's: see bpf/lib/gateway.h.
"""

import socket
from collections import defaultdict
from collections.abc import Iterable, Mapping

from landbridge.core.shortcut import Shortcut
from landbridge.drivers import records
from landbridge.drivers.bpf_map import Map


class Gateways:
    """Of one host; shortcuts are named by their packed keys.  Not thread-safe."""

    def __init__(self, map_: Map) -> None:
        self._map = map_
        self._users: defaultdict[bytes, set[bytes]] = defaultdict(set)

    def read(self, shortcuts: Iterable[bytes]) -> None:
        """These are in force, entered by whomever."""
        self._users.clear()
        for key in shortcuts:
            self._users[_gateway(key)].add(key)

    def put(self, entries: Mapping[bytes, Shortcut]) -> None:
        """These are entered, or have another end: the router's is the last one.

        Raises:
            BpfError: there are too many.
        """
        found: dict[bytes, tuple[int, str]] = {}
        for key, entry in entries.items():
            gateway = _gateway(key)
            self._users[gateway].add(key)
            found[gateway] = max(found.get(gateway, (0, "")), (entry.expires, entry.router_ip))
        self._map.update(
            {
                gateway: records.GATEWAY.pack(expires, socket.inet_aton(address), 0)
                for gateway, (expires, address) in found.items()
                if ":" not in address
            }
        )

    def drop(self, key: bytes) -> None:
        """This one is gone; a router past which none leads any more answers for itself alone."""
        gateway = _gateway(key)
        self._users[gateway].discard(key)
        if not self._users[gateway]:
            del self._users[gateway]
            self._map.delete(gateway)


def _gateway(key: bytes) -> bytes:
    return key[: records.GATEWAY_KEY.size]
