"""Distributed routing through the API, with simulated hosts on real streams: who hears of it, when jobs end."""

import time
from collections.abc import Iterator

import pytest

from landbridge.model.node import ShortcutPolicy
from landbridge.model.questions.base import HostAnswer
from landbridge.model.questions.shortcuts import Shortcuts
from landbridge.server.services import SERVICES
from tests.api.conftest import Client, Server
from tests.api.simulated import V1, Vpc

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


ON = [{"policy", "web", "db"}, {"web"}, {"db"}, set[str]()]
OFF = [set[str]()] * 4


@pytest.fixture(scope="module")
def vpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vpc]:
    directory = tmp_path_factory.mktemp("vpc")
    server = Server(f"sqlite:///{directory / 'api.sqlite'}", SERVICES)
    with Client(base_url=server.url) as api:
        made = Vpc(server, api.login(), directory)
        yield made
        made.close()
    server.stop()


def test_a_job_ends_when_exactly_the_right_hosts_have_it(vpc: Vpc) -> None:
    enabled = vpc.api.get(V1 + vpc.path)
    assert (enabled.status_code, enabled.json()) == (200, {"enabled": False})
    assert vpc.has() == OFF
    assert vpc.switch("enable") == {"enabled": True}
    assert vpc.has() == ON
    assert vpc.api.get(V1 + vpc.path).json() == {"enabled": True}
    keys = {value.keys for host in range(4) for value in vpc.shortcuts(host).values() if hasattr(value, "keys")}
    assert len(keys) == 1
    assert vpc.switch("enable") == {"enabled": True}
    assert vpc.switch("disable") == {"enabled": False}
    assert vpc.has() == OFF
    assert vpc.switch("disable") == {"enabled": False}


def test_refused(vpc: Vpc) -> None:
    for path, params, code, words in (
        (vpc.path, {}, "SYS.1007", "stateEvent"),
        (vpc.path, {"stateEvent": "on"}, "SYS.1007", "enable, disable"),
        (vpc.path.replace(vpc.name, ABSENT), {"stateEvent": "enable"}, "SYS.1003", "VpcRouterVmVO"),
        (vpc.path.replace(vpc.name, vpc.w["uuid"]), {"stateEvent": "enable"}, "SYS.1003", "VpcRouterVmVO"),
    ):
        reply = vpc.api.end(vpc.api.post(V1 + path, json={"params": params}))
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (503, code)
        assert words in error["details"]
    for path in (vpc.path, f"/vpc/virtual-routers/{vpc.name}/tracked-connections"):
        reply = vpc.api.get(V1 + path.replace(vpc.name, ABSENT))
        assert (reply.status_code, reply.json()["error"]["code"]) == (503, "SYS.1003")


def test_a_host_that_cannot_is_named_and_the_state_stays(vpc: Vpc) -> None:
    """Any of those concerned: the one with the vrouter, and one that only has VMs."""
    l2 = {row["name"]: row["uuid"] for row in vpc.query("/l2-networks")}
    for host, key in ((0, f"shortcuts/{vpc.name}"), (2, f"shortcuts/{vpc.name}/{l2['db']}")):
        vpc.hosts[host].fail(key, "the map is full")
        reply = vpc.api.end(vpc.api.post(V1 + vpc.path, json={"params": {"stateEvent": "enable"}}))
        vpc.hosts[host].fail(key, None)
        error = reply.json()["error"]
        assert (reply.status_code, error["code"]) == (503, "SYS.1006")
        assert "is stored" in error["details"]
        assert "the map is full" in str(error["cause"])
        assert vpc.api.get(V1 + vpc.path).json() == {"enabled": True}
        vpc.switch("disable")


def test_subnets_are_attached_and_detached(vpc: Vpc) -> None:
    vpc.switch("enable")
    more = vpc.subnet("more", "10.3.0.0/24")
    vm = vpc.vm("m", more, 3)
    assert vpc.has() == ON
    vpc.attach(vpc.name, more)
    vpc.eventually([*({"more"} | one if "policy" in one else one for one in ON[:3]), {"more"}])
    vpc.job("PUT", f"/vm-instances/{vm['uuid']}/actions", {"stopVmInstance": {}})
    vpc.eventually([{"more"} | ON[0], *ON[1:]])
    (leg,) = (nic for nic in vpc.query("/vm-instances/nics", f"l3NetworkUuid={more}", "metaData=4"))
    vpc.job("DELETE", f"/vm-instances/nics/{leg['uuid']}")
    assert vpc.has() == ON
    vpc.switch("disable")


def test_a_vm_brings_the_network_and_what_belongs_to_it(vpc: Vpc) -> None:
    vpc.switch("enable")
    vm = vpc.vm("late", vpc.l3["web"], 3)
    vpc.eventually([*ON[:3], {"web"}])
    vpc.job("PUT", f"/vm-instances/{vm['uuid']}/actions", {"stopVmInstance": {}})
    vpc.eventually(ON)
    vpc.switch("disable")


def test_stopped_and_started(vpc: Vpc) -> None:
    vpc.switch("enable")
    before = vpc.shortcuts(1)
    vpc.job("PUT", f"/vm-instances/{vpc.name}/actions", {"stopVmInstance": {}})
    vpc.eventually(OFF)
    assert vpc.api.get(V1 + vpc.path).json() == {"enabled": True}
    vpc.job("PUT", f"/vm-instances/{vpc.name}/actions", {"startVmInstance": {"hostUuid": vpc.uuids[0]}})
    vpc.eventually(ON)
    assert vpc.shortcuts(1) == before
    vpc.switch("disable")


def test_destroyed(vpc: Vpc) -> None:
    second = vpc.router("second", 2)
    vpc.attach(second, vpc.l3["alone"])
    path = vpc.path.replace(vpc.name, second)
    vpc.job("POST", path, {"params": {"stateEvent": "enable"}})
    assert vpc.has() == [set(), set(), {"policy", "alone"}, {"alone"}]
    vpc.job("DELETE", f"/vm-instances/{second}")
    vpc.eventually(OFF)
    assert vpc.api.get(V1 + path).json()["error"]["code"] == "SYS.1003"


def test_settings_reach_the_host_of_the_vrouter(vpc: Vpc) -> None:
    vpc.switch("enable")
    path = "/global-configurations/vpc/distributedRouting.packets/actions"
    for value in ("1", None):
        vpc.job("PUT", path, {"updateGlobalConfig": {"value": value} if value else {}})
        packets = int(value or 50)

        async def told(packets: int = packets) -> None:
            def is_told() -> bool:
                policy = vpc.hosts[0].find(f"shortcuts/{vpc.name}")
                return isinstance(policy, ShortcutPolicy) and policy.packets == packets

            await vpc.hosts[0].until(is_told)

        vpc.server.run(told())
    vpc.switch("disable")


def test_connections(vpc: Vpc) -> None:
    """The vrouter's host knows the pair, the host of `w` its shortcut; one that fails is named."""
    vpc.switch("enable")
    pair, entry = vpc.talking()
    said: dict[int, HostAnswer | str] = {
        0: Shortcuts(pairs=(pair,)),
        1: Shortcuts(entries=(entry,)),
        2: "no answer on control.sock",
    }

    vpc.say(said)
    reply = vpc.api.get(f"{V1}/vpc/virtual-routers/{vpc.name}/tracked-connections")
    assert reply.status_code == 200, reply.text
    (row,) = reply.json()["inventories"].values()
    assert (row["state"], row["srcHostUuid"], row["dstHostUuid"]) == ("ZSNP_DST_SUCC", vpc.uuids[1], vpc.uuids[2])
    assert list(reply.json()["inventories"]) == [f"{pair.source_ip}-{pair.destination_ip}"]
    assert [one["hostName"] for one in reply.json()["unanswered"]] == ["host-3"]
    assert vpc.hosts[3].asked == []
    vpc.switch("disable")


def test_off_does_not_need_the_vrouters_host(vpc: Vpc) -> None:
    """It has hung up: the others drop their shortcuts all the same.  On needs it."""
    vpc.switch("enable")
    vpc.server.run(vpc.hosts[0].stop())
    deadline = time.monotonic() + 30
    while vpc.query(f"/hosts/{vpc.uuids[0]}")[0]["status"] != "Disconnected":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert vpc.switch("disable") == {"enabled": False}
    assert vpc.has()[1:] == OFF[1:]
    refused = vpc.api.end(vpc.api.post(V1 + vpc.path, json={"params": {"stateEvent": "enable"}}))
    assert refused.json()["error"]["code"] == "HOST.1010"

    async def again() -> None:
        vpc.hosts[0].start()

    vpc.server.run(again())
    vpc.eventually(OFF)
