"""What a host's agent tells `landbridge zsnp`: entries as they are, and nothing of the keys."""

import json
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import msgspec
import pytest

from landbridge.agent import shortcut_rows
from landbridge.core.shortcut import Shortcut
from landbridge.drivers.clocks import NS_PER_MS
from landbridge.drivers.counters import Count
from landbridge.model.node import Port, ShortcutRouter, ZsnpKey
from landbridge.render.known import Known
from landbridge.testing.zsnp_world import KEY, ROUTER, Vm, World
from landbridge.zsnp.entry import State

UUID = "a1" + "0" * 30


def port(vm: Vm) -> Port:
    return Port(
        nic_uuid=f"{vm.subnet}", ifname=f"vnic{vm.subnet}", mac=vm.mac, l2_uuid="2" * 32, net_id=vm.subnet,
        addresses=(vm.ip,), vm_uuid="7" * 32, device_id=0, mtu=1450,
    )  # fmt: skip


def known(*vms: Vm) -> Known:
    router = ShortcutRouter(
        router=ROUTER,
        router_uuid=UUID,
        l2_uuid="2" * 32,
        net_id=0,
        keys=(ZsnpKey(id=KEY.id, secret=KEY.secret.hex()),),
    )
    return Known(ports={vm.ip: port(vm) for vm in vms}, shortcut_routers={"k": router})


def short() -> tuple[World, Vm, Vm]:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = world.add_vm(0, 0), world.add_vm(1, 1)
    world.traffic(a, b)
    world.run(50)
    assert world.path(a, b) == "short"
    return world, a, b


def ask(world: World, known_: Known, **request: str) -> Any:
    peer = world.hosts[0].peer
    assert peer is not None
    answer = shortcut_rows.answer(request, known_, world.at, peer.entries(), {"refused": {}, "ended": {}})
    text = json.dumps(answer)
    assert KEY.secret.hex() not in text
    assert KEY.secret.decode() not in text
    return json.loads(text)


def test_entries() -> None:
    world, a, b = short()
    world.traffic(a, b)
    world.count()
    answer = ask(world, known(a), op="entries")
    [row] = answer["entries"]
    assert row == {
        "netId": 0, "source": "10.0.0.0/16", "routerMac": world.router_mac(0), "destination": b.ip, "state": "ACTIVE",
        "router": ROUTER, "routerUuid": UUID, "destinationMac": b.mac, "destinationNetId": 1, "vni": 101,
        "destinationVtep": "172.16.0.1", "local": False, "mtu": 1450, "packets": 50, "bytes": 0, "generation": 0,
        "expiresIn": pytest.approx(6, abs=0.2), "age": pytest.approx(0, abs=0.1), "roundTripMs": row["roundTripMs"],
        "epoch": row["epoch"], "refusedFor": None, "reason": None,
    }  # fmt: skip
    assert 2 <= row["roundTripMs"] <= 4
    assert (answer["refused"], answer["ended"]) == ({}, {})


def test_a_refusal_has_its_reason_and_its_end() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = world.add_vm(0, 0), world.add_vm(1, 1)
    world.hosts[1].peer = None
    world.traffic(a, b)
    world.run(3_000)
    [row] = ask(world, known(a), op="entries")["entries"]
    assert (row["state"], row["expiresIn"]) == (State.REFUSED, None)
    assert row["reason"] == "the destination does not answer through the vrouter"
    assert 0 < row["refusedFor"] <= 10


def test_how_a_host_stands_with_a_pair() -> None:
    world, a, b = short()
    standing = ask(world, known(a), op="explain", source=a.ip, destination=b.ip)
    assert (standing["nets"], standing["routers"]) == ([0], [UUID])
    assert [row["destination"] for row in standing["entries"]] == [b.ip]
    assert ask(world, known(a), op="explain", source=a.ip, destination="10.1.9.9")["entries"] == []
    assert ask(world, known(a), op="explain", source=b.ip, destination=b.ip) == {
        "nets": [], "routers": [], "entries": [],
    }  # fmt: skip


@pytest.mark.parametrize("request_", [{}, {"op": "explain"}, {"op": "explain", "source": 1, "destination": "x"}])
def test_what_is_not_understood(request_: dict[str, Any]) -> None:
    answer = shortcut_rows.answer(request_, Known(), World(1, 1, 1).at, (), {})
    assert "must be entries or explain" in answer["error"]


def test_the_kernel_alone_says_the_same() -> None:
    """What the agent has put into the kernel, read by who has nothing else."""
    world, a, b = short()
    [(key, put)] = world.hosts[0].kernel.items()
    in_kernel = Shortcut(
        expires=put.expires * NS_PER_MS, ifindex=9, prefix=ip_network(put.prefix), mtu=put.mtu,
        destination_mac=put.path.mac, source_mac="0e:5c:00:00:00:00", local=False, router=put.router,
        router_ip=put.router_ip, epoch=put.epoch, generation=put.generation, egress_net_id=put.path.net_id,
        vni=put.path.vni, port=put.path.port, router_mac=put.router_mac, vtep=put.path.vtep,
    )  # fmt: skip
    row = shortcut_rows.of_kernel(key, in_kernel, Count(50, 4200), world.at)
    [by_agent] = ask(world, known(a), op="entries")["entries"]
    shown = msgspec.to_builtins(row)
    only_agent = {"routerUuid", "age", "roundTripMs", "state", "packets", "bytes"}
    assert {name: shown[name] for name in shown.keys() - only_agent} == {
        name: by_agent[name] for name in by_agent.keys() - only_agent
    }
    assert (row.state, row.packets, row.bytes) == ("IN FORCE", 50, 4200)
    later = replace(in_kernel, expires=1)
    assert shortcut_rows.of_kernel(key, later, Count(), world.at).state == "EXPIRED"
    assert row.is_for(a.ip, b.ip)
    assert not row.is_for(b.ip, b.ip)
    assert not row.is_for("fd00::1", b.ip)
