"""Every pair of services on one VIP: which may be, which may not, and with what code."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from landbridge.core.service import Caller
from landbridge.model.errors import ApiError
from landbridge.services.load_balancer.documents import LoadBalancer
from tests.unit.services.natkit import NatCloud, opened

Make = Callable[[NatCloud, str, str], Any]
MAKE: dict[str, Make] = {
    "Eip": lambda cloud, vip, nic: cloud.eip(vip, nic),
    "Eip of nobody": lambda cloud, vip, nic: cloud.eip(vip),
    "TCP 80": lambda cloud, vip, nic: cloud.rule(vip, 80, nic),
    "TCP 80 of nobody": lambda cloud, vip, nic: cloud.rule(vip, 80),
    "UDP 80": lambda cloud, vip, nic: cloud.rule(vip, 80, nic, protocolType="UDP"),
    "TCP 79-81": lambda cloud, vip, nic: cloud.rule(vip, 79, nic, vipPortEnd=81),
    "TCP 81-90": lambda cloud, vip, nic: cloud.rule(vip, 81, nic, vipPortEnd=90),
    "balanced 80": lambda cloud, vip, nic: cloud.listener(cloud.balancer(vip), 80, nic),
    "balanced https 80": lambda cloud, vip, nic: cloud.listener(cloud.balancer(vip), 80, nic, protocol="https"),
    "balanced UDP 80": lambda cloud, vip, nic: cloud.listener(cloud.balancer(vip), 80, nic, protocol="udp"),
    "balancer without listeners": lambda cloud, vip, nic: cloud.balancer(vip),
}
EIPS = {"Eip", "Eip of nobody"}
BALANCED = {"balanced 80", "balanced https 80", "balanced UDP 80"}
UDP = {"UDP 80", "balanced UDP 80"}
OVERLAPS = {"TCP 80", "TCP 80 of nobody", "TCP 79-81", "balanced 80", "balanced https 80"}


@pytest.fixture(scope="module")
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def expected(first: str, second: str) -> str | None:
    """The code with which the second is refused beside the first; None: it is not."""
    if second in EIPS:
        return "SYS.1006"
    if first in EIPS:
        return "SYS.1007"
    if {first, second} <= OVERLAPS or {first, second} <= UDP:
        return "SYS.1006" if {first, second} & BALANCED else "SYS.1007"
    if "balancer without listeners" in (first, second):
        return None
    return "SYS.1007" if {first, second} == {"TCP 79-81", "TCP 81-90"} or first == second else None


@pytest.mark.parametrize("second", MAKE)
@pytest.mark.parametrize("first", MAKE)
def test_two_on_one_vip(cloud: NatCloud, first: str, second: str) -> None:
    vip, nic = cloud.vip(), cloud.guest()
    MAKE[first](cloud, vip, nic)
    code = expected(first, second)
    if code is None:
        MAKE[second](cloud, vip, nic)
    else:
        with pytest.raises(ApiError, match=r"203\.0\.113\.") as caught:
            MAKE[second](cloud, vip, nic)
        assert caught.value.code == code
    cloud.call("DeleteVip", uuid=vip)
    assert not cloud.all(LoadBalancer)


@pytest.mark.parametrize("what", MAKE)
def test_on_a_vrouters_own(cloud: NatCloud, what: str) -> None:
    own, nic = cloud.own_vip(), cloud.guest()
    if what in EIPS:
        with cloud.refused("SYS.1006", "a vrouter's own"):
            MAKE[what](cloud, own, nic)
    else:
        made = MAKE[what](cloud, own, nic)
        balances = what.startswith("balance")
        assert cloud.shown(own)["useFor"] == ("LoadBalancer,SNAT" if balances else "PortForwarding,SNAT")
        for balancer in cloud.all(LoadBalancer):
            cloud.call("DeleteLoadBalancer", uuid=balancer.uuid)
        if not balances:
            cloud.call("DeletePortForwardingRule", uuid=made["uuid"])
    cloud.check_compiled()


def test_networks_of_two_vrouters(cloud: NatCloud) -> None:
    """One VIP is on one vrouter; a network that has none yet is welcome, and then cannot go to another."""
    vip = cloud.vip()
    cloud.rule(vip, 80, cloud.guest())
    cloud.rule(vip, 81, cloud.guest(cloud.far))
    offering = cloud.query("QueryVirtualRouterOffering")[0]
    other = cloud.router(virtualRouterOfferingUuid=offering, name="other")
    with cloud.refused("SYS.1006", "serves it and is on vrouter"):
        cloud.join(other, cloud.far)
    elsewhere = cloud.served("10.4.0.0/24", "elsewhere")
    cloud.join(other, elsewhere)
    nic = cloud.guest(elsewhere)
    with cloud.refused("SYS.1006", "use a VIP of its own"):
        cloud.rule(vip, 82, nic)
    cloud.check_compiled()


def test_a_public_network_that_the_vrouter_is_not_on(cloud: NatCloud) -> None:
    carrier = cloud.flat("eth2", "198.51.100.0/24", "carrier", category="Public")
    vip = cloud.vip(carrier)
    nic = cloud.guest()
    with cloud.refused("SYS.1006", "is not on L3 network", "AttachL3NetworkToVm"):
        cloud.rule(vip, 80, nic)
    assert cloud.route is not None
    rule = cloud.rule(vip, 80)
    cloud.join(cloud.route, carrier)
    cloud.call("AttachPortForwardingRule", ruleUuid=rule["uuid"], vmNicUuid=cloud.guest())
    assert f"forward/{rule['uuid']}" in cloud.of_router("forward/")
    leg = next(nic for nic in cloud.nics(cloud.route) if nic.l3_network_uuid == carrier)
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=leg.uuid)
    assert f"forward/{rule['uuid']}" not in cloud.of_router("forward/")
    cloud.check_compiled()


def test_what_belongs_to_another_account_is_not_there(cloud: NatCloud) -> None:
    """Neither its VIPs, nor its EIPs and rules, nor its VMs."""
    tenant = Caller(account_uuid="e" * 32, user_uuid="e" * 32, is_admin=False)
    vip, nic = cloud.vip(), cloud.guest()
    own = cloud.vip()
    cloud.give(own, to=tenant)
    rule = cloud.rule(cloud.vip(), 80)
    for name, params in (
        ("CreateEip", {"name": "e", "vipUuid": vip}),
        ("CreatePortForwardingRule", {"name": "r", "vipUuid": vip, "vipPortStart": 80, "protocolType": "TCP"}),
        ("ChangeVipState", {"uuid": vip, "stateEvent": "disable"}),
        ("AttachPortForwardingRule", {"ruleUuid": rule["uuid"], "vmNicUuid": nic}),
    ):
        with cloud.refused("SYS.1003", "not found"):
            cloud.begin(name, caller=tenant, **params)
    made = cloud.finish(cloud.begin("CreateEip", caller=tenant, name="e", vipUuid=own))
    assert made["vipUuid"] == own
    cloud.begin("DeleteVip", caller=tenant, uuid=vip)
    assert cloud.shown(vip)["uuid"] == vip
