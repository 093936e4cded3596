"""perfdhcp, somebody else's client, plays a whole host full of VMs: each gets its own address, once."""

from pathlib import Path

import pytest

from tests.netns.dhcp_farm import MOST_CLIENTS, farm

pytestmark = pytest.mark.netns

PATIENT = ("-d", "30", "-W", "2000000")
"""When an answer counts as lost, and how long the last ones are waited for (microseconds)."""


def test_every_client_gets_its_own_address(tmp_path: Path) -> None:
    with farm(tmp_path) as made:
        discovers, requests = made.perfdhcp("-n", str(MOST_CLIENTS), "-r", "200", "-u", *PATIENT)
        for counts in (discovers, requests):
            assert (counts.sent, counts.received, counts.drops, counts.doubles) == (MOST_CLIENTS, MOST_CLIENTS, 0, 0)
        leases = made.dhcp.leases()
        assert {(lease.mac, lease.ip, lease.state) for lease in leases} == {
            (f"fa:00:00:00:00:{number:02x}", f"10.1.1.{number}", "Bound") for number in range(MOST_CLIENTS)
        }
