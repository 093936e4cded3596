"""VIPs: taken, shared, given back."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vip import Vip, VipPeer, VipPorts, VipService
from landbridge.model.router_node import VipAddress
from landbridge.services.eip.document import Eip
from landbridge.services.port_forwarding.document import PortForwardingRule
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made
        made.check_compiled()


def test_the_next_free_address_or_the_asked_one(cloud: NatCloud) -> None:
    first = cloud.shown(cloud.vip())
    assert (first["state"], first["system"], first["prefixLen"]) == ("Enabled", False, 24)
    assert "useFor" not in first
    assert (first["servicesRefs"], first["peerL3NetworkUuids"]) == ([], [])
    asked = cloud.shown(cloud.vip(requiredIp="203.0.113.99"))
    assert (asked["ip"], asked["gateway"]) == ("203.0.113.99", "203.0.113.1")


@pytest.mark.parametrize(
    ("params", "code", "words"),
    [
        ({"requiredIp": "203.0.113.300"}, "SYS.1007", "not an IPv4 address"),
        ({"requiredIp": "fd00::1"}, "SYS.1007", "not an IPv4 address"),
        ({"requiredIp": "198.51.100.1"}, "SYS.1007", "in no IP range"),
        ({"ipVersion": 6}, "SYS.1007", "no IPv6 ranges"),
        ({"allocatorStrategy": "Whatever"}, "SYS.1007", "RandomIpAllocatorStrategy"),
    ],
)
def test_addresses_that_it_cannot_have(cloud: NatCloud, params: Any, code: str, words: str) -> None:
    with cloud.refused(code, words):
        cloud.vip(**params)


def test_an_address_that_somebody_has(cloud: NatCloud) -> None:
    cloud.vip(requiredIp="203.0.113.99")
    with cloud.refused("SYS.1006", "203.0.113.99", "in use"):
        cloud.vip(requiredIp="203.0.113.99")
    with cloud.refused("SYS.1006", "in use"):
        cloud.vip(requiredIp=cloud.shown(cloud.own_vip())["ip"])


def test_from_a_range(cloud: NatCloud) -> None:
    params = {"startIp": "203.0.114.10", "endIp": "203.0.114.20", "netmask": "255.255.255.0"}
    flat = cloud.flat("eth2", "", "extra", category="Public")
    made = [
        cloud.call("AddIpRange", l3NetworkUuid=flat, name="r", gateway="203.0.114.1", **params),
        cloud.call(
            "AddIpRange",
            l3NetworkUuid=flat,
            name="r2",
            gateway="203.0.114.1",
            **{**params, "startIp": "203.0.114.30", "endIp": "203.0.114.31"},
        ),
    ]
    second = made[1]["uuid"]
    assert cloud.shown(cloud.vip(flat, ipRangeUuid=second))["ip"] == "203.0.114.30"
    with cloud.refused("SYS.1007", "is not in IP range"):
        cloud.vip(flat, ipRangeUuid=second, requiredIp="203.0.114.10")
    with cloud.refused("SYS.1007", "is not one of"):
        cloud.vip(ipRangeUuid=second)


def test_a_vrouters_own(cloud: NatCloud) -> None:
    own = cloud.shown(cloud.own_vip())
    assert cloud.route is not None
    assert own["name"] == f"vip-for-{cloud.route['name']}"
    assert (own["system"], own["useFor"]) == (True, "SNAT")
    assert own["ip"] in {nic["ip"] for nic in cloud.route["vmNics"]}
    assert cloud.of_router("vip/") == {}
    with cloud.refused("SYS.1007", "delete the vrouter"):
        cloud.call("DeleteVip", uuid=own["uuid"])
    cloud.call("SetVpcVRouterNetworkServiceState", uuid=cloud.route["uuid"], networkService="SNAT", state="disable")
    assert "useFor" not in cloud.shown(own["uuid"])
    cloud.call("SetVpcVRouterNetworkServiceState", uuid=cloud.route["uuid"], networkService="SNAT", state="enable")
    assert cloud.shown(own["uuid"])["useFor"] == "SNAT"


def test_its_system_ports_are_taken_while_it_translates(cloud: NatCloud) -> None:
    own, nic = cloud.own_vip(), cloud.guest()
    assert cloud.route is not None
    [udp] = cloud.call("GetVipUsedPorts", uuid=own, protocol="UDP")
    assert udp["usedPorts"] == ["53", "123"]
    with cloud.refused("SYS.1006", "TCP port 22", "the vrouter itself"):
        cloud.rule(own, 20, nic, vipPortEnd=25)
    cloud.call("SetVpcVRouterNetworkServiceState", uuid=cloud.route["uuid"], networkService="SNAT", state="disable")
    cloud.rule(own, 20, nic, vipPortEnd=25)


def test_services_and_networks_are_named(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    one, two = cloud.rule(vip, 80, nic), cloud.rule(vip, 81)
    shown = cloud.shown(vip)
    assert (shown["useFor"], shown["serviceProvider"]) == ("PortForwarding", "vrouter")
    assert [(ref["uuid"], ref["serviceType"], ref["vipUuid"]) for ref in shown["servicesRefs"]] == [
        (one["uuid"], "PortForwarding", vip),
        (two["uuid"], "PortForwarding", vip),
    ]
    assert "serviceUuid" not in shown["servicesRefs"][0]
    assert shown["peerL3NetworkUuids"] == [cloud.web]
    cloud.rule(vip, 82, cloud.guest(cloud.db))
    assert sorted(cloud.shown(vip)["peerL3NetworkUuids"]) == sorted([cloud.web, cloud.db])


def test_ports_free_and_taken(cloud: NatCloud) -> None:
    vip = cloud.vip()
    cloud.rule(vip, 1, vipPortEnd=79)
    cloud.rule(vip, 443)
    [used] = cloud.call("GetVipUsedPorts", uuid=vip, protocol="TCP")
    assert used == {"uuid": vip, "protocol": "TCP", "usedPorts": ["1-79", "443"]}

    def available(port: int, protocol: str = "TCP") -> bool:
        answer = cloud.call("CheckVipPortAvailability", vipUuid=vip, port=port, protocolType=protocol)
        return bool(answer["available"])

    assert [available(79), available(80), available(443), available(443, "UDP")] == [False, True, False, True]
    free = cloud.call("GetVipAvailablePort", vipUuid=vip, protocolType="TCP", limit=3, start=362)["availablePort"]
    assert free == ["442", "444", "445"]
    taken = cloud.vip()
    cloud.eip(taken)
    answer = cloud.call("CheckVipPortAvailability", vipUuid=taken, port=80, protocolType="TCP")
    assert answer["available"] is False
    assert cloud.call("GetVipAvailablePort", vipUuid=taken, protocolType="TCP")["availablePort"] == []


def test_deleted_with_all_that_is_on_it(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    cloud.rule(vip, 80, nic)
    cloud.rule(vip, 81)
    other = cloud.vip()
    cloud.eip(other, cloud.guest(cloud.db))
    assert len(cloud.of_router("vip/")) == 2
    before = len(cloud.all(UsedIp))
    for uuid in (vip, other):
        outcome = cloud.begin("DeleteVip", uuid=uuid)
        assert cloud.route is not None
        assert [wait.node for wait in outcome.wait] == [cloud.route["hostUuid"]]
        cloud.finish(outcome)
    for doc in (PortForwardingRule, Eip, VipPorts, VipPeer):
        assert cloud.all(doc) == [], doc
    assert [service.service_type for service in cloud.all(VipService)] == ["SNAT"]
    assert len(cloud.all(Vip)) == 1
    assert len(cloud.all(UsedIp)) == before - 2
    assert cloud.of_router("vip/") == cloud.of_router("forward/") == cloud.of_router("eip/") == {}
    cloud.call("DeleteVip", uuid=vip)


def test_the_vrouter_answers_for_it_while_it_is_used(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    assert cloud.of_router("vip/") == {}
    rule = cloud.rule(vip, 80, nic)
    assert cloud.route is not None
    public = next(own for own in cloud.nics(cloud.route) if own.l3_network_uuid == cloud.public)
    wanted = VipAddress(nic_uuid=public.uuid, ip=cloud.shown(vip)["ip"])
    assert cloud.of_router("vip/") == {f"vip/{vip}": wanted}
    cloud.call("DeletePortForwardingRule", uuid=rule["uuid"])
    assert cloud.of_router("vip/") == {}


def test_states(cloud: NatCloud) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    rule = cloud.rule(vip, 80, nic)
    assert cloud.call("ChangeVipState", uuid=vip, stateEvent="disable")["state"] == "Disabled"
    assert f"forward/{rule['uuid']}" in cloud.of_router("forward/")
    with cloud.refused("SYS.1006", "Disabled", "ChangeVipState"):
        cloud.rule(vip, 81)
    empty = cloud.vip()
    cloud.call("ChangeVipState", uuid=empty, stateEvent="disable")
    with cloud.refused("SYS.1006", "Disabled"):
        cloud.eip(empty)
    assert cloud.call("ChangeVipState", uuid=empty, stateEvent="enable")["state"] == "Enabled"
    cloud.eip(empty)


def test_names(cloud: NatCloud) -> None:
    vip = cloud.vip(description="d")
    changed = cloud.call("UpdateVip", uuid=vip, name="n")
    assert (changed["name"], changed["description"]) == ("n", "d")
    assert cloud.call("UpdateVip", uuid=vip, description="e")["name"] == "n"


def test_the_vrouter_is_deleted_and_made_anew(cloud: NatCloud) -> None:
    """Services belong to VMs: they wait for the next vrouter."""
    vip, nic = cloud.vip(), cloud.guest()
    assert cloud.route is not None
    eip = cloud.eip(vip, nic)
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    assert [left.uuid for left in cloud.all(Vip)] == [vip]
    assert cloud.get(Eip, eip["uuid"]).vm_nic_uuid == eip["vmNicUuid"]
    cloud.route = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0])
    assert cloud.of_router("eip/") == {}
    cloud.join(cloud.route, cloud.web)
    assert list(cloud.of_router("eip/")) == [f"eip/{eip['uuid']}"]
    assert list(cloud.of_router("vip/")) == [f"vip/{vip}"]


def test_what_stands_on_a_vrouters_own_address_outlives_it(cloud: NatCloud) -> None:
    own = cloud.shown(cloud.own_vip())
    rule = cloud.rule(own["uuid"], 8080, cloud.guest())
    assert cloud.route is not None
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    left = cloud.shown(own["uuid"])
    assert (left["ip"], left["system"], left["useFor"]) == (own["ip"], False, "PortForwarding")
    with cloud.refused("SYS.1006", "in use"):
        cloud.vip(requiredIp=own["ip"])
    cloud.route = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0])
    assert cloud.shown(cloud.own_vip())["ip"] != own["ip"]
    cloud.join(cloud.route, cloud.web)
    assert list(cloud.of_router("forward/")) == [f"forward/{rule['uuid']}"]
    assert list(cloud.of_router("vip/")) == [f"vip/{own['uuid']}"]
    cloud.call("DeleteVip", uuid=own["uuid"])
    assert cloud.shown(cloud.vip(requiredIp=own["ip"]))["ip"] == own["ip"]


def test_a_subnet_goes_to_another_vrouter_while_its_vms_run(cloud: NatCloud) -> None:
    vip = cloud.vip()
    eip = cloud.eip(vip, cloud.guest())
    assert cloud.route is not None
    leg = next(nic for nic in cloud.nics(cloud.route) if nic.l3_network_uuid == cloud.web)
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=leg.uuid)
    assert cloud.of_router("eip/") == cloud.of_router("vip/") == {}
    offering = cloud.query("QueryVirtualRouterOffering")[0]
    cloud.route = cloud.router(virtualRouterOfferingUuid=offering, name="second")
    cloud.join(cloud.route, cloud.web)
    assert list(cloud.of_router("eip/")) == [f"eip/{eip['uuid']}"]
