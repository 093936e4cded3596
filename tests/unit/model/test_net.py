"""Address arithmetic, against the standard library."""

from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.model import net

numbers = st.integers(0, 2**32 - 1)


@given(numbers)
def test_addresses_and_numbers_are_inverse(number: int) -> None:
    assert net.ip_number(net.ip_text(number)) == number
    assert net.is_ipv4(net.ip_text(number))


@pytest.mark.parametrize("text", ["", "10.0.0", "10.0.0.256", "10.0.0.01", "::1", "10.0.0.1/24", "a.b.c.d"])
def test_what_is_no_address(text: str) -> None:
    assert not net.is_ipv4(text)


@given(numbers, st.integers(0, 32))
def test_cidr_drops_host_bits(number: int, prefix: int) -> None:
    found = net.cidr_or_none(f"{IPv4Address(number)}/{prefix}")
    assert found == IPv4Network((number, prefix), strict=False)


@pytest.mark.parametrize(
    "text", ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/255.0.0.0", "10.0.0/8", "::/0"]
)
def test_what_is_no_cidr(text: str) -> None:
    assert net.cidr_or_none(text) is None


@given(st.integers(1, 32))
def test_prefix_of_a_netmask(prefix: int) -> None:
    assert net.prefix_of(str(IPv4Network((0, prefix)).netmask)) == prefix


@pytest.mark.parametrize("mask", ["0.0.0.0", "255.0.255.0", "0.0.0.255", "255.255.255", "255.255.255.1"])
def test_what_is_no_netmask(mask: str) -> None:
    assert net.prefix_of(mask) is None


def test_dhcp_server_mac_carries_the_network() -> None:
    assert net.dhcp_server_mac(0x010203) == "0e:dc:00:01:02:03"
