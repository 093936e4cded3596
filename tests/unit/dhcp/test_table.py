"""The responder's table: who is answered, what is written down, and the difference that is sent."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from landbridge.model.node import DhcpBinding, DhcpSubnet
from landbridge.services.dhcp import message as dhcp
from landbridge.services.dhcp.leases import PortEntry
from landbridge.services.dhcp.message import Message, encode
from landbridge.services.dhcp.table import Table, TableChange, difference, mac_bytes
from tests.unit.dhcp.test_frames import arp, to_server
from tests.unit.dhcp.test_responder import SUBNET

ENTRY = PortEntry(
    nic_uuid="nic",
    vm_uuid="vm",
    mac="fa:00:00:00:00:01",
    binding=DhcpBinding(l3_uuid="l3", ip="10.1.0.10", hostname="web", default=True),
)


def table() -> Table:
    made = Table()
    made.change(TableChange(ports={"vnic1.0": ENTRY}, subnets={"l3": SUBNET}))
    return made


def discover(mac: str = ENTRY.mac) -> bytes:
    request = Message(op=dhcp.BOOTREQUEST, xid=1, chaddr=mac_bytes(mac), options={53: bytes((dhcp.DISCOVER,))})
    return to_server(encode(request))


def test_a_known_port_is_answered_and_written_down() -> None:
    known = table()
    frame, lease = known.respond("vnic1.0", discover(), now=1000.0)
    assert frame is not None
    assert frame[6:12] == mac_bytes(SUBNET.server_mac)
    assert lease is not None
    assert (lease.event, lease.ip, lease.at, lease.state) == ("offer", "10.1.0.10", 1000.0, "Offered")
    assert known.leases == {"nic": lease}
    assert known.counters == {"offer": 1}


def test_unknown_interfaces_and_strangers_are_not() -> None:
    known = table()
    assert known.respond("eth0", discover(), 0) == (None, None)
    assert known.respond("vnic1.0", discover("fa:00:00:00:00:02"), 0) == (None, None)
    assert known.respond("vnic1.0", to_server(b"no dhcp" * 50), 0) == (None, None)
    assert known.respond("vnic1.0", arp(bytes((10, 1, 0, 77))), 0) == (None, None)
    assert known.leases == {}


def test_a_port_whose_subnet_is_not_known_yet_is_not() -> None:
    known = table()
    known.change(TableChange(gone_subnets=("l3",)))
    assert known.respond("vnic1.0", discover(), 0) == (None, None)


def test_arp_for_the_server_is_answered() -> None:
    frame, lease = table().respond("vnic1.0", arp(bytes((10, 1, 0, 2))), 0)
    assert lease is None
    assert frame is not None
    assert frame[20:22] == b"\x00\x02"
    assert frame[22:28] == mac_bytes(SUBNET.server_mac)


names = st.sampled_from(("vnic1.0", "vnic2.0", "vnic3.0"))
entries = st.builds(lambda ip: msgspec.structs.replace(ENTRY, mac=f"fa:00:00:00:00:0{ip}"), st.integers(0, 9))
subnets = st.builds(lambda seconds: msgspec.structs.replace(SUBNET, lease_seconds=seconds), st.integers(1, 5))
worlds = st.tuples(st.dictionaries(names, entries), st.dictionaries(st.sampled_from(("l3", "m3")), subnets))


@given(st.lists(worlds, min_size=2, max_size=5))
def test_differences_lead_to_the_last_world_and_the_journal_to_the_same(
    steps: list[tuple[dict[str, PortEntry], dict[str, DhcpSubnet]]],
) -> None:
    live, journal = Table(), []
    ports: dict[str, PortEntry] = {}
    nets: dict[str, DhcpSubnet] = {}
    for new_ports, new_nets in steps:
        change = difference(ports, new_ports, nets, new_nets)
        live.change(change)
        journal.append(msgspec.json.encode(change))
        ports, nets = new_ports, new_nets
    assert (live.ports, live.subnets) == steps[-1]

    replayed = Table()
    for line in journal:
        replayed.change(msgspec.json.decode(line, type=TableChange))
    assert (replayed.ports, replayed.subnets) == steps[-1]

    other = Table()
    other.change(TableChange(ports={"vnic9.0": ENTRY}))
    other.change(live.snapshot())
    assert (other.ports, other.subnets) == steps[-1]


def test_no_difference_is_an_empty_change() -> None:
    assert difference({"a": ENTRY}, {"a": ENTRY}, {"l3": SUBNET}, {"l3": SUBNET}) == TableChange()


def test_leases_go_with_their_port() -> None:
    known = table()
    known.respond("vnic1.0", discover(), 0)
    known.change(TableChange(gone_ports=("vnic1.0",)))
    assert known.leases == {}
