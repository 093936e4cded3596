"""What a lease becomes with each message, and how it reads later."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.model.questions.dhcp import LeaseState
from landbridge.services.dhcp.leases import Lease, following, listed
from landbridge.services.dhcp.responder import Decision
from landbridge.services.dhcp.table import Table, TableChange
from tests.unit.dhcp.test_responder import SUBNET
from tests.unit.dhcp.test_table import ENTRY, discover, table

LEASE_SECONDS = 3600
EVENTS = ("offer", "ack", "nak", "inform", "decline", "release")
PORTS = {"vnic1.0": ENTRY}


def after(*events: tuple[float, str]) -> Lease:
    """The lease after events at their times."""
    lease: Lease | None = None
    for at, event in events:
        lease = following(lease, ENTRY, Decision(event, None, LEASE_SECONDS if event in ("offer", "ack") else 0), at)
    assert lease is not None
    return lease


def state(lease: Lease, now: float) -> LeaseState:
    (shown,) = listed(PORTS.values(), {ENTRY.nic_uuid: lease}, now)
    return shown.state


@pytest.mark.parametrize(
    ("events", "now", "expected"),
    [
        (["offer"], 0, "Offered"),
        (["offer", "ack"], 10, "Bound"),
        (["offer", "ack"], LEASE_SECONDS, "Bound"),
        (["offer", "ack"], LEASE_SECONDS + 1, "Expired"),
        (["ack", "offer"], 10, "Bound"),
        (["ack", "nak"], 10, "Bound"),
        (["ack", "inform"], 10, "Bound"),
        (["ack", "release"], 10, "Released"),
        (["ack", "decline"], 10, "Declined"),
        (["decline", "offer"], 10, "Offered"),
        (["release", "ack"], 10, "Bound"),
        (["nak"], 10, "Unbound"),
        (["inform"], 10, "Unbound"),
    ],
)
def test_states(events: list[str], now: float, expected: LeaseState) -> None:
    lease = after(*((float(index), event) for index, event in enumerate(events)))
    assert state(lease, now) == expected
    assert lease.event == events[-1]


def test_an_offer_after_the_expiry_begins_anew() -> None:
    lease = after((0.0, "ack"), (LEASE_SECONDS + 1.0, "offer"))
    assert state(lease, LEASE_SECONDS + 2.0) == "Offered"


@given(st.lists(st.tuples(st.floats(0, 1e6), st.sampled_from(EVENTS)), min_size=1), st.floats(0, 2e6))
def test_bound_means_acknowledged_within_the_lease_and_not_given_back(
    events: list[tuple[float, str]], later: float
) -> None:
    ordered = sorted(events)
    now = ordered[-1][0] + later
    ending = [(at, event) for at, event in ordered if event in ("ack", "decline", "release")]
    (shown,) = listed(PORTS.values(), {ENTRY.nic_uuid: after(*ordered)}, now)
    in_force = bool(ending) and ending[-1][1] == "ack" and ending[-1][0] + LEASE_SECONDS > now
    assert (shown.state == "Bound") == in_force
    assert (shown.expires is not None) == (shown.state in ("Bound", "Expired"))


def test_a_lease_survives_the_journal_and_shows_what_its_port_is_told() -> None:
    known = table()
    known.respond("vnic1.0", discover(), now=1000.0)
    again = Table()
    again.change(msgspec.json.decode(msgspec.json.encode(known.snapshot()), type=TableChange))
    (shown,) = again.lease_list(1001.0)
    assert (shown.l3_uuid, shown.hostname, shown.ip, shown.state) == (SUBNET.l3_uuid, "web", "10.1.0.10", "Offered")
    assert again.lease_list(1001.0) == known.lease_list(1001.0)
