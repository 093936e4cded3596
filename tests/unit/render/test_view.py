"""Node objects -> kernel objects."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.node import AnyObject, FloodPeer, GroupMember, Instance, Port, SecurityGroup, SecurityRule
from landbridge.render.kernel import Bridge, BridgePort, External, Flood, Hook, Namespace, Uplink, Veth, Vxlan
from landbridge.render.kernel_rules import KIND_ORDER, NEEDED, needs
from landbridge.render.policy import policy_name
from landbridge.render.view import HostView
from tests.unit.render import objects as some


def view_of(*objects: tuple[str, AnyObject], scope: str = "host:h") -> HostView:
    view = HostView("lb")
    view.update({(scope, key): value for key, value in objects})
    return view


def test_a_vxlan_network_is_a_closed_bridge_with_a_vxlan_device() -> None:
    desired = view_of(some.network(0x1F)).desired
    assert desired["bridge", "lb1f"] == Bridge("lb1f", some.L2, 1450, closed=True)
    assert desired["vxlan", "vx1f"] == Vxlan("vx1f", some.L2, 1031, some.OWN_VTEP, 8472, 1450, "lb1f")


def test_a_flat_network_is_a_bridge_over_the_interface() -> None:
    desired = view_of(some.flat()).desired
    assert desired["bridge", "lb5"] == Bridge("lb5", some.L2, None, closed=False)
    assert desired["uplink", "lb5"] == Uplink("lb5", "eth1")


def test_the_flood_list_has_the_others_only() -> None:
    view = view_of(some.network(), some.flood(some.OWN_VTEP), some.flood("192.0.2.9"))
    assert [value for key, value in view.desired.items() if key[0] == "flood"] == [Flood("vx5", "192.0.2.9")]
    # The host's own VTEP moved: what was another host's address is now its own, and the reverse.
    view.update({("host:h", f"l2/{some.L2}"): some.network(vtep="192.0.2.9")[1]})
    assert [value for key, value in view.desired.items() if key[0] == "flood"] == [Flood("vx5", some.OWN_VTEP)]


def test_a_machine_with_its_interface() -> None:
    desired = view_of(some.network(), *some.machine(1)).desired
    netns = "lb-vm-000000000001"
    assert desired["namespace", netns] == Namespace(netns)
    assert desired["interface", "vnic1.0"] == Veth("vnic1.0", some.uuid(1), netns, "eth0", "fa:00:00:00:00:01", 1450)
    hook = desired["hook", "vnic1.0"]
    assert isinstance(hook, Hook)
    assert (hook.net_id, hook.mac, hook.address, hook.filtering) == (5, "fa:00:00:00:00:01", "10.0.0.1", None)
    assert desired["port", "vnic1.0"] == BridgePort("vnic1.0", "lb5", "fa:00:00:00:00:01")
    assert ("guest", some.uuid(1)) in desired


def test_a_vrouter_is_told_the_objects_of_its_scope() -> None:
    view = view_of(some.network(), *some.machine(7, "router"))
    view.update({(f"router:{some.uuid(7)}", some.route(7)[0]): some.route(7)[1]})
    router = view.desired["router", some.uuid(7)]
    assert router.objects == (some.route(7),)  # type: ignore[union-attr]
    assert ("namespace", "lb-vr-000000000007") in view.desired
    assert not any(key[0] == "guest" for key in view.desired)


def test_vteps_are_known_as_long_as_one_flood_list_has_them() -> None:
    one, two = ("net:a", "flood/a/h"), ("net:b", "flood/b/h")
    view = view_of()
    assert view.known.vteps == frozenset()
    view.update({entry: FloodPeer(l2_uuid=entry[0][-1], vtep_ip="10.0.0.1") for entry in (one, two)})
    assert view.known.vteps == {"10.0.0.1"}
    view.update({one: None})
    assert view.known.vteps == {"10.0.0.1"}
    view.update({two: FloodPeer(l2_uuid="b", vtep_ip="10.0.0.2")})
    assert view.known.vteps == {"10.0.0.2"}
    view.update({two: None})
    assert view.known.vteps == frozenset()


def test_a_stopped_machine_is_nothing() -> None:
    stopped = view_of(some.network(), *some.machine(1, running=False)).desired
    assert stopped == view_of(some.network()).desired


def test_dhcp_failing_is_the_trouble_of_the_ports_that_it_serves() -> None:
    view = view_of(some.subnet(), ("port/x", some.port(1, dhcp=True)), ("port/y", some.port(2)))
    assert view.owners(("dhcp", "table")) == (some.port_key(1),)


def test_ports_with_the_same_groups_share_a_policy() -> None:
    view = view_of(some.network(), *some.machine(1), *some.machine(2), *some.machine(3))
    view.update({("host:h", some.port_key(n)): some.port(n, groups=some.GROUPS) for n in (1, 2)})
    view.update({("host:h", some.port_key(3)): some.port(3, groups=some.GROUPS[:1])})
    policies = [key[1] for key in view.desired if key[0] == "policy"]
    assert len(policies) == 2
    shared = policy_name(some.GROUPS)
    assert view.owners(("policy", shared)) == (some.port_key(1), some.port_key(2))
    # A rule of a group that both have changes both.
    assert view.update({("group:g", f"group/{some.GROUPS[0]}"): some.group(0, some.rule(1))}) == {
        ("policy", name) for name in policies
    }


def test_an_address_that_two_nics_have_stays_a_member_until_the_last_is_gone() -> None:
    view = HostView("lb")
    for nic in "ab":
        view.update({("members:g", f"member/g/{nic}"): GroupMember(group=1, domain=5, addresses=("10.0.0.9",))})
    name = ("member", "1 5 10.0.0.9")
    assert view.update({("members:g", "member/g/a"): None}) == set()
    assert view.owners(name) == ("member/g/b",)
    assert view.update({("members:g", "member/g/b"): None}) == {name}
    assert name not in view.desired


def test_what_is_known_is_replaced_not_changed() -> None:
    """Other threads read it."""
    view = view_of(*some.machine(1))
    before = view.known
    assert view.update({("host:h", "host"): None}) == set()
    assert view.known is before
    group = SecurityGroup(
        uuid="a" * 32,
        number=1,
        rules=(SecurityRule(uuid="b" * 32, number=7, direction="Egress", family=4, protocol="ALL", action="DROP"),),
    )
    view.update({("group:a", f"group/{group.uuid}"): group})
    assert (before.groups, before.rules) == ({}, {})
    assert view.known.rules == {7: "b" * 32}
    assert view.known.ports == before.ports != {}


@given(st.lists(some.changes(), max_size=8))
def test_change_by_change_is_the_same_as_from_scratch(history: list[dict[some.Entry, AnyObject | None]]) -> None:
    view = HostView("lb")
    objects: dict[some.Entry, AnyObject | None] = {}
    for changes in history:
        before = dict(view.desired)
        changed = view.update(changes)
        objects |= changes
        scratch = HostView("lb")
        scratch.update(objects)
        assert view.desired == scratch.desired
        assert view.known == scratch.known
        differing = {key for key in {*before, *view.desired} if before.get(key) != view.desired.get(key)}
        assert changed == differing
        assert all(view.owners(key) == scratch.owners(key) and view.owners(key) for key in view.desired)


@given(some.changes())
def test_every_need_is_of_an_earlier_kind(changes: dict[some.Entry, AnyObject | None]) -> None:
    view = HostView("lb")
    view.update(changes)
    for key, value in view.desired.items():
        for need in needs(value):
            assert KIND_ORDER.index(need[0]) < KIND_ORDER.index(key[0])
            assert need[0] in NEEDED


def test_an_interface_of_somebody_else_is_waited_for_and_nothing_is_run() -> None:
    (vm_key, instance), (port_key, port) = some.machine(1)
    assert isinstance(instance, Instance)
    assert isinstance(port, Port)
    external = (vm_key, replace(instance, driver="external"))
    view = view_of(some.network(), external, (port_key, replace(port, ifname="tap7")))
    assert view.desired["interface", "tap7"] == External("tap7", some.uuid(1), port.mac, 1450)
    assert ("hook", "tap7") in view.desired
    assert {key[0] for key in view.desired}.isdisjoint({"namespace", "guest", "router"})


@given(st.permutations((1, 2)))
def test_a_name_that_goes_from_one_port_to_another_is_the_others(order: list[int]) -> None:
    first, second = (f"port/{some.uuid(number)}" for number in order)
    view = view_of(some.network(), *some.machine(order[0]), *some.machine(order[1])[:1])
    port = replace(_port(some.machine(order[1])), ifname=f"vnic{order[0]}.0")
    view.update({("host:h", first): None, ("host:h", second): port})
    interface = view.desired["interface", port.ifname]
    assert isinstance(interface, Veth)
    assert interface.nic_uuid == port.nic_uuid
    assert view.owners(("interface", port.ifname)) == (second,)


def _port(machine: list[tuple[str, AnyObject]]) -> Port:
    port = machine[1][1]
    assert isinstance(port, Port)
    return port
