"""Handing out addresses."""

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from landbridge.core import ipam
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3Network, UsedIp
from landbridge.services.l3 import actions_options, actions_range
from tests.unit.services.netkit import Kit, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened() as kit:
        yield kit


def take(kit: Kit, l3: str, ip: str | None = None) -> UsedIp:
    def run(tx: Tx) -> UsedIp:
        return ipam.allocate(tx, tx.need(L3Network, l3), tx.new_uuid(), "VM", static_ip=ip)

    return kit.write(run)


def give_back(kit: Kit, used: UsedIp) -> None:
    kit.write(lambda tx: ipam.release(tx, used))


def take_router(kit: Kit, l3: str) -> UsedIp:
    return kit.write(lambda tx: ipam.allocate_router(tx, tx.need(L3Network, l3), tx.new_uuid(), "vrouter"))


def test_every_address_once_then_l3_1000(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="192.168.1.0/29")
    taken = [take(kit, l3) for _ in range(5)]
    assert {used.ip for used in taken} == {f"192.168.1.{number}" for number in range(2, 7)}
    assert all((used.netmask, used.gateway) == ("255.255.255.248", "192.168.1.1") for used in taken)
    with kit.refused("L3.1000", "add an IP range"):
        take(kit, l3)


def test_the_second_range_is_used_when_the_first_is_full(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    kit.cidr(l3, "192.168.1.0/29", gateway="192.168.1.3")
    assert {take(kit, l3).ip for _ in range(5)} == {f"192.168.1.{number}" for number in (1, 2, 4, 5, 6)}
    with kit.refused("L3.1000"):
        take(kit, l3)


def test_no_range_is_l3_1000(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    with kit.refused("L3.1000", "no IP range"):
        take(kit, l3)


def test_asked_address(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="192.168.1.0/24")
    used = take(kit, l3, "192.168.1.9")
    assert (used.ip, used.ip_in_long) == ("192.168.1.9", 0xC0A80109)
    with kit.refused("SYS.1006", "192.168.1.9", "VM"):
        take(kit, l3, "192.168.1.9")
    for outside in ("192.168.1.1", "192.168.2.9", "nonsense"):
        with kit.refused("SYS.1007", outside):
            take(kit, l3, outside)


def test_released_address_is_free_again(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="192.168.1.0/30")
    used = take(kit, l3)
    give_back(kit, used)
    assert not kit.all(UsedIp)
    assert take(kit, l3).ip == used.ip


def test_same_subnet_elsewhere_is_another_space(kit: Kit) -> None:
    one, two = kit.l3(kit.no_vlan(), cidr="192.168.1.0/30"), kit.l3(kit.no_vlan(), cidr="192.168.1.0/30")
    assert take(kit, one).ip == take(kit, two).ip == "192.168.1.2"


def test_router_has_the_gateway_and_only_one_router_does(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="192.168.1.0/24")
    used = take_router(kit, l3)
    assert (used.ip, used.ip_range_uuid) == ("192.168.1.1", None)
    with kit.refused("SYS.1006", "vrouter"):
        take_router(kit, l3)


def test_router_has_its_own_address_when_one_is_set(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    request = actions_range.AddIpRange(
        l3_network_uuid=l3,
        name="r",
        start_ip="192.168.1.10",
        end_ip="192.168.1.20",
        netmask="255.255.255.0",
        gateway="192.168.1.1",
    )
    kit.run(actions_range.add_range, request)
    kit.run(
        actions_options.set_router_ip,
        actions_options.SetL3NetworkRouterInterfaceIp(l3_network_uuid=l3, router_interface_ip="192.168.1.2"),
    )
    assert take_router(kit, l3).ip == "192.168.1.2"


def test_router_needs_a_range(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan())
    with kit.refused("SYS.1006", "no IP range"):
        take_router(kit, l3)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(["take", "release"]), max_size=40), st.randoms(use_true_random=False))
def test_documents_and_claims_agree(steps: list[str], random: Random) -> None:
    with opened() as kit:
        l3 = kit.l3(kit.no_vlan(), cidr="10.1.0.0/27")
        mine: list[UsedIp] = []
        for step in steps:
            if step == "take" and len(mine) < 29:
                mine.append(take(kit, l3))
            elif mine:
                used = mine.pop(random.randrange(len(mine)))
                give_back(kit, used)
        assert len({used.ip for used in mine}) == len(mine)
        low, high = 0x0A010000, 0x0A01001F
        claims = kit.write(lambda tx: tx.claims_between(ipam.claim_scope(l3), low, high))
        assert claims == sorted(used.ip_in_long for used in mine)
        assert {used.ip for used in kit.all(UsedIp)} == {used.ip for used in mine}
