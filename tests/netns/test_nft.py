"""libnftables: atomic, in the right namespace, with nft's own words; and the vrouter's table on a real kernel."""

import os
from collections.abc import Iterator

import pytest

from landbridge.drivers.nft import Nft, NftError
from landbridge.render.router_nft import RouterTable, delta, router_table, whole
from tests.netns.guest_fixtures import machines, sh

pytestmark = pytest.mark.netns

EMPTY = router_table([]).elements


@pytest.fixture
def netns() -> Iterator[str]:
    with machines() as made:
        yield made.add("nft")


@pytest.fixture
def nft(netns: str) -> Iterator[Nft]:
    opened = Nft(netns)
    yield opened
    opened.close()


def test_works_in_the_namespace_that_was_named(nft: Nft, netns: str) -> None:
    nft.run("add table inet t")
    assert sh(f"ip netns exec {netns} nft list tables") == "table inet t\n"
    assert nft.table("inet", "t") == "table inet t {\n}\n"
    assert nft.table("inet", "other") is None


def test_all_or_nothing_and_the_words(nft: Nft) -> None:
    with pytest.raises(NftError, match="Could not process rule: No such file or directory"):
        nft.run("add table inet t\nadd rule inet t nochain accept\n")
    assert nft.table("inet", "t") is None
    with pytest.raises(NftError, match="syntax error"):
        nft.run("open sesame")
    nft.run("add table inet t")


def test_an_unknown_namespace_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Nft("no-such-namespace-of-anyone")


def test_listing_is_stable_under_traffic(nft: Nft, netns: str) -> None:
    """Counters are left out: a listing says what the rules are."""
    nft.run("add table inet t\nadd chain inet t c { type filter hook input priority 0; }")
    nft.run("add rule inet t c counter accept")
    before = nft.table("inet", "t")
    sh(f"ip netns exec {netns} ping -c 1 127.0.0.1")
    assert nft.table("inet", "t") == before


def test_a_delta_leads_to_the_same_table_as_the_whole(nft: Nft) -> None:
    old = RouterTable({**EMPTY, "source_nat": {f'10.{n}.0.0/24 . "eth0"': "203.0.113.7" for n in range(200)}})
    new = RouterTable(
        {
            **EMPTY,
            "guest_legs": {'"eth1"': ""},
            "source_nat": {f'10.{n}.0.0/24 . "eth0"': f"203.0.113.{n % 3}" for n in range(50, 250)},
        }
    )
    nft.run(whole(new))
    straight = nft.table("inet", "landbridge")
    nft.run(whole(old))
    nft.run("\n".join(delta(old, new)) + "\n")
    assert _sorted(nft.table("inet", "landbridge")) == _sorted(straight)
    nft.run(whole(new))
    assert nft.table("inet", "landbridge") == straight


def _sorted(listing: str | None) -> list[str]:
    assert listing is not None
    return sorted(listing.replace(",", " ").split())


def test_a_process_with_very_many_open_files_is_told_instead_of_aborted() -> None:
    """select(2) in libnftables ends the process when it is shown a descriptor above 1023."""
    held = [os.open("/dev/null", os.O_RDONLY)]
    try:
        while held[-1] < 1023:
            held.append(os.dup(held[0]))
        with pytest.raises(OSError, match="descriptors above 1023"):
            Nft()
    finally:
        for descriptor in held:
            os.close(descriptor)
