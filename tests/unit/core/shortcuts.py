"""A shortcut, and packets around it that take it or do not."""

import dataclasses
from ipaddress import ip_network

from hypothesis import strategies as st

from landbridge.core.shortcut import Packet, Shortcut, ShortcutKey

NET_ID = 0x1A
ROUTER_MAC = "0e:52:00:00:00:0a"
NOW = 10**12
MTU = 1400

_DESTINATION = {4: "10.77.0.1", 6: "fd00:77::1"}
_PREFIX = {4: "10.9.0.0/20", 6: "fd00:9::/52"}
_SOURCES = {
    4: ["10.9.0.1", "10.9.15.255", "10.9.16.0", "10.8.255.255", "192.0.2.1"],
    6: ["fd00:9::1", "fd00:9:0:fff:ffff:ffff:ffff:ffff", "fd00:9:0:1000::", "fd00:8::1", "2001:db8::1"],
}
"""First those in the prefix, to its very ends."""


def some_shortcut(family: int = 4, **values: object) -> tuple[ShortcutKey, Shortcut]:
    """A shortcut with other values than usual."""
    made = Shortcut(
        expires=NOW + 1,
        ifindex=1,
        prefix=ip_network(_PREFIX[family]),
        mtu=MTU,
        destination_mac="fa:00:00:00:77:01",
        source_mac="0e:5c:00:00:00:01",
        local=False,
        router=7,
        router_ip="10.9.0.254",
        epoch=2**63 + 1,
        generation=2**40 + 1,
        egress_net_id=0x77,
        vni=7700,
        port=8472,
        router_mac="0e:52:00:00:00:77",
        vtep="192.0.2.77",
    )
    key = ShortcutKey(NET_ID, ROUTER_MAC, _DESTINATION[family])
    return key, dataclasses.replace(made, **values)  # type: ignore[arg-type]  # as passed by the tests


def mostly(usual: object, *others: object) -> st.SearchStrategy[object]:
    """The usual value, so that several conditions rarely fail at once, or one of the others."""
    return st.integers(0, 9).flatmap(lambda n: st.sampled_from(others) if n == 0 else st.just(usual))


@st.composite
def packets(draw: st.DrawFn) -> Packet:
    """Around the shortcut of their family; all headers fit, an extension header and TCP included."""
    family = draw(st.sampled_from([4, 6]))
    inside = draw(st.sampled_from(_SOURCES[family][:2]))
    return Packet(
        net_id=draw(mostly(NET_ID, NET_ID + 1)),  # type: ignore[arg-type]  # as the values given
        destination_mac=draw(mostly(ROUTER_MAC, "0e:52:00:00:00:0b", "fa:00:00:00:00:02")),  # type: ignore[arg-type]
        source=draw(mostly(inside, *_SOURCES[family][2:])),  # type: ignore[arg-type]
        destination=draw(mostly(_DESTINATION[family], _DESTINATION[family] + "1")),  # type: ignore[arg-type]
        hop_limit=draw(st.sampled_from([64, 255, 3, 2]) | st.sampled_from([0, 1, 2])),
        length=draw(st.integers(68, MTU) | st.sampled_from([MTU - 1, MTU, MTU + 1, MTU + 100])),
        plain=draw(mostly(True, False)),  # type: ignore[arg-type]
        protocol=draw(st.sampled_from([1, 6, 17, 47, 58, 132]) | mostly(17, 253)),  # type: ignore[arg-type]
    )
