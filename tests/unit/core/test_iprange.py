"""Lists of addresses: what they mean, and what is refused."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.core import iprange

V4 = st.integers(0, 2**32 - 1).map(IPv4Address)
V6 = st.integers(0, 2**128 - 1).map(IPv6Address)


@given(st.lists(st.tuples(V4, V4), min_size=1, max_size=10, unique=True), V4)
def test_an_ipv4_address_is_in_the_list_or_not(
    pairs: list[tuple[IPv4Address, IPv4Address]], probe: IPv4Address
) -> None:
    stretches = [(min(pair), max(pair)) for pair in pairs]
    if len(set(stretches)) < len(stretches):
        return
    found = iprange.parse(",".join(f"{first}-{last}" for first, last in stretches), 4)
    inside = any(first <= probe <= last for first, last in stretches)
    assert any(IPv4Address(first) <= probe <= IPv4Address(last) for first, last in found) == inside
    assert all(int(IPv4Address(a[1])) + 1 < int(IPv4Address(b[0])) for a, b in pairwise(found))


@given(V6, st.integers(0, 128))
def test_a_cidr_is_its_first_and_last_address(address: IPv6Address, length: int) -> None:
    network = IPv6Network((int(address), length), strict=False)
    assert iprange.parse(f"{address}/{length}", 6) == ((str(network[0]), str(network[-1])),)


@pytest.mark.parametrize(
    ("text", "family", "ranges"),
    [
        ("10.0.0.1", 4, (("10.0.0.1", "10.0.0.1"),)),
        ("10.0.0.77/24", 4, (("10.0.0.0", "10.0.0.255"),)),
        ("0.0.0.0/0", 4, (("0.0.0.0", "255.255.255.255"),)),
        ("10.0.0.9,10.0.0.1-10.0.0.8", 4, (("10.0.0.1", "10.0.0.9"),)),
        ("2001:DB8::1", 6, (("2001:db8::1", "2001:db8::1"),)),
        ("fe80::1-fe80::f", 6, (("fe80::1", "fe80::f"),)),
        ("::/0", 6, (("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),)),
    ],
)
def test_examples(text: str, family: iprange.Family, ranges: iprange.Ranges) -> None:
    assert iprange.parse(text, family) == ranges


@pytest.mark.parametrize(
    ("text", "family", "words"),
    [
        ("", 4, "not an IPv4 address"),
        ("web", 4, "not an IPv4 address"),
        ("10.0.0", 4, "not an IPv4 address"),
        ("10.0.0.1,", 4, "not an IPv4 address"),
        ("10.0.0.1, 10.0.0.2", 4, "not an IPv4 address"),
        ("10.0.0.1-", 4, "not an IPv4 address"),
        ("10.0.0.1/33", 4, "not an IPv4 CIDR"),
        ("10.0.0.1/", 4, "not an IPv4 CIDR"),
        ("10.0.0.1/255.0.0.0", 4, "not an IPv4 CIDR"),
        ("10.0.0.1/ 8", 4, "not an IPv4 CIDR"),
        ("10.0.0.9-10.0.0.1", 4, "ends before it starts"),
        ("10.0.0.1,10.0.0.1", 4, "twice"),
        (",".join(f"10.0.0.{n}" for n in range(11)), 4, "at most 10"),
        ("::1", 4, "not an IPv4 address"),
        ("10.0.0.1", 6, "not an IPv6 address"),
        ("::1/129", 6, "not an IPv6 CIDR"),
        ("fe80::1%eth0", 6, "zone"),
        ("::1-::2,::5", 6, "must stand alone"),
    ],
)
def test_what_is_no_list_of_addresses(text: str, family: iprange.Family, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        iprange.parse(text, family)
