"""What a port may send from."""

from ipaddress import ip_address, ip_network

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.node import AddressPair
from landbridge.render.guard import extra_macs, link_local, sources
from tests.unit.render.objects import port

MACS = ("00:00:5e:00:01:01", "fa:00:00:00:00:09")
PREFIXES = ("10.0.0.0/16", "10.0.0.0/24", "10.0.0.7", "10.0.0.1", "fe80::/64", "fe80::7", "fd00::/8")
ASKED = ("10.0.0.1", "10.0.0.7", "10.0.0.9", "10.0.9.9", "10.9.9.9", "fe80::7", "fe80::9", "fd00::1")

pairs = st.builds(AddressPair, ip=st.sampled_from(PREFIXES), mac=st.sampled_from([None, *MACS]))


@given(st.lists(pairs, max_size=6).map(tuple), st.sampled_from(ASKED), st.sampled_from(MACS))
def test_the_longest_prefix_alone_says_what_all_pairs_together_allow(
    allowed: tuple[AddressPair, ...], address: str, mac: str
) -> None:
    some = replace(port(1), pairs=allowed)
    for used in (mac, some.mac):
        wanted = any(
            ip_address(address) in ip_network(pair.ip) and used == (pair.mac or some.mac)
            for pair in (*allowed, AddressPair(ip=some.addresses[0]), AddressPair(ip=link_local(some.mac)))
        )
        matching = [(ip_network(prefix), macs) for prefix, macs in sources(some) if _holds(prefix, address)]
        longest = max(matching, key=lambda entry: entry[0].prefixlen, default=None)
        assert (longest is not None and used in longest[1]) == wanted


def test_its_own_identity() -> None:
    assert sources(port(1)) == (
        ("10.0.0.1/32", ("fa:00:00:00:00:01",)),
        ("fe80::f800:ff:fe00:1/128", ("fa:00:00:00:00:01",)),
    )


def test_macs_of_pairs_are_extra_unless_they_are_its_own() -> None:
    own = AddressPair(ip="10.0.0.9", mac=port(1).mac)
    other = AddressPair(ip="10.0.0.9", mac=MACS[0])
    assert extra_macs(replace(port(1), pairs=(own, other, other))) == (MACS[0],)


def _holds(prefix: str, address: str) -> bool:
    return ip_address(address) in ip_network(prefix)
