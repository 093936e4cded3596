"""What a vrouter is attached to and does there: subnets, public networks, source NAT, DNS."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.l3 import IpRange
from landbridge.model.documents.vm import SNAT_STATE, SnatState, VmInstance
from landbridge.model.node import DhcpSubnet, Port
from landbridge.model.router_node import DnsForwarder, RouterLeg, RouterRoute, SourceNat
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


@pytest.fixture
def router(cloud: Cloud) -> dict[str, Any]:
    return cloud.router()


@pytest.fixture
def web(cloud: Cloud) -> str:
    return cloud.subnet("10.1.0.0/24", "web", vpc=True)


def attach(cloud: Cloud, vm: dict[str, Any], l3: str, **params: Any) -> Any:
    return cloud.begin("AttachL3NetworkToVm", vmInstanceUuid=vm["uuid"], l3NetworkUuid=l3, **params)


def nic_on(cloud: Cloud, router: dict[str, Any], l3: str) -> Any:
    return next(nic for nic in cloud.nics(router) if nic.l3_network_uuid == l3)


def nats(cloud: Cloud, router: dict[str, Any]) -> set[tuple[str, str]]:
    found = [value for value in cloud.seen(router).values() if isinstance(value, SourceNat)]
    return {(nat.source, nat.to_ip) for nat in found}


def test_all_of_a_router(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    outcome = attach(cloud, router, web)
    assert [wait.node for wait in outcome.wait] == [router["hostUuid"]]
    answer = cloud.finish(outcome)
    assert [(nic["metaData"], nic["ip"]) for nic in answer["vmNics"]][2] == ("4", "10.1.0.1")
    cloud.call("AddDnsToL3Network", l3NetworkUuid=router["publicNetworkUuid"], dns="203.0.113.53")
    management, public, guest = cloud.nics(router)
    uuid, seen = router["uuid"], cloud.seen(router)

    def leg(nic: Any, role: Any, address: str, mtu: int) -> RouterLeg:
        return RouterLeg(
            nic_uuid=nic.uuid,
            l3_uuid=nic.l3_network_uuid,
            device_id=nic.device_id,
            mac=nic.mac,
            role=role,
            addresses=(address,),
            mtu=mtu,
            gateway=nic.gateway if role == "public" else None,
        )

    assert {key: value for key, value in seen.items() if not key.startswith(("vm/", "port/"))} == {
        f"leg/{management.uuid}": leg(management, "management", "172.16.9.2/24", 1500),
        f"leg/{public.uuid}": leg(public, "public", "203.0.113.2/24", 1500),
        f"leg/{guest.uuid}": leg(guest, "guest", "10.1.0.1/24", 1450),
        f"route/{uuid}/0.0.0.0/0/0": RouterRoute(destination="0.0.0.0/0", via="203.0.113.1", distance=0),
        f"snat/{uuid}/{public.l3_network_uuid}/{web}": SourceNat(
            source="10.1.0.0/24", out_nic_uuid=public.uuid, to_ip="203.0.113.2"
        ),
        f"dns/{uuid}": DnsForwarder(listen=("10.1.0.1",), upstreams=("203.0.113.53",)),
    }
    port = seen[f"port/{guest.uuid}"]
    assert isinstance(port, Port)
    assert (port.role, port.dhcp, port.addresses) == ("router", None, ("10.1.0.1",))
    cloud.check_compiled()


def test_vms_are_told_the_router_as_resolver(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    vm = cloud.vm(web)
    key = f"dhcp/{web}"

    def resolvers() -> tuple[str, ...]:
        found = cloud.objects(vm["hostUuid"])[key]
        assert isinstance(found, DhcpSubnet)
        return found.dns

    assert resolvers() == ()
    cloud.join(router, web)
    assert resolvers() == ("10.1.0.1",)
    cloud.check_compiled()


def test_refused_attachments(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    bare = cloud.subnet("", "bare", vpc=True)
    with cloud.refused("SYS.1006", "no IP range"):
        attach(cloud, router, bare)
    basic = cloud.subnet("10.5.0.0/24", "basic")
    with cloud.refused("SYS.1006", "L3VpcNetwork"):
        attach(cloud, router, basic)
    with cloud.refused("SYS.1007", "10.1.0.9"):
        attach(cloud, router, web, staticIp="10.1.0.9")
    cloud.join(router, web)
    with cloud.refused("SYS.1006", "attached already"):
        attach(cloud, router, web)
    clash = cloud.subnet("10.1.0.128/25", "clash", vpc=True)
    with cloud.refused("SYS.1006", "overlaps", "10.1.0.128/25", "10.1.0.0/24"):
        attach(cloud, router, clash)
    outside = cloud.subnet("203.0.113.0/25", "outside", vpc=True)
    with cloud.refused("SYS.1006", "overlaps", "203.0.113.0/24"):
        attach(cloud, router, outside)
    second = cloud.router(name="second", virtualRouterOfferingUuid=router["instanceOfferingUuid"])
    with cloud.refused("SYS.1006", "attached to vrouter", router["uuid"]):
        attach(cloud, second, web)


def test_an_attach_that_the_host_refuses(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    before = cloud.seen(router)
    told = cloud.fail(attach(cloud, router, web))
    assert (told.code, told.cause) == ("VM.1007", HOST_SAYS)
    assert cloud.seen(router) == before
    cloud.join(router, web)


def test_detach(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    for nic in cloud.nics(router):
        with cloud.refused("SYS.1006", "network of the vrouter's offering"):
            cloud.begin("DetachL3NetworkFromVm", vmNicUuid=nic.uuid)
    cloud.join(router, web)
    cloud.vm(web)
    nic = nic_on(cloud, router, web)
    answer = cloud.call("DetachL3NetworkFromVm", vmNicUuid=nic.uuid)
    assert len(answer["vmNics"]) == 2
    assert nats(cloud, router) == set()
    second = cloud.router(name="second", virtualRouterOfferingUuid=router["instanceOfferingUuid"])
    cloud.join(second, web)
    cloud.check_compiled()


def test_source_nat_per_public_network(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    plain = cloud.subnet("10.2.0.0/24", "plain", vpc=True, services=False)
    more = cloud.flat("eth0", "198.51.100.0/24", "more", category="Public")
    for l3 in (web, plain, more):
        cloud.join(router, l3)
    uuid, public = router["uuid"], router["publicNetworkUuid"]
    assert nats(cloud, router) == {("10.1.0.0/24", "203.0.113.2"), ("10.1.0.0/24", "198.51.100.2")}

    def switch(state: str, **params: Any) -> Any:
        return cloud.begin(
            "SetVpcVRouterNetworkServiceState", uuid=uuid, networkService="SNAT", state=state, **params
        )

    def look(**params: Any) -> str:
        answer = cloud.call("GetVpcVRouterNetworkServiceState", uuid=uuid, networkService="SNAT", **params)
        return str(answer["state"])

    outcome = switch("disable", l3NetworkUuid=public)
    assert [wait.node for wait in outcome.wait] == [router["hostUuid"]]
    assert cloud.finish(outcome)["state"] == "disable"
    assert nats(cloud, router) == {("10.1.0.0/24", "198.51.100.2")}
    assert (look(), look(l3NetworkUuid=more)) == ("disable", "enable")
    switch("disable")
    assert nats(cloud, router) == set()
    switch("enable")
    assert {(snat.l3_network_uuid, snat.state) for snat in cloud.all(SnatState)} == {
        (public, "enable"),
        (more, "enable"),
    }
    cloud.call("AttachNetworkServiceToL3Network", l3NetworkUuid=plain, networkServices={"vrouter": ["SNAT"]})
    assert len(nats(cloud, router)) == 4
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=nic_on(cloud, router, more).uuid)
    assert len(cloud.all(SnatState)) == 1
    with cloud.refused("SYS.1007", "no public network"):
        switch("disable", l3NetworkUuid=web)
    with cloud.refused("SYS.1007", "no public network"):
        look(l3NetworkUuid=web)
    with cloud.refused("SYS.1007", "state"):
        switch("maybe")
    with cloud.refused("SYS.1007", "networkService"):
        cloud.begin("GetVpcVRouterNetworkServiceState", uuid=uuid, networkService="DNAT")
    cloud.check_compiled()


def test_a_subnet_without_ranges_keeps_its_source_nat(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    cloud.join(router, web)
    for ip_range in cloud.all(IpRange, l3_network_uuid=web):
        cloud.call("DeleteIpRange", uuid=ip_range.uuid)
    assert nats(cloud, router) == {("10.1.0.0/24", "203.0.113.2")}
    cloud.check_compiled()


def test_dns_upstreams(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    cloud.join(router, web)
    uuid = router["uuid"]
    cloud.call("AddDnsToL3Network", l3NetworkUuid=router["publicNetworkUuid"], dns="203.0.113.53")

    def upstreams() -> tuple[str, ...]:
        found = cloud.seen(router)[f"dns/{uuid}"]
        assert isinstance(found, DnsForwarder)
        return found.upstreams

    assert upstreams() == ("203.0.113.53",)
    outcome = cloud.begin("AddDnsToVpcRouter", uuid=uuid, dns="9.9.9.9")
    assert [wait.node for wait in outcome.wait] == [router["hostUuid"]]
    assert [dns["dns"] for dns in cloud.finish(outcome)["dns"]] == ["9.9.9.9"]
    assert upstreams() == ("9.9.9.9",)
    with cloud.refused("SYS.1006", "9.9.9.9"):
        cloud.begin("AddDnsToVpcRouter", uuid=uuid, dns="9.9.9.9")
    with cloud.refused("SYS.1007", "dns"):
        cloud.begin("AddDnsToVpcRouter", uuid=uuid, dns="nine")
    with cloud.refused("SYS.1003", "VpcRouterVmVO"):
        cloud.begin("AddDnsToVpcRouter", uuid=ABSENT, dns="9.9.9.9")
    cloud.call("RemoveDnsFromVpcRouter", uuid=uuid, dns="9.9.9.9")
    cloud.call("RemoveDnsFromVpcRouter", uuid=uuid, dns="9.9.9.9")
    assert upstreams() == ("203.0.113.53",)


def test_a_stopped_or_lost_router(cloud: Cloud, router: dict[str, Any]) -> None:
    cloud.leave(router["hostUuid"])
    with cloud.refused("HOST.1010"):
        cloud.begin("AddDnsToVpcRouter", uuid=router["uuid"], dns="9.9.9.9")
    cloud.edit(VmInstance, router["uuid"], state="Stopped", host_uuid=None)
    assert cloud.begin("AddDnsToVpcRouter", uuid=router["uuid"], dns="9.9.9.9").wait == ()


def test_a_router_keeps_the_addresses_of_its_networks(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    cloud.join(router, web)
    with cloud.refused("SYS.1006", "cannot be chosen"):
        cloud.begin("SetVmStaticIp", vmInstanceUuid=router["uuid"], l3NetworkUuid=web, ip="10.1.0.9")
    with cloud.refused("SYS.1006", "detach and attach"):
        cloud.begin("ChangeVmNicNetwork", vmNicUuid=nic_on(cloud, router, web).uuid, destL3NetworkUuid=web)


def test_candidates(cloud: Cloud, router: dict[str, Any], web: str) -> None:
    cloud.subnet("", "bare", vpc=True)
    cloud.subnet("10.5.0.0/24", "basic")
    more = cloud.flat("eth0", "198.51.100.0/24", "more", category="Public")

    def candidates() -> tuple[set[str], set[str]]:
        subnets = cloud.call("GetAttachableVpcL3Network", uuid=router["uuid"])
        publics = cloud.call("GetAttachablePublicL3ForVRouter", vmInstanceUuid=router["uuid"])
        return {one["uuid"] for one in subnets}, {one["uuid"] for one in publics}

    assert candidates() == ({web}, {more})
    cloud.join(router, web)
    cloud.join(router, more)
    assert candidates() == (set(), set())


def test_snat_states_are_listed(cloud: Cloud, router: dict[str, Any]) -> None:
    (row,) = cloud.ask(SNAT_STATE)
    assert (row["vpcUuid"], row["l3NetworkUuid"], row["state"]) == (
        router["uuid"],
        router["publicNetworkUuid"],
        "enable",
    )
