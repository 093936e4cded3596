"""Distributed routing: switched per vrouter, and what its host and the others are sent for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge.model.documents.distributed_routing import DistributedRouting
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.node import AnyObject, ShortcutPolicy, ShortcutRouter, ShortcutSubnet
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(3) as cloud:
        yield cloud


@pytest.fixture
def router(cloud: Cloud) -> dict[str, Any]:
    """On the first host, with two subnets."""
    made = cloud.router(virtualRouterOfferingUuid=cloud.offering()["uuid"], hostUuid=cloud.hosts[0])
    for number, name in enumerate(("web", "db"), 1):
        cloud.join(made, cloud.subnet(f"10.{number}.0.0/24", name, vpc=True, services=False))
    return made


def begin(cloud: Cloud, router: dict[str, Any], event: str = "enable") -> Any:
    return cloud.begin("SetVpcVRouterDistributedRoutingEnabled", uuid=router["uuid"], stateEvent=event)


def switch(cloud: Cloud, router: dict[str, Any], event: str = "enable") -> bool:
    return bool(cloud.finish(begin(cloud, router, event))["enabled"])


def enabled(cloud: Cloud, router: dict[str, Any]) -> bool:
    return bool(cloud.call("GetVpcVRouterDistributedRoutingEnabled", uuid=router["uuid"])["enabled"])


def l2_of(cloud: Cloud, name: str) -> L2Network:
    return next(l2 for l2 in cloud.all(L2Network) if l2.name == name)


def l3_of(cloud: Cloud, name: str) -> str:
    return next(l3.uuid for l3 in cloud.all(L3Network) if l3.name == name)


def sent(cloud: Cloud, host: int) -> dict[str, AnyObject]:
    found = cloud.objects(cloud.hosts[host])
    return {key: value for key, value in found.items() if key.startswith("shortcuts/")}


def policy(cloud: Cloud, router: dict[str, Any]) -> ShortcutPolicy:
    found = sent(cloud, 0)[f"shortcuts/{router['uuid']}"]
    assert isinstance(found, ShortcutPolicy)
    return found


def test_it_is_off_until_it_is_switched_on(cloud: Cloud, router: dict[str, Any]) -> None:
    assert not enabled(cloud, router)
    assert sent(cloud, 0) == {}
    outcome = begin(cloud, router)
    assert ([wait.node for wait in outcome.wait], outcome.everywhere) == ([cloud.hosts[0]], True)
    assert cloud.finish(outcome)["enabled"] is True
    assert enabled(cloud, router)
    outcome = begin(cloud, router, "disable")
    assert (outcome.wait, outcome.everywhere) == ((), True)
    assert cloud.finish(outcome)["enabled"] is False
    assert not enabled(cloud, router)
    assert sent(cloud, 0) == {}


def test_the_setting_is_what_new_ones_have(cloud: Cloud, router: dict[str, Any]) -> None:
    cloud.call("UpdateGlobalConfig", category="vpc", name="distributedRouting.default", value="true")
    new = cloud.router(name="new", virtualRouterOfferingUuid=router["instanceOfferingUuid"])
    assert (enabled(cloud, new), enabled(cloud, router)) == (True, False)


def test_what_is_set_already_is_success(cloud: Cloud, router: dict[str, Any]) -> None:
    assert switch(cloud, router, "disable") is False
    assert switch(cloud, router) is True
    before = sent(cloud, 0)
    outcome = begin(cloud, router)
    assert (outcome.wait, outcome.body) == ((), {"enabled": True})
    assert sent(cloud, 0) == before
    cloud.leave(cloud.hosts[0])
    assert switch(cloud, router) is True


def test_refused(cloud: Cloud, router: dict[str, Any]) -> None:
    with cloud.refused("SYS.1007", "stateEvent", "enable, disable"):
        begin(cloud, router, "maybe")
    vm = cloud.vm(l3_of(cloud, "web"))
    for wrong in ({"uuid": ABSENT}, vm):
        with cloud.refused("SYS.1003", "VpcRouterVmVO"):
            begin(cloud, wrong)
        with cloud.refused("SYS.1003", "VpcRouterVmVO"):
            enabled(cloud, wrong)


def test_on_needs_the_host_and_off_does_not(cloud: Cloud, router: dict[str, Any]) -> None:
    cloud.leave(cloud.hosts[0])
    with cloud.refused("HOST.1010", "host-1"):
        begin(cloud, router)
    cloud.edit(VmInstance, router["uuid"], state="Stopped", host_uuid=None)
    assert switch(cloud, router) is True
    assert switch(cloud, router, "disable") is False


@pytest.mark.parametrize("event", ["enable", "disable"])
def test_what_a_host_could_not_do_yet_is_stored(cloud: Cloud, router: dict[str, Any], event: str) -> None:
    if event == "disable":
        switch(cloud, router)
    told = cloud.fail(begin(cloud, router, event))
    assert (told.code, told.cause) == ("SYS.1006", HOST_SAYS)
    assert router["uuid"] in told.details
    assert enabled(cloud, router) is (event == "enable")


def test_who_is_sent_what(cloud: Cloud, router: dict[str, Any]) -> None:
    """The second host has VMs in `web`, the third has none of the vrouter's networks."""
    web, db = l2_of(cloud, "web"), l2_of(cloud, "db")
    cloud.vm(l3_of(cloud, "web"), hostUuid=cloud.hosts[1])
    cloud.vm(cloud.subnet("10.1.0.0/24", "elsewhere", vpc=True, services=False), hostUuid=cloud.hosts[2])
    switch(cloud, router)
    uuid, number = router["uuid"], cloud.get(VmInstance, router["uuid"]).number
    (state,) = cloud.all(DistributedRouting)

    def credentials(l2: L2Network) -> ShortcutRouter:
        return ShortcutRouter(router=number, router_uuid=uuid, l2_uuid=l2.uuid, net_id=l2.net_id, keys=state.keys)

    in_web, in_db = (f"shortcuts/{uuid}/{l2.uuid}" for l2 in (web, db))
    found = sent(cloud, 0)
    told = policy(cloud, router)
    assert found == {in_web: credentials(web), in_db: credentials(db), f"shortcuts/{uuid}": told}
    assert sent(cloud, 1) == {in_web: credentials(web)}
    assert sent(cloud, 2) == {}
    legs = cloud.nics(router)[2:]
    assert told == ShortcutPolicy(
        router=number,
        keys=state.keys,
        subnets=tuple(
            ShortcutSubnet(nic_uuid=nic.uuid, net_id=l2.net_id, vni=l2.vni or 0, port=8472, cidr=cidr)
            for nic, l2, cidr in zip(legs, (web, db), ("10.1.0.0/24", "10.2.0.0/24"), strict=True)
        ),
        packets=50,
        bytes=20_000 // 8 * 5,
        window_seconds=5,
        lease_seconds=60,
    )
    cloud.check_compiled()


def test_the_port_is_the_pools(cloud: Cloud, router: dict[str, Any]) -> None:
    (pool,) = cloud.all(L2Network, type="VxlanNetworkPool")
    cloud.edit(L2Network, pool.uuid, port=4789)
    switch(cloud, router)
    assert {subnet.port for subnet in policy(cloud, router).subnets} == {4789}


def test_subnets_come_and_go(cloud: Cloud, router: dict[str, Any]) -> None:
    switch(cloud, router)
    more = cloud.subnet("10.3.0.0/24", "more", vpc=True, services=False)
    cloud.vm(more, hostUuid=cloud.hosts[1])
    assert sent(cloud, 1) == {}
    cloud.join(router, more)
    key = f"shortcuts/{router['uuid']}/{l2_of(cloud, 'more').uuid}"
    assert (set(sent(cloud, 1)), key in sent(cloud, 0)) == ({key}, True)
    assert [subnet.cidr for subnet in policy(cloud, router).subnets] == ["10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24"]
    cloud.call("StopVmInstance", uuid=next(vm.uuid for vm in cloud.all(VmInstance) if vm.uuid != router["uuid"]))
    leg = next(nic for nic in cloud.nics(router) if nic.l3_network_uuid == more)
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=leg.uuid)
    assert key not in sent(cloud, 0)
    assert len(policy(cloud, router).subnets) == 2
    cloud.check_compiled()


def test_two_subnets_on_one_network(cloud: Cloud, router: dict[str, Any]) -> None:
    twin = cloud.l3(l2_of(cloud, "web").uuid, "twin", "10.4.0.0/24", type="L3VpcNetwork")
    cloud.join(router, twin)
    switch(cloud, router)
    assert len(policy(cloud, router).subnets) == 3
    assert len(sent(cloud, 0)) == 3
    cloud.check_compiled()


def test_subnets_without_tunnels_have_none(cloud: Cloud, router: dict[str, Any]) -> None:
    cloud.join(router, cloud.flat("eth0", "10.5.0.0/24", "plain", type="L3VpcNetwork"))
    switch(cloud, router)
    assert len(policy(cloud, router).subnets) == 2
    assert len(sent(cloud, 0)) == 3


@pytest.mark.parametrize(("name", "kept"), [("StopVmInstance", True), ("DestroyVmInstance", False)])
def test_a_router_that_does_not_run_has_none(cloud: Cloud, router: dict[str, Any], name: str, kept: bool) -> None:
    cloud.vm(l3_of(cloud, "web"), hostUuid=cloud.hosts[1])
    switch(cloud, router)
    before = sent(cloud, 1)
    assert before
    cloud.begin(name, uuid=router["uuid"])
    assert [sent(cloud, host) for host in range(3)] == [{}, {}, {}]
    cloud.check_compiled()
    if not kept:
        return
    cloud.edit(VmInstance, router["uuid"], state="Stopped")
    cloud.call("StartVmInstance", uuid=router["uuid"])
    assert sent(cloud, 1) == before


def test_switched_on_while_it_is_stopped(cloud: Cloud) -> None:
    """Without a subnet, too: they may come."""
    router = cloud.router(hostUuid=cloud.hosts[0])
    cloud.call("StopVmInstance", uuid=router["uuid"])
    switch(cloud, router)
    assert sent(cloud, 0) == {}
    cloud.call("StartVmInstance", uuid=router["uuid"], hostUuid=cloud.hosts[0])
    assert policy(cloud, router).subnets == ()
    cloud.check_compiled()


def test_destroyed_it_leaves_no_state(cloud: Cloud, router: dict[str, Any]) -> None:
    switch(cloud, router)
    cloud.call("DestroyVmInstance", uuid=router["uuid"])
    assert cloud.all(DistributedRouting) == []


def test_keys(cloud: Cloud, router: dict[str, Any]) -> None:
    """128 random bits each, others every time, and never in an answer."""
    seen = set()
    for _ in range(3):
        switch(cloud, router)
        keys = policy(cloud, router).keys
        assert [key.id for key in keys] == [1, 2]
        seen |= {key.secret for key in keys}
        (row,) = cloud.ask(VPC_ROUTER)
        assert not any(key.secret in str(row) for key in keys)
        switch(cloud, router, "disable")
    assert len(seen) == 6
    assert all(len(bytes.fromhex(secret)) == 16 for secret in seen)
    kinds = {action.kind.vo for action in cloud.store.catalog.actions if action.kind is not None}
    assert "VpcDistributedRoutingVO" not in kinds


def test_every_key_is_passed_on_in_its_order(cloud: Cloud, router: dict[str, Any]) -> None:
    switch(cloud, router)
    (state,) = cloud.all(DistributedRouting)
    cloud.edit(DistributedRouting, state.uuid, keys=tuple(reversed(state.keys)))
    assert [key.id for key in policy(cloud, router).keys] == [2, 1]
    cloud.check_compiled()


def test_settings_reach_running_routers(cloud: Cloud, router: dict[str, Any]) -> None:
    switch(cloud, router)
    for name, value in (("packets", "1"), ("kbits", "8"), ("windowSeconds", "2"), ("leaseSeconds", "30")):
        cloud.call("UpdateGlobalConfig", category="vpc", name=f"distributedRouting.{name}", value=value)
    found = policy(cloud, router)
    assert (found.packets, found.bytes, found.window_seconds, found.lease_seconds) == (1, 2000, 2, 30)
    cloud.check_compiled()
    with cloud.refused("SYS.1007", "60"):
        cloud.begin("UpdateGlobalConfig", category="vpc", name="distributedRouting.leaseSeconds", value="61")


OPERATIONS = (
    "on",
    "on",
    "off",
    "serve",
    "serve",
    "leave",
    "create",
    "create",
    "stop",
    "destroy",
    "config",
    "away",
    "back",
    "router start",
    "router stop",
    "router reboot",
    "router destroy",
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 11), st.booleans()), min_size=5, max_size=30))
def test_compiled_change_by_change_or_from_scratch(steps: list[tuple[str, int, bool]]) -> None:
    """Whatever is done in whatever order, whether the hosts agree or not; and exactly those that have a network
    of a running vrouter that has it on are told."""
    with opened(2) as cloud:
        nets = [cloud.subnet(f"10.{n}.0.0/24", f"n{n}", vpc=True, services=False) for n in (1, 2)]
        offering = cloud.offering()["uuid"]
        routers = [cloud.router(name=name, virtualRouterOfferingUuid=offering) for name in ("one", "two")]
        switch(cloud, routers[0])
        for operation, which, agreed in steps:
            try:
                outcome = _begin(cloud, nets, operation, which)
            except ApiError:
                continue
            if outcome is not None and (agreed or outcome.failed is None):
                cloud.finish(outcome)
            elif outcome is not None:
                cloud.fail(outcome)
        cloud.check_compiled()
        for number, host in enumerate(cloud.hosts):
            found = {key for key, value in sent(cloud, number).items() if isinstance(value, ShortcutRouter)}
            assert found == _expected(cloud, host)


def _expected(cloud: Cloud, host: str) -> set[str]:
    here = {nic.l2_network_uuid for nic in cloud.all(VmNic, host_uuid=host)}
    on = {state.router_uuid for state in cloud.all(DistributedRouting)}
    legs = [nic for nic in cloud.all(VmNic, meta_data="4") if nic.vm_instance_uuid in on and nic.host_uuid]
    return {f"shortcuts/{nic.vm_instance_uuid}/{nic.l2_network_uuid}" for nic in legs if nic.l2_network_uuid in here}


def _begin(cloud: Cloud, nets: list[str], operation: str, which: int) -> Any:
    """Begin an operation; `which` chooses among what there is."""
    routers = [vm.uuid for vm in cloud.all(VmInstance, type="ApplianceVm")]
    vms = [vm.uuid for vm in cloud.all(VmInstance, type="UserVm")]
    net, router = nets[which % 2], routers[which // 2 % len(routers)] if routers else ""
    match operation.split():
        case ["create"]:
            return cloud.begin("CreateVmInstance", **cloud.vm_params(net))
        case ["away" | "back" as where]:
            cloud.edit(Host, cloud.hosts[which % 2], status="Connected" if where == "back" else "Disconnected")
        case ["config"]:
            value = str(1 + which)
            return cloud.begin("UpdateGlobalConfig", category="vpc", name="distributedRouting.packets", value=value)
        case ["stop" | "destroy" as what] if vms:
            return cloud.begin(f"{what.capitalize()}VmInstance", uuid=vms[which % len(vms)])
        case ["serve"] if routers:
            return cloud.begin("AttachL3NetworkToVm", vmInstanceUuid=router, l3NetworkUuid=net)
        case ["leave"]:
            legs = cloud.all(VmNic, vm_instance_uuid=router, l3_network_uuid=net)
            return cloud.begin("DetachL3NetworkFromVm", vmNicUuid=legs[0].uuid) if legs else None
        case ["on" | "off" as what] if routers:
            return begin(cloud, {"uuid": router}, {"on": "enable", "off": "disable"}[what])
        case ["router", what] if routers:
            return cloud.begin(f"{what.capitalize()}VmInstance", uuid=router)
    return None
