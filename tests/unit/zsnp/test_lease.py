"""What has to fit into a lease, and where VTEPs may be."""

import pytest

from landbridge.zsnp import lease
from landbridge.zsnp.asking import RETRIES
from landbridge.zsnp.facts import HostFacts, Network


@pytest.mark.parametrize("milliseconds", [lease.LEAST, 6_000, 17_999, 18_000, 60_000, 600_000])
def test_a_dead_router_is_known_to_be_dead_before_its_leases_end(milliseconds: int) -> None:
    """Renewals, then the check, in the second half of the lease."""
    renewals = lease.RENEWALS * lease.retry_after(milliseconds)
    assert lease.renew_after(milliseconds) == milliseconds // 2
    assert 0 < renewals <= min(milliseconds // 6, 3_000)
    assert lease.renew_after(milliseconds) + renewals + sum(RETRIES) < milliseconds


def test_a_vtep_is_in_the_pools_of_its_port_only() -> None:
    networks = {
        1: Network(1, 101, 8472, "172.16.0.1", 1450, ("172.16.0.0/16", "172.18.0.0/24")),
        2: Network(2, 102, 8472, "172.16.0.1", 1450, ("172.20.0.0/16",)),
        3: Network(3, 103, 4789, "10.0.0.1", 1450, ("10.0.0.0/8",)),
    }
    facts = HostFacts(mac="", networks=networks)
    assert [lease.in_pool(facts, 8472, f"172.{second}.0.9") for second in (16, 17, 18, 20)] == [
        True,
        False,
        True,
        True,
    ]
    assert lease.in_pool(facts, 4789, "10.9.9.9")
    assert not lease.in_pool(facts, 8472, "10.9.9.9")
    assert not lease.in_pool(facts, 4789, "172.16.0.9")
    assert not lease.in_pool(facts, 4790, "172.16.0.9")
