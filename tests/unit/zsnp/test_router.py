"""The peer in a vrouter alone: what a change has to wait for."""

import itertools

from landbridge.testing.zsnp_world import KEY, ROUTER, WALL
from landbridge.zsnp.messages import Ingress, Target
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Send
from landbridge.zsnp.router import Allowed, Flow, Policy, RouterPeer


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


FLOW = Flow("10.1.0.9", "10.2.0.9")
TARGET = Target(FLOW.destination, "fa:00:00:00:00:09", 2, 102, 8472, "0e:52:00:00:00:02")
VERDICT = Allowed("10.1.0.1", Ingress(1, "10.1.0.0/24", "0e:52:00:00:00:01"), TARGET)


def revoked() -> RouterPeer:
    """It has said at 1,000 ms that what it has hinted is void, and nobody has heard."""
    peer = RouterPeer(WALL, itertools.count(1).__next__)
    peer.update(at(0), Policy(ROUTER, (KEY,), 60_000))
    peer.seen(at(0), FLOW, VERDICT)
    peer.change(at(1_000))
    assert len(peer.take()) == 2
    return peer


def tries(peer: RouterPeer, now: int) -> list[int]:
    """When it says so again, from now on."""
    said = []
    while (due := peer.next_timer()) is not None and due < 60_000:
        now = max(now, due)
        peer.handle_timer(at(now))
        said += [now] * len(peer.take())
    return said


def test_a_revocation_is_tried_three_times() -> None:
    peer = revoked()
    assert tries(peer, 1_000) == [1_100, 1_400]
    assert peer.outstanding(at(5_000)) == 1


def test_who_could_not_be_told_is_told_when_something_has_changed() -> None:
    """The black hole was for the sender, too: no REVOKE got there.  It is gone, and nobody waits for a lease."""
    peer = revoked()
    tries(peer, 1_000)
    peer.reconsider(at(5_000), lambda _: VERDICT)
    [again] = peer.take()
    assert isinstance(again, Send)
    assert (again.source, again.destination) == (VERDICT.address, FLOW.source)
    assert tries(peer, 5_000) == [5_100, 5_400]


def test_what_changes_during_the_last_try_is_worth_another() -> None:
    """And no more than that, however much changes."""
    peer = revoked()
    for milliseconds in (1_100, 1_400):
        peer.handle_timer(at(milliseconds))
    peer.take()
    for milliseconds in range(1_500, 1_600, 10):
        peer.reconsider(at(milliseconds), lambda _: VERDICT)
    assert peer.take() == []
    assert tries(peer, 1_600) == [2_300]


def test_what_has_run_out_is_not_said_again() -> None:
    peer = revoked()
    peer.reconsider(at(70_000), lambda _: VERDICT)
    assert peer.take() == []
