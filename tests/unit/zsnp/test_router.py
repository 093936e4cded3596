"""The peer in a vrouter alone: what a change has to wait for."""

import itertools

from landbridge.testing.zsnp_world import WALL
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.router import RouterPeer


def at(milliseconds: int) -> Moment:
    return Moment(milliseconds, WALL + milliseconds)


def test_what_a_predecessor_hinted_is_waited_for_once_something_has_changed() -> None:
    """Nobody knows whom it was; its leases have run out then."""
    peer = RouterPeer(WALL, itertools.count(1).__next__, unknown_until=8_000)
    assert peer.outstanding(at(1_000)) == 0
    peer.change(at(2_000))
    assert [peer.outstanding(at(milliseconds)) for milliseconds in (2_000, 7_999, 8_000)] == [1, 1, 0]
    assert peer.take() == []


def test_without_a_predecessor_nothing_is_waited_for() -> None:
    peer = RouterPeer(WALL, itertools.count(1).__next__)
    peer.change(at(2_000))
    assert peer.outstanding(at(2_000)) == 0
