"""Node state on disk."""

from pathlib import Path

from landbridge.agent import state as module
from landbridge.agent.state import NodeState
from landbridge.model.node import AnyObject, FloodPeer
from landbridge.model.nodelink import ScopeDelta, StateMessage


def peer(address: str) -> FloodPeer:
    return FloodPeer(l2_uuid="n", vtep_ip=address)


def delta(revision: int, *, full: bool = False, gone: tuple[str, ...] = (), **put: str) -> StateMessage:
    objects: dict[str, AnyObject] = {name: peer(address) for name, address in put.items()}
    return StateMessage(scopes={"net:n": ScopeDelta(revision=revision, full=full, put=objects, gone=gone)})


def test_what_was_taken_is_there_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "node.jsonl"
    state = NodeState(path)
    assert state.take(delta(3, a="1", b="2")) == {("net:n", "a"): peer("1"), ("net:n", "b"): peer("2")}
    assert state.take(delta(4, gone=("b", "unknown"), c="3")) == {("net:n", "b"): None, ("net:n", "c"): peer("3")}
    # Not closed: the process was killed.
    again = NodeState(path)
    assert again.revisions == {"net:n": 4}
    assert again.objects() == {("net:n", "a"): peer("1"), ("net:n", "c"): peer("3")}


def test_the_same_message_twice_changes_nothing(tmp_path: Path) -> None:
    state = NodeState(tmp_path / "node.jsonl")
    state.take(delta(1, a="1"))
    assert state.take(delta(1, a="1")) == {}


def test_a_full_scope_replaces_what_was_known(tmp_path: Path) -> None:
    state = NodeState(tmp_path / "node.jsonl")
    state.take(delta(1, a="1", b="2"))
    assert state.take(delta(9, full=True, b="2", c="3")) == {("net:n", "a"): None, ("net:n", "c"): peer("3")}
    assert state.revisions == {"net:n": 9}


def test_a_dropped_scope_takes_its_objects_along(tmp_path: Path) -> None:
    path = tmp_path / "node.jsonl"
    state = NodeState(path)
    state.take(delta(1, a="1"))
    assert state.take(StateMessage(dropped=("net:n", "net:unknown"))) == {("net:n", "a"): None}
    assert NodeState(path).revisions == {}


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "node.jsonl"
    state = NodeState(path)
    state.take(delta(1, a="1"))
    state.take(delta(2, b="2"))
    state.close()
    path.write_bytes(path.read_bytes()[:-9])
    again = NodeState(path)
    assert again.revisions == {"net:n": 1}
    again.take(delta(2, b="2"))
    assert NodeState(path).revisions == {"net:n": 2}


def test_the_journal_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "node.jsonl"
    state = NodeState(path)
    for revision in range(20_000):
        state.take(delta(revision, a=str(revision)))
    assert path.stat().st_size < 1.1 * module._MIN_REWRITE_BYTES
    assert NodeState(path).objects() == {("net:n", "a"): peer("19999")}
