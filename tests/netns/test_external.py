"""Ports whose interfaces somebody else makes: taken by name, given back, never made or removed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.drivers import enter, namespaces
from landbridge.drivers.link import Link
from landbridge.model.node import Instance
from landbridge.model.nodelink import StateMessage
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, ping, sh
from tests.netns.ports import R

pytestmark = pytest.mark.netns

TAP = "tap7"
MINE, OTHER = 7, 1
"""Of the VM that somebody else runs, and of one of ours."""
OWN_MTU = 1500
WAITING = f"waiting for interface {TAP}: nobody has made it yet"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """A host with VM 1, waiting for the interface of VM 7."""
    with lab.hosts(tmp_path, 1) as [made]:
        report = made.give(lab.network(made), *lab.machine(OTHER), *lab.external(MINE, TAP))
        assert {key: status.error for key, status in report.failed.items()} == {port_key(): WAITING}
        lab.address(made, OTHER)
        yield made


def port_key() -> str:
    """Of the external port."""
    return lab.machine_keys(MINE)[1]


def container(host: Host) -> str:
    """Where the external VM lives."""
    return f"{host.tag}-foreign"


def plug(host: Host, more: str = "") -> None:
    """Somebody makes the interface: a container runtime with a veth pair."""
    name = container(host)
    if name not in namespaces.names((f"{host.tag}-",)):
        namespaces.create(name)
    sh(f"ip -n {host.netns} link add {TAP} {more} type veth peer name eth0 address {lab.mac(MINE)} netns {name}")
    sh(f"ip -n {name} link set eth0 up && ip -n {name} addr add 10.9.0.{MINE}/16 dev eth0")


def failed(host: Host) -> dict[str, str | None]:
    """What is not well, after everything that happened was looked at."""
    host.settle()
    return {key: status.error for key, status in host.agent.failed().items()}


def link(host: Host) -> Link:
    """The interface as the kernel shows it, read by nobody before."""
    found = enter.in_namespace(host.netns, _read).get(TAP)
    assert found is not None
    return found


def _read() -> dict[str, Link]:
    from landbridge.drivers.netlink import Netlink
    from landbridge.drivers.tables import Tables

    netlink, tables = Netlink(), Tables()
    tables.read(netlink)
    netlink.close()
    return {link.name: link for link in tables.links.values()}


def works(host: Host) -> bool:
    """Whether the external VM reaches ours; its own kernel may see the carrier a moment late."""
    return any(ping(container(host), f"10.9.0.{OTHER}") for _ in range(5))


def test_it_is_attached_when_it_appears(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    assert works(host)
    taken = link(host)
    assert (taken.mtu, taken.learning, taken.flood) == (lab.MTU, False, False)
    assert taken.closed
    assert f"master lb{lab.NET_ID:x}" in sh(f"ip -n {host.netns} link show {TAP}")


def test_an_interface_that_gets_the_name_is_the_one(host: Host) -> None:
    """QEMU and container runtimes make an interface under any name and rename it."""
    sh(f"ip -n {host.netns} tuntap add some0 mode tap")
    assert failed(host) == {port_key(): WAITING}
    sh(f"ip -n {host.netns} link set some0 name {TAP}")
    assert failed(host) == {}
    # And away again.
    sh(f"ip -n {host.netns} link set {TAP} down && ip -n {host.netns} link set {TAP} name other0")
    assert failed(host) == {port_key(): WAITING}
    shown = sh(f"ip -n {host.netns} -d link show other0")
    assert "alias" not in shown
    assert "master" not in shown


def test_it_goes_and_comes_back(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    before = link(host).index
    sh(f"ip -n {host.netns} link del {TAP}")
    assert failed(host) == {port_key(): WAITING}
    assert before not in host.hooks._ports.indexes()
    sh(f"ip -n {host.netns} link add between type bridge")  # so that the index is another one
    plug(host)
    assert failed(host) == {}
    assert link(host).index != before
    assert works(host)


def test_it_is_guarded_as_ours_are(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    index = link(host).index
    sh(f"ip -n {container(host)} addr add 10.9.7.7/16 dev eth0")
    assert not ping(container(host), f"-I 10.9.7.7 10.9.0.{OTHER}")
    dropped = {drop.reason for drop in host.hooks.counters.drops() if drop.port == index}
    assert R.ARP_IDENTITY in dropped


def test_it_is_given_back_as_it_was(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    index = link(host).index
    assert host.give(gone=lab.machine_keys(MINE)).failed == {}
    left = link(host)
    assert (left.index, left.alias, left.mtu, left.master, left.up) == (index, "", OWN_MTU, 0, False)
    assert not left.closed
    assert "clsact" not in sh(f"tc -n {host.netns} qdisc show dev {TAP}")
    assert index not in host.hooks._ports.indexes()
    # It is anybody's again.
    sh(f"ip -n {host.netns} link set {TAP} up")
    assert failed(host) == {}
    assert link(host).up


def test_a_vm_that_is_stopped_lets_go_of_it(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    (key, instance), _ = lab.external(MINE, TAP)
    assert isinstance(instance, Instance)
    assert host.give((key, replace(instance, running=False))).failed == {}
    assert link(host).alias == ""
    assert host.give((key, instance)).failed == {}
    assert works(host)


def test_another_nic_takes_it_over_and_nothing_of_the_first_stays(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    other = ports.change(8, ifname=TAP, vm_uuid=lab.vm_uuid(8))
    (key, instance), _ = lab.external(8, TAP)
    report = host.give((key, instance), other, gone=lab.machine_keys(MINE))
    assert report.failed == {}
    assert f"nic={lab.nic_uuid(8)}" in link(host).alias
    assert not ping(container(host), f"10.9.0.{OTHER}")  # it has the MAC of VM 7
    assert host.give(*lab.external(MINE, TAP), gone=lab.machine_keys(8)).failed == {}
    assert works(host)


def test_a_new_agent_knows_it_and_changes_nothing(host: Host) -> None:
    plug(host)
    assert failed(host) == {}
    held = sh(f"tc -n {host.netns} filter show dev {TAP} ingress")
    host.stop()
    host.start()
    report = host.step()
    assert report is not None
    assert report.failed == {}
    host.step(StateMessage(), reread=True)
    assert host.agent.reconciler.operations == 0
    assert sh(f"tc -n {host.netns} filter show dev {TAP} ingress") == held
    assert works(host)


def test_it_came_while_no_agent_ran(host: Host) -> None:
    host.stop()
    plug(host)
    host.start()
    host.step(StateMessage())
    assert failed(host) == {}
    assert works(host)


IN_THE_WAY = {
    "somebody's bridge": (
        "link add br9 type bridge && ip -n {host} link set {tap} master br9",
        "link set {tap} nomaster",
        "is in br9: take it out of there",
    ),
    "an address": (
        "addr add 192.0.2.1/24 dev {tap}",
        "addr del 192.0.2.1/24 dev {tap} && ip -n {host} link set {tap} down && ip -n {host} link set {tap} up",
        "has an address of this host",
    ),
    "the VM's MAC": (
        "link set {tap} address {mac}",
        "link set {tap} address 02:00:00:00:00:77",
        "has the VM's own MAC",
    ),
}


@pytest.mark.parametrize("what", IN_THE_WAY)
def test_what_is_in_the_way_is_said_and_left_alone(host: Host, what: str) -> None:
    make, remove, words = IN_THE_WAY[what]
    names = {"host": host.netns, "tap": TAP, "mac": lab.mac(MINE)}
    host.stop()
    plug(host)
    sh(f"ip -n {host.netns} {make.format(**names)}")
    host.start()
    host.step(StateMessage())
    assert words in str(failed(host)[port_key()])
    assert link(host).alias == ""
    sh(f"ip -n {host.netns} {remove.format(**names)}")
    assert failed(host) == {}
    assert works(host)


@pytest.mark.parametrize(
    "damage",
    [
        "ip -n {host} link set {tap} nomaster",
        "ip -n {host} link set {tap} down",
        "ip -n {host} link set {tap} alias ''",
        "ip -n {host} link set {tap} mtu 1400",
        "tc -n {host} qdisc del dev {tap} clsact",
    ],
)
def test_drift_is_repaired(host: Host, damage: str) -> None:
    plug(host)
    assert failed(host) == {}
    before = host.world.kernel.read()
    sh(damage.format(host=host.netns, tap=TAP))
    assert failed(host) == {}
    assert host.world.kernel.read() == before
    assert host.agent.reconciler.drifted > 0
    assert works(host)
