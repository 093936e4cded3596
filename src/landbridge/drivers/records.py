"""The structs in the maps, as Python sees them; those of bpf/ are what they must equal."""

import errno
import struct
from collections import namedtuple
from collections.abc import Iterable, Mapping
from typing import Any

from landbridge.drivers.bpf import BpfError
from landbridge.drivers.btf import Field


class Record:
    """A packed struct: fields with their formats (struct module), in order, without holes.

    `unpack` gives a named tuple; `pack` takes the values in order.
    """

    def __init__(self, name: str, **formats: str) -> None:
        self.name = name
        self._formats = formats
        self._struct = struct.Struct("=" + "".join(formats.values()))
        self._tuple = namedtuple(name, formats)  # type: ignore[misc]  # made from data: every record is another
        self.size = self._struct.size

    def pack(self, *values: object) -> bytes:
        """Bytes of the given values."""
        return self._struct.pack(*values)

    def unpack(self, data: bytes) -> Any:
        """Values by name."""
        return self._tuple(*self._struct.unpack(data))

    def fields(self) -> tuple[Field, ...]:
        """Where each member lies."""
        found, offset = [], 0
        for name, format_ in self._formats.items():
            size = struct.calcsize("=" + format_)
            found.append(Field(name, offset, size))
            offset += size
        return tuple(found)

    def differs(self, structs: Mapping[str, tuple[Field, ...]]) -> str | None:
        """In what way the compiled object has it otherwise; None: it does not."""
        theirs = structs.get(self.name)
        if theirs == self.fields():
            return None
        return f"struct {self.name} is {theirs or 'missing'} there, {self.fields()} here"


def check(records: Iterable[Record], structs: Mapping[str, tuple[Field, ...]]) -> None:
    """Compare them with what an object describes.

    Raises:
        BpfError: one is another there.
    """
    for record in records:
        if why := record.differs(structs):
            raise BpfError(errno.EINVAL, f"the eBPF object is not of this agent's version: {why}")


PORT = Record("port", policy="Q", net_id="I", domain="I", slot="I", address="4s", mac="6s", flags="H")
PORT_STATS = Record("port_stats", sent_packets="Q", sent_bytes="Q", received_packets="Q", received_bytes="Q")
LIMITS = Record("limits", sent_rate="Q", sent_due="Q", received_rate="Q", received_due="Q")
DROP_KEY = Record("drop_key", port="I", rule="I", reason="H", reserved="6s")
RULE_KEY = Record("rule_key", port="I", rule="I")
COUNTER = Record("counter", packets="Q", bytes="Q")
SOURCE_KEY = Record("source_key", prefix_len="I", slot="I", address="16s")
SOURCE = Record("source", count="H", macs="102s")
MAC_KEY = Record("mac_key", slot="I", mac="6s", reserved="H")
PROGRAM_KEY = Record("program_key", policy="Q", egress="B", family="B", protocol="B", reserved="5s")
PROGRAM = Record("program", place="Q", digest="Q")
TEST = Record("test", operand="16s", first="H", last="H", yes="H", no="H", kind="B", prefix_len="B", reserved="6s")
MEMBER_KEY = Record("member_key", group="I", domain="I", address="16s")
CONNECTION_KEY = Record(
    "connection_key",
    local="16s",
    remote="16s",
    local_port="H",
    remote_port="H",
    protocol="B",
    by_fragment_id="B",
    reserved="H",
)
CONNECTION = Record("connection", seen="Q", epoch="I", rule="I", flags="H", egress="B", reserved="5s")
SETTINGS = Record("settings", epoch="I", timeouts="44s", connections="I")
WATCH = Record("watch", until="Q", began="Q", told="Q")
EVENT = Record(
    "event",
    time="Q",
    port="I",
    rule="I",
    length="I",
    reason="H",
    egress="B",
    captured="B",
    head="96s",
)
SHORTCUT_KEY = Record("shortcut_key", net_id="I", router_mac="6s", reserved="H", destination="16s")
SHORTCUT = Record(
    "shortcut",
    expires="Q",
    ifindex="I",
    slot="I",
    prefix="16s",
    mtu="H",
    prefix_len="B",
    flags="B",
    destination_mac="6s",
    source_mac="6s",
    epoch="Q",
    generation="Q",
    router="I",
    egress_net_id="I",
    vni="I",
    port="H",
    router_mac="6s",
    router_ip="16s",
    vtep="16s",
    reserved="I",
)
ROUTER_MAC = Record("router_mac", mac="6s", reserved="H")
GATEWAY_KEY = Record("gateway_key", net_id="I", router_mac="6s", reserved="H")
GATEWAY = Record("gateway", expires="Q", address="4s", reserved="I")
ASKED_KEY = Record("asked_key", port="I", address="4s")
RELAY_KEY = Record("relay_key", device="I", mac="6s", reserved="H")
RELAY = Record("relay", source_mac="6s", reserved="H")
VLAN_KEY = Record("vlan_key", interface="I", vlan="H", reserved="H")
SIGNAL = Record("signal", port="I", length="I", captured="H", reserved="H", frame="576s")

FLOW_SETTINGS = Record("flow_settings", packets="Q", bytes="Q", window="Q")
WANTED = Record(
    "wanted", ifindex="I", egress="I", source="16s", destination="16s", source_mac="6s", destination_mac="6s"
)

SHAPE_KEY = Record("shape_key", vip="4s", port="2s", egress="H")

OF_NIC = (
    PORT,
    PORT_STATS,
    LIMITS,
    DROP_KEY,
    RULE_KEY,
    COUNTER,
    SOURCE_KEY,
    SOURCE,
    MAC_KEY,
    PROGRAM_KEY,
    PROGRAM,
    TEST,
    MEMBER_KEY,
    CONNECTION_KEY,
    CONNECTION,
    SETTINGS,
    WATCH,
    EVENT,
    SHORTCUT_KEY,
    SHORTCUT,
    ROUTER_MAC,
    GATEWAY_KEY,
    GATEWAY,
    ASKED_KEY,
    RELAY_KEY,
    RELAY,
    VLAN_KEY,
    SIGNAL,
)
"""In the object of the ports' programs (bpf/nic.c)."""

OF_ROUTER = (FLOW_SETTINGS, WANTED)
"""In that of the routers' (bpf/router.c)."""

OF_SHAPER = (SHAPE_KEY,)
"""In that of the shapers' (bpf/shape.c)."""

KEY = struct.Struct("=I")
"""Of maps that are keyed by a number."""
