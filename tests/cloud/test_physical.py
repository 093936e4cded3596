"""Physical networks and packet sizes through the API: VLANs beside the overlay, several NICs, paths that narrow."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.netns.agent_hosts import ping
from tests.support import wire
from tests.support.lab import Lab, eventually, in_namespace
from tests.support.scenario import Cloud

pytestmark = pytest.mark.netns

VLAN, OTHER = 100, 200
NARROW, WIDE = 1400, 1450


@pytest.fixture
def vlan(running_lab: Lab, cloud: Cloud) -> Iterator[str]:
    """A VLAN network of the hosts' public interface, beside the untagged public network."""
    api, interface = cloud.api, running_lab.status["public"]["interface"]
    made = api.post("/l2-networks/vlan", name="dmz", zoneUuid=cloud.zone, physicalInterface=interface, vlan=VLAN)
    api.call("POST", f"/l2-networks/{made['uuid']}/clusters/{cloud.cluster}", {"null": {}})
    l3 = api.post("/l3-networks", name="dmz", l2NetworkUuid=made["uuid"], type="L3BasicNetwork", category="Private")
    providers = {p["type"]: p["uuid"] for p in api.query("/network-services/providers")}
    api.post(f"/l3-networks/{l3['uuid']}/network-services", networkServices={providers["Flat"]: ["DHCP"]})
    api.post(f"/l3-networks/{l3['uuid']}/ip-ranges/by-cidr", name="dmz", networkCidr="10.88.0.0/24")
    cloud.l3["dmz"], cloud.l2["dmz"] = l3["uuid"], made["uuid"]
    try:
        yield str(made["uuid"])
    finally:
        api.delete(f"/l3-networks/{l3['uuid']}")
        api.delete(f"/l2-networks/{made['uuid']}")


def configured(lab: Lab, vm: dict[str, Any]) -> str:
    """Whether its NICs have their addresses: a complaint, or nothing."""
    shown = json.loads(in_namespace(lab.vm_namespace(vm), "ip", "-j", "-4", "addr"))
    have = {address["local"] for link in shown for address in link["addr_info"]}
    return str({nic["ip"] for nic in vm["vmNics"]} - have or "")


def address(vm: dict[str, Any], l3: str) -> str:
    return next(str(nic["ip"]) for nic in vm["vmNics"] if nic["l3NetworkUuid"] == l3)


def test_two_nics_and_one_default(running_lab: Lab, cloud: Cloud, vlan: str, tmp_path: Path) -> None:
    """A VM in the overlay and in a VLAN; its VLAN gets another id while it talks, then none but the wire knows."""
    hosts = list(running_lab.host_namespaces)
    both = cloud.vm("both", "web", "dmz", host=hosts[0])
    peer = cloud.vm("peer", "dmz", host=hosts[1])
    try:
        for vm in (both, peer):
            eventually("addresses", lambda vm=vm: configured(running_lab, vm))
        inside, there = running_lab.vm_namespace(both), address(peer, cloud.l3["dmz"])
        routes = json.loads(in_namespace(inside, "ip", "-j", "route", "show", "default"))
        assert [route["gateway"] for route in routes] == ["10.10.1.1"]
        assert both["defaultL3NetworkUuid"] == cloud.l3["web"]
        links = {link["ifname"]: link["mtu"] for link in json.loads(in_namespace(inside, "ip", "-j", "link"))}
        assert (links["eth0"], links["eth1"]) == (WIDE, 1500)
        assert ping(inside, there)
        assert ping(inside, "10.10.1.1")
        for number in (OTHER, VLAN):
            changed = cloud.api.put(f"/l2-networks/{vlan}/actions", "changeL2NetworkVlanId", vlan=number)
            assert changed["vlan"] == number
            namespace, interface = running_lab.host_namespaces[hosts[1]], running_lab.status["public"]["interface"]
            with wire.captured(namespace, interface, tmp_path) as seen:
                assert ping(inside, there)
            assert set(seen.rows(f"icmp && ip.addr == {there}", "vlan.id")) == {(str(number),)}
    finally:
        for vm in (both, peer):
            cloud.remove_vm(vm["uuid"])


@pytest.fixture
def narrow(running_lab: Lab, cloud: Cloud) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A VM in `web` and, on another host, one in `db`, whose network is narrower."""
    mtu = f"/l3-networks/{cloud.l3['db']}/mtu"
    cloud.api.post(mtu, mtu=NARROW)
    hosts = list(running_lab.host_namespaces)
    vms = cloud.vm("wide", "web", host=hosts[0]), cloud.vm("narrow", "db", host=hosts[1])
    try:
        for vm in vms:
            eventually("addresses", lambda vm=vm: configured(running_lab, vm))
        yield vms
    finally:
        for vm in vms:
            cloud.remove_vm(vm["uuid"])
        cloud.api.post(mtu, mtu=WIDE)


def whole(lab: Lab, vm: dict[str, Any], target: str, size: int) -> str:
    """What ping says of packets of this size (with their IP header) that must not be fragmented, on a fresh path."""
    inside = lab.vm_namespace(vm)
    in_namespace(inside, "ip", "route", "flush", "cache")
    argv = ("ping", "-M", "do", "-c", "3", "-i", "0.1", "-W", "1", "-s", str(size - 28), target)
    return in_namespace(inside, *argv, check=False)


def test_a_narrower_network_is_told(
    running_lab: Lab, cloud: Cloud, narrow: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """By DHCP to its own VM; by the router to the other one, also while it goes the short way."""
    one, two = narrow
    (link,) = json.loads(in_namespace(running_lab.vm_namespace(two), "ip", "-j", "link", "show", "eth0"))
    assert link["mtu"] == NARROW
    target = address(two, cloud.l3["db"])
    told = f"From 10.10.1.1 icmp_seq=1 Frag needed and DF set (mtu = {NARROW})"
    assert told in whole(running_lab, one, target, WIDE)
    assert told in whole(running_lab, one, target, NARROW + 1)
    assert "3 received" in whole(running_lab, one, target, NARROW)
    path = f"/vpc/virtual-routers/{cloud.router}"
    cloud.api.post(f"{path}/distributed-routing", stateEvent="enable")
    try:
        eventually("the short way", lambda: not_short(running_lab, cloud, one, target), timeout=30)
        assert "3 received" in whole(running_lab, one, target, NARROW)
        assert told in whole(running_lab, one, target, NARROW + 1)
        assert told in whole(running_lab, one, target, WIDE)
        assert not_short(running_lab, cloud, one, target) == ""
    finally:
        cloud.api.post(f"{path}/distributed-routing", stateEvent="disable")


def not_short(lab: Lab, cloud: Cloud, vm: dict[str, Any], target: str) -> str:
    """After enough packets to be worth a shortcut: why there is none; or nothing."""
    argv = ("ping", "-c", "300", "-i", "0.002", "-q", "-W", "1", target)
    in_namespace(lab.vm_namespace(vm), *argv, check=False)
    rows = cloud.api.call("GET", f"/vpc/virtual-routers/{cloud.router}/tracked-connections")["inventories"]
    rows = rows.values() if isinstance(rows, dict) else rows
    mine = [row for row in rows if (row["srcIp"], row["dstIp"]) == (vm["vmNics"][0]["ip"], target)]
    return (
        ""
        if any((row["detail"], row["pathMtu"]) == ("ACTIVE", NARROW) for row in mine)
        else str(mine or "not a pair yet")
    )
