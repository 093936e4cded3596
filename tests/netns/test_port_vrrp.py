"""keepalived in two VMs: an address that moves between them, with allowed pairs; without, it is not to be had."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from landbridge.model.node import AddressPair, Filter, SecurityGroup
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh
from tests.support.lab import eventually
from tests.unit.render.objects import rule

pytestmark = pytest.mark.netns

VIRTUAL, VIRTUAL_MAC = "10.9.0.100", "00:00:5e:00:01:0a"
GROUP = "a" * 32
CONFIG = """
global_defs {{ router_id vm{number} }}
vrrp_instance one {{
    state BACKUP
    interface eth0
    virtual_router_id 10
    priority {priority}
    advert_int 1
    {vmac}
    virtual_ipaddress {{ {virtual}/16 }}
}}
"""


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[list[Host]]:
    """VM 1 and 3 on the first host, VM 2 on the second."""
    directory = tmp_path / "hosts"
    directory.mkdir()
    with lab.hosts(directory, 2) as made:
        floods = [lab.flood(host) for host in made]
        for host, numbers in zip(made, ((1, 3), (2,)), strict=True):
            vms = [entry for number in numbers for entry in lab.machine(number)]
            assert host.give(lab.network(host), *floods, *vms).failed == {}
            for number in numbers:
                lab.address(host, number)
        yield made


@contextmanager
def keepalived(host: Host, number: int, directory: Path, *, vmac: bool) -> Iterator[subprocess.Popen[bytes]]:
    """One of the two, in its VM; the second VM has the lower priority."""
    text = CONFIG.format(
        number=number, priority=101 - number, virtual=VIRTUAL, vmac="use_vmac\n    vmac_xmit_base" if vmac else ""
    )
    config = directory / f"keepalived{number}.conf"
    config.write_text(text)
    pids = [f"--pid={directory}/{number}.pid", f"--vrrp_pid={directory}/{number}.vrrp.pid"]
    command = ["nsenter", f"--net=/run/netns/{lab.vm(host, number)}", "keepalived", "-n", "-P", "-f", str(config)]
    with (directory / f"{number}.log").open("wb") as log:
        process = subprocess.Popen([*command, *pids, "-l", "-D"], stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


def answered(host: Host, mac: str) -> str:
    """A complaint unless VM 3 reaches the virtual address, at that MAC."""
    if not lab.ping(lab.vm(host, 3), VIRTUAL):
        return f"{VIRTUAL} does not answer"
    shown = sh(f"ip -n {lab.vm(host, 3)} neigh show {VIRTUAL}")
    return "" if mac in shown else f"it is at {shown!r}, not at {mac}"


def has_taken(host: Host, number: int) -> bool:
    """Whether a VM has the virtual address."""
    return VIRTUAL in sh(f"ip -n {lab.vm(host, number)} addr")


@pytest.mark.parametrize("vmac", [False, True], ids=["own MAC", "virtual MAC"])
def test_the_address_moves_with_the_master(pair: list[Host], tmp_path: Path, vmac: bool) -> None:
    one, two = pair
    # Linux hears under the virtual MAC and answers from its interface's own: with one, both are needed.
    pairs = (AddressPair(ip=VIRTUAL), *([AddressPair(ip=VIRTUAL, mac=VIRTUAL_MAC)] if vmac else []))
    for host, number in ((one, 1), (two, 2)):
        assert host.give(ports.change(number, pairs=pairs)).failed == {}
    with ExitStack() as stack:
        first = stack.enter_context(keepalived(one, 1, tmp_path, vmac=vmac))
        stack.enter_context(keepalived(two, 2, tmp_path, vmac=vmac))
        eventually("the first has it", lambda: answered(one, VIRTUAL_MAC if vmac else lab.mac(1)))
        eventually("the second leaves it to the first", lambda: "" if not has_taken(two, 2) else "it has it")
        first.terminate()
        first.wait(20)
        eventually("the second takes over", lambda: answered(one, VIRTUAL_MAC if vmac else lab.mac(2)))
        assert has_taken(two, 2)


def test_without_a_pair_nobody_believes_it(pair: list[Host], tmp_path: Path) -> None:
    """The master takes the address, and is heard by nobody under it."""
    one, _ = pair
    with keepalived(one, 1, tmp_path, vmac=False):
        eventually("it is master", lambda: "" if has_taken(one, 1) else "not yet")
        assert not lab.ping(lab.vm(one, 3), VIRTUAL, 3)
        assert ports.drops(one, 1)[ports.R.ARP_IDENTITY, 0] > 0


def test_a_virtual_address_is_a_member_of_the_groups_of_its_vms(pair: list[Host]) -> None:
    """Groups judge by the address that a packet has, also when it came by a pair."""
    one, _ = pair
    pairs = (AddressPair(ip=VIRTUAL),)
    filter_ = Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT")
    group = SecurityGroup(uuid=GROUP, number=1, rules=(rule(1, protocol="ICMP", ranges=((VIRTUAL, VIRTUAL),)),))
    assert one.give((f"group/{GROUP}", group), ports.change(3, filter=filter_)).failed == {}
    vm = lab.vm(one, 1)
    sh(f"ip -n {vm} addr add {VIRTUAL}/16 dev eth0")
    command = f"ip netns exec {vm} ping -c 1 -W 1 -I {VIRTUAL} 10.9.0.3"
    assert "1 received" not in sh(command, check=False)
    assert one.give(ports.change(1, pairs=pairs)).failed == {}
    assert "1 received" in sh(command)
