"""The table of shortcuts: what is put in is found again, by another process too, and is counted."""

import dataclasses
import errno
from collections.abc import Iterator
from ipaddress import IPv6Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.core.shortcut import Shortcut, ShortcutKey
from landbridge.drivers import records
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.clocks import boot_clock
from landbridge.drivers.counters import Count
from landbridge.drivers.hooks import NoHooks
from landbridge.drivers.shortcuts import Shortcuts
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host
from tests.unit.core.shortcuts import some_shortcut

pytestmark = pytest.mark.netns

A_DAY = 24 * 3600 * 10**9
MOST = 1 << 16
"""MAX_SHORTCUTS in bpf/lib/shortcut_maps.h."""
TO_IT = Ether(src=lab.mac(1), dst="0e:52:00:00:00:0a") / IP(src="10.9.0.1", dst="10.77.0.1") / UDP()
macs = st.binary(min_size=6, max_size=6).map(lambda data: data.hex(":"))
v4 = st.ip_addresses(v=4).map(str)
v6 = st.integers(0, 2**128 - 1).map(IPv6Address).filter(lambda address: address.ipv4_mapped is None).map(str)
addresses = v4 | v6


def numbers(bits: int) -> st.SearchStrategy[int]:
    return st.integers(0, 2**bits - 1)


prefixes = st.tuples(v4, st.integers(0, 32)) | st.tuples(v6, st.integers(0, 128))
keys = st.builds(ShortcutKey, numbers(32), macs, addresses)
shortcuts = st.builds(
    Shortcut,
    expires=numbers(64),
    ifindex=numbers(32),
    prefix=prefixes.map(lambda pair: ip_network(f"{pair[0]}/{pair[1]}", strict=False)).filter(
        # What is left of a short prefix of ::ffff:0:0/96 reads as IPv4.
        lambda prefix: getattr(prefix.network_address, "ipv4_mapped", None) is None
    ),
    mtu=numbers(16),
    destination_mac=macs,
    source_mac=macs,
    local=st.booleans(),
    router=numbers(32),
    router_ip=addresses,
    epoch=numbers(64),
    generation=numbers(64),
    egress_net_id=numbers(32),
    vni=numbers(24),
    port=numbers(16),
    router_mac=macs,
    vtep=addresses,
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VMs 1 and 2."""
    with lab.hosts(tmp_path_factory.mktemp("table"), 1) as [made]:
        assert made.give(lab.network(made), *lab.machine(1), *lab.machine(2)).failed == {}
        yield made


@pytest.fixture
def table(host: Host) -> Shortcuts:
    """Empty."""
    found = host.hooks.shortcuts
    found.delete(found.read())
    return found


def lead(host: Host, ifindex: int, destination: str = "10.77.0.1") -> ShortcutKey:
    """Put a shortcut to an interface."""
    key, shortcut = some_shortcut(ifindex=ifindex, expires=boot_clock() + A_DAY)
    key = dataclasses.replace(key, destination=destination)
    host.hooks.shortcuts.put({key: shortcut})
    return key


@settings(max_examples=100)
@given(st.dictionaries(keys, shortcuts, max_size=8), st.dictionaries(keys, shortcuts, max_size=8))
def test_what_is_put_is_found_again(
    host: Host, before: dict[ShortcutKey, Shortcut], after: dict[ShortcutKey, Shortcut]
) -> None:
    table = host.hooks.shortcuts
    table.delete(table.read())
    table.put(before)
    table.put(after)
    wanted = before | after
    assert table.read() == wanted
    assert Shortcuts(host.hooks._maps).read() == wanted
    assert table.traffic() == dict.fromkeys(wanted, Count())
    table.delete(before)
    assert table.read() == {key: value for key, value in after.items() if key not in before}


@settings(max_examples=50)
@given(st.dictionaries(numbers(32), macs, max_size=8))
def test_routers(host: Host, routers: dict[int, str]) -> None:
    table = host.hooks.shortcuts
    table.put_routers(routers)
    assert table.routers() == routers
    table.delete_routers(routers)
    table.delete_routers(routers)
    assert table.routers() == {}


def test_counters_go_on_when_an_entry_changes_and_begin_anew_with_a_new_one(host: Host, table: Shortcuts) -> None:
    key = lead(host, ports.index(host, 2))
    ports.run(host, 1, TO_IT, egress=True)
    other = lead(host, ports.index(host, 2), "10.77.0.2")
    lead(host, ports.index(host, 1))
    ports.run(host, 1, TO_IT, egress=True)
    assert table.traffic() == {key: Count(2, 2 * len(TO_IT)), other: Count()}
    # An agent that starts again finds the same.
    assert Shortcuts(host.hooks._maps).traffic() == table.traffic()
    table.delete([key, key])
    assert table.traffic() == {other: Count()}
    lead(host, ports.index(host, 2))
    assert table.traffic() == {other: Count(), key: Count()}


def test_a_full_table_refuses_and_keeps_what_it_has(host: Host, table: Shortcuts) -> None:
    _, shortcut = some_shortcut()
    full = {
        ShortcutKey(1, "0e:52:00:00:00:0a", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"): shortcut
        for number in range(MOST)
    }
    table.put(full)
    one_more, other = some_shortcut()
    with pytest.raises(BpfError) as refusal:
        table.put({one_more: other})
    assert refusal.value.errno == errno.E2BIG
    assert table.read().keys() == full.keys()
    gone = next(iter(full))
    table.delete([gone])
    table.put({one_more: other})
    assert table.read().keys() == full.keys() - {gone} | {one_more}
    table.delete(full)
    assert table.read().keys() == {one_more}
    table.delete([one_more])
    # Their places are free again, low ones first: few counters have to be read.
    table.put(dict(list(full.items())[:3]))
    slots = {records.SHORTCUT.unpack(value).slot for _, [value] in host.hooks._maps["shortcuts"].items()}
    assert slots == {0, 1, 2}


def test_without_ebpf_there_are_none() -> None:
    hooks = NoHooks("this kernel has no eBPF")
    key, shortcut = some_shortcut()
    for found in (hooks.shortcuts.read(), hooks.shortcuts.traffic(), hooks.shortcuts.routers()):
        assert found == {}
    assert hooks.shortcuts.unrestored() == {}
    assert hooks.signals.read() == []
    for refused in (
        lambda: hooks.shortcuts.put({key: shortcut}),
        lambda: hooks.shortcuts.put_routers({1: key.router_mac}),
        hooks.signals.fileno,
    ):
        with pytest.raises(BpfError, match="this kernel has no eBPF"):
            refused()
