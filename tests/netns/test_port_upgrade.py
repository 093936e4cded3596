"""An agent of another version takes over: programs replaced, maps carried over, nothing lost, no connection reset."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether

from landbridge.drivers import bpf_object, bpf_pins, bpffs, enter, records, rtnl
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.bpf_compile import compile_command
from landbridge.drivers.clocks import boot_clock
from landbridge.drivers.hooks import Hooks
from landbridge.drivers.netlink import Netlink
from landbridge.drivers.tables import Tables
from landbridge.lab.probe import Probe, Stream
from landbridge.model.drops import DropReason
from landbridge.model.node import Filter, SecurityGroup
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh
from tests.support.sockets import connect, echo, refused, talks, udp_socket
from tests.unit.core.shortcuts import some_shortcut
from tests.unit.render.objects import rule

pytestmark = pytest.mark.netns

BPF = Path(__file__).parents[2] / "bpf"
GROUP = "a" * 32
OTHER_LAYOUT = {
    # A member in front moves all others; one that is gone, and one that grew.
    "struct port {\n": "struct port {\n\t__u64 added;\n",
    "\t__u64 seen;		/*": "\t__u64 added;\n\t__u64 seen;		/*",
    "\t__u64 sent_packets;\n": "\t__u64 added;\n\t__u64 sent_packets;\n",
    "\t__u64 expires;\t\t/*": "\t__u64 added;\n\t__u64 expires;\t\t/*",
    "struct router_mac {\n": "struct router_mac {\n\t__u8 added[2];\n",
}
SHORT = Ether(src=lab.mac(1), dst="0e:52:00:00:00:0a") / IP(src="10.9.0.1", dst="10.77.0.1") / UDP()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """VM 2 lets in what comes to port 80 and 7 over UDP, VM 1 is in no group."""
    directory = tmp_path / "host"
    directory.mkdir()
    with lab.hosts(directory, 1) as [made]:
        filter_ = Filter(groups=(GROUP,), ingress="DROP", egress="DROP")
        rules = (rule(1, ports=((80, 80),)), rule(2, protocol="UDP", ports=((7, 7),)))
        group = SecurityGroup(uuid=GROUP, number=1, rules=rules)
        vms = [*lab.machine(1), *lab.machine(2), ports.change(2, filter=filter_), (f"group/{GROUP}", group)]
        assert made.give(lab.network(made), *vms).failed == {}
        lab.address(made, 1)
        lab.address(made, 2)
        yield made


@pytest.fixture(params=["the same layout", "another layout"])
def other_version(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An object file of another version."""
    changes = OTHER_LAYOUT if request.param == "another layout" else {}
    source = tmp_path / "bpf"
    sh(f"cp -r {BPF} {source}")
    headers = [source / "lib" / name for name in ("maps.h", "shortcut_maps.h")]
    for before, after in changes.items():
        [header] = [header for header in headers if before in header.read_text()]
        header.write_text(header.read_text().replace(before, after))
    program = source / "nic.c"
    program.write_text(program.read_text().replace('SEC("license") = "GPL"', 'SEC("license") = "Dual MIT/GPL"'))
    output = tmp_path / "other.o"
    subprocess.run(compile_command(program, output), check=True)
    return output


def take_over(host: Host, object_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an agent of the other version does: opens the pins, has its programs at the ports, ends."""
    pins = bpffs.directory(host.tag)
    with monkeypatch.context() as patch:
        # It would compare the layout with its own idea of it, not with ours.
        patch.setattr(bpf_pins, "check_layout", lambda _maps: None)
        maps, programs = bpf_pins.open_pins(pins, object_file)
    requests = [
        rtnl.replace_filter(ports.index(host, number), place, programs[name].fd, name)
        for number in (1, 2)
        for place, name in ((rtnl.TC_INGRESS, "from_vm"), (rtnl.TC_EGRESS, "to_vm"))
    ]

    def attach() -> None:
        netlink = Netlink()
        assert netlink.run([requests]) == [None]
        netlink.close()

    enter.in_namespace(host.netns, attach)
    bpf_pins.retire_others(pins, object_file, maps)
    for opened in maps.values():
        opened.close()


def program_ids(host: Host) -> set[int]:
    """Of the programs at the ports."""
    tables = Tables()

    def read() -> None:
        netlink = Netlink()
        tables.read(netlink)
        netlink.close()

    enter.in_namespace(host.netns, read)
    return {program for programs in tables.programs.values() for program in programs.values()}


def test_nothing_is_lost_and_connections_live_on(
    host: Host, other_version: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another version, then ours again, under a probe of 1,000 packets per second."""
    one, two = lab.vm(host, 1), lab.vm(host, 2)
    ours = program_ids(host)
    table = host.hooks.shortcuts
    key, shortcut = some_shortcut(ifindex=ports.index(host, 2), expires=boot_clock() + 600 * 10**9)
    table.put({key: shortcut})
    table.put_routers({lab.NET_ID: "0e:52:00:00:00:0a"})
    assert ports.run(host, 1, SHORT, egress=True).verdict == ports.REDIRECT
    counted = table.traffic()
    received = ports.counters(host, 2).received_packets
    probe = Probe([Stream("probe", udp_socket(one, 0), udp_socket(two, 7), ("10.9.0.2", 7))])
    with echo(two, 80), connect(one, "10.9.0.2", 80) as made:
        assert talks(made)
        host.stop()
        take_over(host, other_version, monkeypatch)
        theirs = program_ids(host)
        assert len(theirs) == 2
        assert theirs.isdisjoint(ours)
        assert talks(made)
        assert refused(one, "10.9.0.2", 81)
        host.start()
        host.step()
        host.settle()
        assert program_ids(host).isdisjoint(theirs)
        assert talks(made)
        assert refused(one, "10.9.0.2", 81)
        assert host.hooks.shortcuts.read() == {key: shortcut}
        assert host.hooks.shortcuts.routers() == {lab.NET_ID: "0e:52:00:00:00:0a"}
        assert host.hooks.shortcuts.traffic() == counted
        assert ports.run(host, 1, SHORT, egress=True).verdict == ports.REDIRECT
    [result] = probe.stop()
    assert result.sent > 500
    assert result.lost == []
    assert ports.counters(host, 2).received_packets > received
    assert ports.drops(host, 2)[DropReason.INGRESS, 0] >= 2
    # When the agent has looked again, nothing but ours is left.
    host.step(reread=True)
    pins = bpffs.directory(host.tag)
    assert [len(list((pins / kind).iterdir())) for kind in ("maps", "programs")] == [1, 1]


def test_an_upgrade_that_was_cut_off_is_made_again(host: Host) -> None:
    """The new maps were made and not filled: they are not taken for whole."""
    pins = bpffs.directory(host.tag)
    [layout] = (pins / "maps").iterdir()
    (pins / "maps" / f"{layout.name}-draft").mkdir()
    layout.rename(pins / "maps" / "anotherlayout")
    host.stop()
    host.start()
    host.step()
    host.settle()
    host.step(reread=True)
    assert [path.name for path in (pins / "maps").iterdir()] == [layout.name]
    assert lab.ping(lab.vm(host, 2), "10.9.0.1") is False, "its egress is closed"
    with echo(lab.vm(host, 2), 80), connect(lab.vm(host, 1), "10.9.0.2", 80) as made:
        assert talks(made)


def test_an_object_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its structs are not what this agent writes."""
    monkeypatch.setattr(records.PORT, "_formats", {"policy": "I", "net_id": "I"})
    tag = f"t{os.getpid():x}"
    try:
        with pytest.raises(BpfError, match="not of this agent's version: struct port is"):
            Hooks(bpffs.directory(tag), bpf_object.find_object(tmp_path))
    finally:
        bpffs.remove(tag)
