"""L3 networks themselves, and what they tell their VMs."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.l3 import IpRange, L3Dns, L3HostRoute, L3Network
from landbridge.services.l3 import actions_network, actions_options
from tests.unit.services.netkit import Kit, opened

Network = actions_network.CreateL3Network
Options = actions_options


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(hosts=2) as kit:
        yield kit


@pytest.fixture
def l3(kit: Kit) -> str:
    return kit.l3(kit.no_vlan(), cidr="192.168.1.0/24")


def test_defaults(kit: Kit) -> None:
    found = kit.get(L3Network, kit.l3(kit.no_vlan()))
    assert (found.type, found.category, found.system, found.state) == ("L3BasicNetwork", "Private", False, "Enabled")
    assert (found.ip_version, found.enable_ipam, found.zone_uuid) == (4, True, kit.zone)


def test_none_on_a_pool(kit: Kit) -> None:
    pool = kit.pool()
    with kit.refused("SYS.1007", "VXLAN pool"):
        kit.l3(pool)


def test_unknown_type(kit: Kit) -> None:
    l2 = kit.no_vlan()
    with kit.refused("SYS.1007", "L3Fancy"):
        kit.l3(l2, type="L3Fancy")


@pytest.mark.parametrize(("category", "system"), [("System", False), ("Public", True), ("Private", True)])
def test_category_and_system_must_agree(kit: Kit, l3: str, category: str, system: bool) -> None:
    l2 = kit.no_vlan()
    with kit.refused("SYS.1007", category):
        kit.l3(l2, category=category, system=system)
    with kit.refused("SYS.1007", category):
        kit.run(actions_network.update, actions_network.UpdateL3Network(uuid=l3, category=category, system=system))


def test_update_and_state(kit: Kit, l3: str) -> None:
    kit.run(actions_network.update, actions_network.UpdateL3Network(uuid=l3, name="new", dns_domain="example.org"))
    kit.run(actions_network.change_state, actions_network.ChangeL3NetworkState(uuid=l3, state_event="disable"))
    found = kit.get(L3Network, l3)
    assert (found.name, found.dns_domain, found.state, found.category) == (
        "new",
        "example.org",
        "Disabled",
        "Private",
    )
    kit.run(actions_network.change_state, actions_network.ChangeL3NetworkState(uuid=l3, state_event="enable"))
    assert kit.get(L3Network, l3).state == "Enabled"


def test_types(kit: Kit) -> None:
    found = kit.run(actions_network.get_types, actions_network.GetL3NetworkTypes())
    assert found.body == {"types": ["L3BasicNetwork", "L3VpcNetwork"]}


def test_delete_in_use_names_the_vm(kit: Kit, l3: str) -> None:
    kit.nic(l3)
    with kit.refused("SYS.1006", "vm-1", "192.168.1.77"):
        kit.run(actions_network.delete, actions_network.DeleteL3Network(uuid=l3))


def test_delete_takes_belongings_along(kit: Kit, l3: str) -> None:
    kit.run(Options.add_dns, Options.AddDnsToL3Network(l3_network_uuid=l3, dns="1.1.1.1"))
    route = Options.AddHostRouteToL3Network(l3_network_uuid=l3, prefix="10.0.0.0/8", nexthop="192.168.1.9")
    kit.run(Options.add_host_route, route)
    kit.run(actions_network.delete, actions_network.DeleteL3Network(uuid=l3))
    for doc in (L3Network, IpRange, L3Dns, L3HostRoute):
        assert not kit.all(doc), doc


def test_dns(kit: Kit, l3: str) -> None:
    add = Options.AddDnsToL3Network
    kit.run(Options.add_dns, add(l3_network_uuid=l3, dns="1.1.1.1"))
    with kit.refused("SYS.1006", "1.1.1.1"):
        kit.run(Options.add_dns, add(l3_network_uuid=l3, dns="1.1.1.1"))
    with kit.refused("SYS.1007", "one.one"):
        kit.run(Options.add_dns, add(l3_network_uuid=l3, dns="one.one"))
    for _ in range(2):
        kit.run(Options.remove_dns, Options.RemoveDnsFromL3Network(l3_network_uuid=l3, dns="1.1.1.1"))
        assert not kit.all(L3Dns)


def test_host_routes(kit: Kit, l3: str) -> None:
    def add(prefix: str, nexthop: str) -> None:
        request = Options.AddHostRouteToL3Network(l3_network_uuid=l3, prefix=prefix, nexthop=nexthop)
        kit.run(Options.add_host_route, request)

    add("10.1.2.3/16", "192.168.1.9")
    assert [route.prefix for route in kit.all(L3HostRoute)] == ["10.1.0.0/16"]
    with kit.refused("SYS.1006", "10.1.0.0/16"):
        add("10.1.0.0/16", "192.168.1.10")
    for prefix, nexthop in (("10.1.0.0", "192.168.1.9"), ("x", "192.168.1.9"), ("10.2.0.0/16", "::1")):
        with kit.refused("SYS.1007"):
            add(prefix, nexthop)
    remove = Options.RemoveHostRouteFromL3Network(l3_network_uuid=l3, prefix="10.1.0.0/16")
    for _ in range(2):
        kit.run(Options.remove_host_route, remove)
        assert not kit.all(L3HostRoute)


def mtu(kit: Kit, l3: str) -> object:
    return kit.run(Options.get_mtu, Options.GetL3NetworkMtu(l3_network_uuid=l3)).body["mtu"]


def test_mtu(kit: Kit, l3: str) -> None:
    pool = kit.pool()
    kit.attach(pool)
    overlay = kit.l3(kit.vxlan(pool))
    assert (mtu(kit, l3), mtu(kit, overlay)) == (1500, 1450)
    kit.run(Options.set_mtu, Options.SetL3NetworkMtu(l3_network_uuid=overlay, mtu=1550))
    assert mtu(kit, overlay) == 1550


def test_mtu_beyond_the_underlay(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    overlay = kit.l3(kit.vxlan(pool))
    with kit.refused("SYS.1007", "1551", "1600", kit.hosts[0]):
        kit.run(Options.set_mtu, Options.SetL3NetworkMtu(l3_network_uuid=overlay, mtu=1551))


def router_ip(kit: Kit, l3: str) -> object:
    request = Options.GetL3NetworkRouterInterfaceIp(l3_network_uuid=l3)
    return kit.run(Options.get_router_ip, request).body.get("routerInterfaceIp")


def test_router_interface_ip(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())

    def put(ip: str) -> None:
        request = Options.SetL3NetworkRouterInterfaceIp(l3_network_uuid=l3, router_interface_ip=ip)
        kit.run(Options.set_router_ip, request)

    assert router_ip(kit, l3) is None
    with kit.refused("SYS.1007", "no IP range"):
        put("192.168.1.1")
    kit.cidr(l3, "192.168.1.0/24", gateway="192.168.1.254")
    assert router_ip(kit, l3) == "192.168.1.254"
    for ip in ("192.168.1.7", "192.168.2.1", "192.168.1.0", "192.168.1.255", "x"):
        with kit.refused("SYS.1007", ip):
            put(ip)
    put("192.168.1.254")
    assert router_ip(kit, l3) == "192.168.1.254"
