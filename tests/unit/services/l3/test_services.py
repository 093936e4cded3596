"""Network services, the DHCP server's address, and what hosts are told of a subnet."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import ipam
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import IpRange, L3Network, NetworkServiceRef, ServiceProvider, UsedIp
from landbridge.model.documents.vm import VmNic
from landbridge.model.node import DhcpSubnet
from landbridge.services import eip, ipsec, load_balancer, port_forwarding, qos
from landbridge.services.l3 import actions_network, actions_options, actions_range, actions_service
from landbridge.services.l3.project import DHCP_HOST, DHCP_SUBNET
from landbridge.services.l3.providers import seed_providers
from tests.unit.services.netkit import SERVICES, Kit, opened_as

VPC = {
    "vrouter": ["IPsec", "VRouterRoute", "VipQos", "SNAT", "PortForwarding", "Eip", "DNS", "LoadBalancer"],
    "Flat": ["DHCP", "Userdata"],
    "SecurityGroup": ["SecurityGroup"],
}


@pytest.fixture
def kit() -> Iterator[Kit]:
    served = (eip.SERVICE, port_forwarding.SERVICE, load_balancer.SERVICE, ipsec.SERVICE, qos.SERVICE)
    with opened_as(Kit, (*SERVICES, *served), 2) as kit:
        yield kit


@pytest.fixture
def l3(kit: Kit) -> str:
    pool = kit.pool()
    kit.attach(pool)
    return kit.l3(kit.vxlan(pool), cidr="192.168.1.0/24")


def attach(kit: Kit, l3: str, services: dict[str, Any]) -> None:
    request = actions_service.AttachNetworkServiceToL3Network(l3_network_uuid=l3, network_services=services)
    kit.run(actions_service.attach, request)


def detach(kit: Kit, l3: str, **fields: Any) -> None:
    request = actions_service.DetachNetworkServiceFromL3Network(l3_network_uuid=l3, **fields)
    kit.run(actions_service.detach, request)


def attached(kit: Kit, l3: str) -> set[str]:
    return {ref.network_service_type for ref in kit.all(NetworkServiceRef, l3_network_uuid=l3)}


def subnet(kit: Kit, l3: str) -> DhcpSubnet | None:
    placed = kit.placed(DHCP_SUBNET, l3)
    assert all(isinstance(one.value, DhcpSubnet) for one in placed)
    return next((one.value for one in placed if isinstance(one.value, DhcpSubnet)), None)


def test_providers_are_seeded_once(kit: Kit) -> None:
    before = kit.all(ServiceProvider)
    kit.write(seed_providers)
    assert kit.all(ServiceProvider) == before
    assert {provider.type for provider in before} == {"vrouter", "VirtualRouter", "Flat", "SecurityGroup"}


def test_vpc_recipe_by_uuid(kit: Kit, l3: str) -> None:
    uuids = {provider.type: provider.uuid for provider in kit.all(ServiceProvider)}
    attach(kit, l3, {uuids[type_]: services for type_, services in VPC.items()})
    assert attached(kit, l3) == {service for services in VPC.values() for service in services}


def test_unknown_provider(kit: Kit, l3: str) -> None:
    with kit.refused("SYS.1003", "NetworkServiceProviderVO"):
        attach(kit, l3, {"nobody": ["DHCP"]})


def test_service_that_the_provider_has_not(kit: Kit, l3: str) -> None:
    with kit.refused("SYS.1007", "SNAT"):
        attach(kit, l3, {"Flat": ["DHCP", "SNAT"]})


@pytest.mark.parametrize("services", [7, {"DHCP": 1}, [1]])
def test_services_that_are_no_list(kit: Kit, l3: str, services: object) -> None:
    with kit.refused("SYS.1007", "Flat"):
        attach(kit, l3, {"Flat": services})


def test_attached_already(kit: Kit, l3: str) -> None:
    attach(kit, l3, {"Flat": ["DHCP"]})
    with kit.refused("SYS.1006", "DHCP"):
        attach(kit, l3, {"VirtualRouter": ["DHCP"]})


@pytest.mark.parametrize("service", ["Eip", "PortForwarding"])
def test_translation_needs_snat(kit: Kit, l3: str, service: str) -> None:
    with kit.refused("SYS.1007", "SNAT"):
        attach(kit, l3, {"vrouter": [service]})
    attach(kit, l3, {"vrouter": ["SNAT"]})
    attach(kit, l3, {"vrouter": [service]})
    with kit.refused("SYS.1007", "SNAT"):
        detach(kit, l3, service="SNAT")


def test_distributed_eip_needs_no_snat(kit: Kit, l3: str) -> None:
    attach(kit, l3, {"Flat": ["Eip"]})
    assert attached(kit, l3) == {"Eip"}


def test_detach(kit: Kit, l3: str) -> None:
    attach(kit, l3, VPC)
    detach(kit, l3, network_services={"Flat": ["Userdata"], "vrouter": "DNS,LoadBalancer"})
    detach(kit, l3, service="SecurityGroup")
    rest = {service for services in VPC.values() for service in services}
    assert attached(kit, l3) == rest - {"Userdata", "DNS", "LoadBalancer", "SecurityGroup"}
    with kit.refused("SYS.1007"):
        detach(kit, l3)


def test_service_types(kit: Kit) -> None:
    types = kit.run(actions_service.get_types, actions_service.GetNetworkServiceTypes()).body["types"]
    assert set(types["DHCP"]) == {"VirtualRouter", "Flat"}
    assert types["SecurityGroup"] == ["SecurityGroup"]


def dhcp_ip(kit: Kit, l3: str) -> str | None:
    request = actions_options.GetL3NetworkDhcpIpAddress(l3_network_uuid=l3)
    return kit.run(actions_options.get_dhcp_ip, request).body.get("ip")


def test_dhcp_address_is_an_address_in_use(kit: Kit, l3: str) -> None:
    assert dhcp_ip(kit, l3) is None
    attach(kit, l3, {"Flat": ["DHCP"]})
    ip = dhcp_ip(kit, l3)
    assert [used.ip for used in kit.all(UsedIp)] == [ip]
    with kit.refused("SYS.1006", "DHCP server"):
        kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), "x", "VM", static_ip=ip))
    detach(kit, l3, service="DHCP")
    assert dhcp_ip(kit, l3) is None
    assert not kit.all(UsedIp)


def test_dhcp_before_the_first_range(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    attach(kit, l3, {"Flat": ["DHCP"]})
    assert dhcp_ip(kit, l3) is None
    kit.cidr(l3, "192.168.1.0/24")
    assert dhcp_ip(kit, l3) == "192.168.1.2"


def test_full_range_has_no_dhcp_address(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="192.168.1.0/30")
    kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), "x", "VM"))
    with kit.refused("L3.1000"):
        attach(kit, l3, {"Flat": ["DHCP"]})


def test_dhcp_address_moves_when_its_range_goes(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    attach(kit, l3, {"Flat": ["DHCP"]})
    kit.cidr(l3, "192.168.1.0/24", gateway="192.168.1.100")
    first, second = kit.all(IpRange)
    kit.run(actions_range.delete_range, actions_range.DeleteIpRange(uuid=first.uuid))
    assert dhcp_ip(kit, l3) == "192.168.1.101"
    kit.run(actions_range.delete_range, actions_range.DeleteIpRange(uuid=second.uuid))
    assert dhcp_ip(kit, l3) is None
    assert not kit.all(UsedIp)


def test_change_dhcp_address(kit: Kit, l3: str) -> None:
    change = actions_options.ChangeL3NetworkDhcpIpAddress

    def ask(ip: str | None, v6: str | None = None) -> Any:
        request = change(l3_network_uuid=l3, dhcp_server_ip=ip, dhcpv6_server_ip=v6)
        return kit.run(actions_options.change_dhcp_ip, request).body

    with kit.refused("SYS.1006", "no DHCP server"):
        ask("192.168.1.50")
    attach(kit, l3, {"Flat": ["DHCP"]})
    kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), "x", "VM", static_ip="192.168.1.60"))
    for ip, code in (("192.168.1.60", "SYS.1006"), ("192.168.1.1", "SYS.1007"), ("10.0.0.1", "SYS.1007")):
        with kit.refused(code, ip):
            ask(ip)
    with kit.refused("SYS.1007"):
        ask(None)
    with kit.refused("SYS.1007"):
        ask("192.168.1.50", "fd00::1")
    for _ in range(2):
        assert ask("192.168.1.50") == {"dhcpServerIp": "192.168.1.50"}
        assert dhcp_ip(kit, l3) == "192.168.1.50"
    assert {used.ip for used in kit.all(UsedIp)} == {"192.168.1.50", "192.168.1.60"}


def test_delete_network_with_a_dhcp_address(kit: Kit, l3: str) -> None:
    attach(kit, l3, {"Flat": ["DHCP"]})
    kit.run(actions_network.delete, actions_network.DeleteL3Network(uuid=l3))
    assert not kit.all(UsedIp)
    assert kit.write(lambda tx: tx.count_claims_between(ipam.claim_scope(l3), 0, 2**32 - 1)) == 0


def test_subnet_object(kit: Kit, l3: str) -> None:
    assert subnet(kit, l3) is None
    attach(kit, l3, {"Flat": ["DHCP"]})
    kit.run(actions_options.add_dns, actions_options.AddDnsToL3Network(l3_network_uuid=l3, dns="1.1.1.1"))
    route = actions_options.AddHostRouteToL3Network(l3_network_uuid=l3, prefix="10.0.0.0/8", nexthop="192.168.1.9")
    kit.run(actions_options.add_host_route, route)
    kit.run(actions_network.update, actions_network.UpdateL3Network(uuid=l3, dns_domain="example.org"))
    net_id = kit.get(L2Network, kit.get(L3Network, l3).l2_network_uuid).net_id
    assert subnet(kit, l3) == DhcpSubnet(
        l3_uuid=l3,
        server_ip="192.168.1.2",
        server_mac=f"0e:dc:00:00:{net_id // 256:02x}:{net_id % 256:02x}",
        prefix_len=24,
        network_cidr="192.168.1.0/24",
        gateway="192.168.1.1",
        dns=("1.1.1.1",),
        routes=(("10.0.0.0/8", "192.168.1.9"),),
        mtu=1450,
        domain="example.org",
        lease_seconds=3600,
    )


def test_hosts_with_a_port_get_the_subnet_and_its_changes(kit: Kit, l3: str) -> None:
    attach(kit, l3, {"Flat": ["DHCP"]})
    host, other = kit.hosts
    nic = kit.nic(l3, host=host)
    assert kit.objects(host)[f"dhcp/{l3}"] == subnet(kit, l3)
    assert kit.objects(other) == {}
    kit.run(actions_options.set_mtu, actions_options.SetL3NetworkMtu(l3_network_uuid=l3, mtu=1400))
    lease = kit.all(GlobalConfig, name="dhcpLeaseSeconds")[0].uuid
    kit.edit(GlobalConfig, lease, value="600")
    told = kit.objects(host)[f"dhcp/{l3}"]
    assert isinstance(told, DhcpSubnet)
    assert (told.mtu, told.lease_seconds) == (1400, 600)
    detach(kit, l3, service="DHCP")
    assert f"dhcp/{l3}" not in kit.objects(host)
    kit.edit(VmNic, nic, host_uuid="")
    assert kit.objects(host) == {}


def test_vms_are_told_the_router_as_resolver_when_it_serves_and_nothing_is_listed(kit: Kit, l3: str) -> None:
    attach(kit, l3, {"Flat": ["DHCP"], "vrouter": ["CentralizedDNS"]})
    host = kit.hosts[0]
    kit.nic(l3, host=host)

    def resolvers() -> tuple[str, ...]:
        told = kit.objects(host)[f"dhcp/{l3}"]
        assert isinstance(told, DhcpSubnet)
        return told.dns

    assert resolvers() == ()
    kit.nic(l3, ip="192.168.1.1", router=True)
    assert resolvers() == ("192.168.1.1",)
    add = actions_options.AddDnsToL3Network(l3_network_uuid=l3, dns="1.1.1.1")
    kit.run(actions_options.add_dns, add)
    assert resolvers() == ("1.1.1.1",)


def test_keys(kit: Kit, l3: str) -> None:
    kit.nic(l3, host=kit.hosts[1])
    assert kit.write(lambda tx: set(DHCP_SUBNET.keys(tx))) == {(l3,)}
    assert kit.write(lambda tx: set(DHCP_HOST.keys(tx))) == {(kit.hosts[1], l3)}
