"""Connection tracking at a port, packet by packet: what belongs to a connection passes, what does not is judged."""

import struct
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    ICMPv6DestUnreach,
    ICMPv6EchoRequest,
    ICMPv6ND_NS,
    ICMPv6PacketTooBig,
    IPv6,
    IPv6ExtHdrFragment,
    fragment6,
)
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.drivers import records
from landbridge.drivers.bpf_map import Map
from landbridge.model.node import AnyObject, Filter, GroupMember, HostSettings, SecurityGroup, SecurityRule
from landbridge.model.tracking import CONNECTIONS, TIMEOUTS
from landbridge.render.guard import link_local
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host
from tests.netns.ports import R
from tests.unit.render.objects import rule

pytestmark = pytest.mark.netns

GROUP = "a" * 32
OWN, PEER = "10.9.0.1", "10.9.0.2"
OWN6, PEER6 = link_local(lab.mac(1)), link_local(lab.mac(2))
SECOND = 1_000_000_000
_sources = count(20000)


@pytest.fixture(scope="module")
def module_host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VM 1."""
    with lab.hosts(tmp_path_factory.mktemp("connections"), 1) as [made]:
        assert made.give(lab.network(made), *lab.machine(1)).failed == {}
        yield made


@pytest.fixture
def host(module_host: Host) -> Host:
    """VM 1 lets in TCP 80 and UDP 53 and begins whatever it likes; it knows no connection."""
    port = ports.change(1, filter=None)
    assert module_host.give(port).failed == {}
    give(module_host, rule(1, ports=((80, 80),)), rule(2, protocol="UDP", ports=((53, 53),)))
    return module_host


def group(*rules: SecurityRule) -> tuple[str, AnyObject]:
    """The group of VM 1."""
    return f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1, rules=rules)


def give(host: Host, *rules: SecurityRule, **policy: Any) -> None:
    """Other rules for VM 1."""
    filter_ = replace(Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT"), **policy)
    assert host.give(group(*rules), ports.change(1, filter=filter_)).failed == {}


def to_vm(payload: Packet, **fields: Any) -> Packet:
    """A frame for VM 1."""
    return Ether(src=lab.mac(2), dst=lab.mac(1)) / IP(**{"src": PEER, "dst": OWN, **fields}) / payload


def from_vm(payload: Packet, **fields: Any) -> Packet:
    """A frame of VM 1."""
    return Ether(src=lab.mac(1), dst=lab.mac(2)) / IP(**{"src": OWN, "dst": PEER, **fields}) / payload


def to_vm6(payload: Packet, **fields: Any) -> Packet:
    """A frame for VM 1."""
    return Ether(src=lab.mac(2), dst=lab.mac(1)) / IPv6(**{"src": PEER6, "dst": OWN6, **fields}) / payload


def from_vm6(payload: Packet) -> Packet:
    """A frame of VM 1."""
    return Ether(src=lab.mac(1), dst=lab.mac(2)) / IPv6(src=OWN6, dst=PEER6) / payload


def passes(host: Host, frame: Packet) -> bool:
    """Whether the port lets it through, whichever way it goes."""
    return ports.passes(host, 1, frame, egress=frame.src == lab.mac(1))


def table(host: Host) -> Map:
    """The connections of VM 1."""
    slot = ports.slot(host, ports.index(host, 1))
    found = host.hooks._maps["connections"].inner(records.KEY.pack(slot))
    assert found is not None
    return found


def age(host: Host, seconds: float) -> None:
    """Make every known connection that much older."""
    connections = table(host)
    for key, [value] in list(connections.items()):
        known = records.CONNECTION.unpack(value)
        # The machine may have been up for less: the clock's arithmetic is modulo 2**64, as the kernel's.
        seen = (known.seen - int(seconds * SECOND)) % (1 << 64)
        connections.update({key: records.CONNECTION.pack(*known._replace(seen=seen))})
    connections.close()


def handshake(host: Host, source: int, destination: int = 80) -> None:
    """A TCP connection to VM 1."""
    for frame in (
        to_vm(TCP(sport=source, dport=destination, flags="S")),
        from_vm(TCP(sport=destination, dport=source, flags="SA")),
        to_vm(TCP(sport=source, dport=destination, flags="A")),
    ):
        assert passes(host, frame)


def test_a_reply_needs_no_rule_and_a_stranger_does(host: Host) -> None:
    source = next(_sources)
    assert not passes(host, to_vm(TCP(sport=443, dport=source, flags="SA")))
    assert passes(host, from_vm(TCP(sport=source, dport=443, flags="S")))
    assert passes(host, to_vm(TCP(sport=443, dport=source, flags="SA")))
    assert not passes(host, to_vm(TCP(sport=444, dport=source, flags="SA")))
    assert not passes(host, to_vm(TCP(sport=443, dport=source, flags="SA"), src="10.9.0.3"))
    assert not passes(host, to_vm(UDP(sport=443, dport=source)))


def test_replies_pass_even_if_the_vm_may_begin_nothing(host: Host) -> None:
    give(host, rule(1, ports=((80, 80),)), egress="DROP")
    source = next(_sources)
    handshake(host, source)
    assert not passes(host, from_vm(TCP(sport=80, dport=source + 1, flags="S")))


def test_echo_requests_are_told_apart_by_their_identifier(host: Host) -> None:
    assert passes(host, from_vm(ICMP(type=8, id=7)))
    assert passes(host, to_vm(ICMP(type=0, id=7)))
    assert not passes(host, to_vm(ICMP(type=0, id=8)))
    assert not passes(host, to_vm(ICMP(type=8, id=9)))
    assert passes(host, from_vm6(ICMPv6EchoRequest(id=7)))
    assert not passes(host, to_vm6(ICMPv6EchoRequest(id=9)))


ERRORS = {
    "unreachable": ICMP(type=3, code=1),
    "fragmentation needed": ICMP(type=3, code=4, nexthopmtu=1400),
    "time exceeded": ICMP(type=11),
}


@pytest.mark.parametrize("what", ERRORS)
def test_an_icmp_error_about_a_connection_passes(host: Host, what: str) -> None:
    """From wherever it comes: a router on the way says it."""
    source = next(_sources)
    about = IP(src=OWN, dst=PEER) / TCP(sport=source, dport=443)
    assert not passes(host, to_vm(ERRORS[what] / about, src="192.0.2.1"))
    assert passes(host, from_vm(TCP(sport=source, dport=443, flags="S")))
    assert passes(host, to_vm(ERRORS[what] / about, src="192.0.2.1"))
    other = IP(src=OWN, dst=PEER) / TCP(sport=source, dport=444)
    assert not passes(host, to_vm(ERRORS[what] / other, src="192.0.2.1"))
    # One that a VM sends about what it was sent.
    give(host, rule(1, ports=((80, 80),)), egress="DROP")
    handshake(host, source)
    assert passes(host, from_vm(ICMP(type=3, code=3) / IP(src=PEER, dst=OWN) / TCP(sport=source, dport=80)))
    assert not passes(host, from_vm(ICMP(type=3, code=3) / IP(src=PEER, dst=OWN) / TCP(sport=1, dport=80)))


def test_icmpv6_errors_and_control(host: Host) -> None:
    source = next(_sources)
    about = IPv6(src=OWN6, dst=PEER6) / UDP(sport=source, dport=9)
    for error in (ICMPv6DestUnreach(), ICMPv6PacketTooBig(mtu=1280)):
        assert not passes(host, to_vm6(error / about))
    assert passes(host, from_vm6(UDP(sport=source, dport=9)))
    for error in (ICMPv6DestUnreach(), ICMPv6PacketTooBig(mtu=1280)):
        assert passes(host, to_vm6(error / about))
    assert passes(host, to_vm6(ICMPv6ND_NS(tgt=OWN6)))


@pytest.mark.parametrize("version", [4, 6])
def test_fragments_follow_their_first(host: Host, version: int) -> None:
    give(host, rule(1, protocol="UDP", ports=((53, 53),)), rule(2, family=6, protocol="UDP", ports=((53, 53),)))
    data = Raw(bytes(3000))

    def pieces(port: int, number: int) -> list[Packet]:
        if version == 4:
            return list(fragment(to_vm(UDP(sport=5, dport=port) / data, id=number), 1400))  # type: ignore[no-untyped-call]  # scapy
        whole = to_vm6(IPv6ExtHdrFragment(id=number) / UDP(sport=5, dport=port) / data)
        return list(fragment6(whole, 1400))  # type: ignore[no-untyped-call]  # scapy

    first, *later = pieces(53, 1)
    assert len(later) == 2
    dropped = ports.dropped_by(host, 1, lambda: [passes(host, each) for each in later])
    assert dropped == {(R.FRAGMENT, 0): 2}
    assert passes(host, first)
    assert all(passes(host, each) for each in later)
    first, *later = pieces(54, 2)
    assert not passes(host, first)
    assert not any(passes(host, each) for each in later)
    # Their time is over.
    age(host, TIMEOUTS["fragment"] + 1)
    assert not passes(host, pieces(53, 1)[1])


def out(flags: str) -> Packet:
    """Of a TCP connection that VM 1 begins."""
    return from_vm(TCP(sport=5000, dport=443, flags=flags))


def back(flags: str) -> Packet:
    """Of the same, the other way."""
    return to_vm(TCP(sport=443, dport=5000, flags=flags))


LIVES: dict[str, tuple[str, tuple[Packet, ...], Packet]] = {
    "a SYN without an answer": (
        "tcpSynSent",
        (out("S"),),
        back("SA"),
    ),
    "an established connection": (
        "tcpEstablished",
        (
            out("S"),
            back("SA"),
            out("A"),
        ),
        back("A"),
    ),
    "one half closed": (
        "tcpFinWait",
        (out("S"), back("SA"), out("FA")),
        back("A"),
    ),
    "a closed one": (
        "tcpTimeWait",
        (
            out("S"),
            back("SA"),
            out("FA"),
            back("FA"),
        ),
        back("A"),
    ),
    "a reset one": (
        "tcpClose",
        (out("S"), back("RA")),
        back("A"),
    ),
    "a question": ("udp", (from_vm(UDP(dport=99)),), to_vm(UDP(sport=99))),
    "a talk": ("udpStream", (from_vm(UDP(dport=99)), to_vm(UDP(sport=99))), to_vm(UDP(sport=99))),
    "an echo": ("icmp", (from_vm(ICMP(type=8, id=77)),), to_vm(ICMP(type=0, id=77))),
    "something else": ("generic", (from_vm(Raw(bytes(8)), proto=47),), to_vm(Raw(bytes(8)), proto=47)),
}


@pytest.mark.parametrize("what", LIVES)
def test_how_long_a_connection_is_known(host: Host, what: str) -> None:
    """As Linux has it.  A UDP talk began with its question, so the state that counts is the last."""
    timeout, begun, next_packet = LIVES[what]
    for seconds, known in ((TIMEOUTS[timeout] - 1, True), (TIMEOUTS[timeout] + 1, False)):
        host.give(ports.change(1, filter=None))
        give(host)
        for frame in begun:
            assert passes(host, frame)
        age(host, seconds)
        assert passes(host, next_packet) is known


def test_a_connection_can_be_begun_again_under_the_same_name(host: Host) -> None:
    """Judged anew: by now the rules may be others."""
    source = next(_sources)
    handshake(host, source)
    assert passes(host, to_vm(TCP(sport=source, dport=80, flags="RA")))
    handshake(host, source)
    assert passes(host, to_vm(TCP(sport=source, dport=80, flags="FA")))
    assert passes(host, from_vm(TCP(sport=80, dport=source, flags="FA")))
    give(host)
    assert not passes(host, to_vm(TCP(sport=source, dport=80, flags="S")))


def test_a_connection_that_is_no_longer_allowed_stays_forbidden_both_ways(host: Host) -> None:
    """Even though its own packets would be allowed as the beginning of one in the other direction."""
    source = next(_sources)
    handshake(host, source)
    give(host, rule(3, ports=((81, 81),)))
    data, answer = to_vm(TCP(sport=source, dport=80, flags="A")), from_vm(TCP(sport=80, dport=source, flags="A"))
    for _ in range(2):
        assert ports.dropped_by(host, 1, lambda: passes(host, answer)) == {(R.REVOKED, 0): 1}
        assert ports.dropped_by(host, 1, lambda: passes(host, data)) == {(R.REVOKED, 0): 1}
    # Allowed again before it was given up: it goes on.
    give(host, rule(1, ports=((80, 80),)))
    assert passes(host, data)
    assert passes(host, answer)


def test_a_member_that_leaves_is_out_at_once(host: Host) -> None:
    give(host, rule(1, group=9))
    member = GroupMember(group=9, domain=0, addresses=(PEER,))
    elsewhere = GroupMember(group=9, domain=1, addresses=(PEER,))
    source = next(_sources)
    host.give(("member/g/n", elsewhere))
    assert not passes(host, to_vm(TCP(sport=source, dport=80, flags="S")))
    host.give(("member/g/n", member))
    handshake(host, source)
    host.give(gone=("member/g/n",))
    assert not passes(host, to_vm(TCP(sport=source, dport=80, flags="A")))
    assert not passes(host, from_vm(TCP(sport=80, dport=source, flags="A")))


def test_connections_that_the_rules_still_allow_are_left_alone(host: Host) -> None:
    source = next(_sources)
    handshake(host, source)
    give(host, rule(4, protocol="UDP", ports=((1, 9),)), rule(1, ports=((80, 80),)))
    host.hooks.change_members([], [])
    assert passes(host, from_vm(TCP(sport=80, dport=source, flags="A")))
    assert passes(host, to_vm(TCP(sport=source, dport=80, flags="A")))


def test_connections_from_before_the_first_group_are_picked_up(host: Host) -> None:
    """As the rules allow, in either direction: who began is not known."""
    host.give(ports.change(1, filter=None))
    give(host, rule(1, ports=((80, 80),)))
    assert passes(host, to_vm(TCP(sport=next(_sources), dport=80, flags="A")))
    assert not passes(host, to_vm(TCP(sport=next(_sources), dport=81, flags="A")))
    assert passes(host, from_vm(TCP(sport=next(_sources), dport=443, flags="A")))


def test_a_flood_evicts_nobody_elses_connections(host: Host) -> None:
    """Tables are bounded, and each port has its own."""
    host.give(*lab.machine(2), ports.change(2, filter=Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT")))
    source = next(_sources)
    handshake(host, source)
    program = dict(host.hooks._programs.values())["from_vm"]
    flooding = ports.index(host, 2)
    frame = bytearray(bytes(Ether(src=lab.mac(2), dst=lab.mac(1)) / IP(src=PEER, dst=OWN) / TCP(dport=1, flags="S")))

    def flood() -> None:
        from landbridge.drivers import bpf

        for number in range(20_000):
            struct.pack_into("!HH", frame, 34, number, 1 + (number >> 16))
            bpf.dry_run(program, bytes(frame), flooding)

    host.inside(flood)
    slot = ports.slot(host, flooding)
    theirs = host.hooks._maps["connections"].inner(records.KEY.pack(slot))
    assert theirs is not None
    assert 1000 < sum(1 for _ in theirs.items()) <= theirs.max_entries < 20_000
    theirs.close()
    give(host, rule(1, ports=((80, 80),)), ingress="DROP", egress="DROP")
    assert passes(host, from_vm(TCP(sport=80, dport=source, flags="A")))
    host.give(gone=lab.machine_keys(2))


def test_timeouts_and_the_number_of_connections_can_be_set(host: Host) -> None:
    """With what is known: nothing is forgotten."""
    source = next(_sources)
    handshake(host, source)
    give(host, egress="DROP")
    settings = HostSettings(uuid="h", name="h", number=1, timeouts={"tcpEstablished": 5000}, connections=2048)
    give(host, rule(1, ports=((80, 80),)), egress="DROP")
    assert host.give(("host", settings)).failed == {}
    found = table(host)
    assert found.max_entries == 2048
    found.close()
    answer = from_vm(TCP(sport=80, dport=source, flags="A"))
    age(host, 4000)
    assert passes(host, answer)
    age(host, 6000)
    assert not passes(host, answer)
    host.step(reread=True)
    assert not host.agent.reconciler.restless
    assert host.give(gone=("host",)).failed == {}
    found = table(host)
    assert found.max_entries == CONNECTIONS
    found.close()


def test_a_table_that_is_missing_closes_the_port_until_it_is_made_again(host: Host) -> None:
    slot = ports.slot(host, ports.index(host, 1))
    host.hooks._maps["connections"].delete(records.KEY.pack(slot))
    frame = to_vm(TCP(sport=next(_sources), dport=80, flags="S"))
    assert ports.dropped_by(host, 1, lambda: passes(host, frame)) == {(R.NO_TABLE, 0): 1}
    host.step(reread=True)
    host.settle()
    assert passes(host, frame)
