"""The choice of a host's tunnel address: every case of the rules."""

from ipaddress import IPv4Network

import pytest

from landbridge.core.vtep import VtepChoice, check_underlay, choose_vtep
from landbridge.model.errors import ApiError
from landbridge.model.facts import InterfaceFact

CIDR = IPv4Network("10.0.0.0/24")


def nic(name: str, *addresses: str, over: str | None = None, mtu: int = 1600) -> InterfaceFact:
    return InterfaceFact(name=name, mac="02:00:00:00:00:01", mtu=mtu, up=True, addresses=addresses, over=over)


def refusal(*interfaces: InterfaceFact, wanted: str = "") -> str:
    with pytest.raises(ApiError) as caught:
        choose_vtep("h1", interfaces, CIDR, wanted)
    assert caught.value.code == "SYS.1006"
    return caught.value.details


def test_the_only_address_in_the_cidr_is_taken() -> None:
    found = choose_vtep(
        "h1", [nic("lo", "127.0.0.1/8"), nic("eth0", "192.168.0.2/24"), nic("eth1", "10.0.0.5/24")], CIDR
    )
    assert found == VtepChoice("eth1", "10.0.0.5", 1600)


def test_a_smaller_prefix_on_the_interface_does_not_matter() -> None:
    assert choose_vtep("h1", [nic("eth1", "10.0.0.5/32")], CIDR).ip == "10.0.0.5"


def test_no_address_names_cidr_and_host() -> None:
    text = refusal(nic("eth0", "192.168.0.2/24"))
    assert "can not find qualify interface for cidr[10.0.0.0/24] on host[h1]" in text


def test_named_interface_wins() -> None:
    two = [nic("eth0", "10.0.0.4/24"), nic("eth1", "10.0.0.5/24")]
    assert choose_vtep("h1", two, CIDR, "eth1").ip == "10.0.0.5"


def test_named_interface_that_does_not_match_is_an_error() -> None:
    text = refusal(nic("eth0", "10.0.0.4/24"), nic("eth9"), wanted="eth9")
    assert "eth0 (10.0.0.4)" in text
    assert "eth9" in text


def test_bridge_that_took_the_address_of_the_named_interface_counts_as_it() -> None:
    interfaces = [nic("eth0"), nic("br0", "10.0.0.4/24", over="eth0")]
    assert choose_vtep("h1", interfaces, CIDR, "eth0").interface == "br0"


def test_an_address_that_the_bridge_over_its_interface_has_not() -> None:
    interfaces = [nic("eth0", "10.0.0.4/24"), nic("br0", "192.168.0.2/24", over="eth0")]
    text = refusal(*interfaces)
    assert "address 10.0.0.4 on host[h1] is on interface[eth0], which is in bridge[br0]" in text
    assert "give it to the bridge" in text


def test_several_addresses_of_one_interface_the_first() -> None:
    assert choose_vtep("h1", [nic("eth0", "10.0.0.9/24", "10.0.0.4/24")], CIDR).ip == "10.0.0.9"


def test_known_address_is_kept() -> None:
    assert choose_vtep("h1", [nic("eth0", "10.0.0.9/24", "10.0.0.4/24")], CIDR, known_ip="10.0.0.4").ip == "10.0.0.4"
    two = [nic("eth0", "10.0.0.4/24"), nic("eth1", "10.0.0.5/24")]
    assert choose_vtep("h1", two, CIDR, known_ip="10.0.0.5").interface == "eth1"


def test_known_address_that_is_gone_does_not_matter() -> None:
    assert choose_vtep("h1", [nic("eth0", "10.0.0.9/24")], CIDR, known_ip="10.0.0.4").ip == "10.0.0.9"


def test_several_interfaces_with_different_addresses_is_an_error() -> None:
    text = refusal(nic("eth0", "10.0.0.4/24"), nic("eth1", "10.0.0.5/24"))
    assert "multiple interface qualify" in text
    assert "eth0 (10.0.0.4), eth1 (10.0.0.5)" in text


def test_several_interfaces_with_the_same_address_is_an_error() -> None:
    assert "multiple interface qualify" in refusal(nic("eth0", "10.0.0.4/24"), nic("eth1", "10.0.0.4/24"))


@pytest.mark.parametrize("order", [1, -1])
def test_exactly_a_bridge_and_the_interface_below_it_is_the_bridge(order: int) -> None:
    pair = [nic("eth0", "10.0.0.4/24"), nic("br0", "10.0.0.4/24", over="eth0")][::order]
    assert choose_vtep("h1", pair, CIDR).interface == "br0"


def test_a_third_interface_beside_bridge_and_below_is_an_error() -> None:
    text = refusal(nic("eth0", "10.0.0.4/24"), nic("br0", "10.0.0.4/24", over="eth0"), nic("eth1", "10.0.0.4/24"))
    assert "multiple interface qualify" in text


def test_bridge_with_another_address_than_the_interface_below_is_an_error() -> None:
    assert "multiple" in refusal(nic("eth0", "10.0.0.4/24"), nic("br0", "10.0.0.5/24", over="eth0"))


def test_underlay_must_carry_the_overlay() -> None:
    check_underlay("h1", "eth0", 1500, 1450)
    with pytest.raises(ApiError) as caught:
        check_underlay("h1", "eth0", 1499, 1450)
    assert caught.value.code == "SYS.1006"
    assert all(number in caught.value.details for number in ("1499", "1450", "1500"))
