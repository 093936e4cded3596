"""The agent's core against a world that refuses every wrong order."""

import itertools
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.agent.host import HostAgent
from landbridge.agent.state import NodeState
from landbridge.model.health import BalancerHealth, TunnelHealth
from landbridge.model.node import AnyObject
from landbridge.model.nodelink import ObjectStatus, Report, ScopeDelta, StateMessage
from landbridge.render.kernel import Guest, Veth
from landbridge.testing.fake_kernel import FakeKernel
from tests.unit.render import objects as some


class World:
    """A host with an agent; messages are written down by the tests."""

    def __init__(self, directory: Path) -> None:
        self.kernel = FakeKernel()
        self.path = directory / "node.jsonl"
        self.revision = itertools.count(1)
        self.start()

    def start(self) -> None:
        self.agent = HostAgent("lb", NodeState(self.path), self.kernel)

    def give(
        self,
        *objects: tuple[str, AnyObject],
        scope: str = "host:h",
        gone: tuple[str, ...] = (),
        complete: bool = True,
    ) -> Report | None:
        delta = ScopeDelta(revision=next(self.revision), full=False, put=dict(objects), gone=gone)
        return self.agent.step([StateMessage(scopes={scope: delta}, complete=complete)])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_is_given_is_made_and_reported(world: World) -> None:
    report = world.give(some.network(), *some.machine(1))
    assert report == Report(applied={"host:h": 1}, failed={})
    assert world.kernel.state == world.agent._view.desired
    assert world.agent.step() is None


def test_a_failing_object_does_not_hold_up_the_others(world: World) -> None:
    world.kernel.failing["hook", "vnic1.0"] = "no memory"
    report = world.give(some.network(), *some.machine(1), *some.machine(2))
    assert report is not None
    assert report.applied == {"host:h": 1}
    words = ObjectStatus(error="no memory")
    assert report.failed == {some.port_key(1): words, some.vm_key(1): words}
    assert ("port", "vnic2.0") in world.kernel.state
    assert ("port", "vnic1.0") not in world.kernel.state

    assert world.agent.step() is None
    world.kernel.failing.clear()
    assert world.agent.step() is None, "it is tried again when it is time, not in every pass"
    assert world.agent.step(retry=True) == Report(applied={}, failed={})
    assert world.kernel.state == world.agent._view.desired


def test_what_waits_for_another_object_comes_with_it(world: World) -> None:
    report = world.give(*some.machine(1))
    assert report is not None
    assert "waits for bridge" in str(report.failed[some.port_key(1)].error)
    assert world.give(some.network()) == Report(applied={"host:h": 2}, failed={})


def test_nothing_goes_before_the_first_complete_message(world: World) -> None:
    world.give(some.network(), *some.machine(1))
    world.start()
    world.give(gone=(some.vm_key(1), some.port_key(1)), complete=False)
    assert ("interface", "vnic1.0") in world.kernel.state
    world.agent.step([StateMessage(complete=True)])
    assert ("interface", "vnic1.0") not in world.kernel.state


def test_a_new_agent_adopts_what_is_there(world: World) -> None:
    world.give(some.network(), *some.machine(1))
    world.kernel.log.clear()
    world.start()
    report = world.agent.step([StateMessage(complete=True)], reread=True)
    assert report == Report(applied={"host:h": 1}, failed={})
    assert world.kernel.log == []


def test_everything_is_told_again_to_a_new_stream(world: World) -> None:
    world.kernel.failing["hook", "vnic1.0"] = "no"
    first = world.give(some.network(), *some.machine(1))
    assert world.agent.step() is None
    world.agent.tell_everything()
    assert first is not None
    assert world.agent.step() == replace(first, all_health=True)


def test_how_things_fare_is_told_when_it_changes(world: World) -> None:
    up, down = TunnelHealth(up=True), TunnelHealth(up=False, reason="phase 1")
    bad = BalancerHealth(dead=("10.1.0.2",))
    world.kernel.fares = {"ipsec/1": up, "lb/1": bad}
    assert world.agent.step() == Report(health={"ipsec/1": up, "lb/1": bad})
    assert world.agent.step() is None
    world.kernel.fares = {"ipsec/1": down, "lb/1": bad}
    assert world.agent.step() == Report(health={"ipsec/1": down})
    world.kernel.fares = {"ipsec/1": down}
    assert world.agent.step() == Report(health={"lb/1": None})
    world.agent.tell_everything()
    assert world.agent.step() == Report(health={"ipsec/1": down}, all_health=True)


@pytest.mark.parametrize("kind", ["bridge", "vxlan", "interface", "hook", "port", "namespace"])
def test_drift_is_repaired(world: World, kind: str) -> None:
    world.give(some.network(), *some.machine(1))
    key = next(key for key in world.kernel.state if key[0] == kind)
    world.kernel.vanish(key)
    while True:
        world.agent.step()
        if not world.agent.reconciler.restless:
            break
    assert world.kernel.state == world.agent._view.desired
    assert world.agent.reconciler.drifted > 0


def test_an_interface_that_vanished_is_plugged_in_again_without_a_reboot(world: World) -> None:
    world.give(some.network(), *some.machine(1))
    world.kernel.log.clear()
    world.kernel.vanish(("interface", "vnic1.0"))
    # The namespace and the guest in it live on.
    world.agent.step()
    [guest] = [op for op in world.kernel.log if op.key[0] == "guest"]
    assert isinstance(guest.before, Guest)
    assert guest.before.ports == ()
    assert guest.after == world.agent._view.desired[guest.key]


def test_a_changed_attribute_is_changed_in_place(world: World) -> None:
    world.give(some.network(), *some.machine(1))
    veth = world.kernel.state["interface", "vnic1.0"]
    assert isinstance(veth, Veth)
    world.kernel.log.clear()
    world.kernel.alter(
        ("interface", "vnic1.0"), Veth(veth.ifname, veth.nic_uuid, veth.netns, veth.guest, veth.mac, 9)
    )
    world.agent.step()
    assert [op.after for op in world.kernel.log] == [veth]


def test_a_vrouter_is_in_force_when_its_agent_says_so(world: World) -> None:
    key = ("router", some.uuid(7))
    world.kernel.slow.add(key)
    report = world.give(some.network(), *some.machine(7, driver="router"))
    assert report == Report(applied={"host:h": 1}, failed={})
    assert world.give(some.route(7), scope=f"router:{some.uuid(7)}") is None
    world.kernel.finish(key)
    assert world.agent.step() is None, "it was told the state before the route"
    world.kernel.finish(key)
    assert world.agent.step() == Report(applied={f"router:{some.uuid(7)}": 2}, failed={})


def test_what_fails_inside_a_vrouter_is_reported_and_tried_again(world: World) -> None:
    key = ("router", some.uuid(7))
    world.kernel.slow.add(key)
    world.give(some.network(), *some.machine(7, driver="router"))
    world.kernel.finish(key, {"leg/x": "no such link"})
    assert world.agent.step() == Report(applied={}, failed={"leg/x": ObjectStatus(error="no such link")})
    assert world.agent.step() is None
    world.agent.step(retry=True)
    world.kernel.finish(key)
    assert world.agent.step() == Report(applied={}, failed={})


def test_one_more_machine_costs_its_own_operations(world: World) -> None:
    world.give(some.network(), *[entry for number in range(50) for entry in some.machine(number)])
    world.kernel.log.clear()
    world.give(*some.machine(77))
    assert sorted(op.key[0] for op in world.kernel.log) == ["guest", "hook", "interface", "namespace", "port"]


@given(st.lists(some.changes(), max_size=6), st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_any_history_ends_in_the_same_world(
    tmp_path_factory: pytest.TempPathFactory, history: list[dict[some.Entry, AnyObject | None]], data: st.DataObject
) -> None:
    """With restarts and drift anywhere, and nothing ever done in a wrong order."""
    world = World(tmp_path_factory.mktemp("w"))
    for changes in history:
        scopes: dict[str, ScopeDelta] = {}
        for (scope, key), value in changes.items():
            old = scopes.get(scope, ScopeDelta(revision=0, full=False))
            put = old.put | ({key: value} if value is not None else {})
            gone = old.gone + ((key,) if value is None else ())
            scopes[scope] = ScopeDelta(revision=next(world.revision), full=False, put=put, gone=gone)
        world.agent.step([StateMessage(scopes=scopes)])
        match data.draw(st.sampled_from(["go on", "restart", "drift"])):
            case "restart":
                world.start()
            case "drift" if world.kernel.state:
                world.kernel.vanish(data.draw(st.sampled_from(sorted(world.kernel.state))))
    world.agent.step([StateMessage(complete=True)])
    for _ in range(5):
        world.agent.step(reread=True)
    missing = world.agent._view.desired.keys() - world.kernel.state.keys()
    failed = world.agent.failed()
    owners = {owner for key in missing for owner in world.agent._view.owners(key)}
    assert owners <= failed.keys()
    assert world.kernel.state.keys() <= world.agent._view.desired.keys()
    for place, there in world.kernel.state.items():
        assert there == world.agent._view.desired[place] or set(world.agent._view.owners(place)) <= failed.keys()
