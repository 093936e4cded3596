"""What the programs in the kernel say is what `core.judge` says, for random rules, members and packets."""

import itertools
import os
from collections.abc import Iterator
from functools import partial
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.core.judge import Flow, judge
from landbridge.core.plan import Op
from landbridge.model.node import Filter, Port, SecurityRule, Verdict
from landbridge.render import net
from landbridge.render.kernel import Hook, Member
from landbridge.render.policy import policy, policy_name
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host
from tests.unit.render import rules as some

pytestmark = pytest.mark.netns

GROUP = "a" * 32
NAME = policy_name((GROUP,))
GRE = 47
EXAMPLES = int(os.environ.get("LANDBRIDGE_TEST_EXAMPLES", "300"))
"""Fewer where the kernel runs slowly."""
_fresh = itertools.count(1)
"""Every flow comes from or goes to another address of the machine, so that none is known yet."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VM 1."""
    with lab.hosts(tmp_path_factory.mktemp("programs"), 1) as [made]:
        assert made.give(lab.network(made), *lab.machine(1)).failed == {}
        yield made


def load(host: Host, rules: tuple[SecurityRule, ...], otherwise: Verdict, members: set[tuple[int, str]]) -> None:
    """Have the port of VM 1 judge by these rules alone."""
    _, port = lab.machine(1)[1]
    assert isinstance(port, Port)
    port = replace(
        port, guarded=False, domain=some.DOMAIN, filter=Filter(groups=(GROUP,), ingress=otherwise, egress=otherwise)
    )
    hook = net.hook(port)
    index = ports.index(host, 1)
    wanted = [Member(group, some.DOMAIN, address) for group, address in members]
    # A member of the same group elsewhere: another domain is another machine.
    wanted += [Member(group, some.DOMAIN + 1, address) for group in some.GROUPS for address in some.V4 + some.V6]

    def change() -> None:
        kernel, actual = host.world.kernel, host.hooks.read()
        old = [value for value in actual.values() if isinstance(value, Member)]
        host.hooks.change_members(wanted, [member for member in old if member not in wanted])
        host.hooks.put_policy(policy(NAME, rules))
        assert kernel.apply("hook", [Op(("hook", hook.ifname), Hook("", 0, ""), hook)]).errors == {}
        assert index in host.hooks._ports.indexes()

    host.inside(change)


def packet(flow: Flow) -> tuple[Packet, bool]:
    """A frame of the flow, and whether the machine sends it."""
    egress = flow.direction == "Egress"
    number = next(_fresh)
    ip: type[Packet] = IP if flow.family == 4 else IPv6
    own = str(IPv4Address("172.16.0.0") + number if flow.family == 4 else IPv6Address("2001:db8::") + number)
    source, destination = (own, flow.peer) if egress else (flow.peer, own)
    other = "fa:00:00:00:77:77"
    macs = (lab.mac(1), other) if egress else (other, lab.mac(1))
    frame = Ether(src=macs[0], dst=macs[1]) / ip(src=source, dst=destination)
    match flow.protocol:
        case "TCP":
            return frame / TCP(sport=40000, dport=flow.port, flags="S"), egress
        case "UDP":
            return frame / UDP(sport=40000, dport=flow.port) / Raw(b"x"), egress
        case "ICMP":
            return frame / (ICMP() if flow.family == 4 else ICMPv6EchoRequest()), egress
        case "other":
            frame[ip].setfieldval("proto" if flow.family == 4 else "nh", GRE)
            return frame / Raw(bytes(8)), egress


@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.security_rules(), some.verdicts, some.memberships, st.tuples(some.flows(), some.flows()))
def test_the_kernel_judges_as_the_model_does(
    host: Host,
    rules: tuple[SecurityRule, ...],
    otherwise: Verdict,
    members: set[tuple[int, str]],
    two: tuple[Flow, Flow],
) -> None:
    load(host, rules, otherwise, members)
    for flow in two:
        verdict, rule = judge(rules, otherwise, flow, lambda group, address: (group, address) in members)
        frame, egress = packet(flow)
        reason = ports.R.EGRESS if egress else ports.R.INGRESS
        dropped = ports.dropped_by(host, 1, partial(ports.passes, host, 1, frame, egress=egress))
        number = rule.number if rule is not None else 0
        assert dropped == ({} if verdict == "ACCEPT" else {(reason, number): 1})


def test_a_policy_that_is_too_long_is_refused_and_the_old_one_stays(host: Host) -> None:
    load(host, (), "DROP", set())
    ranges = tuple((f"10.{n >> 8}.{n & 255}.1", f"10.{n >> 8}.{n & 255}.2") for n in range(2100))
    long = policy(NAME, (replace(_rule(), ranges=ranges),))
    before = host.inside(host.hooks.read)["policy", NAME]
    result = host.inside(lambda: host.world.kernel.apply("policy", [Op(("policy", NAME), before, long)]))
    assert "its rules need 2101 tests" in result.errors["policy", NAME]
    assert host.inside(host.hooks.read)["policy", NAME] == before


def test_the_longest_policy_that_fits_is_walked_to_its_end(host: Host) -> None:
    ranges = tuple((f"10.{n >> 8}.{n & 255}.1", f"10.{n >> 8}.{n & 255}.2") for n in range(2047))
    rules = (replace(_rule(), ranges=ranges),)
    load(host, rules, "DROP", set())
    last = Flow("Ingress", 4, "TCP", 80, ranges[-1][0])
    frame, egress = packet(last)
    assert ports.passes(host, 1, frame, egress=egress)


def test_an_interrupted_change_is_made_again(host: Host) -> None:
    """Only some of a policy's programs are of the new one: it counts as another."""
    load(host, (_rule(),), "DROP", set())
    wanted = policy(NAME, (_rule(),))
    assert host.inside(host.hooks.read)["policy", NAME] == wanted
    programs = host.hooks._maps["programs"]
    for key, [value] in list(programs.items())[:1]:
        programs.update({key: value[:8] + bytes(8)})
    assert host.inside(host.hooks.read)["policy", NAME] != wanted
    host.inside(lambda: host.hooks.put_policy(wanted))
    assert host.inside(host.hooks.read)["policy", NAME] == wanted


def _rule() -> SecurityRule:
    return SecurityRule(uuid="1" * 32, number=1, direction="Ingress", family=4, protocol="TCP", action="ACCEPT")


@pytest.mark.parametrize(("peer", "inside"), [("fd00::1", True), ("fd00::2", False), ("fd00:0:0:1::", False)])
def test_an_ipv6_range_ends_where_it_says(host: Host, peer: str, inside: bool) -> None:
    load(host, (replace(_rule(), family=6, ranges=(("fd00::", "fd00::1"),)),), "DROP", set())
    frame, egress = packet(Flow("Ingress", 6, "TCP", 80, peer))
    assert ports.passes(host, 1, frame, egress=egress) is inside
